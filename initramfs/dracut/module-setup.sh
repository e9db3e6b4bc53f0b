#!/bin/bash
# SPDX-License-Identifier: 0BSD
# Puts the daemon and its configuration into the image.
# shellcheck disable=SC2154 # dracut's variables

check()
{
	[ -x "$dracutsysrootdir/usr/sbin/xenballoon" ] || return 1
	# Only where asked for, when the image is for this host and it is none.
	[ -z "$hostonly" ] || [ -e /sys/devices/system/xen_memory ] ||
		return 255
}

install()
{
	local to=/usr/sbin # there, wherever it is here: in the image's PATH

	inst_simple /usr/sbin/xenballoon $to/xenballoon
	ln -sf xenballoon "$initdir$to/@selfballoon"
	# Each in its place: the daemon alone knows which one counts.
	inst_multiple -o /etc/xenballoon.conf /etc/sysconfig/xenballoon.conf \
		/etc/default/xenballoon.conf /etc/conf.d/xenballoon.conf
	inst_hook pre-udev 05 "$moddir/start.sh"
}
