#!/bin/sh
# SPDX-License-Identifier: 0BSD
# The script for OpenRC, under its supervise-daemon.
PACKAGES='openrc librc1 libeinfo1'

# shellcheck source=test/service/lib.sh
. "$(dirname "$0")/lib.sh"

rc()
{
	/etc/init.d/xenballoon "$@" >/run/out 2>&1
}

started()
{
	rc status
}

crashed()
{
	! rc status
}

for d in starting started stopping inactive wasinactive failed hotplugged \
	daemons options exclusive scheduled tmp; do
	mkdir -p /run/openrc/$d
done
mkdir -p /etc/init.d
rm -f /.dockerenv # not in one
mkdir -p /etc/insserv.conf.d # Debian's OpenRC reads both
: >/etc/insserv.conf
echo default >/run/openrc/softlevel
cp "$service/openrc/xenballoon" /etc/init.d/
for d in sysinit boot default shutdown; do
	mkdir -p /etc/runlevels/$d
done
rc-update add xenballoon boot >/run/out 2>&1
rc-update -u >>/run/out 2>&1
ok 'its dependencies are known' grep -q "='xenballoon'" /run/openrc/deptree
is 'what it needs is there' "$(grep "xenballoon' needs" /run/out)" ''
# As /dev/kmsg with printk.devkmsg=off: root may write to it, or so it seems.
sed -i 's,^error_log=.*,error_log=/tmp,' /etc/init.d/xenballoon
rc start
ok 'a log that cannot be opened: one runs' await one_daemon
rc stop
await no_daemon
# Their words, by way of a file.
sed -i 's,^error_log=.*,error_log=/run/log,' /etc/init.d/xenballoon
rc start
is 'start: 0' $? 0
ok 'one runs' await one_daemon
ok 'it steers' await shrunk
ok 'status: started' started
first=$daemon
kill -9 "$first"
ok 'kill -9: there is another one' await another_daemon "$first"
second=$daemon
await grep -q 'self-ballooning' /run/log
rc reload
is 'reload: 0' $? 0
ok 'it reads its configuration' await grep -q 'read again' /run/log
ok 'and runs on' [ "$(daemons)" = "$second" ]
rc stop
is 'stop: 0' $? 0
ok 'none runs' await no_daemon
no_xen
rc start
is 'no Xen: it does not start' $? 1
ok 'no Xen: says so' grep -q 'no Xen balloon driver' /run/out
plant
echo XENBALLOON_SELF=x >/etc/xenballoon.conf
rc start
is 'configuration: it does not start' $? 1
ok 'configuration: says which' grep -q 'is not accepted' /run/out
plant
: >/run/log
/usr/sbin/selfballoon 2>/dev/null &
other=$!
await shrunk
rc start
tries()
{
	grep -c 'another xenballoon' /run/log
}

# supervise-daemon seldom misses the end of its last child.
gave_up()
{
	crashed || [ "$(tries)" -eq 4 ]
}

ok 'another one: it gives up' await gave_up
ok 'another one: after four tries at most' [ "$(tries)" -le 4 ]
echo "# $(tries) tries"
ok 'another one: that one runs on' [ "$(daemons)" = $other ]

done_testing
