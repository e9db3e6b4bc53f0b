#!/bin/sh
# SPDX-License-Identifier: 0BSD
# slow: a minute or so
# shellcheck disable=SC2016,SC2119 # await takes words; defaults are meant
# xenstored: silent, slow, broken, gone. None of it stops ballooning.

# shellcheck source=test/lib/guest.sh
. "$(dirname "$0")/../lib/guest.sh"
"$top/test/peer/build" || exit 1

asked()
{
	grep -q -- "$1" "$tmp/log"
}

for mode in silent hang=7 oversize hangup=0; do
	plant
	peer_start 1 $mode
	start -o XENBALLOON_AUTO_DOWNHYSTERESIS=1
	ok "$mode: it was asked" await asked 'memory/'
	ok "$mode: ballooning goes on" await settled 157696
	ok "$mode: told" await said 'no answer from xenstore: going on without'
	ok "$mode: runs on" running
	stop
	is "$mode: exit 0" "$status" 0
	is "$mode: the size stays" "$(target)" 157696
	is "$mode: told once" "$(grep -c 'no answer' "$tmp/err")" 1
	peer_stop
done

# A socket with nobody behind it.
plant
peer_start 1 none
peer_stop
start -o XENBALLOON_AUTO_DOWNHYSTERESIS=1
ok 'nobody there: ballooning goes on' await settled 157696
peer_start 1 none memory/target=524288
ok 'nobody there, then somebody: found' await said 'xenstore answers again'
stop
is 'nobody there: exit 0' "$status" 0
peer_stop

# Others may wait for what a guest gave back: they hear of it at once.
plant
peer_start 1 none
start -o XENBALLOON_AUTO_DOWNHYSTERESIS=1 -o XENBALLOON_STATS_INTERVAL=3600
ok 'given back: told before the next interval' await \
	asked 'stat 1 .* current=16'
stop
peer_stop

# Half a megabyte down is no news in numbers, but the state is another one.
plant 158208
peer_start 1 none
start -o XENBALLOON_STATS_INTERVAL=10
await asked 'stat 1 .* reason=2'
ok 'a change of the state alone: told before the sixth interval, after 60 s' \
	await asked 'stat 1 .* reason=0'
stop
peer_stop

# All of a report within a look, however long the next one is away; the record
# goes first.
plant
peer_start 1 none
start -o XENBALLOON_SELF_INTERVAL=600
ok 'a long interval: the last of a report arrives' await \
	asked '^11 .*/uptime'
is 'a long interval: the record came first' \
	"$(awk '$1 == 11 && n++ < 2 {print $2}' "$tmp/log" | tr '\n' ' ')" \
	'memory/stat data/xenballoon/stat '
tell set memory/selfballoon 0
ok 'a long interval: domain 0 is heard at once' await \
	said 'memory/selfballoon is 0'
stop
peer_stop

# An order whose reply comes while a slow guest looks does not wait for the next
# look either.
plant 300000
peer_start 1 none memory/target=300000
start -o XENBALLOON_SELF=0 -o XENBALLOON_INTERVAL=600
await asked '^11 .*/uptime'
strace -qq -o /dev/null -p "$pid" -e trace=pread64 \
	-e inject=pread64:delay_enter=20000 &
tracer=$!
sleep 1
for kb in 350000 400000 450000; do
	tell set memory/target $kb
	ok "a slow look: it goes to $kb at once" await settled $kb
done
stop
wait "$tracer"
peer_stop

# A guest that wants more than it may have says so at each look: the rest of
# what it tells comes between.
plant
peer_start 1 none memory/target=200000
start -o XENBALLOON_STATS_INTERVAL=1
for i in $(seq 200); do
	asked '^11 data/.*/uptime' && break
	available=$((100000 + i % 20 * 5000))
	meminfo | sed "s/^\(MemAvailable: *\)430000/\1$available/
		s/^\(Committed_AS: *\)10000/\1400000/
		s/^\(AnonPages: *\)5000/\1200000/" >"$tmp/meminfo"
	cat "$tmp/meminfo" >"$tree/proc/meminfo"
	sleep 0.15
done
ok 'urgent at each look: the others have their turn' asked '^11 data/.*/uptime'
stop
peer_stop

# Where no watch is to be had, what is there is read all the same, and again
# now and then; a word that is the same is none.
plant
peer_start 1 no-watch memory/target=262144 memory/selfballoon=0
start -o XENBALLOON_AUTO_DOWNHYSTERESIS=1
ok 'no watch: said' await said "memory/selfballoon: 'E2BIG': not watched"
ok 'no watch: what is there is read' await said 'memory/selfballoon is 0'
ok 'no watch: the target is followed' await settled 262144
tell set memory/target 200000
ok 'no watch: another one too' await settled 200000
tell set memory/selfballoon 1
ok 'no watch: so are the overrides' await said 'memory/selfballoon is 1'
tell rm memory/selfballoon
ok 'no watch: what is gone is gone' await said 'memory/selfballoon is gone'
is 'no watch: said once' "$(grep -c 'not watched' "$tmp/err")" 1
tell fault none
ok 'no watch: until there is one' await asked '^4 memory/target'
stop
peer_stop

# While it waits for xenstored at the start: a request for the state is none
# to go on, and is not lost.
plant
peer_start 1 silent memory/selfballoon=0
start -o XENBALLOON_AUTO_DOWNHYSTERESIS=1
await asked memory/
kill -USR1 "$pid"
sleep 0.5
tell fault none
ok 'a signal at the start: the override is obeyed' await \
	said 'memory/selfballoon is 0'
ok 'a signal at the start: answered' await said 'decision '
is 'a signal at the start: it did not shrink before' "$(target)" 524288
stop
peer_stop

for mode in none slow; do
	plant
	peer_start 1 $mode memory/target=262144 memory/selfballoon=0
	start -o XENBALLOON_AUTO_DOWNHYSTERESIS=1
	ok "$mode: domain 0 switches off" await \
		said 'memory/selfballoon is 0: domain 0 overrides'
	ok "$mode: its target is followed" await settled 262144
	ok "$mode: what it keeps for itself is told once" await \
		said 'statistics go to data/xenballoon/'
	ok "$mode: statistics arrive" await asked data/xenballoon/meminfo
	peer_stop
	await said 'no answer from xenstore'
	is "$mode: it dies, the target stays" "$(target)" 262144
	ok "$mode: it dies, the daemon does not" running
	stop
	is "$mode: exit 0" "$status" 0
done

# Nonsense from domain 0.
plant
peer_start 1 none memory/target=nonsense memory/selfballoon=2 \
	memory/interval=0 memory/downhysteresis=0 memory/uphysteresis=-1
start -o XENBALLOON_AUTO_DOWNHYSTERESIS=1
ok 'nonsense: ballooning goes on' await settled 157696
for key in selfballoon interval downhysteresis uphysteresis; do
	ok "nonsense in $key: told" said "selfballoon: memory/$key: '"
done
ok 'nonsense in target: told' said 'memory/target: not a size in kB'
stop
is 'nonsense: exit 0' "$status" 0
peer_stop

# Toolstacks that size guests themselves.
managed()
{
	plant
	peer_start 1 none memory/target=524288 memory/static-max=524288 "$2"
	start
	ok "$1: stands down" await \
		said "$1 sizes this guest: self-ballooning stands down"
	shift 2
	for key; do
		ok "told in its form: $key" await asked "^11 .*$key"
	done
	stop
	peer_stop
}

# One that domain 0's word keeps on says that; a report before its turn takes
# nothing from a key that is told once.
plant
peer_start 1 none memory/target=524288 memory/dynamic-min=100000 \
	memory/selfballoon=1
start -o XENBALLOON_STATS_INTERVAL=1
ok 'kept on: says so' await said "XAPI's squeezed sizes this guest: \
self-ballooning stays on"
ok 'kept on: told in its form' await asked '^11 control/feature-balloon'
stop
peer_stop

# One that is found when the first report was made.
plant
start
await said 'no answer from xenstore'
peer_start 1 none memory/target=524288 memory/dynamic-min=100000
ok 'found late: stands down' await said 'self-ballooning stands down'
ok 'found late: told in its form' await asked '^11 control/feature-balloon'
stop
peer_stop

managed "XAPI's squeezed" memory/dynamic-min=100000 data/updated \
	data/meminfo_total data/meminfo_free control/feature-balloon
managed "Qubes' qmemman" memory/meminfo= memory/meminfo
managed "Qubes' qmemman" memory/meminfo=212000 memory/meminfo

# What a guest has published there itself is no sign of qmemman.
plant
peer_start 1 none memory/target=524288 'memory/meminfo=MemTotal: 467008 kB' \
	memory/swapinfo=0
start -o XENBALLOON_AUTO_DOWNHYSTERESIS=1
ok 'meminfo is a text: ballooning goes on' await settled 157696
no 'meminfo is a text: nobody else' said 'sizes this guest'
stop
peer_stop

# Where statistics go, by the configuration.
for place in memory data; do
	plant
	peer_start 1 none memory/target=524288
	start -o XENBALLOON_PUBLISH=$place
	[ $place = memory ] && path=memory/stat || path=data/xenballoon/stat
	ok "PUBLISH=$place: there" await asked "$path"
	stop
	peer_stop
done

plant 200000
peer_start 1 none memory/target=250000
run oneshot -R "$tree" -o XENBALLOON_MINMEM=300
is 'oneshot: exit 0' "$status" 0
is 'oneshot: up to memory/target' "$(target)" 250000
peer_stop

# Files that a driver may not have: memory/target says how far a guest may grow
# that has been small since the start.
without()
{
	what=$1 size=$2 kb=$3
	shift 3
	plant "$size"
	for file; do
		rm "$tree/sys/$file"
	done
	mkdir -p "$tree/proc/xen" # says that it is Xen where nothing else does
	peer_start 1 none memory/target="$kb" memory/static-max=524288
	run oneshot -R "$tree" -o XENBALLOON_AUTO_DOWNHYSTERESIS=1 \
		-o XENBALLOON_MINMEM=300
	is "without $*: $what" "$(target)" $((kb < 307200 ? kb : 307200))
	peer_stop
}

lacking()
{
	without down 524288 524288 "$@"
	without up 200000 524288 "$@"
	without 'up to memory/target' 200000 262144 "$@"
}

info=devices/system/xen_memory/xen_memory0/info
lacking $info/low_kb
lacking $info/high_kb
lacking $info/low_kb $info/high_kb
lacking hypervisor/guest_type
lacking hypervisor/type

done_testing
