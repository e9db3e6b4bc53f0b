#!/bin/sh
# SPDX-License-Identifier: 0BSD
# shellcheck disable=SC2016,SC2119 # await takes words; defaults are meant
# Domain 0 gives a guest more than it was booted with: the kernel sets its own
# target at once, and the memory comes online when it will.

# shellcheck source=test/lib/guest.sh
. "$(dirname "$0")/../lib/guest.sh"
"$top/test/peer/build" || exit 1

# booted USED: a PVH guest of memory=256 maxmem=512 that holds so much; nothing
# is in its balloon, and the driver moves when the test says so.
booted()
{
	plant 261756
	echo PVH >"$tree/sys/hypervisor/guest_type"
	rm "$driver/info/current_kb"
	echo 261756 >"$driver/info/current_kb"
	echo 0 >"$driver/info/low_kb"
	meminfo | sed "s/^\(MemTotal: *\)467008/\1204476/
		s/^\(MemFree: *\)420000/\19000/
		s/^\(MemAvailable: *\)430000/\1$((204476 - $1))/
		s/^\(AnonPages: *\)5000/\1$(($1 - 40000))/
		s/^\(Committed_AS: *\)10000/\1$(($1 - 10000))/" \
		>"$tree/proc/meminfo"
	peer_start 7 none memory/target=262144 memory/static-max=524288
}

# mem_set KB: of domain 0; the kernel hears it first
mem_set()
{
	echo $(($1 - 388)) >"$driver/target_kb"
	tell set memory/target "$1"
}

explained()
{
	: >"$tmp/err"
	kill -USR1 "$pid"
	await grep -q "$1" "$tmp/err"
}

# given SELF GUARD
given()
{
	booted 190000
	start -o "XENBALLOON_SELF=$1" -o "XENBALLOON_GUARD=$2"
	await said 'ms after boot'
	mem_set 409600
	sleep 7 # longer than any target of others is waited for
	is "SELF=$1 GUARD=$2: the kernel's target stands" "$(target)" 409212
	stop
	peer_stop
}

given 1 0
given 0 0
given 0 1

# What was given back before it was there comes online all the same, and the
# size and the target tell nothing of it.
booted 60000
start -o XENBALLOON_AUTO_DOWNHYSTERESIS=1
ok 'idle: small' await shrunk
target >"$driver/info/current_kb"
echo $((261756 - $(target))) >"$driver/info/low_kb"
sleep 2
small=$(target)
tell set memory/target 524288
sleep 2
ok 'idle: what there is is the ceiling' explained 'ceiling  *261756 kB'
echo $((523900 - small)) >"$driver/info/low_kb"
sleep 12
ok 'idle: memory that came online raises it' explained 'ceiling  *523900 kB'
stop

done_testing
