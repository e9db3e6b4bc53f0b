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
REST_KB=114688		# that size
FULL=519168		# and as much below the full one
out=/run/ratio

guest()
{
	. /rig/bursts
	scratch_up
	disk_up
	slow_up
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
	inside g "burst $1 $BURST_MB" | awk -v mb=$BURST_MB '
		{ print ($3 > 0 ? int(mb * 1000 / $3) : 0) }'
}

# own_speed: MB/s of the driver, left to itself, from rest to full
own_speed()
{
	inside g "slow_set 100000; echo $REST_KB >/run/target
		rests $((REST_KB + 1024)) 1 60
		load watch \$XEN/info/current_kb >/run/watch &
		watcher=\$!; sleep 1; echo 524288 >/run/target
		until [ \$(current_kb) -ge $FULL ]; do sleep 0.1; done
		kill \$watcher; wait \$watcher; value best_MB_s \"\$(cat /run/watch)\""
}

measure_speeds()
{
	local burst mb_s
	[ ! -e /rig/speed.csv ] || {
		cp /rig/speed.csv $out/speed.csv
		return 0
	}
	start
	own=$(own_speed)
	for burst in $bursts; do
		mb_s=$(speed "$burst")
		echo "$burst,$mb_s,$own" >>$out/speed.csv
		note "$burst: $mb_s MB/s, the driver $own MB/s"
	done
	guest_stop g
}

# --- bursts against a slow balloon -----------------------------------------

# fresh STATE: at rest, the balloon as fast as it is. Nobody steers while the
# page cache is filled: the guest would grow by that, and give it back later.
fresh()
{
	if is_gone g; then
		start || return
	else
		inside g 'daemon_stop; sleep 1.5' || return
	fi
	inside g "slow_set 100000 50; echo $REST_KB >/run/target
		rests $((REST_KB + 256)) 1 30; make_cold
		[ $1 = cold ] || make_warm 200
		daemon_start $daemon_options || tail -n 3 /tmp/daemon.log
		rests $((REST_KB + 1024)) 3 200"
}

# play VARIANT STATE BURST RATIO: 1 if it is lost
play()
{
	local row status=0 rate=100000 limit
	[ "$4" = own ] || rate=$(($(sed -n "s/^$3,\([0-9]*\),.*/\1/p" \
		$out/speed.csv) / $4 + 1))
	fresh "$2" || note "$1, $2: does not come to rest"
	limit=$((10 + 3 * BURST_MB / rate))
	row=$(IN_GUEST_TIMEOUT=$((limit + 20)) inside g "BURST_LIMIT=$limit
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
	IN_GUEST_TIMEOUT=20 inside g 'cat /tmp/daemon.log; dmesg' \
		>"$out/$1.log" && save_file "$out/$1.log"
}

# holds VARIANT STATE BURST RATIO: each time
holds()
{
	local i=0
	while [ $i -lt "$repeat" ]; do
		play "$@" || return
		i=$((i + 1))
	done
}

# search VARIANT STATE BURST: from the ratio $from up to the first at which it
# is lost; or down to the first at which it is not
search()
{
	local ratio all=" $ratios " down=''
	for ratio in ${all%" $from "*}; do
		down="$ratio $down"
	done
	if holds "$@" "$from"; then
		for ratio in ${all#*" $from "}; do
			holds "$@" "$ratio" || return 0
		done
	else
		for ratio in $down; do
			! holds "$@" "$ratio" || return 0
		done
	fi
}

# choose_from VARIANT: near where it is lost, as far as that is known
choose_from()
{
	case $1 in
	brake | all) from=10 ;;
	*) from=${ratios%% *} ;;
	esac
	case " $ratios " in
	*" $from "*) ;;
	*) from=${ratios%% *} ;;
	esac
}

play_variant()
{
	local state burst from
	choose_from "$1"
	! is_gone g || start
	daemon_options=$(options "$1") || {
		note "$1: this program has no such thing"
		return 0
	}
	for state in $states; do
		for burst in $bursts; do
			search "$1" "$state" "$burst"
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
