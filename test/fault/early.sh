#!/bin/sh
# SPDX-License-Identifier: 0BSD
# shellcheck disable=SC2016,SC2119 # await takes words; defaults are meant
# A copy that an initramfs started: it gives way to the next, and to no other;
# what it changed it restores, even when its root has nothing in it any more.

# shellcheck source=test/lib/guest.sh
. "$(dirname "$0")/../lib/guest.sh"
mkdir "$tmp/bin"
ln -s "$program" "$tmp/bin/@selfballoon"
early=

# start_early: as a hook does, its name found by PATH. The program looks for
# it below its own root.
start_early()
{
	PATH=$tmp/bin:$PATH @selfballoon -R "$tree" \
		2>"$tmp/early" </dev/null &
	early=$!
	ln -s "/proc/$early" "$tree/proc/$early"
}

# ended: the early copy; its status, but never for ever
ended()
{
	for _ in $(seq 400); do
		# A zombie is still there for kill -0, not for its cmdline.
		grep -qs . "/proc/$early/cmdline" || break
		sleep 0.05
	done
	kill -KILL "$early" 2>/dev/null
	wait "$early"
}

overcommit()
{
	[ "$(cat "$1/sys/vm/overcommit_memory")" = "$2" ]
}

plant
echo 0 >"$tree/proc/sys/vm/overcommit_memory"
start_early
ok 'an early copy steers' await shrunk
ok 'it has no @ in what it says' \
	await grep -q '^selfballoon: self-ballooning' "$tmp/early"
run oneshot -R "$tree"
is 'oneshot does not take its place' "$status" 1
ok 'it runs on' kill -0 "$early"
start
ended
is 'the next copy comes: it ends, exit 0' $? 0
ok 'that one says so' said 'selfballoon: takes over from the early copy'
is 'once' "$(grep -c 'takes over' "$tmp/err")" 1
ok 'and steers, and says how long after boot' await grep -qE \
	'self-ballooning from [0-9]+ kB, [0-9]+ ms after boot;' "$tmp/err"
ok 'overcommit is ours again' await overcommit "$tree/proc" 1
run selfballoon -R "$tree"
is 'a third one: exit 1' "$status" 1
stop
is 'SIGTERM: exit 0' "$status" 0
ok 'overcommit as before the first' overcommit "$tree/proc" 0

# Not by the name alone that it has later in its words.
plant
"$program" selfballoon -R "$tree" -o 'XENBALLOON_FENCE=@' 2>"$tmp/early" &
early=$!
ln -s "/proc/$early" "$tree/proc/$early"
await shrunk
run selfballoon -R "$tree"
is 'an @ elsewhere: exit 1' "$status" 1
is 'an @ elsewhere: one sentence' "$(cat "$tmp/err")" \
	'selfballoon: another xenballoon steers this guest'
ok 'an @ elsewhere: it runs on' kill -0 "$early"
kill "$early"
wait "$early"

# switch_root leaves it an empty root.
plant
echo 0 >"$tree/proc/sys/vm/overcommit_memory"
start_early
await overcommit "$tree/proc" 1
mkdir "$tmp/new"
mv "$tree/proc" "$tree/run" "$tree/etc" "$tmp/new"
kill "$early"
ended
is 'its root is empty: exit 0' $? 0
ok 'its root is empty: overcommit is restored' overcommit "$tmp/new/proc" 0

# While it dies its name is gone and its lock is not.
plant
start_early
await shrunk
rm "$tree/proc/$early"
mkdir "$tree/proc/$early"
printf '@selfballoon\0' >"$tree/proc/$early/cmdline"
kill -STOP "$early"
start
ok 'it dies slowly: is told to' await said 'takes over from the early copy'
: >"$tree/proc/$early/cmdline"
sleep 0.5
kill -CONT "$early"
ended
ok 'it dies slowly: the next one steers' await said 'self-ballooning from'
stop
is 'it dies slowly: exit 0' "$status" 0

# One that does not end keeps the guest.
plant
start_early
await shrunk
kill -STOP "$early"
run selfballoon -R "$tree"
is 'it does not end: exit 1' "$status" 1
ok 'it does not end: says so' said 'another xenballoon steers this guest'
kill -CONT "$early"
ended
is 'it goes on: exit 0' $? 0

done_testing
