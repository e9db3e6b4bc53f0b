#!/bin/sh
# SPDX-License-Identifier: 0BSD
# shellcheck disable=SC2016,SC2119 # await takes words; defaults are meant
# The sandbox: whole lives in it, each call that they make, and each that they
# may not.

# shellcheck source=test/lib/guest.sh
. "$(dirname "$0")/../lib/guest.sh"
trap 'exec 8>&-; clean_up' EXIT
"$top/test/peer/build" || exit 1
real=$program
traced=$tmp/traced
dom=/local/domain
GROUP_BYTES=104857600 # each limit has nine digits: see high
case $("$real" --version) in
*'(xenstore: lib)') transport=lib ;;
*) transport=raw ;;
esac

# What is let through and made by none of the lives below, and why.
# signalfd4: where it failed at the start it is made again, see the end.
# setpriority: only where the balloon's driver has a thread of its own.
# eventfd2: the monitor has made its own before; the others do it later.
spare="signalfd4 setpriority"
[ $transport = raw ] || spare="$spare eventfd2"

# The tracer is nobody's parent, so that signals and statuses are the program's.
cat >"$traced" <<-EOF
	#!/bin/sh
	exec strace -D -o "$tmp/trace" "$real" "\$@"
EOF
chmod +x "$traced"

host()
{
	peer_start 0 none $dom/0/name=Domain-0 $dom/1/name=g1 \
		$dom/1/memory/target=262144 $dom/1/memory/static-max=262144 \
		"$dom/1/data/xenballoon/stat=1 seq=1 uptime_s=100 self=1 \
current=81920 target=81920 ceiling=262144 floor=50000 need=81920 total=200000 \
available=100000 committed=50000 swap_in=0 swap_out=0 major_faults=0 \
oom_kills=0 pressure_us=0 reason=0 progress=0"
}

# allowed NEED...: the names of the source's tables
allowed()
{
	cat "$top/platform/sandbox.c" "$top/platform/xenstore/$transport.c" |
		sed '/^ *{SYS_[^}]*$/{N;s/\n//;}' | # a row of two lines
		grep -E "^ +\{SYS_.*SANDBOX_($(echo "$@" | tr ' ' '|'))\b" |
		sed 's/.*{SYS_//; s/,.*//' | sort -u
}

# made: those of the last trace from behind the door on
made()
{
	sed '1,/PR_SET_SECCOMP/d' "$tmp/trace" | sed -n 's/^\([a-z0-9_]*\)(.*/\1/p' |
		sort -u
}

lines()
{
	echo "$*" | tr -s ' ' '\n'
}

# in_list KIND NEED...: the life that was traced last kept to its list
in_list()
{
	kind=$1
	shift
	await grep -q '^+++ ' "$tmp/trace"
	allowed ANY "$@" >"$tmp/allowed-$kind"
	made >"$tmp/made"
	cat "$tmp/made" >>"$tmp/made-$kind"
	ok "$kind: is in its sandbox" grep -q 'PR_SET_SECCOMP.*= 0' "$tmp/trace"
	ok "$kind: ended by itself" grep -q '^+++ exited' "$tmp/trace"
	ok "$kind: makes the calls of its list" nothing \
		"$(comm -23 "$tmp/made" "$tmp/allowed-$kind")"
}

# no_more KIND: its lives have made all of its list
no_more()
{
	sort -u "$tmp/made-$1" >"$tmp/made"
	echo "# $1: $(tr '\n' ' ' <"$tmp/made")"
	ok "$1: no other call is let through" nothing \
		"$(comm -13 "$tmp/made" "$tmp/allowed-$1" |
			grep -vxF "$(lines $spare)")"
}

in_force()
{
	sed -n "s/^$1:[^0-9a-f]*//p" "/proc/$pid/status"
}

# busy FREE COMMITTED: what the guest sees, in one write into the same file
busy()
{
	meminfo | sed "s/420000/$1/; s/430000/$1/
		s/^\(Committed_AS: *\)10000/\1$2/" >"$tmp/meminfo"
	cat "$tmp/meminfo" >"$tree/proc/meminfo"
}

# --- the guest's daemon -------------------------------------------------------

plant
rm "$driver/info/low_kb" "$driver/info/high_kb"
group work 1 $GROUP_BYTES
echo >"$groups/cgroup.procs"
echo 0 >"$tree/proc/sys/vm/overcommit_memory"
echo "some avg10=0.00 avg60=0.00 avg300=0.00 total=0" \
	>"$tree/proc/pressure/memory"
peer_start 1 none memory/target=524288
program=$traced
start -o XENBALLOON_AUTO_DOWNHYSTERESIS=1 -o XENBALLOON_STATS_INTERVAL=1
ok 'daemon: fence around work' await said 'fence around work'
ok 'daemon: small' await shrunk
ok 'daemon: statistics arrive' await grep -q '11 data/' "$tmp/log"
group late 1 $GROUP_BYTES
echo XENBALLOON_UPHYSTERESIS=x >"$tree/etc/xenballoon.conf"
kill -HUP "$pid"
ok 'daemon: a bad file' await said 'the settings stay as they were'
echo XENBALLOON_MINMEM=100 >"$tree/etc/xenballoon.conf"
kill -HUP "$pid"
ok 'daemon: reload' await said 'configuration read again'
ok 'daemon: a group found at the reload is fenced' await \
	eval '! high late max'
size=$(target)
busy 4000 480000
ok 'daemon: a need makes it grow' await eval '[ "$(target)" -gt "$size" ]'
kill -USR1 "$pid"
ok 'daemon: SIGUSR1' await said 'decision '
peer_stop
ok 'daemon: xenstored goes' await said 'no answer from xenstore'
kill -STOP "$pid"
sleep 0.2
kill -CONT "$pid"
peer_start 1 none memory/target=524288
ok 'daemon: xenstored is back' await said 'xenstore answers again'
stop
is 'daemon: exit 0' "$status" 0
ok 'daemon: memory.high as before' high work max
ok 'daemon: that of the new group too' high late max
no 'daemon: its note is gone' test -e "$tree/run/xenballoon-fence"
is 'daemon: overcommit as before' \
	"$(cat "$tree/proc/sys/vm/overcommit_memory")" 0
in_list guest BALLOON SAVE

# --- the keeper and its canaries ----------------------------------------------

# each NAME: the calls of the processes of that name, from behind the door on.
# A canary begins behind it.
each()
{
	for one in "$tmp"/each.*; do
		grep -q "PR_SET_NAME, \"$1\"" "$one" || continue
		case $1 in
		balloon-keeper) sed '1,/PR_SET_SECCOMP/d' "$one" ;;
		*) cat "$one" ;;
		esac
	done | sed -n 's/^\([a-z0-9_]*\)(.*/\1/p' | sort -u
}

# Canaries of a guest with swap lock their pages; groups are frozen when the
# daemon is killed.
plant 300000
group work 1 $GROUP_BYTES
echo >"$groups/cgroup.procs"
printf 'populated 1\nfrozen 0\n' >"$groups/work/cgroup.events"
echo 0 >"$groups/work/cgroup.freeze"
echo 0 >"$tree/proc/sys/vm/overcommit_memory"
mkdir "$tree/proc/self"
echo 0 >"$tree/proc/self/oom_score_adj"
echo 524288 >"$driver/info/low_kb"
rm "$driver/info/current_kb"
echo 300000 >"$driver/info/current_kb"
meminfo | sed 's/^SwapTotal: *0/SwapTotal: 100000/' >"$tree/proc/meminfo"
peer_start 1 none memory/target=524288
strace -D -ff -o "$tmp/each" "$real" selfballoon -R "$tree" \
	-o XENBALLOON_MINMEM=250 >"$tmp/out" 2>"$tmp/err" </dev/null &
pid=$!
ok 'keeper: canaries stand' await said 'canaries: stands'
meminfo | sed 's/430000/5000/; s/^SwapTotal: *0/SwapTotal: 100000/' \
	>"$tmp/meminfo"
cat "$tmp/meminfo" >"$tree/proc/meminfo"
# shellcheck disable=SC2046 # a number
kill -9 $(children balloon-canary | head -n 1)
ok 'keeper: groups are frozen' await grep -q 1 "$groups/work/cgroup.freeze"
stop KILL
ok 'keeper: and go on' await grep -q 0 "$groups/work/cgroup.freeze"
ok 'keeper: to the ceiling' await test "$(target)" = 524288
plant 300000
echo 524288 >"$driver/info/low_kb"
peer_start 1 none memory/target=524288
strace -D -ff -o "$tmp/each" "$real" selfballoon -R "$tree" \
	-o XENBALLOON_MINMEM=250 >"$tmp/out" 2>"$tmp/err" </dev/null &
pid=$!
await said 'self-ballooning from'
keeper=$(children balloon-keeper)
stop TERM
keeper_gone()
{
	! kill -0 "$keeper" 2>/dev/null
}
await keeper_gone
{
	each balloon-keeper
	each balloon-canary
} | sort -u >"$tmp/made"
allowed KEEPER >"$tmp/allowed"
echo "# keeper and canaries: $(tr '\n' ' ' <"$tmp/made")"
ok 'keeper: makes the calls of its list' nothing \
	"$(comm -23 "$tmp/made" "$tmp/allowed")"
# pipe2 comes where canaries leave, renameat where a sysctl can't be put back.
ok 'keeper: no other call is let through' nothing \
	"$(comm -13 "$tmp/made" "$tmp/allowed" |
		grep -vxE 'pipe2|renameat|setpriority')"

# --- oneshot ------------------------------------------------------------------

plant
group work 1 $GROUP_BYTES
echo 'work 33554432' >"$tree/run/xenballoon-fence"
run oneshot -v -R "$tree"
is 'oneshot: exit 0' "$status" 0
ok 'oneshot: the limit that was left is put back' high work 33554432
ok 'oneshot -v: what is in force' said 'sandbox: new privileges: none; '
in_list guest BALLOON SAVE
run oneshot -n -R "$tree"
is 'oneshot -n: exit 0' "$status" 0
in_list guest BALLOON SAVE
no_more guest

# --- domain 0's tools ---------------------------------------------------------

plant
host
run monitor -1 -R "$tree"
is 'monitor -1: exit 0' "$status" 0
in_list monitor NO_SAVE TERMINAL
launch monitor -jw 1 -R "$tree"
ok 'monitor -w: runs' await grep -q g1 "$tmp/out"
peer_stop
ok 'monitor -w: xenstored goes' await said 'xenstore does not answer'
host
: >"$tmp/out"
ok 'monitor -w: and is back' await grep -q g1 "$tmp/out"
stop
is 'monitor -w: exit 0' "$status" 0
in_list monitor NO_SAVE TERMINAL
if command -v script >/dev/null; then
	mkfifo "$tmp/keys"
	printf 'stty cols 100 rows 12\n%s monitor -w 1 -R %s\n' "$traced" \
		"$tree" >"$tmp/session"
	script -qfc "sh $tmp/session" "$tmp/typescript" <"$tmp/keys" \
		>/dev/null 2>&1 &
	pid=$!
	exec 8>"$tmp/keys"
	ok 'monitor, live: drawn' await grep -qs 'h: help' "$tmp/typescript"
	printf '?n' >&8
	ok 'monitor, live: keys' await grep -qs 'q quit' "$tmp/typescript"
	printf q >&8
	exec 8>&-
	wait "$pid"
	pid=
	in_list monitor NO_SAVE TERMINAL
	no_more monitor
else
	skip 'monitor, live' 'no script(1)'
fi
run monitor -p -o /run/xenballoon.prom -R "$tree"
is 'monitor -o: exit 0' "$status" 0
ok 'monitor -o: written' grep -q g1 "$tree/run/xenballoon.prom"
in_list monitor-o SAVE TERMINAL
if [ "$(id -u)" -eq 0 ]; then
	mkdir "$tree/run/collector"
	chown 65534 "$tree/run/collector"
	run monitor -p -o /run/collector/x.prom -R "$tree"
	is 'monitor -o: into a folder of another user: exit 0' "$status" 0
else
	skip 'monitor -o: into a folder of another user' 'not root'
fi

run balance -n -p 640 -R "$tree"
is 'balance -n: exit 0' "$status" 0
in_list balance NO_SAVE
launch balance -v -p 160 -w 1 -R "$tree"
ok 'balance: sets targets' await grep -q "^11 $dom/1/memory/target" "$tmp/log"
ok 'balance -v: what is in force' said 'sandbox: new privileges: none; '\
'capabilities: none; system calls: '
echo 'XENBALLOON_POOL_COMMAND="true %d %m"' >"$tree/etc/xenballoon-balance.conf"
kill -HUP "$pid"
ok 'balance: a command that comes later is refused' await said \
	'XENBALLOON_POOL_COMMAND: takes a new start: the sandbox is closed'
ok 'balance: said which settings' said 'the settings stay as they were'
rm "$tree/etc/xenballoon-balance.conf"
kill -HUP "$pid"
ok 'balance: reload' await said 'configuration read again'
peer_stop
ok 'balance: xenstored goes' await said 'xenstore does not answer'
host
ok 'balance: and is back' await said 'xenstore answers again'
stop
is 'balance: exit 0' "$status" 0
in_list balance NO_SAVE
no_more balance

# --- what the kernel says -----------------------------------------------------

program=$real
admin=0000000000200000
word=sys_admin
if [ "$(id -u)" -ne 0 ]; then
	admin=0000000000000000
	word=none
fi
plant
start
ok 'daemon -v: what is in force' await said "selfballoon: sandbox: new \
privileges: none; capabilities: $word; system calls: \
$(grep -c . "$tmp/allowed-guest")"
is 'NoNewPrivs' "$(in_force NoNewPrivs)" 1
is 'Seccomp' "$(in_force Seccomp)" 2
for set in CapEff CapPrm; do
	is "$set: CAP_SYS_ADMIN alone" "$(in_force $set)" "$admin"
done
for set in CapInh CapAmb; do
	is "$set: none" "$(in_force $set)" 0000000000000000
done
if [ "$(id -u)" -eq 0 ]; then
	is 'CapBnd: none' "$(in_force CapBnd)" 0000000000000000
else
	skip 'CapBnd: none' 'not root'
fi
stop

host
launch monitor -w 1 -R "$tree"
await test -s "$tmp/out"
is 'monitor: Seccomp' "$(in_force Seccomp)" 2
is 'monitor: CapEff: none' "$(in_force CapEff)" 0000000000000000
stop
before=$(grep -E '^(Cap|Sec|NoN)' /proc/self/status)
launch balance -v -p 160 -R "$tree" -x 'cat /proc/self/status %d/%m'
ok 'balance -x: none, and said' await said \
	'balance: no sandbox: the command would be in it'
ok 'balance -x: run' await test -s "$tmp/out"
is 'balance -x: the command has what there was' \
	"$(grep -E '^(Cap|Sec|NoN)' "$tmp/out" | head -n 8)" "$before"
stop
peer_stop

if [ "$(id -u)" -eq 0 ]; then
	plant
	chmod -R a+rwX "$tmp"
	cp "$real" "$tmp/xenballoon"
	setpriv --reuid=65534 --regid=65534 --clear-groups "$tmp/xenballoon" \
		selfballoon -v -R "$tree" >"$tmp/out" 2>"$tmp/err" &
	pid=$!
	ok 'nobody: nothing to drop, and it balloons' await shrunk
	ok 'nobody: said' said 'sandbox: new privileges: none; '\
'capabilities: none; system calls: '
	is 'nobody: Seccomp' "$(in_force Seccomp)" 2
	stop
	is 'nobody: exit 0' "$status" 0
else
	skip 'nobody' 'only root can become somebody else'
fi

# --- kernels without ----------------------------------------------------------

program=$traced

# inject WHAT: into a fresh tree's next daemon
inject()
{
	cat >"$traced" <<-EOF
		#!/bin/sh
		exec strace -D -o "$tmp/trace" -e inject=$1 "$real" "\$@"
	EOF
	plant
}

# without WHAT INJECTION WORDS
without()
{
	inject "$2"
	launch selfballoon -R "$tree"
	ok "$1: ballooning goes on" await shrunk
	stop
	is "$1: exit 0" "$status" 0
	is "$1: one warning" "$(grep sandbox "$tmp/err")" \
		"selfballoon: sandbox, not whole: $3"
}

# The filter is set behind no_new_privs and the 64 of the bounding set.
without 'no seccomp' prctl:error=EINVAL:when=66 "new privileges: none; \
capabilities: $word; system calls: Invalid argument"
without 'no prctl' prctl:error=EPERM "new privileges: Operation not permitted; \
capabilities: $word; system calls: Operation not permitted"
without 'no capset' capset:error=ENOSYS "new privileges: none; capabilities: \
Function not implemented; system calls: $(grep -c . "$tmp/allowed-guest")"

inject signalfd4:error=EMFILE:when=1
launch selfballoon -R "$tree"
ok 'no descriptor for signals: ballooning goes on' await shrunk
stop
is 'no descriptor for signals: had later: exit 0' "$status" 0

# --- each call that there is ---------------------------------------------------

# numbers: of names, as the C library has them
numbers()
{
	echo '#include <sys/syscall.h>' | $cc -E -dM - |
		awk '$2 ~ /^__NR_/ {print substr($2, 6) " " $3}' | sort >"$tmp/nr"
	join "$1" "$tmp/nr" | cut -d ' ' -f 2 | sort
}

cc=$("$top/test/lib/makevar" CC)
(
	cd "$top" || exit 1
	# shellcheck disable=SC2046 # a list of words
	$cc $(test/lib/makevar ALL_CFLAGS) -static -no-pie -o "$tmp/sandbox" \
		test/fault/sandbox.c platform/sandbox.c platform/filter.c \
		platform/xenstore/raw.c platform/xenstore/names.c \
		platform/xenstore/wire.c platform/text.c \
		platform/file.c platform/wait.c platform/log.c
) 2>"$tmp/err"
is 'the list of calls: builds' $? 0
transport=raw # libxenstore's are of no other kind

# word NAME NEEDS...: lives when the program needs one of them
verdict()
{
	for need in $2; do
		case " $kind_needs " in
		*" $need "*) echo "$1 lives"; return ;;
		esac
	done
	echo "$1 dies"
}

# every NAME SUM NEED...
every()
{
	name=$1 sum=$2
	shift 2
	kind_needs="ANY $*"
	"$tmp/sandbox" "$sum" >"$tmp/tried" 2>"$tmp/err"
	is "$name: all are tried" "$(tail -n 1 "$tmp/tried")" end
	# With arguments of -1 those with a value to have die.
	allowed ANY "$@" | grep -vxE 'socket|ioctl' >"$tmp/list"
	case $kind_needs in
	*NO_SAVE*) sed -i /openat/d "$tmp/list" ;;
	esac
	is "$name: of 1024 numbers those of the list live" \
		"$(grep -x '[0-9]*' "$tmp/tried" | sort)" \
		"$(numbers "$tmp/list")"
	{
		verdict openat-read ANY
		verdict openat-write ANY
		verdict openat-path ANY
		verdict openat-create SAVE
		verdict openat-empty SAVE
		verdict socket-unix ANY
		for what in inet inet6 netlink packet; do
			verdict socket-$what
		done
		for what in get set size; do
			verdict ioctl-$what TERMINAL
		done
		for what in ioctl-type ioctl-other x32-read x32-getpid \
			last-number other-machine; do
			verdict $what
		done
	} >"$tmp/verdicts"
	is "$name: by their arguments" "$(grep ' ' "$tmp/tried")" \
		"$(cat "$tmp/verdicts")"
	for call in execve execveat fork vfork clone clone3 ptrace mmap mprotect \
		brk mount bpf kexec_load init_module kill prctl seccomp setuid \
		fchmodat linkat symlinkat mknodat io_uring_setup reboot; do
		grep -q "^$call " "$tmp/nr" || continue
		no "$name: $call ends it" grep -qx \
			"$(sed -n "s/^$call //p" "$tmp/nr")" "$tmp/tried"
	done
}

every guest 6 BALLOON SAVE
every monitor 16 NO_SAVE TERMINAL
every 'monitor -o' 20 SAVE TERMINAL
every balance 0 NO_SAVE

done_testing
