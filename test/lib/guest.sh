# shellcheck shell=sh
# SPDX-License-Identifier: 0BSD
#
# guest.sh: a captured tree to run the program on, with -R
#
# The guest in it has 512 MB, is a PV one, and nearly idle. Its driver follows
# at once: current_kb is target_kb itself.

# shellcheck source=test/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# The program is ./xenballoon, or $XENBALLOON.
program=${XENBALLOON:-$top/xenballoon}
unset XENSTORED_PATH XENSTORED_RUNDIR
tmp=$(mktemp -d) || exit 1
tree=$tmp/tree
driver=$tree/sys/devices/system/xen_memory/xen_memory0
groups=$tree/sys/fs/cgroup
pid=
peer=
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

clean_up()
{
	stop KILL
	peer_stop
	rm -rf "$tmp"
}

meminfo()
{
	cat <<-EOF
	MemTotal:         467008 kB
	MemFree:          420000 kB
	MemAvailable:     430000 kB
	Buffers:            1000 kB
	Cached:            20000 kB
	Active(file):      10000 kB
	Inactive(file):    10000 kB
	SwapTotal:             0 kB
	SwapFree:              0 kB
	AnonPages:          5000 kB
	Shmem:               100 kB
	SReclaimable:       2000 kB
	CommitLimit:      233504 kB
	Committed_AS:      10000 kB
	EOF
}

# plant [SIZE]: a fresh tree; its guest is ballooned to SIZE kB.
plant()
{
	size=${1:-524288}
	rm -rf "$tree"
	mkdir -p "$tree/proc/sys/vm" "$tree/proc/pressure" "$tree/run" \
		"$tree/etc" "$tree/var" "$tree/sys/hypervisor" "$driver/info"
	ln -s ../run "$tree/var/run"
	meminfo >"$tree/proc/meminfo"
	printf 'pswpin 0\npswpout 0\npgmajfault 9\noom_kill 0\n' \
		>"$tree/proc/vmstat"
	echo '100.00 90.00' >"$tree/proc/uptime"
	echo xen >"$tree/sys/hypervisor/type"
	echo PV >"$tree/sys/hypervisor/guest_type"
	echo "$size" >"$driver/target_kb"
	ln -s ../target_kb "$driver/info/current_kb"
	echo $((524288 - size)) >"$driver/info/low_kb"
	echo 0 >"$driver/info/high_kb"
}

# group NAME POPULATED BYTES: a control group of that size, without a limit
group()
{
	mkdir -p "$groups/$1"
	printf 'populated %s\nfrozen 0\n' "$2" >"$groups/$1/cgroup.events"
	echo max >"$groups/$1/memory.high"
	echo "$3" >"$groups/$1/memory.current"
	printf 'low 0\nhigh 0\nmax 0\noom 0\n' >"$groups/$1/memory.events"
}

# high NAME TEXT: its memory.high begins so: a plain file is not cut by a
# shorter number, so texts are compared from the left
high()
{
	case $(cat "$groups/$1/memory.high") in
	"$2"*) return 0 ;;
	*) return 1 ;;
	esac
}

target()
{
	cat "$driver/target_kb"
}

# run ARGUMENT...: what it said is in $tmp/out and $tmp/err. One that should
# have ended, and runs on as a daemon, has status 124.
run()
{
	timeout 60 "$program" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	status=$?
}

# said TEXT: TEXT is somewhere in what came on standard error.
said()
{
	grep -qF -- "$1" "$tmp/err"
}

# refused NAME STATUS SENTENCE: that status, that one line, and the target
# stays as it is.
refused()
{
	is "$1: exit $2" "$status" "$2"
	is "$1: one clear sentence" "$(cat "$tmp/err")" "$3"
	is "$1: the target stays" "$(target)" "$size"
}

# launch ARGUMENT...: one that runs on, beside the script
launch()
{
	# Now: what is behind & may come after the next line.
	: >"$tmp/out" 2>"$tmp/err"
	"$program" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null &
	pid=$!
}

# start ARGUMENT...: a daemon on the tree.
start()
{
	launch selfballoon -v -R "$tree" "$@"
}

# stop [SIGNAL]: ends the daemon; its status.
stop()
{
	[ -n "$pid" ] || return 0
	kill -"${1:-TERM}" "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	status=$?
	pid=
}

# children COMM: pids of the daemon's with that name
children()
{
	ps -o pid=,comm= --ppid "$pid" | awk -v comm="$1" '$2 == comm {print $1}'
}

# stop_all: kill -9 of the daemon and its keeper, as of a whole cgroup: nobody
# is left to put anything back
stop_all()
{
	# shellcheck disable=SC2046 # a number, or none
	kill -KILL $(children balloon-keeper) 2>/dev/null
	stop KILL
}

# peer_start DOMID FAULT [KEY=VALUE...]: a xenstored below the tree, as domain
# DOMID sees it (see test/peer/peer.c); it logs to $tmp/log. The last one ends.
# DOMID may have an option behind it: '0 -o'.
peer_start()
{
	peer_stop
	mkdir -p "$tree/run/xenstored"
	rm -f "$tmp/log"
	domid=$1 fault=$2
	shift 2
	# shellcheck disable=SC2086 # words
	"$top/build/test/peer" -d $domid -c "$tmp/control" -l "$tmp/log" \
		-f "$fault" "$tree/run/xenstored/socket" "$@" 2>"$tmp/peer" &
	peer=$!
	await grep -qs ready "$tmp/log"
}

peer_stop()
{
	[ -z "$peer" ] || kill -KILL "$peer" 2>/dev/null
	[ -z "$peer" ] || wait "$peer" 2>/dev/null
	peer=
}

# tell COMMAND...: to the peer
tell()
{
	printf '%s\n' "$*" >"$tmp/control"
}

descriptors()
{
	find "/proc/$pid/fd" -type l | wc -l
}

running()
{
	kill -0 "$pid" 2>/dev/null
}

shrunk()
{
	[ "$(target)" -lt "$size" ]
}

settled()
{
	[ "$(target)" -eq "$1" ]
}
