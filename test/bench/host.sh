# SPDX-License-Identifier: 0BSD
#
# host.sh: bursts in a guest of a Xen host, as it stands; one table to send in.
# test/bench/host packs it, with what it needs, into one file, bench-host.
#
# NEVER RUN OUTSIDE AN EMULATOR: nobody has had it on a real host yet. What it
# tests is whether processes are killed, and where they are it may kill any of
# them, or the guest. Take a guest that nobody needs.
#
# usage: sh bench-host -y [-d DISK] [-m MB] [-n TIMES]     as root in a guest
#        sh bench-host -y [-d DISK] [-n TIMES] GUEST COMMAND...
#                as root in domain 0, if COMMAND and a line for the guest's
#                shell reaches root there: ssh root@guest
#   -y  yes, it may                -d  a folder on a disk (/var/tmp), or a
#   -m  the guest's full size, MB      block device, to fill the page cache from
#   -n  how often each burst: 1
#
# exit: 0 the table is there, 1 not (the reason is on stderr), 100 wrong usage.
# shellcheck shell=dash source=/dev/null disable=SC2034,SC2217,SC2317

die()
{
	echo "bench-host: $*" >&2
	exit 1
}

usage()
{
	sed -n 's/^# //; /^usage:/,/^  -n/p' "$0" >&2
	exit 100
}

parse_options()
{
	yes='' disk=/var/tmp full_mb='' times=1
	while getopts yd:m:n: option; do
		case $option in
		y) yes=1 ;;
		d) disk=$OPTARG ;;
		m) full_mb=$OPTARG ;;
		n) times=$OPTARG ;;
		*) usage ;;
		esac
	done
	case $full_mb$times in
	*[!0-9]*) usage ;;
	esac
	[ -n "$yes" ] || usage
	[ "$(id -u)" -eq 0 ] || die "only root may"
}

# --- in domain 0 -----------------------------------------------------------

host_facts()
{
	local keys='xen_version|xen_scheduler|nr_cpus|total_memory|free_memory'
	xl info | grep -E "^($keys) *:" | sed 's/^/# host: /'
	sed -n 's/^model name[^:]*: /# host: /p' /proc/cpuinfo | head -n 1
	echo "# host: kernel $(uname -r)"
	xl list "$1" | sed 's/^/# host: /'
}

# The file itself goes there through stdin, and runs there.
from_outside()
{
	local guest="$1" domid static
	shift
	domid=$(xl domid "$guest") || die "xl knows no guest $guest"
	static=$(xenstore-read "/local/domain/$domid/memory/static-max") ||
		die "$guest has no memory/static-max"
	host_facts "$guest"
	"$@" 'cat >/tmp/bench-host' <"$0" || die "not reached: $*"
	"$@" "sh /tmp/bench-host -y -m $((static / 1024)) -d '$disk' \
		-n $times; rm -f /tmp/bench-host"
}

# --- in the guest ----------------------------------------------------------

# full_size: in MB
full_size()
{
	local kb
	[ -z "$full_mb" ] || {
		echo "$full_mb"
		return
	}
	kb=$(xenstore-read memory/static-max 2>/dev/null) ||
		kb=$(xenballoon oneshot -n 2>/dev/null |
			awk '$1 == "ceiling" && !/no memory/ { print $2 }')
	case $kb in
	'' | *[!0-9]*) die "what is the guest's full size? Say it: -m MB" ;;
	esac
	echo $((kb / 1024))
}

# Of a file with nothing written in it every page is read as any other's.
choose_disk()
{
	if [ -b "$disk" ]; then
		DISK=$disk
		# The last to close a device drops its cache.
		sleep 1000000 <"$disk" &
		holder=$!
		return
	fi
	[ -d "$disk" ] || die "-d: no folder $disk"
	case $(stat -f -c %T "$disk") in
	tmpfs | ramfs | overlay* | unknown | UNKNOWN)
		die "-d: $disk is on no disk of its own; name one that is"
		;;
	esac
	DISK=$disk/bench-host.$$
	dd if=/dev/null of="$DISK" bs=1M seek="$full_mb" 2>/dev/null ||
		die "no $DISK"
}

get_ready()
{
	dir=$(mktemp -d /tmp/bench-host.XXXXXX) || die "no folder in /tmp"
	trap clean_up EXIT
	trap 'exit 1' HUP INT TERM
	bursts >"$dir/bursts"
	load >"$dir/load"
	chmod 755 "$dir/load"
	. "$dir/bursts"
	LOAD=$dir/load SCRATCH=$dir/scratch BURST_LIMIT=120
	[ -e "$XEN/target_kb" ] || die "no balloon driver here: $XEN"
	full_mb=$(full_size) || exit 1
	choose_disk
	mkdir "$SCRATCH"
	mount -t tmpfs -o "size=${full_mb}m" tmpfs "$SCRATCH" || die "no tmpfs"
	burst_mb=$((full_mb * 55 / 100)) # 280 of 512, which the tests have
}

clean_up()
{
	[ -z "${holder-}" ] || kill "$holder"
	[ -b "${DISK:-/dev/null}" ] || rm -f "$DISK"
	umount "$dir/scratch" 2>/dev/null
	rm -rf "$dir"
}

guest_facts()
{
	local xen=/sys/hypervisor
	echo "# xenballoon $(xenballoon --version 2>/dev/null || echo none);" \
		"runs: $(pidof xenballoon >/dev/null && echo yes || echo no);" \
		"canaries: $(canaries | wc -w)"
	echo "# kernel $(uname -r) $(uname -m)," \
		"Xen $(cat $xen/version/major).$(cat $xen/version/minor)$(
		cat $xen/version/extra)," \
		"$(cat $xen/guest_type 2>/dev/null || echo unknown)"
	echo "# processors $(grep -c '^processor' /proc/cpuinfo):$(sed -n \
		's/^model name[^:]*://p' /proc/cpuinfo | head -n 1)"
	echo "# full size $full_mb MB, now $(($(current_kb) / 1024)) MB," \
		"MemTotal $(meminfo MemTotal) kB," \
		"SwapTotal $(meminfo SwapTotal) kB"
	echo "# cgroup v2: $(cat /sys/fs/cgroup/cgroup.controllers \
		2>/dev/null || echo none)"
	grep -v '^#\|^$' /etc/xenballoon.conf 2>/dev/null | sed 's/^/# /'
}

columns='%-6s%-10s%-6s%7s%7s%8s%7s%9s%9s%9s %s\n'

# one STATE BURST: a line of the table
one()
{
	local row best watch_out=$dir/watch
	settle 600 20 || echo "# it does not come to rest"
	if [ "$1" = cold ]; then
		make_cold
	else
		make_warm "$burst_mb"
		settle 600 70
	fi
	"$LOAD" watch "$XEN/info/current_kb" >"$watch_out" &
	watcher=$!
	row=$(burst "$2" "$burst_mb")
	kill $watcher
	wait $watcher
	best=$(value best_MB_s "$(cat "$watch_out")")
	echo "$row" | while read -r end _ ms stall free cache size killed; do
		# shellcheck disable=SC2059 # it is a format
		printf "$columns" "$1" "$2" "$end" "$ms" "$(per_second "$ms")" \
			"$best" "$stall" "$free" "$cache" "$size" "$killed"
	done
}

# per_second MS
per_second()
{
	case $1 in
	- | 0) echo - ;;
	*) echo $((burst_mb * 1000 / $1)) ;;
	esac
}

inside()
{
	local state name i=0
	# What plays and tells is none of those that may be killed.
	echo -1000 >/proc/$$/oom_score_adj
	get_ready
	guest_facts
	# shellcheck disable=SC2059 # it is a format
	printf "$columns" state burst end ms MB/s balloon stall free cache \
		size killed
	while [ $i -lt "$times" ]; do
		for state in cold warm; do
			for name in $BURSTS; do
				one $state "$name"
			done
		done
		i=$((i + 1))
	done
	echo "# $burst_mb MB each; balloon: its best MB/s meanwhile;" \
		"stall in ms; free, cache, size before it in kB"
}

main()
{
	parse_options "$@"
	shift $((OPTIND - 1))
	if [ $# -gt 1 ]; then
		from_outside "$@"
	elif [ $# -eq 0 ]; then
		inside
	else
		usage
	fi
}

main "$@"
exit
