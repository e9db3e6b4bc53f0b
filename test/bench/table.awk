# SPDX-License-Identifier: 0BSD
#
# table.awk: the tables of the benchmark
#
# usage: awk -f table.awk rest.csv loads.csv [cold.csv]
#
# rest.csv   variant,MB,kB,MemTotal,CPU us,wake-ups,forks,Rss,anonymous,requests
# loads.csv  variant,load,status,kills,daemon alive,ms,stall ms,kB before,spin ms,
#            refaults; more than once where a load was repeated
# cold.csv   variant,kB,MemTotal,MB
BEGIN {
	FS = ","
	WIDTH = 14
}

FILENAME ~ /rest.csv$/ {
	main[++mains] = $1
	resting[$1] = 1
	mb[$1] = $2
	kb[$1] = $3
	total[$1] = $4
	cpu[$1] = sprintf("%.1f", $5 / 1000)
	wakes[$1] = $6
	forks[$1] = $7
	rss[$1] = $8
	own[$1] = $9
	asked[$1] = $10
}

FILENAME ~ /loads.csv$/ {
	if (!($2 in known)) {
		known[$2] = 1
		load[++loads] = $2
	}
	if (!($1 in resting) && !($1 in extra)) {
		extra[$1] = 1
		extras[++extra_count] = $1
	}
	if (!done[$1, $2]++)
		alive[$1, $2] = 1
	if ($3 != 0)
		status[$1, $2] = $3
	kills[$1, $2] += $4
	if (!$5)
		alive[$1, $2] = 0
	took[$1, $2, done[$1, $2]] = $6
	if ($7 != "" && $7 + 0 >= stall[$1, $2] + 0)
		stall[$1, $2] = $7
	spin[$1, $2] = $9
	refaults[$1, $2] += $10
}

FILENAME ~ /cold.csv$/ {
	cold_mb[$1] = $4
	cold_kb[$1] = $2
	cold_total[$1] = $3
	colds++
}

function cell(text) {
	line = line sprintf("%" WIDTH "s", text)
}

function label(text) {
	line = sprintf("%-22s", text)
}

# No blanks at its end
function end_line() {
	sub(/ +$/, "", line)
	print line
}

function heading(list, n,    i) {
	label("")
	for (i = 1; i <= n; i++)
		cell(list[i])
	end_line()
}

# One line of numbers; "-" where there is no daemon to measure.
function row(text, list, n, value, always,    i) {
	label(text)
	for (i = 1; i <= n; i++)
		cell(always || list[i] != "none" ? value[list[i]] : "-")
	end_line()
}

function survived(v, l) {
	return done[v, l] && status[v, l] == 0 && kills[v, l] == 0
}

# How a load ended that did not survive
function fate(v, l,    text) {
	if (status[v, l] == 125)
		text = "GUEST GONE"
	else if (status[v, l] == 143 || status[v, l] == 124)
		text = "TIMEOUT"
	else if (kills[v, l] > 0 || status[v, l] == 137)
		text = "KILLED"
	else
		text = "FAILED " status[v, l]
	return text (alive[v, l] ? "" : " *")
}

# The middle of all times that it took
function ms(v, l,    i, list) {
	for (i = 1; i <= done[v, l]; i++)
		list[i] = took[v, l, i]
	return middle_of(list, done[v, l])
}

function ratio(v, l,    base) {
	base = ms("none", l)
	return ms(v, l) / (base > 0 ? base : 1)
}

function result(v, l,    text) {
	if (!done[v, l])
		return "-"
	if (!survived(v, l))
		return fate(v, l)
	if (v == "none" || !survived("none", l))
		text = sprintf("%.1fs", ms(v, l) / 1000)
	else
		text = sprintf("%.2fx", ratio(v, l))
	if (stall[v, l] != "")
		text = text sprintf(" %5dms", stall[v, l])
	else
		text = text sprintf(" %7s", "")
	return text
}

function load_name(l,    part) {
	if (split(l, part, "-") < 3)
		return l in long_name ? long_name[l] : l
	return "anon " part[2] " MB" \
	    (part[3] ? ", " part[3] " MB/s" : ", flat out")
}

function has_any(list, n, l,    i) {
	for (i = 1; i <= n; i++)
		if (done[list[i], l])
			return 1
	return 0
}

function load_rows(list, n,    i, j) {
	for (j = 1; j <= loads; j++) {
		if (!has_any(list, n, load[j]))
			continue
		label(load_name(load[j]))
		for (i = 1; i <= n; i++)
			cell(result(list[i], load[j]))
		end_line()
	}
}

function middle_of(list, n,    i, j, t) {
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && list[j] < list[j - 1]; j--) {
			t = list[j]
			list[j] = list[j - 1]
			list[j - 1] = t
		}
	return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}

# How busy the host was meanwhile: the fixed sum before each load
function host_load(v,    j, n, list) {
	for (j = 1; j <= loads; j++)
		if (spin[v, load[j]] > 0)
			list[++n] = spin[v, load[j]]
	return n ? int(middle_of(list, n)) " ms" : "-"
}

# Of the loads that `none` survives
function summarise(v,    j, m, n, of, list) {
	worst[v] = 0
	busy[v] = host_load(v)
	for (j = 1; j <= loads; j++) {
		if (!done[v, load[j]] || !survived("none", load[j]))
			continue
		of++
		if (!survived(v, load[j]))
			continue
		n++
		list[++m] = ratio(v, load[j])
		if (stall[v, load[j]] + 0 > worst[v])
			worst[v] = stall[v, load[j]] + 0
	}
	count[v] = (n + 0) " of " (of + 0)
	middle[v] = v == "none" || !m ? "-" : sprintf("%.2fx",
	    middle_of(list, m))
	worst[v] = worst[v] " ms"
}

function summary(list, n,    i) {
	for (i = 1; i <= n; i++)
		summarise(list[i])
	row("survived", list, n, count, 1)
	row("median time, of none's", list, n, middle, 1)
	row("worst stall", list, n, worst, 1)
	row("fixed sum, median", list, n, busy, 1)
}

function rest_rows() {
	row("size, MB (xl list)", main, mains, mb, 1)
	row("size, kB", main, mains, kb, 1)
	row("MemTotal, kB", main, mains, total, 1)
	print "\nThe daemon at rest, in a minute"
	row("CPU, ms", main, mains, cpu)
	row("wake-ups", main, mains, wakes)
	row("programs started", main, mains, forks)
	row("xenstore requests", main, mains, asked)
	row("Rss, kB", main, mains, rss)
	row("anonymous, kB", main, mains, own)
}

# What was read again although it had been in the page cache
function cache_rows(list, n,    i, j, l, seen) {
	for (j = 1; j <= loads; j++) {
		l = load[j]
		if (l !~ /^read/ || !has_any(list, n, l))
			continue
		if (!seen++)
			print "\nRead again in 20 s, MB"
		label(load_name(l))
		for (i = 1; i <= n; i++)
			cell(done[list[i], l] ? int(refaults[list[i], l] / \
			    256 / done[list[i], l]) : "-")
		end_line()
	}
}

function cold_rows(    i) {
	print "\nA program that asks for 300 MB and uses 60: size at rest"
	for (i = 1; i <= mains; i++)
		if (main[i] in cold_mb)
			printf "%-22s%8d MB, MemTotal %d kB\n", main[i],
			    cold_mb[main[i]], cold_total[main[i]]
}

function notes() {
	print "\nA load's cell: the time it took, divided by that of the same " \
	    "load without a daemon"
	print "(none: in seconds), the middle one where it was repeated, and " \
	    "the slowest step of all. Each"
	print "starts at the resting size with the daemon started anew. CPU " \
	    "with the daemon's children,"
	print "wake-ups without. * the daemon died too."
	print "Guests of 512 MB, PV, 1 vCPU, one at a time, in an emulator " \
	    "(QEMU TCG): its times only"
	print "compare with each other. Forks are dear there, so shell looks " \
	    "less than once a second."
	if (done["none", "anon-256-0"])
		printf "Flat out a guest touches %d MB/s: higher rates are " \
		    "the same.\n", 256000 / ms("none", "anon-256-0")
	print "The fixed sum takes the same work everywhere: where it takes " \
	    "longer, the host was busy."
	print "mlock is one call: its slowest step is all of it. The disk is " \
	    "an empty zram: to read it"
	print "costs no more than to copy it, so what the lost page cache " \
	    "costs is more elsewhere."
}

END {
	long_name["par"] = "4 x 64 MB, flat out"
	long_name["tmpfs"] = "tmpfs 256 MB"
	long_name["mlock"] = "mlock 128 MB"
	long_name["forks"] = "1000 forks"
	long_name["sort"] = "sort, 20 MB"
	long_name["xz"] = "xz -7, 1 MB"
	long_name["read-200"] = "1 GB of a 200 MB disk"
	long_name["read-700"] = "1 GB of a 700 MB disk"
	heading(main, mains)
	rest_rows()
	print "\nLoads: time and worst stall"
	load_rows(main, mains)
	print ""
	summary(main, mains)
	cache_rows(main, mains)
	if (colds)
		cold_rows()
	if (extra_count) {
		print "\nfence, with psi=0; without cgroups; with 128 MB of " \
		    "compressed swap"
		heading(extras, extra_count)
		load_rows(extras, extra_count)
		summary(extras, extra_count)
	}
	notes()
}
