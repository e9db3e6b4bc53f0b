#!/bin/sh
# SPDX-License-Identifier: 0BSD
# shellcheck disable=SC2016,SC2119 # await takes words; defaults are meant
# The keeper and its canaries: who stands, what a death does, and what is done
# when the daemon, the keeper or a canary is gone.

# shellcheck source=test/lib/guest.sh
. "$(dirname "$0")/../lib/guest.sh"
"$top/test/peer/build" || exit 1

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

# What the keeper of the one before still says goes behind, not over the lines.
daemon()
{
	: >"$tmp/err"
	"$program" selfballoon -v -R "$tree" -o XENBALLOON_MINMEM=250 \
		-o XENBALLOON_AUTO_DOWNHYSTERESIS=1 "$@" \
		>"$tmp/out" 2>>"$tmp/err" </dev/null &
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

# absent: which of its pages are not there, or are not its own to write; the
# kernel would need another one for each when there is none left
absent()
{
	awk '/^[0-9a-f]+-[0-9a-f]+ / {
			where = $1
			writes = $2 ~ /w/
			program = NF == 5 || $NF ~ /xenballoon/
		}
		!program { next }
		$1 == "Size:" { size = $2 }
		$1 == "Rss:" && $2 < size { print where, size - $2, "kB not there" }
		$1 == "Shared_Dirty:" && writes && $2 > 0 {
			print where, $2, "kB not its own"
		}' "/proc/$pid/smaps"
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
is 'all of the program is in memory, and its own' "$(absent)" ''
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
ok 'short: it is said' await said 'killed: [0-9]*; the guest grows'
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

# killall sends it to the keeper too, which waits for a successor all the same.
plant_guest
daemon
ok 'TERM to all: at rest' await is_target 256000
keeper=$(children balloon-keeper)
kill -TERM "$keeper"
stop TERM
is 'TERM to all: the guest keeps its size at first' "$(target)" 256000
ok 'TERM to all: the keeper leaves' await gone "$keeper"
is 'TERM to all: then to the ceiling' "$(target)" 524288

# What was last known of the ceiling counts, whatever /proc says at the end.
plant_guest
daemon
ok 'invalid: at rest' await is_target 256000
: >"$tree/proc/meminfo"
ok 'invalid: it is said' await said 'the size stays as it is'
sleep 1
stop KILL
ok 'invalid: kill -9: to the ceiling' await is_target 524288

# brake GROUP OPTION...: canaries die while the balloon moves slowly: the group
# stands still for long
brake()
{
	frozen=$groups/$1/cgroup.freeze
	shift
	rm "$driver/info/current_kb"
	echo 300000 >"$driver/info/current_kb"
	daemon "$@"
	ok 'brake: canaries stand' await stand "$count"
	{
		size=300000
		while size=$((size + 1)); do
			printf '%s\n' "$size" 1<>"$driver/info/current_kb"
			sleep 0.05
		done
	} &
	mover=$!
	available 5000
	# shellcheck disable=SC2046 # a number
	kill -9 $(children balloon-canary | head -n 1)
	ok 'brake: it is on' await grep -q 1 "$frozen"
}

release()
{
	kill "$mover"
	wait "$mover" 2>/dev/null
	available 430000
}

plant_guest
brake work
stop KILL
ok 'brake, kill -9: the keeper lets it go' await grep -qx 0 "$frozen"
release

plant_guest
brake work
stop_all
is 'brake, kill -9 of both: it stands still' "$(cat "$frozen")" 1
release
daemon
ok 'brake, kill -9 of both: the next daemon lets it go' \
	await grep -qx 0 "$frozen"
stop
no 'brake: no note is left' test -e "$tree/run/xenballoon-frozen"

plant_guest
brake work
stop_all
release
run oneshot -R "$tree" -o XENBALLOON_MINMEM=250
ok 'brake, kill -9 of both: or oneshot' grep -qx 0 "$frozen"

plant_guest
mkdir "$groups/other"
printf 'populated 1\nfrozen 1\n' >"$groups/other/cgroup.events"
echo 1 >"$groups/other/cgroup.freeze"
brake work
stop KILL
ok 'brake: the keeper lets it go' await grep -qx 0 "$frozen"
is 'brake: not what somebody else has frozen' \
	"$(cat "$groups/other/cgroup.freeze")" 1
release

plant_guest
for one in $(seq 40); do
	mkdir "$groups/some$one"
	cp "$groups"/work/cgroup.* "$groups/some$one"
done
mkdir -p "$groups/a.slice/b"
cp "$groups"/work/cgroup.* "$groups/a.slice/b"
brake a.slice/b -o XENBALLOON_FREEZE='work,/sys/fs/cgroup/a.slice/b'
is 'named: the other one too' "$(cat "$groups/work/cgroup.freeze")" 1
is 'named: no other' "$(cat "$groups/some1/cgroup.freeze")" 0
stop KILL
ok 'named: the keeper lets both go' await grep -qx 0 "$frozen"
ok 'named: both' await grep -qx 0 "$groups/work/cgroup.freeze"
release

plant_guest
mkdir -p "$groups/work"
printf '1\n%0100d\n../../etc\nnone\nwork\n' 1 \
	>"$tree/run/xenballoon-frozen"
echo 1 >"$groups/work/cgroup.freeze"
daemon
ok 'nonsense in the note does no harm' await \
	grep -qx 0 "$groups/work/cgroup.freeze"
stop

# Anybody may give a process the name of the balloon's thread, or one of 16.
plant_guest
sleep 1000 &
impostor=$!
mkdir "$tree/proc/$impostor" "$tree/proc/1"
echo xen-balloon >"$tree/proc/$impostor/comm"
echo 100 50 10 1 0 20 0 >"$tree/proc/$impostor/statm"
echo 0 >"$tree/proc/$impostor/oom_score_adj"
echo 0123456789abcdefXYZ >"$tree/proc/1/comm"
echo 1000 >"$tree/proc/1/oom_score_adj"
echo 9000 9000 10 1 0 20 0 >"$tree/proc/1/statm"
daemon
ok 'rival: it is said' await said "'0123456789abcde' would die before"
is 'impostor: it gets no priority' "$(ps -o ni= -p "$impostor" | tr -d ' ')" \
	"$(ps -o ni= -p $$ | tr -d ' ')"
stop
kill "$impostor"

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

# They are of the size that is wanted, and locked where there is swap.
# all COMMAND...: they stand, and it holds for each, by its pid
all()
{
	stand "$count" && for one in $(children balloon-canary); do
		"$@" "$one" || return 1
	done
}

# sized PAGES PID
sized()
{
	[ "$(mapping "$2" | cut -d ' ' -f 2)" = "$1" ]
}

locked()
{
	grep -q '^VmLck:.* [1-9][0-9]* kB' "/proc/$1/status"
}

plant_guest
daemon
ok 'size: a 1024th of the guest' await all sized 128
ok 'lock: none without swap' sh -c "! grep -q '^VmLck:.* [1-9]' \
	/proc/$(children balloon-canary | head -n 1)/status"
mkdir -p "$tree/etc"
echo XENBALLOON_CANARY=$((count * 2)) >"$tree/etc/xenballoon.conf"
kill -HUP "$pid"
ok 'size: another is asked for, and it is had' await all sized 512
meminfo | sed 's/^SwapTotal:.*/SwapTotal: 200000 kB/
	s/^SwapFree:.*/SwapFree: 200000 kB/' >"$tmp/meminfo"
cat "$tmp/meminfo" >"$tree/proc/meminfo"
ok 'lock: swap came' await all locked
is 'size: none was killed for it' "$(grep -c 'canaries killed' "$tmp/err")" 0
stop

done_testing
