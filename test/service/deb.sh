#!/bin/sh
# SPDX-License-Identifier: 0BSD
# The .deb, installed, upgraded over the script of 2008, and purged.
PACKAGES=

# make_deb: out here, where the compiler has its own /tmp and /proc
if [ -z "$IN_WORLD$TREE_IS_SET" ]; then
	(
		copy=build/test/service/deb
		cd "$(dirname "$0")/../.." && rm -rf "$copy" &&
			test/lib/copy "$copy" &&
			make -s --no-print-directory -C "$copy" deb
	) >/dev/null || exit 1
fi
# shellcheck source=test/service/lib.sh
. "$(dirname "$0")/lib.sh"

deb=$(echo "$top"/build/test/service/deb/build/xenballoon_*.deb)
rm -f /usr/sbin/xenballoon /usr/sbin/selfballoon /usr/sbin/xenballoond \
	/usr/sbin/xenballoon-*
mkdir -p /etc/init.d /etc/sysconfig
cp "$top/test/unit/xenballoon-2008.conf" /etc/sysconfig/xenballoon.conf
printf '#!/bin/sh\n: >/run/old-was-started\n' >/etc/init.d/xenballoond
chmod 755 /etc/init.d/xenballoond

installs()
{
	DEBIAN_FRONTEND=noninteractive dpkg "$@" >/run/out 2>&1 ||
		{ sed 's/^/# /' /run/out; return 1; }
}

ok 'dpkg -i' installs -i "$deb"
ok 'the program is there' selfballoon --version
ok 'the script of 2008 is out of the way' \
	[ ! -e /etc/init.d/xenballoond ]
ok 'its configuration is as it was' cmp /etc/sysconfig/xenballoon.conf \
	"$top/test/unit/xenballoon-2008.conf"
ok 'systemd starts it' \
	[ -L /etc/systemd/system/sysinit.target.wants/xenballoon.service ]
ok 'sysv init starts it' sh -c 'ls /etc/rc2.d/S*xenballoon >/dev/null'
/etc/init.d/xenballoon start
ok 'one runs' await one_daemon
echo XENBALLOON_MINMEM=1 >>/etc/default/xenballoon.conf
ok 'dpkg -i again' installs -i "$deb"
ok 'the configuration is kept' \
	grep -qx XENBALLOON_MINMEM=1 /etc/default/xenballoon.conf
ok 'one runs still' await one_daemon
/etc/init.d/xenballoon stop
ok 'dpkg -r' installs -r xenballoon
ok 'the program is gone' [ ! -e /usr/sbin/xenballoon ]
# The script is a configuration file: it stays, and its links do.
link=$(echo /etc/rc2.d/S*xenballoon)
for verb in start restart stop; do
	timeout 20 "$link" $verb >/run/out 2>&1
	is "its script, $verb: 0" $? 0
	is "its script, $verb: no word" "$(cat /run/out)" ''
done
"$link" status >/run/out
is 'its script, status: 3, not running' $? 3
ok 'dpkg -P' installs -P xenballoon
ok 'its configuration is gone' [ ! -e /etc/default/xenballoon.conf ]
is 'nothing else is left' \
	"$(find /etc/rc?.d /etc/systemd /lib/systemd/system -name '*xenballoon*')" \
	''

done_testing
