#!/bin/sh
# SPDX-License-Identifier: 0BSD
# shellcheck disable=SC2119 # defaults are meant
# The fence on a captured tree: groups found, named, missing, left behind.

# shellcheck source=test/lib/guest.sh
. "$(dirname "$0")/../lib/guest.sh"
word=$tree/run/xenballoon-fence

grow_groups()
{
	plant
	group work 1 4194304
	group idle 0 4194304
	mkdir "$groups/bare"
	echo >"$groups/cgroup.procs"
}

grow_groups
run oneshot -n -R "$tree"
ok 'oneshot -n has the margin' grep -q '^fence.s margin *2[0-9]* kB' "$tmp/out"
ok 'and sets no fence' high work max

start -o XENBALLOON_AUTO_DOWNHYSTERESIS=1
ok 'auto: the group with processes is fenced' await said 'fence around work'
no 'its limit is down' high work max
ok 'the empty one is left alone' high idle max
ok 'the value before is kept for who comes after' \
	grep -q '^work 18446744073709551615$' "$word"
ok 'the daemon steps outside' grep -q '^0' "$groups/cgroup.procs"
stop
ok 'SIGTERM: as it was' high work max
no 'nothing is left behind' test -e "$word"

grow_groups
start -o XENBALLOON_AUTO_DOWNHYSTERESIS=1
await said 'fence around work'
stop_all
no 'kill -9: the fence stands' high work max
run oneshot -R "$tree"
ok 'oneshot: as it was' high work max
no 'and the note is gone' test -e "$word"

grow_groups
group also 1
echo 'work 33554432' >"$word"
start -o XENBALLOON_AUTO_DOWNHYSTERESIS=1
await said 'fence around'
stop
ok 'a daemon takes over what a dead one knew' high work 33554432

grow_groups
printf 'work\nwork \nwork x\n../../etc 1\n%0100d 1\n\n' 1 >"$word"
run oneshot -R "$tree"
ok 'nonsense left behind does no harm' high work max

grow_groups
start -o XENBALLOON_AUTO_DOWNHYSTERESIS=1
await grep -q '^work ' "$word"
await eval '! high work max'
echo 8388608 >"$groups/work/memory.high"
ok "an administrator's limit: seen" await grep -q '^work 8388608$' "$word"
stop
ok "an administrator's limit: stays" high work 8388608

grow_groups
start -o 'XENBALLOON_FENCE="idle, none /sys/fs/cgroup/work"'
ok 'names: those there are fenced' await said 'fence around idle work'
ok 'and a missing one is said' said 'no fence around none: No such file'
stop

grow_groups
start -o XENBALLOON_FENCE=off
ok 'off: none' await said 'no fence'
ok 'off: no limit' high work max
stop

grow_groups
rm -rf "$tree/run"
start
ok 'no /run: said' await said '/run/xenballoon-fence: No such file'
no 'no /run: fenced all the same' high work max
stop

grow_groups
start -o "XENBALLOON_FENCE=\"$(printf '%200s' '' | tr ' ' x) work\""
ok 'a name too long is left out' await said 'fence around work'
stop

grow_groups
start -o 'XENBALLOON_FENCE="work,/sys/fs/cgroup/work work"'
await said 'fence around work'
no 'named three times: fenced once' said 'fence around work work'
stop
ok 'named three times: as it was' high work max

grow_groups
start -o 'XENBALLOON_FENCE="work cgroup.procs"'
ok 'no group: said' await said 'no fence around cgroup.procs: Not a dir'
ok 'no group: the others are known to who comes after' \
	await grep -qs '^work ' "$word"
stop

grow_groups
for n in 1 2 3 4 5 6 7 8; do
	group "more$n" 1 4194304
done
start
ok 'nine groups: one is left out, and that is said' \
	await said 'more than 8 groups: the others have no fence'
stop

# What a dead daemon fenced and this one does not.
grow_groups
echo 8388608 >"$groups/idle/memory.high"
printf 'idle 33554432\n' >"$word"
start
await said 'fence around work'
ok 'fenced no more: as it was' high idle 33554432
ok 'fenced no more: forgotten' nothing "$(grep idle "$word")"
stop

for value in '../up' ''; do
	plant
	run oneshot -n -R "$tree" -o "XENBALLOON_FENCE=$value"
	is "FENCE='$value': exit 100" "$status" 100
done
done_testing
