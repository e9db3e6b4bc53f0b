#!/bin/sh
# SPDX-License-Identifier: 0BSD
# shellcheck disable=SC2016,SC2119 # await takes words; defaults are meant
# The keeper and its canaries: who stands, what a death does, and what is done
# when the daemon, the keeper or a canary is gone.

# shellcheck source=test/lib/guest.sh
. "$(dirname "$0")/../lib/guest.sh"

overcommit=$tree/proc/sys/vm/overcommit_memory
dump=$tree/proc/sys/vm/oom_dump_tasks

# A guest of 512 MB of which the balloon holds some, with one group of cgroup
# v2; domain 0 allows it all.
plant_guest()
{
	peer_stop
	plant 300000
	echo 524288 >"$driver/info/low_kb"
	mkdir -p "$tree/proc/self" "$groups/work"
	echo 0 >"$tree/proc/self/oom_score_adj"
	echo 0::/ >"$tree/proc/self/cgroup"
	echo 0 >"$overcommit"
	echo 1 >"$dump"
	printf 'populated 1\nfrozen 0\n' >"$groups/work/cgroup.events"
	echo 0 >"$groups/work/cgroup.freeze"
	: >"$groups/cgroup.procs"
	available 430000
	peer_start 1 none memory/target=524288 memory/static-max=524288
}

# available KB: in place, as the daemon has it open
available()
{
	meminfo | sed "s/^MemAvailable:.*/MemAvailable: $1 kB/" >"$tmp/meminfo"
	cat "$tmp/meminfo" >"$tree/proc/meminfo"
}

daemon()
{
	"$program" selfballoon -v -R "$tree" -o XENBALLOON_MINMEM=250 -o XENBALLOON_AUTO_DOWNHYSTERESIS=1 "$@" \
		>"$tmp/out" 2>"$tmp/err" </dev/null &
	pid=$!
}

stand()
{
	[ "$(children balloon-canary | wc -l)" -eq "$1" ]
}

said()
{
	grep -q "$1" "$tmp/err"
}

is_target()
{
	[ "$(target)" = "$1" ]
}

below_ceiling()
{
	[ "$(target)" -le 300032 ]
}

# gone PID...: no such process, or a dead one that nobody has waited for
gone()
{
	for one; do
		case $(ps -o stat= -p "$one") in
		'' | Z*) ;;
		*) return 1 ;;
		esac
	done
}

# dump_is N: the tasks are printed at an OOM kill, or not
dump_is()
{
	[ "$(cat "$dump")" = "$1" ]
}

cpus=$(nproc)
count=$((6 + 2 * (cpus - 1)))
[ "$count" -le 16 ] || count=16

plant_guest
daemon
ok 'canaries: they stand' await stand "$count"
ok 'canaries: it is said' await said 'canaries: stands'
ok 'canaries: first for the OOM killer' grep -q ^1000 "$tree/proc/self/oom_score_adj"
keeper=$(children balloon-keeper)
ok 'keeper: it is there' [ -n "$keeper" ]
is 'dump: off while they stand' "$(cat "$dump")" 0
ok 'rest: at the floor' await is_target 256000

# mapping PID: first address and pages of the largest, all of it written by
# this process alone and none of it a huge page; for awk of any kind
mapping()
{
	awk '/^[0-9a-f]+-[0-9a-f]+ / { split($1, at, "-") }
		/^Size:/ { size = $2 }
		/^Private_Dirty:/ { own = $2 }
		/^AnonHugePages:/ && $2 == 0 && own == size && size > largest {
			largest = size
			first = at[1]
		}
		END { print first, largest / 4 }' "/proc/$1/smaps"
}

# first_words: of each page of each canary
first_words()
{
	for one in $(children balloon-canary); do
		mapping "$one" | {
			read -r first pages
			dd if="/proc/$one/mem" bs=4096 \
				skip=$((0x$first / 4096)) count="$pages" \
				2>/dev/null
		}
	done | od -A n -v -t x8 -w4096 | cut -c 1-17
}

# 512 kB each: a 1024th of the guest.
ok 'pages: each is there' [ "$(first_words | wc -l)" -eq $((count * 128)) ]
is 'pages: no two are the same' "$(first_words | sort | uniq -d)" ''

one=$(children balloon-canary | head -n 1)
kill -9 "$one"
ok 'by hand: another takes its place' await stand "$count"
ok 'by hand: it is said' await said 'by hand'
is 'by hand: the size stays' "$(target)" 256000

available 5000
one=$(children balloon-canary | head -n 1)
kill -9 "$one"
ok 'short: to the ceiling' await is_target 524288
ok 'short: it is said' await said 'killed: the guest grows'
ok 'short: at the ceiling they leave' await stand 0
ok 'dump: back when they have left' await dump_is 1
is 'short: nothing is left frozen' "$(cat "$groups/work/cgroup.freeze")" 0
available 430000
# To 256000, or not below the size before a step that the death followed.
ok 'short: later it goes back' await below_ceiling
ok 'short: and they stand again' await stand "$count"

# The daemon is killed: what was set is put back, and the target goes up.
is 'sysctl: set' "$(cat "$overcommit")" 1
ok 'dump: off again' await dump_is 0
canaries=$(children balloon-canary)
stop KILL
ok 'kill -9: to the ceiling at once' await is_target 524288
ok 'kill -9: the sysctl is as it was' await sh -c "grep -qx 0 '$overcommit'"
# shellcheck disable=SC2086 # a list of words
ok 'kill -9: no canary is left, nor the keeper' await gone $canaries $keeper
ok 'kill -9: the dump is as it was' await dump_is 1

# A clean end: a second for a successor, then the same.
plant_guest
daemon
ok 'TERM: they stood' await stand "$count"
ok 'TERM: at rest' await is_target 256000
keeper=$(children balloon-keeper)
canaries=$(children balloon-canary)
stop TERM
is 'TERM: exit 0' "$status" 0
is 'TERM: the guest keeps its size at first' "$(target)" 256000
is 'TERM: the sysctl is as it was' "$(cat "$overcommit")" 0
is 'TERM: the dump is as it was' "$(cat "$dump")" 1
# shellcheck disable=SC2086
ok 'TERM: no canary is left, nor the keeper' await gone $canaries $keeper
is 'TERM: then to the ceiling' "$(target)" 524288

plant_guest
daemon
ok 'successor: at rest' await is_target 256000
keeper=$(children balloon-keeper)
stop TERM
daemon
ok 'successor: takes over' await said 'from 256000 kB'
ok 'successor: the old keeper leaves' await gone "$keeper"
is 'successor: the size stays' "$(target)" 256000
ok 'successor: the sysctl is set' sh -c "grep -qx 1 '$overcommit'"

# The keeper is killed.
ok 'keeper: canaries stand' await stand "$count"
canaries=$(children balloon-canary)
kill -9 "$(children balloon-keeper)"
ok 'keeper: it is said' await said 'the keeper is gone'
# shellcheck disable=SC2086
ok 'keeper: canaries leave' await gone $canaries
ok 'keeper: the daemon runs on' running
stop

plant_guest
daemon -o XENBALLOON_CANARY=off
ok 'off: at rest' await is_target 256000
ok 'off: none stands' stand 0
ok 'off: the keeper is there' [ -n "$(children balloon-keeper)" ]
is 'off: the dump stays' "$(cat "$dump")" 1
stop

# One that was killed, keeper and all, had set it: with no canaries it goes back.
plant_guest
echo 0 >"$dump"
echo /proc/sys/vm/oom_dump_tasks 1 >"$tree/run/xenballoon-sysctls"
daemon -o XENBALLOON_CANARY=off
ok 'dump: what a killed one left is put back' await dump_is 1
stop

# Somebody does not want it anyway.
plant_guest
echo 0 >"$dump"
daemon
ok 'dump: canaries stand where it is 0' await stand "$count"
ok 'dump: nothing is remembered of it' sh -c "! grep -q dump '$tree/run/xenballoon-sysctls'"
stop
is 'dump: it stays 0' "$(cat "$dump")" 0

# process PID COMM ADJ KB: of the captured guest
process()
{
	mkdir -p "$tree/proc/$1"
	echo "$2" >"$tree/proc/$1/comm"
	echo "$3" >"$tree/proc/$1/oom_score_adj"
	echo "9 $(($4 / 4)) 0" >"$tree/proc/$1/statm"
}

plant_guest
process 70 earlyoom -100 800
process 71 earlyoomd 0 800
process 72 kubelet -999 800
daemon
ok 'killers: one is named' await said 'earlyoom kills below'
ok 'killers: another is' await said 'kubelet kills below 102400 kB:'
ok 'killers: canaries stand' await stand "$count"
sleep 1
is 'killers: each once' "$(grep -c 'kills below' "$tmp/err")" 2
kill -USR1 "$pid"
ok 'killers: the reserve is explained' await said "above another's line"
stop

plant_guest
process 70 best-effort 1000 8000
daemon
ok 'rival: it is named' await said "'best-effort' would die before a canary"
ok 'rival: no protection' await said 'canaries: rival'
stop

plant_guest
: >"$groups/cgroup.type"
daemon
ok 'container: at rest' await is_target 256000
ok 'container: none stands' stand 0
ok 'container: it is said' said 'canaries: contained'
stop

done_testing
