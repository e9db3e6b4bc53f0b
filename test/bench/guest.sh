# SPDX-License-Identifier: 0BSD
#
# guest.sh: what the benchmark does inside a guest; dom0 calls it by in_guest
# as `. /rig/bench; VERB...`. The variant is the guest's name.
# shellcheck shell=dash

variant=$(hostname)
xen=/sys/devices/system/xen_memory/xen_memory0
group=/sys/fs/cgroup/work
near_kb=3072
load_limit=90

# --- the balloon -----------------------------------------------------------

current_kb()
{
	read -r current <$xen/info/current_kb
}

ours()
{
	setsid xenballoon selfballoon -v -o XENBALLOON_FLOOR=low \
		-o XENBALLOON_AUTO_DOWNHYSTERESIS=2 "$@" \
		</dev/null >>/tmp/daemon.log 2>&1 &
}

daemon_start()
{
	case $variant in
	none) return ;;
	shell) setsid sh /rig/shell-daemon </dev/null >/tmp/daemon.log 2>&1 & ;;
	reserve) ours -o XENBALLOON_FENCE=off ;;
	workingset) ours -o XENBALLOON_POLICY=workingset ;;
	*) ours ;;
	esac
	echo $! >/run/daemon.pid
}

daemon_alive()
{
	[ -e "/proc/$(cat /run/daemon.pid)/stat" ]
}

daemon_stop()
{
	echo "-- stop" >>/tmp/daemon.log
	kill "$(cat /run/daemon.pid)" 2>/dev/null
	while daemon_alive; do
		sleep 0.1
	done
}

# settle SECONDS: until the size has been the same for four looks
settle()
{
	local was=0 same=0 left="$1"
	while [ $same -lt 4 ] && [ "$left" -gt 0 ]; do
		sleep 1
		current_kb
		[ "$current" = "$was" ] && same=$((same + 1)) || same=0
		was=$current
		left=$((left - 1))
	done
}

# near SECONDS LOOKS: waits until the size is the resting one so many looks
# running
near()
{
	local rest good=0 left="$1"
	read -r rest </run/rest
	while [ $good -lt "$2" ] && [ "$left" -gt 0 ]; do
		sleep 1
		current_kb
		[ "$current" -le $((rest + near_kb)) ] && good=$((good + 1)) ||
			good=0
		left=$((left - 1))
	done
}

# Back to the resting size. The daemon starts anew: what it learned from the
# load before must not help it in the next, nor its pause hold us up.
reset()
{
	rm -f /mnt/load.*
	[ "$variant" != none ] || return 0
	daemon_stop
	cat /run/rest >$xen/target_kb
	near 10 1
	daemon_start
	near 40 2
}

# --- start -----------------------------------------------------------------

# Every guest runs its loads in a group, fenced or not: the accounting costs
# the same everywhere.
make_group()
{
	mount -t cgroup2 none /sys/fs/cgroup || return
	echo +memory >/sys/fs/cgroup/cgroup.subtree_control
	mkdir $group
	setsid sleep 100000 </dev/null >/dev/null 2>&1 &
	echo $! >$group/cgroup.procs
}

# Two disks to read from: pages never written take no memory. And swap.
make_disks()
{
	zram-up 3 || return
	echo 200M >/sys/block/zram0/disksize
	echo 700M >/sys/block/zram1/disksize
	[ "$variant" = zram ] || return 0
	echo 128M >/sys/block/zram2/disksize
	mkswap /dev/zram2 >/dev/null && swapon /dev/zram2
}

bench_start()
{
	mkdir -p /mnt
	mount -t tmpfs -o size=400m none /mnt
	[ "$variant" = nocgroup ] || make_group
	make_disks
	[ ! -x /usr/bin/sort ] || make_input
	daemon_start
	settle 60
	echo "$current" >/run/rest
	awk '/^SwapTotal/ { print "swap", $2, "kB" }' /proc/meminfo
}

make_input()
{
	base64 </dev/urandom | head -c $((20 * 1024 * 1024)) >/mnt/lines
	head -c $((1024 * 1024)) /mnt/lines >/mnt/bytes
}

# --- at rest ---------------------------------------------------------------

# What the daemon used so far: $cpu_us with its children's, $switches, and
# the machine's $forks. No forks: they would be counted.
usage_now()
{
	local line ns rest
	read -r line <"/proc/$pid/stat"
	# shellcheck disable=SC2086
	set -- $line
	shift 13
	read -r ns rest <"/proc/$pid/schedstat"
	cpu_us=$((ns / 1000 + ($3 + $4) * 10000))
	while read -r line rest; do
		[ "$line" != voluntary_ctxt_switches: ] || switches=$rest
	done <"/proc/$pid/status"
	while read -r line rest; do
		[ "$line" != processes ] || forks=$rest
	done </proc/stat
}

# at_rest: MemTotal kB, then CPU us, wake-ups, forks in 60 s, Rss, anonymous kB
at_rest()
{
	local pid cpu_us switches forks cpu_before switches_before forks_before
	awk '/^MemTotal/ { printf "%d,", $2 }' /proc/meminfo
	[ "$variant" != none ] || { echo 0,0,0,0,0; return; }
	pid=$(cat /run/daemon.pid)
	usage_now
	cpu_before=$cpu_us switches_before=$switches forks_before=$forks
	sleep 60
	usage_now
	# One fork is our sleep.
	printf '%s,%s,%s,' $((cpu_us - cpu_before)) \
		$((switches - switches_before)) $((forks - forks_before - 1))
	awk '/^Rss/ { rss = $2 } /^Anonymous/ { own = $2 }
		END { print rss "," own }' "/proc/$pid/smaps_rollup"
}

# --- loads -----------------------------------------------------------------

oom_kills()
{
	sed -n 's/^oom_kill //p' /proc/vmstat
}

uptime_ms()
{
	local up rest
	read -r up rest </proc/uptime
	echo $((${up%.*} * 1000 + 1${up#*.} * 10 - 1000))
}

# value KEY TEXT: the largest, where several processes report
value()
{
	printf '%s\n' "$2" | sed -n "s/.*$1=\\([0-9]*\\).*/\\1/p" |
		sort -n | tail -n 1
}

# How long a fixed sum takes: what else the host was busy with shows here.
spin_ms()
{
	local start i=0
	start=$(uptime_ms)
	while [ $i -lt 10000 ]; do
		i=$((i + 1))
	done
	echo $(($(uptime_ms) - start))
}

in_group()
{
	# shellcheck disable=SC2016 # $$ is the new shell's
	[ ! -d $group ] || set -- sh -c \
		'echo $$ >/sys/fs/cgroup/work/cgroup.procs; exec "$@"' sh "$@"
	"$@"
}

refaults()
{
	awk '/^workingset_refault_file/ { print $2 }' /proc/vmstat
}

# one NAME COMMAND...: prints variant,load,status,kills,daemon alive,ms,
# worst stall ms,size before in kB,spin ms,refaults
one()
{
	local name="$1" kills start out status=0 took alive=1 spin again rate
	shift
	reset
	spin=$(spin_ms)
	current_kb
	kills=$(oom_kills)
	again=$(refaults)
	start=$(uptime_ms)
	out=$(in_group timeout $load_limit "$@" 2>&1) || status=$?
	took=$(value took_ms "$out")
	rate=$(value MB_s "$out")
	# A load of a fixed time: how long 1 GB took
	[ "${rate:-0}" = 0 ] || took=$((1024 * 1000 / rate))
	[ -n "$took" ] || took=$(($(uptime_ms) - start))
	[ "$variant" = none ] || daemon_alive || alive=0
	echo "$variant,$name,$status,$(($(oom_kills) - kills)),$alive,$took,$(
		value max_stall_ms "$out"),$current,$spin,$(($(refaults) - again))"
}

# cold: the size with a program that holds 60 of the 300 MB it asked for
cold()
{
	local load
	reset
	in_group setsid load reserve 300 60 45 </dev/null >/dev/null 2>&1 &
	load=$!
	sleep 2
	settle 40
	awk -v kb="$current" -v name="$variant" '/^MemTotal/ {
		print name "," kb "," $2 }' /proc/meminfo
	# Not for all: the daemon is a child of this shell too.
	wait $load
}
