#!/bin/sh
# SPDX-License-Identifier: 0BSD
# The script for sysv init, as itself and in the place of the one of 2008;
# busybox init's line; systemd's unit, as far as systemd-analyze sees.
PACKAGES=

# shellcheck source=test/service/lib.sh
. "$(dirname "$0")/lib.sh"

XENBALLOON_LOG=/run/log
export XENBALLOON_LOG
: >/run/log
mkdir -p /etc/init.d
script=/etc/init.d/xenballoon

act()
{
	timeout 60 "$script" "$1" >/run/out 2>&1
}

# acts NAME VERB STATUS
acts()
{
	act "$2"
	is "$1: $2: $3" $? "$3"
}

cp "$service/sysv/xenballoon" $script
acts 'not started' status 3
acts 'it' start 0
ok 'one runs' await one_daemon
ok 'it was ready: it has looked' shrunk
first=$daemon
acts 'it' status 0
acts 'once more' start 0
ok 'still the same one' [ "$(daemons)" = "$first" ]
acts 'it' reload 0
ok 'it reads its configuration' await grep -q 'read again' /run/log
acts 'it' restart 0
ok 'another one' another_daemon "$first"
kill -9 "$daemon"
await no_daemon
acts 'killed' status 1
acts 'killed' start 0
ok 'one again' await one_daemon
acts 'it' stop 0
ok 'none' no_daemon
acts 'once more' stop 0
# Root may write to it, or so it seems: /dev/kmsg with printk.devkmsg=off.
XENBALLOON_LOG=/tmp
acts 'a log that cannot be opened' start 0
ok 'a log that cannot be opened: one runs' await one_daemon
acts 'a log that cannot be opened' stop 0
XENBALLOON_LOG=/run/log
export XENBALLOON_RUN=/run/none
acts 'no /run' start 0
ok 'no /run: one runs' await one_daemon
acts 'no /run' status 0
setpriv --reuid 65534 --clear-groups "$script" status >/run/out
is 'no /run: who may not write there sees it too' $? 0
acts 'no /run' stop 0
ok 'no /run: none' no_daemon
mv /var/run /var/none
mkdir /run/dev
cp -a /dev/null /run/dev
mount --bind /run/dev /dev
acts 'no /var/run' start 0
ok 'no /var/run: one runs' await one_daemon
acts 'no /var/run' stop 0
ok 'no /var/run: none' no_daemon
is 'no /var/run: nothing is left in /dev' "$(ls /dev)" null
umount -l /dev
mv /var/none /var/run
unset XENBALLOON_RUN
echo XENBALLOON_SELF=x >/etc/xenballoon.conf
acts 'configuration' start 6
plant
no_xen
acts 'no Xen' start 5
is 'each was tried once' "$(grep -cE 'accepted;|not running' /run/log)" 2
plant
/usr/sbin/selfballoon 2>/dev/null &
other=$!
await shrunk
acts 'another one' start 1
kill $other
wait $other

# In the place of the script of 2008: its name, its file, a run-level's link.
plant
script=/etc/rc3.d/S98xenballoond
mkdir -p /etc/rc3.d /etc/sysconfig
cp "$service/sysv/xenballoon" /etc/init.d/xenballoond
ln -sf ../init.d/xenballoond $script
cp "$top/test/unit/xenballoon-2008.conf" /etc/sysconfig/xenballoon.conf
acts 'as in 2008' start 0
ok 'as in 2008: directed, by its file' \
	await grep -q 'xenballoond: directed' /run/log
acts 'a change of the run-level' start 0
ok 'a change of the run-level: one daemon' await one_daemon
acts 'as in 2008' stop 0
rm /etc/sysconfig/xenballoon.conf

# busybox init runs its line just so; sleep stands for minutes here.
line=$(sed -n 's/^::respawn://p' "$service/busybox/inittab")
is 'inittab: one line' "$(echo "$line" | grep -c .)" 1
ok 'inittab: not too long for busybox init' [ "${#line}" -lt 200 ]
seconds=${line##*sleep }
days=$((${seconds%%;*} / 86400))
ok "inittab: $days days, says the manual too" \
	grep -q "busybox init, after $days days" "$top/applet/xenballoon.8"
no_xen
busybox sh -c "exec $line" 2>/run/log &
init=$!
asleep()
{
	tr '\0' ' ' <"/proc/$init/cmdline" | grep -q '^sleep '
}
ok 'inittab: no Xen: it sleeps' await asleep
kill $init
plant
busybox sh -c "exec $line" 2>/run/log &
init=$!
await one_daemon
kill -9 "$daemon"
wait $init
is 'inittab: kill -9: it ends, and init starts it again' $? 0

unit=$service/systemd/xenballoon.service
if command -v systemd-analyze >/dev/null; then
	# It reads /sys and /proc as a manager would: out of this world.
	systemd-analyze verify --man=no "$unit" >/run/out 2>&1
	is 'systemd: verify' "$?" 0
	is 'systemd: verify: no complaint' "$(cat /run/out)" ''
	ok 'systemd: security: exposure below 3.0' systemd-analyze security \
		--offline=true --threshold=30 --no-pager "$unit" >/run/out
	grep Overall /run/out | sed 's/^[^A-Za-z]*/# /'
else
	skip 'systemd: verify' 'no systemd-analyze'
fi
is 'systemd: no restart after 1, 100 and 111' \
	"$(sed -n 's/^RestartPreventExitStatus=//p' "$unit")" '1 100 111'

done_testing
