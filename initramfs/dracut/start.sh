#!/bin/sh
# SPDX-License-Identifier: 0BSD
# Starts it. The @ tells who comes later, systemd and the service's copy, that
# it is an early one.
if [ -e /sys/devices/system/xen_memory ]; then
	@selfballoon </dev/null >/dev/kmsg 2>&1 &
fi
