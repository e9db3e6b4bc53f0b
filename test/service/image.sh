#!/bin/sh
# SPDX-License-Identifier: 0BSD
# shellcheck disable=SC2016 # scripts for other shells
# The initramfs: its bytes, and a real switch_root with the daemon in it.

"$(dirname "$0")/../lib/need" cpio:cpio busybox:busybox-static || exit 1
PACKAGES=

# shellcheck source=test/service/lib.sh
. "$(dirname "$0")/lib.sh"

# pack USER OUT [BUSYBOX]
pack()
{
	setpriv --reuid "$1" --clear-groups env SOURCE_DATE_EPOCH=1000000000 \
		"$top/initramfs/pack" /usr/sbin/xenballoon \
		"$top/test/unit/xenballoon-2008.conf" "$2" \
		"$3" >/run/out 2>&1
}

mkdir -m 1777 -p /tmp/a /tmp/b
pack 0 /tmp/a/x.cpio "$(command -v busybox)"
is 'as root: it is made' $? 0
(umask 077; pack 65534 /tmp/b/x.cpio "$(command -v busybox)")
is 'as nobody, another umask: it is made' $? 0
ok 'both are the same bytes' cmp /tmp/a/x.cpio /tmp/b/x.cpio
cpio -tv --quiet <"/tmp/a/x.cpio" >/run/list
no 'no device nodes' grep -q '^[bc]' /run/list
is 'all is of root' "$(awk '{print $3 $4}' /run/list | sort -u)" rootroot
no 'the mode of the root is left alone' grep -q ' \.$' /run/list
ok 'it has an init' grep -q ' init$' /run/list
ok 'of less than 20 lines' [ "$(wc -l <"$top/initramfs/init")" -lt 20 ]
pack 0 /tmp/b/x.cpio ''
cpio -tv --quiet <"/tmp/b/x.cpio" >/run/list
no 'without busybox it keeps the init of another' grep -q ' init$' /run/list
ok 'and has the daemon' grep -q ' usr/sbin/xenballoon$' /run/list

# An initrd whose init mounts, and switches to another root; behind it, ours.
# What would be the kernel's own comes from the mounts of /fake.
mkdir -p /run/fake/sys /run/fake/vm /run/img /run/theirs/bin
mount -t tmpfs tmpfs /run/img
rm -rf /sys/fs
cp -R /sys/. /run/fake/sys
ln -sf ../target_kb /run/fake/sys/devices/system/xen_memory/xen_memory0/info/current_kb
mkdir /run/fake/dev
cp -a /dev/null /run/fake/dev/
: >/run/fake/dev/kmsg
meminfo >/run/fake/meminfo
echo 0 >/run/fake/vm/overcommit_memory
cat >/run/theirs/bin/mount <<'END'
#!/bin/busybox sh
mount="/bin/busybox mount"
case "$*" in
'-t proc proc /proc')
	$mount "$@" && $mount --bind /fake/vm /proc/sys/vm &&
	$mount --bind /fake/meminfo /proc/meminfo ;;
'-t devtmpfs devtmpfs /dev') $mount --bind /fake/dev /dev ;;
'-t sysfs sysfs /sys') $mount --bind /fake/sys /sys ;;
*) $mount "$@" ;;
esac
END
# Pids of the daemon, of both copies: not of keepers and canaries.
cat >/run/fake/daemons <<'END'
daemons() { for p in /proc/[0-9]*; do
	case $($b readlink $p/exe) in */xenballoon*) ;; *) continue;; esac
	case $($b cat $p/comm) in balloon-*) ;; *) echo ${p#/proc/};; esac
	done; }
END
cat >/run/theirs/init <<'END'
#!/bin/busybox sh
b=/bin/busybox
exec >>/fake/log 2>&1
. /fake/daemons
echo "parameters $*" >/fake/init
[ -e /proc/self ] && echo 'proc is still there'
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
daemons >/fake/early
$b mkdir -p /new
mount -t tmpfs tmpfs /new
$b mkdir -p /new/proc /new/sys /new/fake /new/bin /new/dev /new/run
$b cp -a /bin/busybox /new/bin/
$b cp -a /usr /new/
$b cp /fake/service /new/init
$b mount --bind /fake /new/fake
$b mount --move /sys /new/sys
$b mount --move /dev /new/dev
$b umount /proc/meminfo
$b umount /proc/sys/vm
$b mount --move /proc /new/proc
$b mount --bind /fake/vm /new/proc/sys/vm
$b mount --bind /fake/meminfo /new/proc/meminfo
exec $b switch_root /new /init
END
cat >/run/fake/service <<'END'
#!/bin/busybox sh
b=/bin/busybox
exec >>/fake/log 2>&1
. /fake/daemons
daemons >/fake/switched
$b cat /fake/vm/overcommit_memory >/fake/overcommit
echo XENBALLOON_OVERCOMMIT=keep >/usr/sbin/conf
/usr/sbin/selfballoon -d 3 -c /usr/sbin/conf 3>/fake/ready &
service=$!
for i in $($b seq 400); do
	[ -s /fake/ready ] && break
	$b usleep 50000
done
# The early one's keeper is on its way out, the new one's has its name soon.
for i in $($b seq 100); do
	[ "$(daemons)" = "$service" ] && echo one >/fake/after && break
	$b usleep 50000
done
$b cat /fake/vm/overcommit_memory >/fake/restored
$b cp /proc/$$/mountinfo /fake/mounts
echo end >/fake/end
END
chmod 755 /run/theirs/init /run/theirs/bin/mount /run/fake/service
(cd /run/img && cpio -id --quiet <"/tmp/a/x.cpio" &&
	cp /run/theirs/init . && rm bin/mount && cp /run/theirs/bin/mount bin &&
	# The shell of busybox would take its own.
	sed -i 's,^\(\$box \)*mount,/bin/mount,' usr/sbin/xenballoon-early init)
rm /run/img/etc/xenballoon.conf
mkdir /run/img/fake
mount --bind /run/fake /run/img/fake
timeout -k 5 30 unshare -mpf --kill-child --propagation private sh -c '
	cd /run/img && mkdir -p old && pivot_root . old &&
	exec /bin/busybox chroot . /bin/busybox sh -c "
		/bin/busybox umount -l /old
		/bin/busybox rmdir /old
		exec /usr/sbin/xenballoon-early quiet 3"' >/run/out 2>&1
result()
{
	cat "/run/fake/$1" 2>/dev/null
}
is 'init goes on with its parameters' "$(result init)" 'parameters quiet 3'
no 'and an empty /proc' grep -q 'still there' /run/fake/log
ok 'the daemon was there before it' [ -n "$(result early)" ]
is 'switch_root: the same process lives on' "$(result switched)" \
	"$(result early)"
is 'switch_root: what it set is in force' "$(result overcommit)" 1
ok 'the service takes over' \
	grep -q 'takes over from the early copy' /run/fake/log
is 'one daemon is left, the service' "$(result after)" one
is 'what the early one set was restored' "$(result restored)" 0
is 'it came to its end' "$(result end)" end
[ "$(result end)" = end ] || sed 's/^/# /' /run/out /run/fake/log \
	/run/fake/dev/kmsg

# Alpine's image: a busybox, whose shell takes no applet that has no link, and
# no links yet. And a kernel log that cannot be opened.
bare=/run/bare
mkdir -p $bare/bin $bare/sbin $bare/dev/kmsg
shell=$(command -v dash)
for f in "$shell" $(ldd "$shell" | grep -o '/[^ ]*'); do
	mkdir -p "$bare${f%/*}"
	cp -L "$f" "$bare$f"
done
[ -e $bare/bin/sh ] || cp "$shell" $bare/bin/sh
cat >$bare/bin/busybox <<'END'
#!/bin/sh
echo "$*" >>/asked
END
sed 's/\$\*/early/' $bare/bin/busybox >$bare/sbin/@selfballoon
sed 's/\$\*/init $*/' $bare/bin/busybox >$bare/init
cp "$top/initramfs/early" $bare/sbin/xenballoon-early
chmod 755 $bare/bin/busybox $bare/sbin/@selfballoon $bare/init
chroot $bare /sbin/xenballoon-early quiet >/run/out 2>&1
is 'no links to busybox: what it asks for' "$(cat $bare/asked)" \
	'mkdir -p /proc /sys /dev /run
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
early
umount -l /dev
umount -l /sys
umount -l /proc
init quiet'
is 'no links to busybox: no word' "$(cat /run/out)" ''

done_testing
