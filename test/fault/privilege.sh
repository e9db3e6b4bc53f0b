#!/bin/sh
# SPDX-License-Identifier: 0BSD
# shellcheck disable=SC2016,SC2119 # await takes words; defaults are meant
# What it may not do: no root, nothing to write on, no lock.

# shellcheck source=test/lib/guest.sh
. "$(dirname "$0")/../lib/guest.sh"

# as_nobody COMMAND...: with no privilege at all.
as_nobody()
{
	setpriv --reuid=65534 --regid=65534 --clear-groups \
		--bounding-set=-all --inh-caps=-all "$@"
}

if [ "$(id -u)" -ne 0 ]; then
	skip 'not root' 'only root can become somebody else'
else
	plant
	chmod 755 "$tmp"
	cp "$program" "$tmp/xenballoon"
	chmod 644 "$driver/target_kb"
	for applet in oneshot selfballoon; do
		as_nobody "$tmp/xenballoon" $applet -R "$tree" \
			>"$tmp/out" 2>"$tmp/err"
		status=$?
		refused "$applet, not root" 111 \
			"$applet: the balloon driver: Permission denied"
	done
	as_nobody "$tmp/xenballoon" oneshot -n -R "$tree" \
		>"$tmp/out" 2>"$tmp/err"
	is 'oneshot -n needs no root' $? 0
fi

plant
rmdir "$tree/run"
start -o XENBALLOON_AUTO_DOWNHYSTERESIS=1
ok 'no /run: goes to the floor' await settled 157696
ok 'no /run: told' said 'the high-water mark is kept in memory alone'
stop
is 'no /run: exit 0' "$status" 0
is 'no /run: told once' "$(grep -c 'high-water' "$tmp/err")" 1

# A root that is really read-only, with the driver's files as /sys has them.
read_only()
{
	unshare --mount sh -c '
		set -e
		mount --bind "$1" "$1"
		mkdir -p "$1/sys"
		mount --bind "$1/sys" "$1/sys"
		mount -o remount,bind,ro "$1"
		! touch "$1/run/x" 2>/dev/null
		"$2" oneshot -R "$1" -o XENBALLOON_MINMEM=300
	' sh "$tree" "$program"
}

if ! unshare --mount true 2>/dev/null; then
	skip 'a read-only root' 'no right to mount here'
else
	plant 200000
	read_only >"$tmp/out" 2>"$tmp/err"
	is 'a read-only root: exit 0' $? 0
	is 'a read-only root: grows' "$(target)" 307200
	ok 'a read-only root: told' said 'Read-only file system'
fi

plant 200000
ln -s /etc/passwd "$tree/run/xenballoon-maxmem.new"
before=$(cksum </etc/passwd)
run oneshot -R "$tree" -o XENBALLOON_MINMEM=300
is 'a planted link: not followed' "$(cksum </etc/passwd)" "$before"
is 'a planted link: grows all the same' "$(target)" 307200

plant 200000
{
	"$program" oneshot -R "$tree" -o XENBALLOON_MINMEM=300 <&- >&- 2>&-
}
is 'no descriptors 0 to 2: exit 0' $? 0
is 'no descriptors 0 to 2: only the number is in target_kb' \
	"$(target)" 307200

# Nor in an image without /dev/null: none of the driver's files takes the place
# of standard error.
if [ "$(id -u)" -ne 0 ]; then
	skip 'no descriptors, no /dev/null' 'only root can change its root'
else
	plant
	cp "$program" "$tree/xenballoon"
	mkdir -p "$tree/sys/bus/xen_memory"
	: >"$tree/sys/bus/xen_memory/drivers_probe"
	chroot "$tree" /xenballoon selfballoon <&- >&- 2>&- &
	pid=$!
	ok 'no descriptors, no /dev/null: it runs' await shrunk 2>"$tmp/await"
	is 'no descriptors, no /dev/null: / stands for them' "$(for i in 0 1 2; do
		readlink "/proc/$pid/fd/$i"
	done | sort -u)" "$tree"
	stop
fi

done_testing
