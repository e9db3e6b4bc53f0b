# SPDX-License-Identifier: 0BSD
#
# ratio.sh: bursts against a balloon that is made slow, as a scenario of
# ../xen/run; ./ratio starts it and makes the table of what it saves, ratio.csv:
#   variant,state,burst,ratio,verdict,took ms,stall ms,size before kB,killed
# and speed.csv: burst,MB/s of it, MB/s of the driver
# shellcheck shell=dash source=/dev/null disable=SC2016,SC2034,SC2154
TIMEOUT=${RATIO_TIMEOUT:-14400}
ICOUNT=0
FILES=${RATIO_FILES:-}
GUEST_FILES='test/xen/bursts.sh:/rig/bursts'
# The same size at rest for all, and of six digits: see slow_up.
GUEST_CONF='XENBALLOON_FLOOR=low
XENBALLOON_MINMEM=112
XENBALLOON_AUTO_DOWNHYSTERESIS=1'
IN_GUEST_TIMEOUT=300
BURST_MB=200
AT_REST=115712		# kB: that size, and what the driver leaves of it
FULL=519168		# and as much below the full one
out=/run/ratio

guest()
{
	. /rig/bursts
	scratch_up
	disk_up
	slow_up
}

# inside VERB...: of bursts.sh
inside()
{
	in_guest g ". /rig/bursts; $*"
}

start()
{
	guest_start g vcpus=1
}

# knows SETTING: this program has it. The second is wrong in any case: it must
# not start.
knows()
{
	in_guest g "! xenballoon selfballoon -o XENBALLOON_$1=off \
		-o XENBALLOON_SELF=? 2>&1 | grep -q 'unknown setting'"
}

# options VARIANT: what the daemon is started with; 1 if it has no such thing
options()
{
	local canary='' freeze=''
	! knows CANARY || canary='-o XENBALLOON_CANARY=off'
	! knows FREEZE || freeze='-o XENBALLOON_FREEZE=off'
	case $1 in
	# A reserve of nothing, or it would rest far above the others.
	none) echo "-o XENBALLOON_FENCE=off -o XENBALLOON_RESERVE=1" \
		"$canary $freeze" ;;
	fence) echo "$canary $freeze" ;;
	canary)
		[ -n "$canary" ] || return
		echo "-o XENBALLOON_FENCE=off $freeze"
		;;
	brake)
		[ -n "$freeze" ] || return
		echo "-o XENBALLOON_FENCE=off"
		;;
	all) [ -n "$canary$freeze" ] ;;
	esac
}

# --- how fast things are ---------------------------------------------------

# speed BURST: MB/s in a guest that has its memory
speed()
{
	inside "burst $1 $BURST_MB" | awk -v mb=$BURST_MB '
		{ print ($3 > 0 ? int(mb * 1000 / $3) : 0) }'
}

# own_speed: MB/s of the driver, left to itself, from rest to full
own_speed()
{
	inside "slow_set 100000; echo 114688 >/run/target; rests $AT_REST 1 60
		load watch \$XEN/info/current_kb >/run/watch &
		watcher=\$!; sleep 1; echo 524288 >/run/target
		until [ \$(current_kb) -ge $FULL ]; do sleep 0.1; done
		kill \$watcher; wait \$watcher; value best_MB_s \"\$(cat /run/watch)\""
}

measure_speeds()
{
	local burst mb_s
	start
	own=$(own_speed)
	for burst in $bursts; do
		mb_s=$(speed "$burst")
		echo "$burst,$mb_s,$own" >>$out/speed.csv
		note "$burst: $mb_s MB/s, the driver $own MB/s"
		eval "speed_$burst=$mb_s"
	done
	guest_stop g
}

# --- bursts against a slow balloon -----------------------------------------

# fresh STATE: at rest, the balloon as fast as it is
fresh()
{
	if is_gone g; then
		start || return
	else
		inside daemon_stop || return
	fi
	inside "slow_set 100000 200; daemon_start $daemon_options ||
		tail -n 3 /tmp/daemon.log" || return
	case $1 in
	cold) inside "make_cold; rests $AT_REST 5 200" ;;
	warm) inside "rests $AT_REST 2 200; make_warm 200
		rests $AT_REST 5 200" ;;
	esac
}

# play VARIANT STATE BURST RATIO: 1 if it is lost
play()
{
	local row status=0 rate=100000 limit
	[ "$4" = own ] || eval "rate=\$((speed_$3 / $4 + 1))"
	fresh "$2" || note "$1, $2: does not come to rest"
	limit=$((10 + 3 * BURST_MB / rate))
	row=$(IN_GUEST_TIMEOUT=$((limit + 20)) inside "BURST_LIMIT=$limit
		slow_set $rate; sleep 1; burst $3 $BURST_MB") || status=$?
	[ $status -eq 0 ] || row="lost $status - - - - - guest"
	echo "$row" | while read -r verdict _ took stall free cache size \
		kills; do
		echo "$1,$2,$3,$4,$verdict,$took,$stall,$size,$kills" \
			>>$out/ratio.csv
		note "$1 $2 $3 ratio $4: $verdict, $took ms, stall $stall," \
			"at rest $size kB, free $free, cache $cache; $kills"
	done
	[ "${row%% *}" = "done" ] || {
		keep_logs "$1-$2-$3-$4" || note "lost with it: its logs"
		guest_stop g
		return 1
	}
}

# keep_logs NAME: what the daemon and the kernel had said
keep_logs()
{
	IN_GUEST_TIMEOUT=20 inside 'cat /tmp/daemon.log; dmesg' \
		>"$out/$1.log" && save_file "$out/$1.log"
}

# climb VARIANT STATE BURST: up to the ratio at which it is lost
climb()
{
	local ratio i
	for ratio in $ratios; do
		i=0
		while [ $i -lt "$repeat" ]; do
			play "$1" "$2" "$3" "$ratio" || return 0
			i=$((i + 1))
		done
	done
}

play_variant()
{
	local state burst
	! is_gone g || start
	daemon_options=$(options "$1") || {
		note "$1: this program has no such thing"
		return 0
	}
	for state in $states; do
		for burst in $bursts; do
			climb "$1" "$state" "$burst"
		done
		[ ! -e $out/ratio.csv ] || save_file $out/ratio.csv
	done
	keep_logs "$1"
	guest_stop g
}

dom0()
{
	local name
	mkdir -p $out /run/guest/g
	. /rig/ratio-settings
	measure_speeds
	save_file $out/speed.csv
	for name in $variants; do
		play_variant "$name"
	done
	check "measured" [ -s $out/ratio.csv ]
}
