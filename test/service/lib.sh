# shellcheck shell=sh
# SPDX-License-Identifier: 0BSD
#
# lib.sh: a guest made of namespaces, for real supervisors and image builders
#
# PACKAGES names Debian packages. They are unpacked, not installed, and laid
# over this machine's own root; the script goes on in there, as process 1. Its
# /sys is a tree with a balloon driver of 512 MB that follows at once, its
# /proc has that guest's numbers and sysctls of its own. Nothing of it stays.

# shellcheck source=test/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
driver=/sys/devices/system/xen_memory/xen_memory0
# shellcheck disable=SC2034 # for those who read this
service=$top/initramfs/service

# unpacked: the folder with the packages, fetched once
unpacked()
{
	dir=$top/build/test/unpacked/$(echo "$PACKAGES" | cksum | tr -d ' ')
	for link in bin sbin lib lib64; do
		# As this machine has them: a folder would hide what is there.
		[ ! -L "/$link" ] || [ -e "$dir/$link" ] || {
			mkdir -p "$dir/usr/$link"
			ln -s "usr/$link" "$dir/$link"
		}
	done
	# shellcheck disable=SC2086 # a list of words
	"$top/test/lib/unpack" "$dir" $PACKAGES >&2 || return 1
	echo "$dir"
}

meminfo()
{
	cat <<-EOF
	MemTotal:         467008 kB
	MemFree:          420000 kB
	MemAvailable:     430000 kB
	Cached:            20000 kB
	SwapTotal:             0 kB
	AnonPages:          5000 kB
	Shmem:               100 kB
	CommitLimit:      233504 kB
	Committed_AS:      10000 kB
	EOF
}

# plant: the machine as a guest of Xen that is ballooned to nothing yet
plant()
{
	mkdir -p /sys/hypervisor $driver/info
	echo xen >/sys/hypervisor/type
	echo PV >/sys/hypervisor/guest_type
	echo 524288 >$driver/target_kb
	ln -sf ../target_kb $driver/info/current_kb
	echo 0 >$driver/info/low_kb
	echo 0 >$driver/info/high_kb
	rm -f /etc/xenballoon.conf
	echo 0 >/proc/sys/vm/overcommit_memory
}

no_xen()
{
	rm -rf /sys/hypervisor /sys/devices/system/xen_memory
}

# make_world ROOT TREE: what it is made of
make_world()
{
	mkdir -p "$1/u" "$1/w" "$1/root"
	[ -z "$2" ] || cp -a "$2/." "$1/u" || return
	mount -t overlay overlay -o "lowerdir=/,upperdir=$1/u,workdir=$1/w" \
		"$1/root" || return
	cd "$1/root" || return
	mount -t proc proc proc
	mount -t tmpfs tmpfs sys
	mount -t tmpfs tmpfs run
	mount -t tmpfs tmpfs tmp
	mount -t tmpfs tmpfs proc/sys/vm
	mount --rbind /dev dev
	mkdir -p "./$top"
	mount --bind "$top" "./$top"
	meminfo >run/meminfo
	mount --bind run/meminfo proc/meminfo
	cp "$top/xenballoon" usr/sbin/xenballoon
	rm -f usr/sbin/policy-rc.d
	for name in selfballoon xenballoond xenballoon-oneshot; do
		ln -sf xenballoon "usr/sbin/$name"
	done
}

# Root, and a kernel that lets it: else there is no such world.
can_enter()
{
	# shellcheck disable=SC2016 # the inner shell expands it
	unshare -mp --fork --propagation private sh -c '
		d=/tmp && mount -t tmpfs tmpfs $d && mkdir $d/u $d/w $d/r &&
		mount -t overlay overlay $d/r \
			-o lowerdir=/,upperdir=$d/u,workdir=$d/w &&
		mount -t proc proc $d/r/proc &&
		mount -t tmpfs tmpfs $d/r/proc/sys/vm &&
		mount --rbind /dev $d/r/dev' 2>/dev/null
}

enter()
{
	world=$top/build/test/service/world
	mkdir -p "$world"
	mount -t tmpfs tmpfs "$world" && make_world "$world" "$TREE" ||
		exit 2
	# All paths of the source are the same ones there.
	# shellcheck disable=SC2016 # the inner shell expands it
	exec env -i IN_WORLD=1 LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		chroot "$world/root" sh -c 'cd "$1" && exec sh "$2"' sh \
		"$top" "$1"
}

if [ -z "$IN_WORLD" ]; then
	if [ -z "$TREE_IS_SET" ]; then
		if ! can_enter; then
			skip "$(basename "$0" .sh)" \
				'no namespaces or no overlay file system here'
			done_testing
			exit
		fi
		TREE=$([ -z "$PACKAGES" ] || unpacked) || exit 2
		script=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")
		TREE_IS_SET=1 TREE=$TREE exec unshare -mp --fork --kill-child \
			--propagation private sh "$script"
	fi
	enter "$0"
fi

# shellcheck disable=SC2034 # for those who read this
tmp=/tmp
plant

# daemons: the pids of all daemons that run, without their keepers and canaries
daemons()
{
	for exe in /proc/[0-9]*/exe; do
		case $(readlink "$exe") in
		*/xenballoon*) ;;
		*) continue ;;
		esac
		case $(cat "${exe%/exe}/comm" 2>/dev/null) in
		balloon-* | '') ;;
		*) basename "${exe%/exe}" ;;
		esac
	done
}

# one_daemon: exactly one, its pid in $daemon
one_daemon()
{
	daemon=$(daemons)
	case $daemon in
	'' | *[!0-9]*) return 1 ;;
	esac
}

no_daemon()
{
	[ -z "$(daemons)" ]
}

# another_daemon: one, and not the one of $1
another_daemon()
{
	one_daemon && [ "$daemon" != "$1" ]
}

shrunk()
{
	[ "$(cat $driver/target_kb)" -lt 524288 ]
}
