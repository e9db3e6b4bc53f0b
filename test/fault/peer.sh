#!/bin/sh
# SPDX-License-Identifier: 0BSD
# slow: a minute or so
# shellcheck disable=SC2119,SC2030,SC2031,SC2034 # defaults and subshells are
# meant
# Each fault of test/peer/peer.c against a daemon at work: ballooning goes on,
# no override is lost, nothing leaks, nothing spins. The daemon waits longer
# and longer between attempts to connect, so it makes a few of them here;
# test/peer/run makes 10,000 through the same code.

# shellcheck source=test/lib/guest.sh
. "$(dirname "$0")/../lib/guest.sh"

CPU_MAX=100 # ticks of 10 ms for a fault; one that spins takes far more
ATONCE=11
"$top/test/peer/build" || exit 1

# need KB: what the guest has promised its programs
need()
{
	echo "$1" >"$tmp/need"
}

# The guest: what it sees of its memory follows the balloon. In one write into
# the same file: the daemon holds it open.
follow()
{
	seen=
	while sleep 0.1; do
		now="$(cat "$driver/target_kb") $(cat "$tmp/need")"
		[ "$now" != "$seen" ] || continue
		total=$((${now% *} - 57280))
		meminfo | sed "s/^\(Committed_AS: *\)10000/\1${now#* }/
			s/^\(MemTotal: *\)467008/\1$total/
			s/^\(MemFree: *\)420000/\1$((total - 47000))/
			s/^\(MemAvailable: *\)430000/\1$((total - 37000))/" \
			>"$tmp/meminfo"
		cat "$tmp/meminfo" >"$tree/proc/meminfo"
		seen=$now
	done
}

# Twice as patient as await: the daemon's own pause may be half a minute.
in_time()
{
	await "$@" || await "$@"
}

requests()
{
	[ "$(wc -l <"$tmp/log")" -gt "$1" ]
}

# The floor of this guest is 157696 kB; it comes to rest a little above it.
small()
{
	[ "$(target)" -le 200000 ]
}

grown()
{
	[ "$(target)" -gt 200000 ]
}

ticks()
{
	awk '{ print $14 + $15 }' "/proc/$pid/stat"
}

# The fault begins; a storm is a matter of its own.
begin()
{
	case $1 in
	storm)
		for _ in 1 2 3 4 5; do
			tell storm 5000
			sleep 0.2
		done
		;;
	*) tell fault "$1" ;;
	esac
}

# Connected, small, and its numbers taken. The driver tells nothing
# of what the balloon holds: that could not change in the same moment.
set_out()
{
	plant
	rm "$driver/info/low_kb" "$driver/info/high_kb"
	mkdir -p "$tree/run/xenstored"
	"$top/build/test/peer" -c "$tmp/control" -l "$tmp/log" \
		"$tree/run/xenstored/socket" memory/target=524288 &
	peer=$!
	await grep -qs ready "$tmp/log"
	need 10000
	follow &
	guest=$!
	start -o XENBALLOON_AUTO_DOWNHYSTERESIS=1 \
		-o XENBALLOON_STATS_INTERVAL=1
	ok "$1: well and small" in_time small
	ok "$1: statistics arrive" await grep -q '11 data/' "$tmp/log"
	fds=$(descriptors)
	cpu=$(ticks)
}

# An override that comes while the fault lasts.
meanwhile()
{
	begin "$1"
	need 300000
	ok "$1: ballooning follows the need" in_time grown
	need 10000
	ok "$1: and back" in_time small
	seen=$(wc -l <"$tmp/log")
	tell set memory/selfballoon 0
	[ "$1" = silent ] || in_time requests "$seen"
	sleep 7 # a reply is overdue after 5 s
	tell fault none
	ok "$1: an override that came meanwhile is obeyed" \
		in_time settled 524288
}

# One that was there before; all is read again while the fault lasts.
before()
{
	begin "$1"
	tell drop
	sleep 8
	ok "$1: an override that was there holds" settled 524288
	tell fault none
	sleep 2
	ok "$1: and afterwards" settled 524288
	tell rm memory/selfballoon
	ok "$1: until it is taken back" in_time small
}

aftermath()
{
	tell set memory/selfballoon 0
	ok "$1: and obeys again" in_time settled 524288
	cpu=$(($(ticks) - cpu))
	echo "# $1: $cpu ticks"
	ok "$1: it does not spin" [ "$cpu" -le "$CPU_MAX" ]
	ok "$1: no descriptor is left over" [ "$(descriptors)" -eq "$fds" ]
	stop
	is "$1: exit 0" "$status" 0
}

# play FAULT: in a folder and a shell of its own
play()
(
	tmp=$tmp/$1
	tree=$tmp/tree
	driver=$tree/sys/devices/system/xen_memory/xen_memory0
	peer=
	guest=
	trap 'stop KILL; kill $peer $guest' EXIT
	mkdir "$tmp"
	set_out "$1"
	meanwhile "$1"
	before "$1"
	aftermath "$1"
)

# collect FAULT...: all at once; their lines are counted here
collect()
{
	for fault; do
		play "$fault" >"$tmp/$fault.tap" 2>"$tmp/$fault.err" &
	done
	wait
	for fault; do
		while read -r line; do
			case $line in
			'ok '*) tap_line ok "${line#* - }" ;;
			'not ok '*) tap_line 'not ok' "${line#* - }" ;;
			*) echo "$line" ;;
			esac
		done <"$tmp/$fault.tap"
		ok "$fault: all was played" \
			grep -q "$fault: exit 0" "$tmp/$fault.tap"
	done
}

# Events without end, for a while: the daemon may be busy, but not deaf.
flood()
{
	mkdir "$tmp/flood"
	peer=
	set_out flood
	tell fault flood
	need 300000
	ok 'flood: ballooning follows the need' in_time grown
	need 10000
	ok 'flood: and back' in_time small
	tell set memory/selfballoon 0
	sleep 1
	tell fault none
	ok 'flood: an override that came meanwhile is obeyed' \
		in_time settled 524288
	ok 'flood: no descriptor is left over' \
		[ "$(descriptors)" -eq "$fds" ]
	stop
	is 'flood: exit 0' "$status" 0
	kill "$peer" "$guest"
}

# These by default; `all` is every one, and any may be named.
[ $# -gt 0 ] || set -- silent hang=7 hangup=9 slow early wrong-id oversize \
	storm error=EIO error=EAGAIN error=EQUOTA
[ "$1" != all ] || set -- silent hang=7 hang=16 hangup=0 hangup=9 hangup=16 \
	hangup=17 slow split join early wrong-id oversize=4097 oversize storm \
	error=EIO error=EACCES error=EAGAIN error=ENOMEM error=EINVAL \
	error=EQUOTA error=ENOSYS
group=
for fault; do
	group="$group $fault"
	# shellcheck disable=SC2086 # a list of words
	if [ "$(echo $group | wc -w)" -eq $ATONCE ]; then
		collect $group
		group=
	fi
done
# shellcheck disable=SC2086
[ -z "$group" ] || collect $group
flood
done_testing
