# SPDX-License-Identifier: 0BSD
#
# lib.sh: what a scenario's dom0 function may call (see ./run)
# shellcheck shell=dash source=/dev/null
#
# Results travel over a serial port of their own, a line a message; host
# and dom0 agree on the first word:
#   tap LINE | con GUEST LINE | file NAME BASE64 | close NAME | end

# Kept open: to open and close a serial port takes longer than to use it.
exec 9>"$RESULTS"

# --- results ---------------------------------------------------------------

# One printf is one write: messages of two processes never mix.
tell()
{
	printf '%s\n' "$*" >&9
}

ok()
{
	tell "tap ok - $1"
}

not_ok()
{
	tell "tap not ok - $1"
}

note()
{
	printf '%s\n' "$*" | while IFS= read -r line; do
		tell "tap # $line"
	done
}

# emulator_crashed: a PVH guest that is on our list ended in a triple fault.
# QEMU's SVM sometimes leaves Xen's own registers (RIP e008:ffff82d0...) to the
# guest when it is interrupted in a VMRUN. No real processor does.
emulator_crashed()
{
	local dir
	for dir in /run/guest/*; do
		if [ -e "$dir/domid" ] && is_gone "${dir##*/}" && xl dmesg |
			grep -q "d$(cat "$dir/domid")v[0-9]* Triple fault"
		then
			return 0
		fi
	done
	return 1
}

# until_no_crash FUNCTION...: again, twice at most, if the emulator crashed
# the guest; what failed by that is a skip, and said
until_no_crash()
{
	local try
	for try in 1 2 3; do
		"$@"
		emulator_crashed || return 0
		note "the emulator crashed the guest, time $try"
	done
}

# check DESCRIPTION COMMAND...: ok if the command succeeds
check()
{
	local what="$1" status=0
	shift
	"$@" || status=$?
	if [ $status -eq 0 ]; then
		ok "$what"
	elif emulator_crashed; then
		ok "$what # SKIP QEMU's SVM crashed the guest: triple fault"
	else
		not_ok "$what"
		note "status $status: $*"
	fi
	return 0
}

# check_not DESCRIPTION COMMAND...: ok if the command fails
check_not()
{
	local what="$1"
	shift
	if "$@"; then
		not_ok "$what"
		note "should fail: $*"
	else
		ok "$what"
	fi
}

# The end of the story; dom0-init calls it if the scenario does not.
plan_done()
{
	[ -e /run/done ] || tell end
	: >/run/done
}

# save_file PATH [NAME]: into the log folder of the host
save_file()
{
	local name="${2:-$(basename "$1")}"
	[ -r "$1" ] || {
		note "save_file: no $1"
		return 1
	}
	base64 -w 900 "$1" |
		awk -v start="file $name " '{ print start $0; fflush() }' >&9
	tell "close $name"
}

# wait_until SECONDS COMMAND...: polls; 1 if it never succeeded
wait_until()
{
	local end=$(($(now_ms) + $1 * 1000))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(now_ms)" -lt "$end" ] || return 1
		! emulator_crashed || return 1
		sleep 0.2
	done
}

now_ms()
{
	local up rest
	read -r up rest </proc/uptime
	echo "${up%.*}${up#*.}0"
}

# --- guests ----------------------------------------------------------------

# guest_config NAME KEY=VALUE...: later ones win in xl, except extra, which
# is added to what the guest needs
guest_config()
{
	local extra='' type="$GUEST_TYPE" pair
	cat <<-END
	name="$1"
	kernel="/rig/vmlinux"
	ramdisk="/rig/guest.cpio"
	memory=512
	maxmem=512
	vcpus=1
	on_poweroff="destroy"
	on_reboot="destroy"
	on_crash="destroy"
	END
	local name=$1
	shift
	for pair; do
		case $pair in
		extra=*) extra=${pair#extra=} ;;
		type=*) type=${pair#type=} ;;
		*) echo "$pair" ;;
		esac
	done
	echo "type=\"$type\""
	echo "extra=\"console=hvc0 quiet loglevel=5 guest=$name $extra\""
}

# guest_start NAME [KEY=VALUE...]: create it and wait for its agent.
# Values as in xl.cfg (text in quotes), but type and extra without.
# GUEST_BOOT is how many seconds it may take (120).
guest_start()
{
	local dir="/run/guest/$1"
	case $1 in
	[!0-9]*) ;;
	*)
		note "guest_start: xl takes the name $1 for a domid"
		return 1
		;;
	esac
	mkdir -p "$dir"
	rm -f "$dir/ready"
	: >"$dir/log"
	echo 0 >"$dir/id"
	guest_config "$@" >"$dir/cfg"
	if ! xl create "$dir/cfg" >"$dir/xl.log" 2>&1; then
		note "xl create $1: $(cat "$dir/xl.log")"
		return 1
	fi
	guest_attach "$1"
	wait_until "${GUEST_BOOT:-120}" is_settled "$1"
	[ -e "$dir/ready" ] || {
		note "guest $1 does not come up; last words:" \
			"$(tail -n 3 "$dir/log")"
		return 1
	}
}

is_settled()
{
	[ -e "/run/guest/$1/ready" ] || is_gone "$1"
}

# guest_attach NAME: follow its console under its present domid; for a
# guest that xl restore (or the scenario itself) made
guest_attach()
{
	local dir="/run/guest/$1" up
	mkdir -p "$dir"
	[ -e "$dir/id" ] || echo 0 >"$dir/id"
	xl domid "$1" >"$dir/domid" || return
	rm -f "$dir/in"
	mkfifo "$dir/in"
	up="$dir/up.$(cat "$dir/domid")"
	: >"$up"
	(
		# Opened both ways the FIFO never ends, whoever writes to it.
		# Not on a terminal it reads its input only if told to.
		xenconsole --interactive "$(cat "$dir/domid")" \
			0<>"$dir/in" 2>/dev/null | sort_console "$1"
		rm -f "$up"
	) &
}

# sort_console NAME: answers to in_guest here, all else to the log
sort_console()
{
	local line cr
	cr=$(printf '\r')
	while IFS= read -r line; do
		# An init of the guest's own may have set the terminal.
		line=${line%"$cr"}
		case $line in
		'@@ '[0-9]*' d '* | '@@ '[0-9]*' e '*) sort_answer "$1" "$line" ;;
		'@@ 0 ready') : >"/run/guest/$1/ready" ;;
		'@@ 0 has '*) tell_system "${line#@@ 0 has }" ;;
		'') ;;
		*)
			printf '%s\n' "$line" >>"/run/guest/$1/log"
			tell "con $1 $line"
			;;
		esac
	done
}

# tell_system FEATURES: what all this runs on; once
tell_system()
{
	mkdir /run/told 2>/dev/null || return 0
	local dir=/sys/hypervisor/version linux
	linux=$(uname -v) linux=${linux#*Debian }
	note "Xen $(cat $dir/major).$(cat $dir/minor)$(cat $dir/extra)," \
		"$XENSTORED, domain 0 ${linux%% *}, guest $1"
}

# sort_answer NAME LINE: "@@ ID d DATA" or "@@ ID e STATUS HAS-DATA"
sort_answer()
{
	local rest="${2#@@ }" dir="/run/guest/$1" id
	id=${rest%% *}
	rest=${rest#* }
	case $id in
	*[!0-9]*) return ;;
	esac
	case $rest in
	'd '*) printf '%s\n' "${rest#d }" >"$dir/data.$id" ;;
	'e '[0-9]*' '[01])
		printf '%s\n' "${rest#e }" >"$dir/end.new"
		mv "$dir/end.new" "$dir/end.$id"
		;;
	esac
}

# Its console ends with it; that of a domain before it may take longer to end
# than xl migrate, so each has a mark of its own.
is_gone()
{
	local domid
	read -r domid 2>/dev/null <"/run/guest/$1/domid" || return 0
	[ ! -e "/run/guest/$1/up.$domid" ]
}

# guest_stop NAME: at once, as by pulling the plug
guest_stop()
{
	xl destroy "$1" && wait_until 20 is_gone "$1"
}

# guest_save NAME FILE and guest_restore NAME FILE
guest_save()
{
	xl save "$1" "$2" >>"/run/guest/$1/xl.log" 2>&1 || return
	wait_until 20 is_gone "$1"
}

guest_restore()
{
	xl restore "$2" >>"/run/guest/$1/xl.log" 2>&1 || return
	guest_attach "$1"
}

# guest_log NAME: what the guest's kernel and init said so far
guest_log()
{
	cat "/run/guest/$1/log"
}

domid()
{
	cat "/run/guest/$1/domid"
}

# in_guest NAME COMMAND: its output and status; 124 when it took longer
# than IN_GUEST_TIMEOUT seconds (120), 125 when the guest is gone
in_guest()
{
	local dir="/run/guest/$1" limit="${IN_GUEST_TIMEOUT:-120}"
	local id try status
	is_gone "$1" && return 125
	read -r id <"$dir/id"
	id=$((id + 1))
	echo $id >"$dir/id"
	printf 'run %s %s %s\n' $id "$limit" \
		"$(printf '%s\n' "$2" | base64 -w 0)" >"$dir/in"
	wait_answer "$1" $id $((limit + 5)) || return
	for try in 1 2 3 4 5; do
		if read_answer "$dir" $id; then
			rm -f "$dir/data.$id" "$dir/end.$id"
			return "$status"
		fi
		rm -f "$dir/data.$id" "$dir/end.$id"
		printf 'again %s\n' $id >"$dir/in"
		wait_answer "$1" $id 10 || return
	done
	note "in_guest: $1: no clean answer in $try tries"
	return 124
}

# inside NAME VERB...: of bursts.sh, which is one of the scenario's GUEST_FILES
inside()
{
	local name="$1"
	shift
	in_guest "$name" ". /rig/bursts; $*"
}

# in_guest_bg NAME COMMAND: start it and return; output in /tmp/bg.log there
in_guest_bg()
{
	in_guest "$1" "cat >/tmp/bg.sh <<'END-OF-BG'
$2
END-OF-BG
setsid sh /tmp/bg.sh </dev/null >/tmp/bg.log 2>&1 &"
}

# wait_answer NAME ID SECONDS: the longer it takes the less often it looks
wait_answer()
{
	local now start nap=0.03
	start=$(now_ms)
	until [ -s "/run/guest/$1/end.$2" ]; do
		is_gone "$1" && return 125
		now=$(now_ms)
		[ $((now - start)) -lt $(($3 * 1000)) ] || return 124
		[ $((now - start)) -lt 1000 ] || nap=0.3
		[ $((now - start)) -lt 10000 ] || nap=1
		sleep $nap
	done
}

# read_answer DIR ID: print the output, if it came through unharmed, and
# leave the command's status in $status, a variable of the caller
read_answer()
{
	local has_data
	read -r status has_data <"$1/end.$2"
	[ "$has_data" = 1 ] || return 0
	[ -s "$1/data.$2" ] || return 1
	base64 -d "$1/data.$2" 2>/dev/null | gzip -dc >"$1/out" 2>/dev/null ||
		return 1
	cat "$1/out"
}

# --- disks -----------------------------------------------------------------

# disks_up: domain 0 may give its disks to guests
disks_up()
{
	local module
	while read -r module; do
		insmod "/lib/modules/$module.ko" || return
	done </lib/modules/order
	# What Debian's script does besides is for files and network disks.
	mkdir -p /etc/xen/scripts
	cat >/etc/xen/scripts/block <<-'END'
	#!/bin/sh
	[ "$1" = add ] || exit 0
	dev=$(xenstore-read "$XENBUS_PATH/params")
	xenstore-write "$XENBUS_PATH/physical-device" \
		"$(stat -c %t:%T "$dev")"
	xenstore-write "$XENBUS_PATH/hotplug-status" connected
	END
	chmod 755 /etc/xen/scripts/block
	wait_until 20 [ -b /dev/vda ]
}

# guest_on_disk NAME DISK INIT [KEY=VALUE...]: guest_start, with a disk of
# DISKS as its root; its init is asked to come up beside the agent
guest_on_disk()
{
	local name="$1" disk="$2" init="$3" letter=a word
	shift 3
	for word in $DISKS; do
		[ "$word" != "$disk" ] || break
		letter=$(echo "$letter" | tr a-y b-z)
	done
	guest_start "$name" "disk=['phy:/dev/vd$letter,xvda,w']" "$@" \
		extra="root=/dev/xvda rw init=$init"
}

# --- numbers ---------------------------------------------------------------

# host_free: MB that the hypervisor has left
host_free()
{
	xl info free_memory
}

# dom_mem NAME: MB it holds now, as xl list has it
dom_mem()
{
	xl list "$1" | awk 'NR == 2 { print $3 }'
}

# dom_kb NAME: the same in kB
dom_kb()
{
	xentop -b -f -i 1 | awk -v name="$1" '$1 == name { print $5 }'
}

store_read()
{
	xenstore-read "$1"
}

# store_reads FILE: how many reads it traced; oxenstored has domain 0's apart
store_reads()
{
	grep -c -E 'IN .* READ | D[1-9][0-9]* +read ' "$1"
}

store_write()
{
	xenstore-write "$1" "$2"
}

# --- a guest and its daemon ------------------------------------------------

# node NAME KEY: the path of a guest's key
node()
{
	echo "/local/domain/$(domid "$1")/$2"
}

# smaller NAME MB and larger NAME MB, or just that
smaller()
{
	[ "$(dom_mem "$1")" -le "$2" ]
}

larger()
{
	[ "$(dom_mem "$1")" -ge "$2" ]
}

# near NAME MB: within 8 MB. After a load the kernel itself holds a few MB more
# or less, and the margin covers the latency that was seen.
near()
{
	smaller "$1" $(($2 + 8)) && larger "$1" $(($2 - 8))
}

# at_rest NAME: the size has been the same for three seconds
at_rest()
{
	local before
	before=$(dom_kb "$1")
	sleep 3
	[ "$(dom_kb "$1")" = "$before" ]
}

# kills NAME: how many were killed by the OOM killer that are no canaries
kills()
{
	in_guest "$1" 'n=$(sed -n "s/^oom_kill //p" /proc/vmstat)
		ours=$(dmesg | grep -c "Killed process [0-9]* (balloon-canary)")
		echo $((n - ours))'
}

# wake_ups NAME: of the daemon, so far
wake_ups()
{
	in_guest "$1" 'sed -n "s/^voluntary_ctxt_switches:[^0-9]*//p" \
		/proc/$(daemon-pid)/status'
}

# says NAME TEXT: in /tmp/daemon.log, where scenarios send it
says()
{
	in_guest "$1" "grep -q '$2' /tmp/daemon.log"
}

# save_daemon NAME: what its daemon said, as NAME.log
save_daemon()
{
	in_guest "$1" 'cat /tmp/daemon.log' >"/run/$1.log"
	save_file "/run/$1.log"
}

# restart NAME: the daemon, when it is gone
restart()
{
	in_guest "$1" 'kill $(daemon-pid)
		while daemon-pid; do sleep 1; done' >/dev/null
	in_guest "$1" 'xenballoon selfballoon -v </dev/null \
		>/tmp/daemon.log 2>&1 &'
	sleep 3
}
