#!/bin/sh
# SPDX-License-Identifier: 0BSD
# The hooks, in images that initramfs-tools and dracut make.

"$(dirname "$0")/../lib/need" cpio:cpio busybox:busybox-static || exit 1
PACKAGES='initramfs-tools-core klibc-utils libklibc kmod libkmod2 udev
	dracut-core'

# shellcheck source=test/service/lib.sh
. "$(dirname "$0")/lib.sh"

mkdir -p /lib/modules/1.0
: >/lib/modules/1.0/modules.order
: >/lib/modules/1.0/modules.builtin
depmod 1.0 2>/dev/null
echo CONFIG_RD_GZIP=y >/boot/config-1.0

# All places where the daemon looks, but for one: what is missing is no fault.
places=$(sed -n 's,^ *"\(/etc/.*xenballoon\.conf\)".*,\1,p' \
	"$top/applet/guest/guest.c")
is 'the places of the configuration are known' "$(echo "$places" | wc -l)" 4
for place in $places; do
	mkdir -p "${place%/*}"
	[ "$place" = /etc/xenballoon.conf ] || echo "# $place" >"$place"
done

# has PATTERN: in the list of an image
has()
{
	grep -qE "$1" /run/list
}

# has_all NAME TREE: what each image has, of what is installed in $sbin
has_all()
{
	(cd "$2" && find . | sort) >/run/list
	ok "$1: the daemon" cmp "$2/usr/sbin/xenballoon" $sbin/xenballoon
	ok "$1: its early name" [ "$(readlink \
		"$2/usr/sbin/@selfballoon")" = xenballoon ]
	ok "$1: found there" env PATH=/sbin:/usr/sbin:/bin:/usr/bin \
		chroot "$2" @selfballoon --version
	for place in $places; do
		[ ! -e "$place" ] ||
			ok "$1: $place" cmp "$2$place" "$place"
	done
}

# No modules, and no compression: it is the hook that is asked.
cp -R /etc/initramfs-tools /run/conf 2>/dev/null || mkdir -p /run/conf
mkdir -p /run/conf/conf.d /run/conf/scripts /run/conf/hooks
printf 'MODULES=list\nBUSYBOX=auto\nCOMPRESS=gzip\n' \
	>/run/conf/initramfs.conf
: >/run/conf/modules
with_mkinitramfs()
{
	rm -rf /run/image /run/unpacked
	mkinitramfs -d /run/conf -o /run/image 1.0 >/run/out 2>&1
	is "mkinitramfs, $sbin: 0" $? 0
	[ -s /run/image ] || sed 's/^/# /' /run/out
	unmkinitramfs /run/image /run/unpacked 2>/dev/null
	tree=/run/unpacked
	[ ! -d /run/unpacked/main ] || tree=/run/unpacked/main
	has_all "mkinitramfs, $sbin" $tree
	ok "mkinitramfs, $sbin: it is started" \
		grep -q '^/scripts/init-top/xenballoon' \
		$tree/scripts/init-top/ORDER
}

# with_dracut OPTION: it asks for much of a host: only its base and ours.
with_dracut()
{
	rm -rf /run/image /run/unpacked
	dracut --force --quiet "$1" --modules 'base xenballoon' --no-kernel \
		--no-compress --tmpdir /tmp /run/image 1.0 >/run/out 2>&1
	ok "dracut $1, $sbin: an image" [ -s /run/image ]
	[ -s /run/image ] || sed 's/^/# /' /run/out
	mkdir /run/unpacked
	(cd /run/unpacked && cpio -id --quiet) </run/image
	has_all "dracut $1, $sbin" /run/unpacked
	ok "dracut $1, $sbin: it is started" \
		has 'lib/dracut/hooks/pre-udev/05-start\.sh$'
}

# with_mkinitfs: not packaged here; each file keeps its place in that image.
with_mkinitfs()
{
	files=$(cat /etc/mkinitfs/features.d/xenballoon.files)
	for f in $sbin/xenballoon $sbin/@selfballoon $sbin/xenballoon-early \
		$places; do
		ok "mkinitfs, $sbin: $f" [ "$(echo "$files" |
			grep -cxF "$f")" -eq 1 ]
	done
	is "mkinitfs, $sbin: nothing else" "$(echo "$files" | wc -l)" 7
	# The same search, without what it would mount.
	sed -n '/^export PATH=/p' $sbin/xenballoon-early >$sbin/early
	echo 'command -v @selfballoon' >>$sbin/early
	is "mkinitfs, $sbin: it finds the daemon" "$(sh $sbin/early)" \
		$sbin/@selfballoon
}

# Another one is missing each time.
for sbin in /usr/sbin /usr/local/sbin; do
	mkdir -p $sbin
	[ $sbin = /usr/sbin ] || {
		mv /usr/sbin/xenballoon $sbin
		mv /etc/conf.d/xenballoon.conf /etc/xenballoon.conf
	}
	"$top/initramfs/install" -s $sbin initramfs-tools dracut mkinitfs
	is "the hooks are installed, for $sbin" $? 0
	with_mkinitramfs
	case $sbin in
	/usr/sbin) with_dracut --no-hostonly ;;
	*) with_dracut --hostonly ;;
	esac
	with_mkinitfs
done
mv "$sbin/xenballoon" /usr/sbin
ok 'dracut: the module has no complaint' bash -n \
	/usr/lib/dracut/modules.d/90xenballoon/module-setup.sh

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
	sed 's,/dev/kmsg,/tmp,' "$start" >/run/start
	sh /run/start
	ok "${start##*/}: a log that cannot be opened: one" await one_daemon
	kill "$daemon"
	await no_daemon
	no_xen
	sh /run/start
	ok "${start##*/}: no Xen: none" no_daemon
	plant
done

done_testing
