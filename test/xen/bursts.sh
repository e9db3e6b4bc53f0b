# SPDX-License-Identifier: 0BSD
#
# bursts.sh: bursts of every kind, and what is left of the guest after one.
# In a guest, as `. /rig/bursts; VERB...`; test/bench/host has it too.
# shellcheck shell=dash

XEN=${XEN:-/sys/devices/system/xen_memory/xen_memory0}
SCRATCH=${SCRATCH:-/mnt}	# a tmpfs with room for a burst
DISK=${DISK:-/dev/zram0}	# what is read to fill the page cache
BURST_LIMIT=${BURST_LIMIT:-40}	# seconds; longer is lost
LOAD=${LOAD:-load}

# Those at the end take all of it in one system call.
# shellcheck disable=SC2034 # others do
BURSTS="anon tmpfs par mix bigwrite bigread mlock populate"

# --- memory ----------------------------------------------------------------

current_kb()
{
	cat "$XEN/info/current_kb"
}

target_kb()
{
	cat "$XEN/target_kb"
}

# meminfo NAME: in kB
meminfo()
{
	sed -n "s/^$1:[^0-9]*\\([0-9]*\\).*/\\1/p" /proc/meminfo
}

# stays SECONDS STILL COMMAND...: until it was true for STILL seconds on end; 1
# when it is not within SECONDS
stays()
{
	local still=0 left="$1" wanted="$2"
	shift 2
	while [ $still -lt "$wanted" ] && [ "$left" -gt 0 ]; do
		sleep 1
		"$@" && still=$((still + 1)) || still=0
		left=$((left - 1))
	done
	[ $still -ge "$wanted" ]
}

# settle SECONDS STILL: until the size has been the same for so many seconds
settle()
{
	size=0
	stays "$@" is_same
}

is_same()
{
	local before="$size"
	size=$(current_kb)
	[ "$size" = "$before" ]
}

# rests KB STILL SECONDS: until it was that size, or less, for STILL seconds
rests()
{
	stays "$3" "$2" is_most "$1"
}

is_most()
{
	[ "$(current_kb)" -le "$1" ]
}

# disk_up: a disk of pages never written: no byte of it takes memory, and what
# is read of it is page cache like any other, charged to whoever reads. It is
# held open: the last to close a block device drops its cache.
disk_up()
{
	[ ! -b "$DISK" ] || return 0
	zram-up 1 || return
	echo 400M >/sys/block/zram0/disksize
	setsid sleep 1000000 <"$DISK" >/dev/null 2>&1 &
}

# swap_up MB: swap that takes memory itself, as much as it holds compressed
swap_up()
{
	zram-up 1 &&
		echo "$1"M >/sys/block/zram0/disksize &&
		mkswap /dev/zram0 && swapon /dev/zram0
}

# swapped_out: pages since the start
swapped_out()
{
	sed -n 's/^pswpout //p' /proc/vmstat
}

scratch_up()
{
	mkdir -p "$SCRATCH"
	mount -t tmpfs -o size=400m tmpfs "$SCRATCH"
}

# make_cold and make_warm MB: no page cache, or all that was free
make_cold()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
}

make_warm()
{
	$LOAD warm "$DISK" "$1" >/dev/null
}

# --- what is killed --------------------------------------------------------

# killed_mark: killed_since tells of what comes after it
killed_mark()
{
	echo "<6>bursts: mark" >/dev/kmsg
}

# killed_since: names and how often, "load*2 balloon-canary*1"; or "-"
killed_since()
{
	dmesg | awk '/bursts: mark/ { split("", count) }
		/Killed process/ {
			name = $0
			sub(/.*Killed process [0-9]* \(/, "", name)
			sub(/\).*/, "", name)
			count[name]++
		}
		END {
			for (name in count)
				line = line " " name "*" count[name]
			print line == "" ? "-" : substr(line, 2)
		}'
}

# --- bursts ----------------------------------------------------------------

# burst_command NAME MB
burst_command()
{
	case $1 in
	anon) echo "anon $2 0 4 1" ;;
	tmpfs) echo "tmpfs $SCRATCH $2 0" ;;
	par) echo "mix 8xanon,$(($2 / 8)),0,4,1" ;;
	par4) echo "mix 4xanon,$(($2 / 4)),0,4,1" ;;
	mix) echo "mix 2xanon,$(($2 * 3 / 10)),0,4,1 tmpfs,$SCRATCH,$(($2 * 2 /
		10)),0 mlock,$(($2 * 2 / 10)),1" ;;
	bigwrite) echo "bigwrite $SCRATCH $2" ;;
	bigread) echo "bigread $DISK $2 1" ;;
	mlock) echo "mlock $2 1" ;;
	populate) echo "populate $2 1" ;;
	*) return 1 ;;
	esac
}

# value KEY TEXT: the largest, where several processes report
value()
{
	printf '%s\n' "$2" | sed -n "s/.*$1=\\([0-9]*\\).*/\\1/p" |
		sort -n | tail -n 1
}

# as_anybody COMMAND...: with the badness of a common process
as_anybody()
{
	# shellcheck disable=SC2016 # the new shell expands it
	LOAD_LIMIT=$BURST_LIMIT sh -c \
		'echo 0 >/proc/self/oom_score_adj; exec "$@"' sh "$@"
}

# burst NAME MB: plays it and prints
# done|lost STATUS MS STALL_MS FREE_KB CACHE_KB SIZE_KB KILLED...
# Lost: it did not end well, or anybody but a canary was killed. Who tells of
# it is none of those that may be.
burst()
{
	local command before out status=0 killed verdict="done" one
	command=$(burst_command "$1" "$2") || return
	before="$(meminfo MemFree) $(($(meminfo Cached) + $(meminfo Buffers) -
		$(meminfo Shmem))) $(current_kb)"
	echo -1000 >/proc/self/oom_score_adj
	killed_mark
	# That it was killed is ours to say.
	# shellcheck disable=SC2086 # a list of words
	{ out=$(as_anybody $LOAD $command 2>&1); } 2>/dev/null || status=$?
	rm -f "$SCRATCH"/load.*
	killed=$(killed_since)
	[ $status -eq 0 ] || verdict=lost
	for one in $killed; do
		case $one in
		- | 'balloon-canary*'*) ;;
		*) verdict=lost ;;
		esac
	done
	set -- "$(value took_ms "$out")" "$(value max_stall_ms "$out")"
	echo "$verdict $status ${1:--} ${2:--} $before $killed"
}

# --- the daemon ------------------------------------------------------------

# group_enter GROUP: this process; the root group, which is never frozen or
# fenced, is "". Where there are no groups, nothing.
group_enter()
{
	[ ! -e /sys/fs/cgroup/cgroup.procs ] || {
		mkdir -p "/sys/fs/cgroup/$1"
		echo $$ >"/sys/fs/cgroup/$1/cgroup.procs"
	}
}

# daemon_start OPTION...: in a group of its own, as a service manager does
daemon_start()
{
	# shellcheck disable=SC2016 # the new shell expands it
	setsid sh -c '. /rig/bursts
		group_enter balloon
		echo $$ >/run/daemon.pid
		exec xenballoon selfballoon -v "$@"' sh "$@" \
		</dev/null >>/tmp/daemon.log 2>&1 &
	sleep 1
	daemon_alive
}

daemon_pid()
{
	cat /run/daemon.pid
}

daemon_alive()
{
	[ -e "/proc/$(daemon_pid)/exe" ]
}

# daemon_stop: as a service manager does; 1 if it does not end
daemon_stop()
{
	local try=0
	kill "$(daemon_pid)" 2>/dev/null
	while daemon_alive; do
		try=$((try + 1))
		[ $try -lt 100 ] || return 1
		sleep 0.1
	done
}

# canaries: their pids
canaries()
{
	pidof balloon-canary
}

# keeper: the pid of the process that makes them
keeper()
{
	pidof balloon-keeper
}

# settings_now: what the daemon may set outside itself, a line each
settings_now()
{
	local file
	for file in /proc/sys/vm/overcommit_memory \
		/proc/sys/vm/watermark_boost_factor \
		/proc/sys/vm/watermark_scale_factor \
		/proc/sys/vm/percpu_pagelist_high_fraction \
		/proc/sys/vm/oom_dump_tasks /proc/sys/vm/panic_on_oom \
		/proc/sys/vm/oom_kill_allocating_task \
		/sys/fs/cgroup/work/memory.high \
		/sys/fs/cgroup/work/cgroup.freeze; do
		[ ! -e "$file" ] || echo "$file=$(cat "$file")"
	done
}

# --- a slow balloon --------------------------------------------------------

# slow_up: whoever writes the target from now on writes a plain file, which
# `load slow` passes on. It has no end of its own when a number gets shorter:
# all of them must have six digits, 100000 to 999999 kB.
slow_up()
{
	mkdir -p /run/real
	mount --bind "$XEN" /run/real || return
	cat /run/real/target_kb >/run/target
	mount --bind /run/target "$XEN/target_kb"
}

# slow_set MB_S [LOOK_MS]: how fast it rises; of a process that nobody holds
# back. Its looks cost a tenth of a processor; at rest one in a while will do.
slow_set()
{
	[ ! -e /run/slow.pid ] || kill "$(cat /run/slow.pid)" 2>/dev/null
	# shellcheck disable=SC2016 # the new shell expands it
	setsid sh -c '. /rig/bursts
		group_enter ""
		echo $$ >/run/slow.pid
		exec load slow /run/target /run/real/target_kb "$@"' sh "$@" \
		</dev/null >/run/slow.log 2>&1 &
}
