#!/bin/sh
# SPDX-License-Identifier: 0BSD
# shellcheck disable=SC2016,SC2119 # await takes words; defaults are meant
# The monitor: domains come, go, lie and have names that bite; xenstored
# refuses, hangs, hangs up and comes back.

# shellcheck source=test/lib/guest.sh
. "$(dirname "$0")/../lib/guest.sh"
escape=$(printf '\033')

# record SEQ AVAILABLE [MORE]
record()
{
	echo "1 seq=$1 uptime_s=$(($1 * 10)) self=1 current=204800" \
		"target=204800 ceiling=524288 floor=65536 need=153600" \
		"total=180000 available=$2 committed=50000 swap_in=5" \
		"swap_out=6 major_faults=70 oom_kills=0 pressure_us=1234567" \
		"reason=0 progress=0${3:+ $3}"
}

# follow ARGUMENT...: a monitor that goes on
follow()
{
	launch monitor -R "$tree" "$@"
}

shown()
{
	grep -qF -- "$1" "$tmp/out"
}

# last TEXT N: it is in one of the last N lines.
last()
{
	tail -n "$2" "$tmp/out" | grep -qF -- "$1"
}

away()
{
	! last "$1" "$2"
}

reads()
{
	grep -c -- "$1" "$tmp/log"
}

json()
{
	if command -v python3 >/dev/null; then
		python3 -c 'import json, sys
for line in sys.stdin:
    d = json.loads(line)
    assert len(d) == 29, len(d)
    print(d["domid"], d["name"], d["state"], d["current_kb"])'
	else
		jq -r 'if length == 29 then
			"\(.domid) \(.name) \(.state) \(.current_kb // "None")"
			else error end'
	fi
}

# Prometheus' text: each family has its HELP and TYPE once and in front, its
# lines are together, counters end in _total, and every line is well-formed.
metrics()
{
	awk '
	function bad(why) {print "# " why ": " $0; wrong = 1}
	/^# HELP / {if ($3 in helped) bad("twice"); helped[$3] = 1; next}
	/^# TYPE / {
		family = $3
		if (!(family in helped) || family in typed) bad("order")
		if (($4 == "counter") != (family ~ /_total$/)) bad("type")
		typed[family] = 1
		next
	}
	{
		name = $0
		sub(/\{.*/, "", name)
		if (name != family) bad("another family")
		rest = substr($0, length(name) + 1)
		if (rest !~ /^\{domid="[0-9]+",name="([^"\\]|\\["\\])*"\} [0-9]+(\.[0-9]+)?$/)
			bad("shape")
		if (seen[rest_key = name rest]++) bad("twice")
		samples++
	}
	END {exit wrong || !samples}' "$1"
}

quietly()
{
	"$@" >"$tmp/said" 2>&1 || { sed 's/^/# /' "$tmp/said"; return 1; }
}

# find_promtool: of Debian's package, whose service nobody wants here
find_promtool()
{
	command -v promtool && return
	"$top/test/lib/unpack" "$top/build/test/prometheus" prometheus >&2 &&
		echo "$top/build/test/prometheus/usr/bin/promtool"
}

"$top/test/peer/build" || exit 1
plant

# --- once -------------------------------------------------------------------

run monitor -R "$tree" -1
is 'no xenstore: exit 111' "$status" 111
ok 'no xenstore: said' said 'monitor: no xenstore: '
peer_start 0 none /local/domain/0/name=Domain-0 \
	"/local/domain/3/name=we\"b\\" /local/domain/3/memory/target=524288 \
	/local/domain/3/memory/static-max=1048576 \
	"/local/domain/3/data/xenballoon/stat=$(record 3 100000)" \
	"/local/domain/7/name=a${escape}[2J b" \
	"/local/domain/7/memory/meminfo=$(meminfo; echo the last line)" \
	/local/domain/7/memory/selftarget=300000 \
	/local/domain/9/name=0123456789012345678901234567890123456789 \
	"/local/domain/9/memory/stat=$(record 1 180001)" \
	"/local/domain/11/data/xenballoon/stat=$(record 1 1 \
		total=18446744073709551615)" \
	/local/domain/12/memory/target=18446744073709551616 \
	"/local/domain/13/memory/stat=$(record 1 5)" \
	/local/domain/14/memory/dynamic-min=5 /local/domain/15/memory/meminfo=77
run monitor -R "$tree" -1
is 'once: exit 0' "$status" 0
ok 'once: head' grep -q '^ *id name .* state' "$tmp/out"
no 'once: no control byte' grep -q "$escape" "$tmp/out"
ok 'once: a record' grep -qE \
	'^ *3 we"b\\ +200 +200 +512 +150 +97 .* rest$' "$tmp/out"
ok 'once: the keys of 2008' grep -qE \
	'^ *7 a\?\[2J\?b +- +292 +- +- +419 .* 2008$' "$tmp/out"
ok 'once: more is available than there is' \
	grep -qE '^ *9 01234567890 .* lies$' "$tmp/out"
ok 'once: 2^64 - 1 kB' grep -qE '^ *11 .* lies$' "$tmp/out"
ok 'once: a target of 2^64' grep -qE '^ *12 +- +- +- .* nothing$' "$tmp/out"
ok 'once: a record where 2008 has its keys' \
	grep -qE '^ *13 .* rest$' "$tmp/out"
ok 'once: sums' grep -qE '^ +sum +400 +692 +512 +300 ' "$tmp/out"
ok 'once: the host' grep -q \
	'^9 domains; domain 0 has 456 MB, available 419 MB$' "$tmp/out"
is 'once: 80 columns' "$(awk 'length > 80' "$tmp/out")" ''
is 'once: it writes nothing' "$(reads '^1[1-3] ')" 0
is 'once: no more than is needed' "$(reads '^2 /local/domain/3/')" 6
"$program" monitor -R "$tree" -1 >/dev/full 2>/dev/null
is 'once, to a full disk: exit 111' $? 111
follow -w 1
ok 'again and again: a blank line between' await grep -q '^$' "$tmp/out"
stop

run monitor -R "$tree" -1j
is 'JSON: exit 0' "$status" 0
json <"$tmp/out" >"$tmp/parsed"
is 'JSON: parses' $? 0
ok 'JSON: quotes and backslashes' grep -qxF '3 we"b\ rest 204800' \
	"$tmp/parsed"
ok 'JSON: unknown is null' grep -qxF '7 a?[2J?b 2008 None' "$tmp/parsed"
ok 'JSON: squeezed is seen' grep -q '"domid":14,.*"manager":"squeezed"' \
	"$tmp/out"
ok 'JSON: qmemman is seen' grep -q '"domid":15,.*"manager":"qmemman"' \
	"$tmp/out"

run monitor -R "$tree" -p
is 'metrics: exit 0' "$status" 0
ok 'metrics: well-formed' metrics "$tmp/out"
ok 'metrics: base units' grep -qxF \
	'xenballoon_current_bytes{domid="3",name="we\"b\\"} 209715200' \
	"$tmp/out"
ok 'metrics: seconds' grep -qF '} 1.234567' "$tmp/out"
promtool=$(find_promtool)
ok 'metrics: promtool is there' test -x "$promtool"
ok 'metrics: promtool agrees' "$promtool" check metrics <"$tmp/out"
rules=$top/initramfs/service/prometheus/xenballoon.rules.yml
ok 'rules: promtool takes them' quietly "$promtool" check rules "$rules"
ok 'rules: each alert comes when it should, and else not' quietly \
	"$promtool" test rules "$top/test/cli/rules.test.yml"
for name in $(grep -o 'xenballoon_[a-z_]*' "$rules" | sort -u); do
	ok "rules: there is $name" grep -q "^# TYPE $name " "$tmp/out"
done
run monitor -R "$tree" -p -o /run/x.prom
is 'a file: exit 0' "$status" 0
ok 'a file: well-formed' metrics "$tree/run/x.prom"
is 'a file: nothing else is left' "$(ls "$tree/run")" "$(printf 'x.prom\nxenstored')"
# Whose folder it is can put anything there.
echo precious >"$tmp/precious"
ln "$tmp/precious" "$tree/run/x.prom.new"
run monitor -R "$tree" -p -o /run/x.prom
is 'a file, a hard link in its way: exit 0' "$status" 0
is 'a file, a hard link in its way: is not followed' \
	"$(cat "$tmp/precious")" precious
mkfifo "$tree/run/x.prom.new"
run monitor -R "$tree" -p -o /run/x.prom
is 'a file, a pipe in its way: exit 0' "$status" 0
mkdir "$tree/run/x.prom.new"
run monitor -R "$tree" -p -o /run/x.prom
is 'a file, a folder in its way: exit 111' "$status" 111
rmdir "$tree/run/x.prom.new"
run monitor -R "$tree" -p -o /none/x.prom
is 'a file that cannot be: exit 111' "$status" 111
ok 'a file that cannot be: said' said '/none/x.prom: No such file'
run monitor -R "$tree" -p -o x.prom
is 'a file from nowhere: exit 100' "$status" 100
run monitor -R "$tree" -w 3601
is 'too long a wait: exit 100' "$status" 100

# Each output is one write(2).
strace -o "$tmp/trace" -e trace=write "$program" monitor -R "$tree" -1 \
	>/dev/null 2>&1
is 'once: one write' "$(grep -c '^write(1,' "$tmp/trace")" 1

# --- a terminal --------------------------------------------------------------

screen_has()
{
	grep -qF -- "$1" "$tmp/typescript"
}

# frame [LINE]: the screen as it was drawn last, or that line of it.
frame()
{
	awk -v RS="$escape\\\\[H" 'END {print}' "$tmp/typescript" |
		sed -n "${1:-1,999}p"
}

# drawn PATTERN [LINE]
drawn()
{
	frame "${2:-}" | grep -q -- "$1"
}

lines_are()
{
	[ "$(frame | wc -l)" -eq "$1" ]
}

# live: on a terminal of its own; keys go to descriptor 8.
live()
{
	rm -f "$tmp/keys" "$tmp/shell" "$tmp/exit"
	: >"$tmp/typescript"
	mkfifo "$tmp/keys"
	cat >"$tmp/session" <<-EOF
	stty cols 100 rows 12
	stty -g >"$tmp/before"
	echo \$\$ >"$tmp/shell"
	"$program" monitor -w 1 -R "$tree"
	echo \$? >"$tmp/exit"
	stty -g >"$tmp/after"
	EOF
	script -qfc "sh $tmp/session" "$tmp/typescript" <"$tmp/keys" \
		>/dev/null 2>&1 &
	pid=$!
	exec 8>"$tmp/keys"
	await screen_has 'h: help'
	shell=$(cat "$tmp/shell")
	monitor=$(tr -d ' ' <"/proc/$shell/task/$shell/children")
}

# ended NAME: the monitor has ended well, and the terminal is as before.
ended()
{
	ok "$1: ended" await test -s "$tmp/after"
	is "$1: exit 0" "$(cat "$tmp/exit")" 0
	ok "$1: the terminal is as before" cmp "$tmp/before" "$tmp/after"
	ok "$1: the screen is given back" await screen_has "${escape}[?1049l"
	exec 8>&-
	wait "$pid" 2>/dev/null
	pid=
	rm -f "$tmp/after"
}

if command -v script >/dev/null && [ -r /proc/self/task/$$/children ]; then
	live
	ok 'live: the other screen' screen_has "${escape}[?1049h"
	ok 'live: by id' drawn ' 0 Domain-0'
	printf n >&8
	ok 'live: sorted by name' await drawn 'K *11 ' 3
	printf nr >&8
	ok 'live: backwards' await drawn 'we"b' 3
	printf '?' >&8
	ok 'live: help' await drawn '^.*q quit'
	printf 'r\033[B\033[Ajk\033[6~b\033[5~ ' >&8
	stty -F "/proc/$monitor/fd/0" cols 60 rows 8
	ok 'live: another size' await lines_are 8
	peer_stop
	ok 'live: xenstored dies: said' await drawn 'xenstore does not answer'
	ok 'live: the table stays' drawn '9 domains; '
	peer_start 0 none /local/domain/0/name=Domain-0 \
		/local/domain/30/name=restarted
	ok 'live: and is back' await drawn ' 30 restarted'
	printf q >&8
	ended 'live, q'
	for signal in TERM INT HUP; do
		live
		kill -$signal "$monitor"
		ended "live, SIG$signal"
	done
else
	skip 'live' 'no script, or no /proc/PID/task/PID/children'
fi
peer_start 0 none /local/domain/0/name=Domain-0 \
	/local/domain/3/memory/target=524288 \
	"/local/domain/3/data/xenballoon/stat=$(record 3 100000)" \
	/local/domain/15/memory/meminfo=77

# --- going on ----------------------------------------------------------------

follow -w 0 -j
ok 'follow: it is there' await shown '"domid":15'
tell set /local/domain/20/name new
ok 'follow: a domain comes' await last '"name":"new"' 20
tell rm /local/domain/20
ok 'follow: a domain goes' await away '"name":"new"' 20
before=$(reads '^2 ')
tell set /local/domain/3/data/xenballoon/stat "$(record 4 90000)"
ok 'follow: a new record' await last '"available_kb":90000' 20
is 'follow: one read for it' "$(reads '^2 ')" $((before + 1))
tell set /local/domain/3/data/xenballoon/stat "$(record 5 990000)"
ok 'follow: a lie is told' await last '"state":"lies"' 40
ok 'follow: the last true record stays' last '"available_kb":90000' 20
tell set /local/domain/3/data/xenballoon/stat "$(record 6 80000 \
	'swap_out=1006 pressure_us=11234567')"
ok 'follow: rates' await last '"swap_kb_per_s":200' 20
ok 'follow: pressure' last '"pressure_ppm":500000' 20
tell set /local/domain/3/data/xenballoon/stat "$(record 1 70000)"
ok 'follow: another daemon' await last '"available_kb":70000' 20
no 'follow: has no rates' last '"swap_kb_per_s":200' 20
tell rm /local/domain/3/data
ok 'follow: it falls silent' await last '"says":"nothing","manager":"none"' 2
tell drop
await last '"domid":15' 3
ok 'follow: hung up: runs on' running
ok 'follow: hung up: told' await said 'xenstore does not answer'
tell set /local/domain/21/name afterwards
ok 'follow: and goes on' await shown afterwards
peer_stop
peer_start 0 none /local/domain/22/name=restarted
ok 'follow: another xenstored' await shown restarted
stop
is 'follow: exit 0' "$status" 0

# A file that can't be written now may be later: one that exports goes on.
small=$tree/run/small
follow -p -w 1 -o /run/small/x.prom
ok 'follow, no folder: said' await said '/run/small/x.prom: No such file'
mkdir "$small"
ok 'follow, no folder: there later' await test -s "$small/x.prom"
stop
is 'follow, no folder: exit 0' "$status" 0
is 'follow, no folder: said once' "$(grep -c No "$tmp/err")" 1
if mount -t tmpfs -o size=4k none "$small" 2>/dev/null; then
	echo full >"$small/full"
	follow -p -w 1 -o /run/small/x.prom
	ok 'follow, a full disk: said' await said 'No space left'
	rm "$small/full"
	ok 'follow, a full disk: goes on' await test -s "$small/x.prom"
	stop
	umount "$small"
else
	skip 'follow, a full disk' 'no right to mount here'
fi

# --- xenstored at its worst ---------------------------------------------------

for mode in silent hang=7 hangup=0 hangup=9 oversize oversize=393217 \
	wrong-id; do
	peer_start 0 $mode /local/domain/3/name=web
	run monitor -R "$tree" -1
	is "$mode: exit 111" "$status" 111
	ok "$mode: said" said 'xenstore does not answer'
done
for mode in hang=7@4 hangup=9@4 hangup=0@9; do
	peer_start 0 $mode /local/domain/3/name=web
	run monitor -R "$tree" -1
	is "$mode: in the middle: exit 111" "$status" 111
done
for mode in slow split join early storm=100; do
	peer_start 0 $mode /local/domain/3/name=web
	run monitor -R "$tree" -1
	is "$mode: exit 0" "$status" 0
	ok "$mode: all there" grep -q ' 3 web' "$tmp/out"
done
peer_start 0 flood /local/domain/3/name=web
run monitor -R "$tree" -1
no 'flood: it ends' [ "$status" -eq 124 ]
peer_start 0 error=EACCES /local/domain/3/name=web
run monitor -R "$tree" -1
is 'refused: exit 111' "$status" 111
is 'refused: one sentence' "$(cat "$tmp/err")" "monitor: xenstore does not \
list the domains: is this domain 0?"
peer_start 0 error=EIO@2 /local/domain/3/name=web \
	/local/domain/3/memory/target=524288
run monitor -R "$tree" -1
is 'one is refused: exit 0' "$status" 0
ok 'one is refused: the others are there' grep -q ' 512 ' "$tmp/out"
peer_start 0 error=EIO@3 /local/domain/3/name=web \
	/local/domain/3/memory/target=524288
follow -w 0 -j
ok 'one is refused: asked again' await shown '"name":"web"'
stop

# --- many ----------------------------------------------------------------------

set --
for i in $(seq 1100); do
	set -- "$@" "/local/domain/$i/name=guest-$i" \
		"/local/domain/$i/data/xenballoon/stat=$(record 1 $((i + 1024)))"
done
peer_start 0 none "$@"
run monitor -R "$tree" -1j
is '1100 domains: exit 0' "$status" 0
json <"$tmp/out" >"$tmp/parsed"
is '1100 domains: all there' "$(wc -l <"$tmp/parsed")" 1101
ok '1100 domains: the list came in parts' grep -q '^22 ' "$tmp/log"
is '1100 domains: in their order' "$(cut -d ' ' -f 1 "$tmp/parsed")" \
	"$(seq 0 1100)"
run monitor -R "$tree" -p
ok '1100 domains: metrics' metrics "$tmp/out"

peer_start '0 -o' none "$@"
run monitor -R "$tree" -1j
is 'oxenstored, 1100 domains: exit 0' "$status" 0
json <"$tmp/out" >"$tmp/parsed"
is 'oxenstored, 1100 domains: all there, in their order' \
	"$(cut -d ' ' -f 1 "$tmp/parsed")" "$(seq 0 1100)"
is 'oxenstored, 1100 domains: one list' \
	"$(reads '^1 '),$(reads '^22 ')" 1,0
follow -w 0 -j
ok 'oxenstored, 1100 domains: and again' await shown '"domid":1100'
tell set /local/domain/20000/name new
ok 'oxenstored: a domain comes' await last '"name":"new"' 1102
stop
for mode in hangup=4113@1 hang=5000@1 hangup=5000@1; do
	peer_start '0 -o' "$mode" "$@"
	run monitor -R "$tree" -1j
	is "oxenstored, $mode, in the list: exit 111" "$status" 111
	no "oxenstored, $mode, in the list: prints none" test -s "$tmp/out"
done

# Page by page: VmRSS is summed up of per-processor counters, and is off.
memory()
{
	sed -n 's/^Rss: *//p' "/proc/$pid/smaps_rollup"
}

reached()
{
	[ "$(wc -l <"$tmp/out")" -ge "$1" ]
}

peer_start 0 none /local/domain/3/name=web
follow -w 0 -j
await reached 100
first="$(memory) $(descriptors)"
await reached 20000
is '10,000 refreshes: memory and descriptors stay' \
	"$(memory) $(descriptors)" "$first"
for i in $(seq 30); do
	tell drop
	tell set /local/domain/3/name "web-$i"
	await shown "web-$i"
done
is '30 connections: memory and descriptors stay' \
	"$(memory) $(descriptors)" "$first"
stop
is 'many: exit 0' "$status" 0

done_testing
