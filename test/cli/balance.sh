#!/bin/sh
# SPDX-License-Identifier: 0BSD
# shellcheck disable=SC2016,SC2034,SC2119 # await takes words; lib.sh reads
# status; defaults are meant
# The balancer of domain 0 against a xenstored of ours: targets that go down
# before others go up, and all that can go wrong on the way.

# shellcheck source=test/lib/guest.sh
. "$(dirname "$0")/../lib/guest.sh"
"$top/test/peer/build" || exit 1
dom=/local/domain
quiet='balance: xenstore does not answer'

# record SEQ CURRENT NEED: as a guest writes it, in MB
record()
{
	echo "1 seq=$1 uptime_s=$((100 + $1)) self=1" \
		"current=$(($2 * 1024)) target=$(($2 * 1024))" \
		"ceiling=262144 floor=50000 need=$(($3 * 1024)) total=200000" \
		"available=100000 committed=50000 swap_in=0 swap_out=0" \
		"major_faults=0 oom_kills=0 pressure_us=0 reason=0 progress=0"
}

# xenstored FAULT [KEY=VALUE...]: domain 0's, with guests 1 to 4 of 256 MB,
# which hold and need 80
xenstored()
{
	fault=$1
	shift
	for id in 4 3 2 1; do
		set -- "$dom/$id/name=g$id" "$dom/$id/memory/target=262144" \
			"$dom/$id/memory/static-max=262144" \
			"$dom/$id/data/xenballoon/stat=$(record 1 80 80)" "$@"
	done
	peer_start 0 "$fault" "$dom/0/name=Domain-0" "$@"
}

# set_to ID MB: its memory/target was written, last with that
set_to()
{
	[ "$(sed -n "s,^11 $dom/$1/memory/target ,,p" "$tmp/log" |
		tail -n 1)" = $(($2 * 1024)) ]
}

written()
{
	grep -c "^11 $dom/.*memory/target" "$tmp/log"
}

balance()
{
	run balance -p 640 -R "$tree" "$@"
}

# start_balance ARGUMENT...: the daemon
start_balance()
{
	launch balance -v -p 640 -R "$tree" "$@"
}

# --- one look ---------------------------------------------------------------

plant
xenstored none "$dom/4/data/xenballoon/stat=$(record 1 256 80)"
balance -n
is '-n: exit 0' "$status" 0
ok '-n: a row for each' grep -q \
	'^1 *g1 *80 *80 *256 *160  more than its share$' "$tmp/out"
no '-n: domain 0 is no guest' grep -q Domain-0 "$tmp/out"
ok '-n: the sum' grep -q '^pool 640 MB: held 1024, needed 320$' "$tmp/out"
is '-n: 80 columns' "$(grep -Ec '^.{81}' "$tmp/out")" 0
is '-n: writes nothing' "$(written)" 0
balance -1 -v
is '-1: exit 0' "$status" 0
ok '-1: equal shares' set_to 1 160
ok '-1: and no more than a quarter at once' set_to 4 192
ok '-1 -v: says why' said "balance: guest 1 'g1': 262144 -> 163840 kB: \
more than its share"
balance -1
is '-1 again: exit 1, nothing to do' "$status" 1
tell set "$dom/1/data/xenballoon/stat" "$(record 2 160 240)"
tell set "$dom/4/data/xenballoon/stat" "$(record 2 190 80)"
balance -1
ok 'a burst: others go down' set_to 2 97
ok 'a burst: what is there is given' set_to 1 256
is 'a burst: down before up' "$(grep '^11 ' "$tmp/log" | tail -n 1 |
	cut -d ' ' -f 2)" "$dom/1/memory/target"
peer_stop

# --- many ---------------------------------------------------------------------

plant
set --
for id in $(seq 20001 21000); do
	set -- "$@" "$dom/$id/name=g$id" "$dom/$id/memory/target=262144" \
		"$dom/$id/memory/static-max=262144" \
		"$dom/$id/data/xenballoon/stat=$(record 1 80 80)"
done
for store in 0 '0 -o'; do
	peer_start "$store" none "$@"
	run balance -n -p 160000 -R "$tree"
	is "1000 guests, store $store: each has its share" \
		"$(grep -c ' 80  *80  *256  *160  more than' "$tmp/out")" 1000
	is "1000 guests, store $store: the sum" "$(tail -n 1 "$tmp/out")" \
		'pool 160000 MB: held 256000, needed 80000'
done
peer_stop

# --- floors that do not fit ---------------------------------------------------

plant
xenstored none "$dom/4/memory/target=61440"
run balance -1 -p 200 -R "$tree"
ok 'floors: said' said "balance: the pool can't hold all floors: none gets \
more than its floor"
peer_stop

# --- wrong words ------------------------------------------------------------

run balance -R "$tree"
is 'no pool: exit 100' "$status" 100
is 'no pool: one sentence' "$(cat "$tmp/err")" 'balance: no pool: '\
'XENBALLOON_POOL or -p says how many MB all guests share'
printf '# x\nXENBALLOON_GUEST="web floor=x"\n' \
	>"$tree/etc/xenballoon-balance.conf"
balance -n
is 'a wrong file: exit 100' "$status" 100
is 'a wrong file: where and what' "$(cat "$tmp/err")" \
	"balance: /etc/xenballoon-balance.conf:2: guest 'web': 'floor': 'x' \
is not accepted; accepted: 0 to 16777216"
rm "$tree/etc/xenballoon-balance.conf"
run balance -p 0 -R "$tree"
is '-p 0: exit 100' "$status" 100
is '-p 0: the range' "$(cat "$tmp/err")" \
	"balance: -p: '0' is not accepted; accepted: 1 to 16777216"
balance -x 'xl mem-set %n %m'
is '-x with a name: exit 100' "$status" 100
balance -c /none
is '-c of nothing: exit 100' "$status" 100
balance -1
is 'no xenstored: exit 111' "$status" 111
is 'no xenstored: one sentence' "$(cat "$tmp/err")" \
	'balance: xenstore does not answer'
rm -r "$tree/sys/hypervisor"
balance -1
is 'no Xen: exit 111' "$status" 111
is 'no Xen: one sentence' "$(cat "$tmp/err")" \
	'balance: no lock below /sys: No such file or directory'

# --- hostile guests ---------------------------------------------------------

plant
max=18446744073709551615
xenstored none "$dom/1/name=$(printf '\033]0;x\007\n%%d;reboot')" \
	"$dom/2/data/xenballoon/stat=1 seq=$max current=$max need=$max \
total=$max" "$dom/3/data/xenballoon/stat=garbage" \
	"$dom/4/memory/target=$max"
balance -n
is 'hostile: exit 0' "$status" 0
is 'hostile: nothing for a terminal to obey' \
	"$(tr -d '\n -~' <"$tmp/out" | wc -c)" 0
for id in 2 3 4; do
	ok "hostile: $id is left alone" grep -q "^$id .*  left alone: " \
		"$tmp/out"
done
balance -1
for id in 2 3 4; do
	no "hostile: $id keeps its target" grep -q \
		"^11 $dom/$id/memory/target" "$tmp/log"
done
peer_stop
plant
xenstored none "$dom/1/memory/dynamic-min=1" "$dom/2/memory/meminfo=4711"
start_balance
ok 'another balancer: said' await said \
	'balance: squeezed or qmemman is at work: their guests are left alone'
ok 'another balancer: the others are balanced' await set_to 3 64
no 'another balancer: theirs are not' grep -qE \
	"^11 $dom/[12]/memory/target" "$tmp/log"

# One that lies and does not, again and again, does not fill the log.
for n in 1 2 3 4 5 6; do
	tell set "$dom/4/data/xenballoon/stat" garbage
	sleep 0.3
	tell set "$dom/4/data/xenballoon/stat" "$(record $((n + 1)) 80 80)"
	sleep 0.3
done
is 'a liar: said once' "$(grep -c "guest 4 'g4': left alone" "$tmp/err")" 1
is 'a liar: and no more than that' "$(grep -c "'g4': takes" "$tmp/err")" 0

# --- a second one -----------------------------------------------------------

balance -1
is 'a second one: exit 1' "$status" 1
is 'a second one: one sentence' "$(cat "$tmp/err")" \
	'balance: another xenballoon-balance shares the memory here'
balance -n
is 'but -n may look: exit 0' "$status" 0
stop
is 'SIGTERM: exit 0' "$status" 0
balance -1
no 'the lock is free again' said another
# Anyone may lock a directory; a file of root's for writing alone is as good.
probe=$tree/sys/bus/xen_memory/drivers_probe
mkdir -p "${probe%/*}"
: >"$probe"
chmod 200 "$probe"
for held in sys/hypervisor sys/bus/xen_memory; do
	flock "$tree/$held" "$program" balance -1 -p 640 -R "$tree" \
		>"$tmp/out" 2>"$tmp/err"
	no "$held is locked by anyone" said another
done
flock "$probe" "$program" balance -1 -p 640 -R "$tree" 2>"$tmp/err"
is 'the lock is held: exit 1' $? 1
ok 'the lock is held: said' said another
peer_stop

# --- the daemon -------------------------------------------------------------

plant
xenstored none
start_balance -w 3600
ok 'daemon: shares' await set_to 4 160
tell set "$dom/1/data/xenballoon/stat" "$(record 2 150 240)"
ok 'daemon: a record that changes is answered' await set_to 1 256
ok 'daemon: the others give way' await set_to 2 128
before=$(written)
tell set "$dom/2/memory/target" $((40 * 1024))
ok 'daemon: so is the target of another hand' await \
	eval '[ "$(written)" -gt "$before" ] && set_to 2 195'
tell rm "$dom/3"
tell set "$dom/5/name" g5
ok 'daemon: guests come and go' await grep -q "^2 $dom/5/memory" "$tmp/log"
no 'daemon: no keys of one that is gone' sh -c \
	"sed '1,/$(echo $dom/5/name | sed 's,/,.,g')/d' '$tmp/log' |
	grep -q '^11 $dom/3/'"
echo 'XENBALLOON_POOL=x' >"$tree/etc/xenballoon-balance.conf"
kill -HUP "$pid"
ok 'SIGHUP, bad file: said' await said 'the settings stay as they were'
echo 'XENBALLOON_GUEST="g1 ceiling=200"' >"$tree/etc/xenballoon-balance.conf"
kill -HUP "$pid"
ok 'SIGHUP, good file: said' await said 'configuration read again'
ok 'SIGHUP, good file: in force' await set_to 1 200
peer_stop
ok 'xenstored goes: said' await said "$quiet"
ok 'xenstored goes: the daemon does not' running
xenstored none
ok 'xenstored is back: said' await said 'xenstore answers again'
ok 'xenstored is back: goes on' await eval '[ "$(written)" -ge 4 ]'
stop
is 'daemon: exit 0' "$status" 0
is 'xenstored goes: said once' "$(grep -c 'does not answer' "$tmp/err")" 1
peer_stop

for mode in silent hangup=0 hangup=7 oversize flood error=EACCES; do
	plant
	xenstored $mode
	start_balance -w 1
	case $mode in
	flood | error=*) sleep 2 ;;
	*) ok "$mode: said" await said "$quiet" ;;
	esac
	ok "$mode: runs on" running
	[ "$mode" = flood ] || is "$mode: nothing is set" "$(written)" 0
	tell fault none
	ok "$mode: over: goes on" await set_to 4 160
	stop
	is "$mode: exit 0" "$status" 0
	peer_stop
done

# The connection ends in the middle: read, write, then nothing.
plant
xenstored none
"$program" balance -n -p 640 -R "$tree" >/dev/null 2>&1
asked=$(grep -c . "$tmp/log") # and the log's first line is none
peer_stop
xenstored "hangup=0@$((asked + 2))"
balance -1
is 'lost while setting: exit 111' "$status" 111
is 'lost while setting: nothing more is set' "$(written)" 1
ok 'lost while setting: said' said 'balance: xenstore does not answer'
peer_stop

# The daemon does not wait for its next interval then.
xenstored "hangup=0@$((asked + 2))" # it watches, too
start_balance -w 3600
await eval '[ "$(grep -c "^2 $dom/1/memory/target" "$tmp/log")" -gt 1 ]'
tell fault none
ok 'lost while setting: the daemon goes on' await set_to 4 160
stop
peer_stop

# Domain 0 alone may list the domains.
plant
xenstored error=EACCES
unlisted='balance: xenstore does not list the domains: is this domain 0?'
for option in -1 -n; do
	balance $option
	is "no domain 0, $option: exit 111" "$status" 111
	is "no domain 0, $option: one sentence" "$(cat "$tmp/err")" "$unlisted"
done
start_balance -w 3600
ok 'no domain 0: the daemon says it' await said "$unlisted"
tell fault none
ok 'no domain 0: and tries again' await set_to 4 160
stop
peer_stop

# The first write is refused; the others go down, but nobody up.
plant
xenstored "error=EACCES@$((asked + 1))" \
	"$dom/1/data/xenballoon/stat=$(record 1 80 80)" \
	"$dom/4/data/xenballoon/stat=$(record 1 80 200)" \
	"$dom/4/memory/target=102400"
balance -1
is 'refused: exit 111' "$status" 111
ok 'refused: said' said "guest 1 'g1': memory/target is refused"
ok 'refused: the others go down' set_to 3 128
no 'refused: nobody goes up' grep -q "^11 $dom/4/" "$tmp/log"
peer_stop

# --- refusals ---------------------------------------------------------------

run balance -R "$tmp/none"
is 'no such root: exit 100' "$status" 100
plant
xenstored none
fake=$tmp/bin
mkdir -p "$fake"
printf '#!/bin/sh\necho "$0 $*" >>"%s/ran"\n%s\n' "$tmp" \
	'[ ! -e "$2.fail" ] || exit 3' >"$fake/set-it"
chmod +x "$fake/set-it"
PATH=$fake:$PATH
export PATH
balance -1 -x 'set-it %d %m %k'
is '-x: words as they are' "$(head -n 1 "$tmp/ran")" \
	"$fake/set-it 1 160 163840"
is '-x: one for each' "$(grep -c . "$tmp/ran")" 4
is '-x that changes nothing: exit 111' "$status" 111
is '-x: memory/target is not written' "$(written)" 0
balance -1 -x '/none/such %d %m'
is '-x of nothing: exit 111' "$status" 111
ok '-x of nothing: said' said "balance: guest 1 'g1': /none/such can't be \
run: error 2"
printf nonsense >"$fake/odd"
chmod +x "$fake/odd"
: >"$fake/closed"
for row in none-such:2 closed:13 odd:8; do
	balance -1 -x "${row%:*} %d %m"
	ok "-x in no folder of \$PATH: ${row#*:}" said \
		"${row%:*} can't be run: error ${row#*:}"
done
balance -1 -x 'false %d %m'
is '-x that fails: exit 111' "$status" 111
ok '-x that fails: said' said "guest 1 'g1': false failed with status 1"
printf '#!/bin/sh\nexit 127\n' >"$fake/finds-none"
chmod +x "$fake/finds-none"
balance -1 -x 'finds-none %d %m'
ok '-x that finds none: as a shell says it' said "finds-none can't be run: \
error 2"
printf '#!/bin/sh\nkill -KILL $$\n' >"$fake/dies"
printf '#!/bin/sh\necho $$ >>"%s/hung"\nsleep 1000 & sleep 1000\n' "$tmp" \
	>"$fake/hangs"
chmod +x "$fake/dies" "$fake/hangs"
balance -1 -x 'dies %d %m'
ok '-x that dies: said' said "dies was killed by signal 9"
# One that is gone before its turn: no key of it is made again.
printf '#!/bin/sh\necho "rm %s/2" >"%s/control"\nexit 1\n' "$dom" "$tmp" \
	>"$fake/takes-2"
chmod +x "$fake/takes-2"
: >"$tmp/ran"
balance -1 -x 'takes-2 %d %m'
ok 'gone before its turn: said' said "guest 2 'g2': memory/target has just \
changed: left alone"
is 'gone before its turn: no command for it' "$(grep -c 'failed' \
	"$tmp/err")" 3
tell set "$dom/2/name" g2
# Its own process has 3 descriptors, no signal blocked, a session.
printf '#!/bin/sh\nls /proc/self/fd >"%s/fds"\n' "$tmp" >"$fake/looks"
chmod +x "$fake/looks"
run balance -1 -p 640 -R "$tree" -x 'looks %d %m' 7</dev/null
is '-x: descriptors 0 to 2, and that of ls' "$(tr '\n' ' ' <"$tmp/fds")" \
	'0 1 2 3 '
balance -1 -x 'grep SigBlk /proc/self/status %d %m' # a shell unblocks all
ok '-x: no signal is blocked' grep -q 'SigBlk:.*0000000000000000$' "$tmp/out"
# Whoever started us may have ignored SIGCHLD, which hides how a child ended.
cat >"$fake/ignores" <<-'EOF'
	import os, signal, sys
	signal.signal(signal.SIGCHLD, signal.SIG_IGN)
	os.execv(sys.argv[1], sys.argv[1:])
EOF
if command -v python3 >/dev/null; then
	timeout 60 python3 "$fake/ignores" "$program" balance -1 -p 640 \
		-R "$tree" -x 'false %d %m' >"$tmp/out" 2>"$tmp/err"
	ok 'SIGCHLD is ignored: -x that fails' said 'false failed with status 1'
else
	skip 'SIGCHLD is ignored: -x that fails' 'no python3'
fi
start_balance -x 'hangs %d %m'
ok '-x that hangs: killed, and said' await said \
	'hangs took longer than 10 s: killed with signal 9'
# A zombie is gone: who reaps it is not our matter.
alive()
{
	for one in $(pgrep -s "$1"); do
		grep -q '^State:[^Z]*$' "/proc/$one/status" && return
	done
	return 1
}
no '-x that hangs: is gone, with its children' \
	alive "$(head -n 1 "$tmp/hung")"
stop TERM
is '-x that hangs: exit 0' "$status" 0
peer_stop

done_testing
