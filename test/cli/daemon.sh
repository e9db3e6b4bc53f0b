#!/bin/sh
# SPDX-License-Identifier: 0BSD
# shellcheck disable=SC2016,SC2119 # await takes words; defaults are meant
# The daemon's life: signals, readiness, a second one.

# shellcheck source=test/lib/guest.sh
. "$(dirname "$0")/../lib/guest.sh"

plant
start -o XENBALLOON_AUTO_DOWNHYSTERESIS=1
ok 'self-ballooning: goes to the floor' await settled 157696
ok 'keeps the high-water mark' test -s "$tree/run/xenballoon-maxmem"
run oneshot -R "$tree"
is 'oneshot beside it: exit 1' "$status" 1
is 'oneshot beside it: says why' "$(cat "$tmp/err")" \
	'oneshot: a xenballoon daemon steers this guest'
stop
is 'SIGTERM: exit 0' "$status" 0
is 'SIGTERM: the guest keeps its size' "$(target)" 157696
plant
rm "$driver/info/current_kb"
echo 524288 >"$driver/info/current_kb"
start -o XENBALLOON_SELF=0
await said 'directed from'
echo 262144 >"$driver/target_kb"
stop
is "SIGTERM: domain 0's size in progress goes on" "$(target)" 262144

plant
"$program" xenballoond -R "$tree" 2>"$tmp/first" &
other=$!
await grep -q 'no answer' "$tmp/first"
run selfballoon -R "$tree"
is 'a second one: exit 1' "$status" 1
is 'a second one: one clear sentence' "$(cat "$tmp/err")" \
	'selfballoon: another xenballoon steers this guest'
kill -INT "$other"
wait "$other"
is 'SIGINT: exit 0' $? 0
is 'xenballoond: off unless switched on, as in 2008' "$(target)" 524288
run oneshot -R "$tree" -o XENBALLOON_SELF=0
is 'the lock is free again' "$status" 1
is 'and nobody holds it' "$(grep -c steers "$tmp/err")" 0

# SIGHUP: a good file, a bad one, a good one.
plant
echo XENBALLOON_SELF=0 >"$tree/etc/xenballoon.conf"
start
await said 'no answer from xenstore'
echo XENBALLOON_SELF=maybe >"$tree/etc/xenballoon.conf"
kill -HUP "$pid"
ok 'SIGHUP, bad file: the sentence' await said "selfballoon: \
/etc/xenballoon.conf:1: 'XENBALLOON_SELF': 'maybe' is not accepted"
ok 'SIGHUP, bad file: the settings stay' \
	await said 'the settings stay as they were'
ok 'SIGHUP, bad file: it runs on' running
is 'SIGHUP, bad file: still off' "$(target)" 524288
printf 'XENBALLOON_SELF=1\nXENBALLOON_AUTO_DOWNHYSTERESIS=1\n' \
	>"$tree/etc/xenballoon.conf"
kill -HUP "$pid"
ok 'SIGHUP, good file: says so' await said 'configuration read again'
ok 'SIGHUP, good file: on' await settled 157696
rm "$tree/etc/xenballoon.conf"
kill -HUP "$pid"
ok 'SIGHUP, no file: the defaults are no error' \
	await eval '[ "$(grep -c "read again" "$tmp/err")" -eq 2 ]'
kill -USR1 "$pid"
ok 'SIGUSR1: the state on stderr' await said 'decision '
ok 'SIGUSR1: it runs on' running
stop
is 'after all of them: exit 0' "$status" 0

# Readiness: one newline, once it looks.
plant
mkfifo "$tmp/ready"
"$program" selfballoon -R "$tree" -d 3 3>"$tmp/ready" 2>"$tmp/err" &
pid=$!
head -c 100 "$tmp/ready" >"$tmp/sign"
is '-d: one newline, then closed' "$(od -An -c "$tmp/sign" | tr -d ' ')" '\n'
ok '-d: it runs on' running
stop

# One that was not given may be the program's own, such as target_kb.
plant
for fd in 3 4 5 6 7 8 9; do
	{ run selfballoon -R "$tree" -d "$fd"; } \
		3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
	refused "-d $fd, not open" 100 "selfballoon: -d: '$fd' is not open; \
accepted: 0 to 1023"
done
"$program" selfballoon -R "$tree" -d 3 3</dev/null 2>"$tmp/err" &
pid=$!
ok '-d of what is open to read: said' await said 'no readiness sign'
ok '-d of what is open to read: no reason to end' running
stop
plant
start -d 2
await shrunk
ok '-d 2: standard error stays' [ -e "/proc/$pid/fd/2" ]
stop

# A logger that hangs: its pipe is full. Lines are lost, and it is said.
plant
mkfifo "$tmp/pipe"
exec 9<>"$tmp/pipe"
full=$(dd if=/dev/zero of="$tmp/pipe" bs=4096 oflag=nonblock 2>&1 |
	sed -n 's/ bytes.*//p')
"$program" selfballoon -R "$tree" -v -o XENBALLOON_AUTO_DOWNHYSTERESIS=1 \
	2>"$tmp/pipe" </dev/null 9>&- &
pid=$!
ok 'a logger that hangs: ballooning goes on' await settled 157696
kill -USR1 "$pid"
head -c "$full" "$tmp/pipe" >/dev/null
cat "$tmp/pipe" >"$tmp/err" 9>&- &
other=$!
exec 9>&-
kill -HUP "$pid"
ok 'it goes on: what was lost is told' await grep -qE \
	'selfballoon: \([0-9]+ lost\) ' "$tmp/err"
stop
is 'it goes on: exit 0' "$status" 0
wait "$other"
# The state, where SIGUSR1 was quicker than the reader, begins with /proc's names.
ok 'it goes on: nothing is cut' nothing \
	"$(grep -avE '^(selfballoon: .*|  .*|[A-Za-z].*)$' "$tmp/err")"

# What the driver has not taken yet at the end it does not take later.
plant
rm "$driver/info/current_kb"
echo 524288 >"$driver/info/current_kb"
start
ok 'a driver that lags: asked' await shrunk
stop
is 'a driver that lags: the guest keeps its size' "$(target)" 524288

# The kernel's settings, and their return.
plant
echo 0 >"$tree/proc/sys/vm/overcommit_memory"
start
ok 'overcommit while ballooned' await \
	eval '[ "$(cat "$tree/proc/sys/vm/overcommit_memory")" = 1 ]'
stop
is 'overcommit as before' "$(cat "$tree/proc/sys/vm/overcommit_memory")" 0
plant
echo 0 >"$tree/proc/sys/vm/overcommit_memory"
start -o XENBALLOON_OVERCOMMIT=keep
ok 'overcommit kept: runs' await shrunk
is 'overcommit kept' "$(cat "$tree/proc/sys/vm/overcommit_memory")" 0
stop

# One that was killed left them changed: whoever comes next puts them back.
overcommit_is()
{
	[ "$(cat "$tree/proc/sys/vm/overcommit_memory")" = "$1" ]
}

plant
rm -rf "$tree/run" "$tree/var"
echo 0 >"$tree/proc/sys/vm/overcommit_memory"
echo 15000 >"$tree/proc/sys/vm/watermark_boost_factor"
start
await overcommit_is 1
await shrunk
stop
is 'no /run: said once' "$(grep -c xenballoon-sysctls "$tmp/err")" 1
ok 'no /run: put back all the same' overcommit_is 0

# The lists of the processors: 0 is the kernel's default, a number somebody's.
# A plain file keeps what lies behind a shorter number: its first line counts.
lists=$tree/proc/sys/vm/percpu_pagelist_high_fraction

lists_are()
{
	[ "$(head -n 1 "$lists")" = "$1" ]
}

plant
echo 0 >"$lists"
start
ok 'lists of the processors: a fraction' await lists_are 1024
stop
ok 'lists of the processors: put back' lists_are 0
plant
echo 8 >"$lists"
start
await shrunk
ok "lists of the processors: somebody's fraction stays" lists_are 8
stop
ok 'lists of the processors: and is still there' lists_are 8

killed()
{
	plant
	echo 0 >"$tree/proc/sys/vm/overcommit_memory"
	start
	await overcommit_is 1
	await shrunk
	stop_all
	ok "killed: overcommit stays changed" overcommit_is 1
}

killed
echo 524288 >"$driver/target_kb"
start
ok 'killed: the next one runs' await shrunk
stop
ok 'killed: and puts back what was before both' overcommit_is 0
ok 'killed: no word of it stays' [ ! -e "$tree/run/xenballoon-sysctls" ]
killed
"$program" oneshot -R "$tree" >/dev/null 2>&1
ok 'killed: oneshot puts it back' overcommit_is 0
ok 'killed: no word of it stays' [ ! -e "$tree/run/xenballoon-sysctls" ]
killed
start -o XENBALLOON_OVERCOMMIT=keep
ok "killed: who is to keep it puts it back at once" await overcommit_is 0
stop
killed
echo 2 >"$tree/proc/sys/vm/overcommit_memory"
start
await said 'self-ballooning from'
stop
ok "killed: an administrator's since then is kept" overcommit_is 2

# Strict overcommit that comes after the start, as by a sysctl service.
plant
rm "$driver/info/low_kb" "$driver/info/high_kb"
echo 0 >"$tree/proc/sys/vm/overcommit_memory"
sed -i 's/^\(Committed_AS: *\)[0-9]*/\1150000/' "$tree/proc/meminfo"
start -o XENBALLOON_OVERCOMMIT=keep -o XENBALLOON_AUTO_DOWNHYSTERESIS=1
await eval '[ "$(target)" -lt 300000 ]'
echo 2 >"$tree/proc/sys/vm/overcommit_memory"
ok 'strict overcommit later: the commit limit counts' \
	await eval '[ "$(target)" -gt 400000 ]'
stop

done_testing
