#!/bin/sh
# SPDX-License-Identifier: 0BSD
# shellcheck disable=SC2016,SC2119 # await takes words; defaults are meant
# /proc/meminfo that is missing, cut, or lies: the size stays.

# shellcheck source=test/lib/guest.sh
. "$(dirname "$0")/../lib/guest.sh"
said_stays=': the size stays as it is'

# blind NAME COMPLAINT: oneshot and its explanation on the tree as it is.
blind()
{
	run oneshot -R "$tree"
	is "$1: exit 111" "$status" 111
	ok "$1: says what is wrong" said "oneshot: $2$said_stays"
	is "$1: the target stays" "$(target)" 524288
	run oneshot -n -R "$tree"
	is "$1: explained with exit 111" "$status" 111
}

plant
rm "$tree/proc/meminfo"
run oneshot -R "$tree"
refused 'no meminfo' 111 'oneshot: /proc/meminfo: No such file or directory'
run selfballoon -R "$tree"
refused 'no meminfo, daemon' 111 \
	'selfballoon: /proc/meminfo: No such file or directory'

plant
: >"$tree/proc/meminfo"
blind 'empty' '/proc/meminfo has no valid MemTotal'

plant
head -c 300 /dev/urandom >"$tree/proc/meminfo"
blind 'random bytes' '/proc/meminfo has no valid MemTotal'

plant
printf 'MemTotal:         467' >"$tree/proc/meminfo"
blind 'cut in a number' '/proc/meminfo has no valid MemTotal'

plant
meminfo | grep -v ^Committed >"$tree/proc/meminfo"
blind 'no Committed_AS' '/proc/meminfo has no valid Committed_AS'

plant
meminfo | grep -v ^MemFree >"$tree/proc/meminfo"
blind 'no MemFree' '/proc/meminfo has no valid MemFree'

plant
meminfo | sed 's/467008/18446744073709551621/' >"$tree/proc/meminfo"
blind 'MemTotal of 2^64 + 5' '/proc/meminfo has no valid MemTotal'

plant
meminfo | sed 's/467008/-467008/' >"$tree/proc/meminfo"
blind 'negative MemTotal' '/proc/meminfo has no valid MemTotal'

plant
meminfo | sed 's/467008/0x72040/' >"$tree/proc/meminfo"
blind 'hexadecimal MemTotal' '/proc/meminfo has no valid MemTotal'

plant
meminfo | sed 's/$/\r/' >"$tree/proc/meminfo"
blind 'CRLF' '/proc/meminfo has no valid MemTotal'

plant
meminfo | sed 's/420000/999999999/' >"$tree/proc/meminfo"
blind 'more free than all' '/proc/meminfo: MemFree is larger than MemTotal'

plant
meminfo | sed 's/430000/999999999/' >"$tree/proc/meminfo"
blind 'more available than all' \
	'/proc/meminfo: MemAvailable is larger than MemTotal'

plant
yes 'Hostile:  1 kB' | head -c 100000 >"$tree/proc/meminfo"
blind '100 kB of other lines' '/proc/meminfo has no valid MemTotal'

# What may be missing.
plant
meminfo | grep -v ^MemAvailable >"$tree/proc/meminfo"
rm "$tree/proc/vmstat" "$tree/proc/uptime"
run oneshot -n -R "$tree"
is 'an old kernel: exit 0' "$status" 0
ok 'an old kernel: says that it estimates' grep -q 'estimated' "$tmp/out"

plant
meminfo | sed 's/10000 kB$/1099511627776 kB/' >"$tree/proc/meminfo"
run oneshot -n -R "$tree"
ok 'a promise of 1 PiB is bounded' grep -q 'bounded' "$tmp/out"

# It gets worse while a daemon runs, and better.
plant
start
ok 'daemon: shrinks' await shrunk
cat /dev/null >"$tree/proc/meminfo"
ok 'daemon: says that it is blind' await said "$said_stays"
held=$(target)
meminfo >"$tree/proc/meminfo"
ok 'daemon: says that it sees again' await said 'samples are valid again'
size=$held
ok 'daemon: and goes on' await shrunk
stop
is 'daemon: exit 0' "$status" 0
is 'daemon: complained once' "$(grep -cF "$said_stays" "$tmp/err")" 1

done_testing
