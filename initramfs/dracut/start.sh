#!/bin/sh
# SPDX-License-Identifier: 0BSD
# Starts it. The @ tells who comes later, systemd and the service's copy, that
# it is an early one. In a subshell: it is dracut's own that reads this.
if [ -e /sys/devices/system/xen_memory ]; then
	(
		log=/dev/kmsg
		(: >$log) 2>/dev/null || log=/dev/null # printk.devkmsg=off
		@selfballoon </dev/null >$log 2>&1 &
	)
fi
