#!/bin/sh
# SPDX-License-Identifier: 0BSD
# The hooks, in images that initramfs-tools and dracut make.

"$(dirname "$0")/../need" cpio:cpio busybox:busybox-static || exit 1
PACKAGES='initramfs-tools-core klibc-utils libklibc kmod libkmod2 udev
	dracut-core'

# shellcheck source=test/service/lib.sh
. "$(dirname "$0")/lib.sh"

"$top/initramfs/install" initramfs-tools dracut
is 'the hooks are installed' $? 0
mkdir -p /lib/modules/1.0 /etc/default
: >/lib/modules/1.0/modules.order
: >/lib/modules/1.0/modules.builtin
depmod 1.0 2>/dev/null
echo CONFIG_RD_GZIP=y >/boot/config-1.0
echo XENBALLOON_SELF=1 >/etc/default/xenballoon.conf

# has PATTERN: in the list of an image
has()
{
	grep -qE "$1" /run/list
}

# No modules, and no compression: it is the hook that is asked.
cp -R /etc/initramfs-tools /run/conf 2>/dev/null || mkdir -p /run/conf
mkdir -p /run/conf/conf.d /run/conf/scripts /run/conf/hooks
printf 'MODULES=list\nBUSYBOX=auto\nCOMPRESS=gzip\n' \
	>/run/conf/initramfs.conf
: >/run/conf/modules
mkinitramfs -d /run/conf -o /run/image 1.0 >/run/out 2>&1
is 'mkinitramfs: 0' $? 0
[ -s /run/image ] || sed 's/^/# /' /run/out
unmkinitramfs /run/image /run/unpacked 2>/dev/null
tree=/run/unpacked
[ ! -d /run/unpacked/main ] || tree=/run/unpacked/main
(cd $tree && find . | sort) >/run/list
ok 'mkinitramfs: the daemon' cmp $tree/usr/sbin/xenballoon \
	/usr/sbin/xenballoon
ok 'mkinitramfs: its early name' [ "$(readlink \
	$tree/usr/sbin/@selfballoon)" = xenballoon ]
ok 'mkinitramfs: the configuration' cmp $tree/etc/xenballoon.conf \
	/etc/default/xenballoon.conf
ok 'mkinitramfs: it is started' \
	grep -q '^/scripts/init-top/xenballoon' $tree/scripts/init-top/ORDER
ok 'mkinitramfs: it runs there' env PATH=/usr/sbin chroot $tree \
	/usr/sbin/@selfballoon --version

# dracut asks for much of a host: only its base and ours.
ok 'dracut: the module has no complaint' bash -n \
	/usr/lib/dracut/modules.d/90xenballoon/module-setup.sh
for mode in --no-hostonly --hostonly; do
	rm -f /run/image
	dracut --force --quiet $mode --modules 'base xenballoon' --no-kernel \
		--no-compress --tmpdir /tmp /run/image 1.0 >/run/out 2>&1
	ok "dracut $mode: an image" [ -s /run/image ]
	[ -s /run/image ] || sed 's/^/# /' /run/out
	rm -rf /run/unpacked
	mkdir /run/unpacked
	(cd /run/unpacked && cpio -id --quiet) </run/image
	ok "dracut $mode: the daemon" cmp \
		/run/unpacked/usr/sbin/xenballoon /usr/sbin/xenballoon
	ok "dracut $mode: its early name" [ "$(readlink \
		/run/unpacked/usr/sbin/@selfballoon)" = xenballoon ]
	ok "dracut $mode: the configuration" cmp \
		/run/unpacked/etc/xenballoon.conf \
		/etc/default/xenballoon.conf
	(cd /run/unpacked && find . | sort) >/run/list
	ok "dracut $mode: it is started" \
		has 'lib/dracut/hooks/pre-udev/05-start\.sh$'
done

# What both run: in this world, which is a guest.
for start in /usr/share/initramfs-tools/scripts/init-top/xenballoon \
	/usr/lib/dracut/modules.d/90xenballoon/start.sh; do
	ln -sf xenballoon /usr/sbin/@selfballoon
	: >/run/kmsg
	sed 's,/dev/kmsg,/run/kmsg,' "$start" >/run/start
	sh /run/start
	ok "${start##*/}: one daemon" await one_daemon
	ok "${start##*/}: an early one" \
		grep -qa '^@selfballoon' "/proc/$daemon/cmdline"
	ok "${start##*/}: it steers" await grep -q 'self-ballooning' /run/kmsg
	kill "$daemon"
	await no_daemon
	no_xen
	sh /run/start
	ok "${start##*/}: no Xen: none" no_daemon
	plant
done
"$top/initramfs/install" mkinitfs
for f in $(cat /etc/mkinitfs/features.d/xenballoon.files); do
	[ "$f" = /etc/conf.d/xenballoon.conf ] || ok "mkinitfs: $f" [ -e "$f" ]
done

done_testing
