#!/bin/sh
# SPDX-License-Identifier: 0BSD
# The service folder for runit, under runsv.
PACKAGES=runit

# shellcheck source=test/service/lib.sh
. "$(dirname "$0")/lib.sh"

state()
{
	[ "$(cat /run/sv/supervise/stat)" = "$1" ]
}

mkdir -p /run/sv
cp -R "$service/runit/." /run/sv
runsv /run/sv &
ok 'runsv starts it' await one_daemon
ok 'it steers' await shrunk
ok 'its log is written' await grep -q 'self-ballooning from' \
	/var/log/xenballoon/current
first=$daemon
kill -9 "$first"
ok 'kill -9: there is another one' await another_daemon "$first"
sv down /run/sv >/dev/null
ok 'sv down: none runs' await no_daemon
ok 'and it is down' await state down

# Each permanent failure: one try, then it is down.
gives_up()
{
	: >/var/log/xenballoon/current
	sv up /run/sv >/dev/null
	ok "$1: said" await grep -q "$2" /var/log/xenballoon/current
	ok "$1: down" await state down
	is "$1: tried once" \
		"$(grep -c "$2" /var/log/xenballoon/current)" 1
}

no_xen
gives_up 'no Xen, 111' 'not running on Xen'
plant
echo XENBALLOON_SELF=x >/etc/xenballoon.conf
gives_up 'configuration, 100' 'is not accepted'
plant
/usr/sbin/selfballoon 2>/dev/null &
await shrunk
gives_up 'another one, 1' 'another xenballoon steers'
kill $!
wait $!
sv up /run/sv >/dev/null
ok 'sv up: it runs again' await one_daemon

done_testing
