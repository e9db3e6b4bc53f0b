#!/bin/sh
# SPDX-License-Identifier: 0BSD
# The service folders for s6 and s6-rc, under s6-supervise.
PACKAGES='s6 libs6-2.11 libskarnet2.13 libexecline2.9 execline'

# shellcheck source=test/service/lib.sh
. "$(dirname "$0")/lib.sh"

mkdir -p /run/sv
cp -R "$service/s6/." /run/sv
s6-supervise /run/sv 2>/run/log &
ok 's6-supervise starts it' await one_daemon
ok 'it is ready when it says so' s6-svwait -U -t 20000 /run/sv
ok 'it steers' await shrunk
first=$daemon
kill -9 "$first"
ok 'kill -9: there is another one' await another_daemon "$first"
s6-svc -wD -T 20000 -d /run/sv
is 's6-svc -d: down' $? 0
ok 'none runs' await no_daemon

permanently_down()
{
	s6-svstat /run/sv | grep -q "^down (exitcode $1)" &&
		[ "$(s6-svstat -o wantedup /run/sv)" = false ]
}

# What run prints goes where s6-supervise's own does.
gives_up()
{
	: >/run/log
	s6-svc -u /run/sv
	ok "$1: down for good" await permanently_down "$2"
}

s6-svc -x /run/sv
wait
s6-supervise /run/sv >/run/out 2>/run/log &
s6-svwait -U -t 20000 /run/sv
s6-svc -wD -T 20000 -d /run/sv
no_xen
gives_up 'no Xen' 111
plant
echo XENBALLOON_SELF=x >/etc/xenballoon.conf
gives_up 'configuration' 100
plant
/usr/sbin/selfballoon 2>/dev/null &
await shrunk
gives_up 'another one' 1
kill $!
wait $!
is 'three failures, three tries' "$(grep -cE \
	'not running|not accepted|another xenballoon' /run/out)" 3
s6-svc -u /run/sv
ok 's6-svc -u: it runs again' s6-svwait -U -t 20000 /run/sv

# s6-rc: not packaged here; its source folder by what it has to have.
for f in run finish notification-fd; do
	ok "s6-rc: $f is that of s6" \
		cmp "$service/s6/$f" "$service/s6-rc/xenballoon-srv/$f"
done
is 's6-rc: a pipe to its log, and back' \
	"$(cd "$service/s6-rc" && cat xenballoon-srv/producer-for \
	xenballoon-log/consumer-for | tr '\n' ' ')" \
	'xenballoon-log xenballoon-srv '
for d in xenballoon-srv xenballoon-log; do
	is "s6-rc: $d is a longrun" "$(cat "$service/s6-rc/$d/type")" longrun
done

done_testing
