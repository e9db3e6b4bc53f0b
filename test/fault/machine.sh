#!/bin/sh
# SPDX-License-Identifier: 0BSD
# shellcheck disable=SC2016,SC2119 # await takes words; defaults are meant
# Machines: no Xen, no driver, an old one, one that lies; what oneshot does.

# shellcheck source=test/lib/guest.sh
. "$(dirname "$0")/../lib/guest.sh"

not_xen='not running on Xen: there is no balloon here'
dom0='domain 0 is not a guest: its size stays as it is'
no_driver='the kernel has no Xen balloon driver (CONFIG_XEN_BALLOON)'

for applet in oneshot selfballoon xenballoond; do
	plant
	rm -r "$tree/sys/hypervisor"
	run $applet -R "$tree"
	refused "$applet: no hypervisor" 111 "$applet: $not_xen"
	plant
	echo kvm >"$tree/sys/hypervisor/type"
	run $applet -R "$tree"
	refused "$applet: another hypervisor" 111 "$applet: $not_xen"
	for features in 0000000000000800 00000000000088f5 FFF; do
		plant
		mkdir "$tree/sys/hypervisor/properties"
		echo $features >"$tree/sys/hypervisor/properties/features"
		run $applet -R "$tree"
		refused "$applet: domain 0, features $features" 111 \
			"$applet: $dom0"
	done
	plant
	mkdir -p "$tree/proc/xen"
	echo control_d >"$tree/proc/xen/capabilities"
	run $applet -R "$tree"
	refused "$applet: domain 0, control_d" 111 "$applet: $dom0"
	plant
	mv "$driver" "$tmp/driver"
	run $applet -R "$tree"
	mv "$tmp/driver" "$driver"
	refused "$applet: no driver" 111 "$applet: $no_driver"
done

plant
rm -r "$tree/sys/hypervisor"
run oneshot -n -R "$tree"
is 'no Xen, explained: exit 0' "$status" 0
ok 'no Xen, explained: no balloon' grep -q 'no balloon driver' "$tmp/out"

# A guest has features too, and xenfs, and is steered.
plant
mkdir -p "$tree/sys/hypervisor/properties" "$tree/proc/xen"
echo 0000000000003705 >"$tree/sys/hypervisor/properties/features"
: >"$tree/proc/xen/capabilities"
run oneshot -R "$tree" -o XENBALLOON_AUTO_DOWNHYSTERESIS=1
is 'features of a guest: exit 0' "$status" 0
plant
mkdir "$tree/sys/hypervisor/properties"
echo 0000000000000800 >"$tree/sys/hypervisor/properties/features"
run oneshot -n -R "$tree"
is 'domain 0, explained: exit 0' "$status" 0

# A first look, applied.
plant
run oneshot -R "$tree" -o XENBALLOON_AUTO_DOWNHYSTERESIS=1 \
	-o XENBALLOON_RESERVE=32
is 'oneshot of an idle guest: exit 0' "$status" 0
is 'oneshot of an idle guest: down to the floor' "$(target)" 157696
plant 200000
run oneshot -R "$tree" -o XENBALLOON_MINMEM=300
is 'oneshot below the floor: exit 0' "$status" 0
is 'oneshot below the floor: grows' "$(target)" 307200
is 'oneshot keeps the high-water mark' \
	"$(cat "$tree/run/xenballoon-maxmem")" 467008
run oneshot -R "$tree" -o XENBALLOON_MINMEM=300
is 'oneshot with nothing to do: exit 1' "$status" 1
is 'oneshot with nothing to do: the target stays' "$(target)" 307200
plant 200000
run oneshot -n -R "$tree" -o XENBALLOON_MINMEM=300
is 'oneshot -n: exit 0' "$status" 0
is 'oneshot -n: the target stays' "$(target)" 200000
is 'oneshot -n: leaves no file' "$(ls "$tree/run")" ''
ok 'oneshot -n: shows the decision' grep -q '^decision .*307200 kB' "$tmp/out"
is 'oneshot -n: lines of at most 80 columns' \
	"$(grep -Ec '^.{81}' "$tmp/out")" 0

# Other policies, explained.
plant
mkdir -p "$tree/proc/sys/vm"
echo 2 >"$tree/proc/sys/vm/overcommit_memory"
run oneshot -n -R "$tree" -o XENBALLOON_POLICY=workingset \
	-o XENBALLOON_FLOOR=low -o XENBALLOON_RESERVE=9
for line in 'commit limit asks .*vm.overcommit_memory is 2' \
	'reserve  *9216 kB  XENBALLOON_RESERVE' 'floor .* low$' \
	'wanted MemTotal .*what may swap'; do
	ok "explained: $line" grep -q "^$line" "$tmp/out"
done

# A driver that lies.
for lie in '' 0 garbage 0524288 -1 0x80000 524288kB 99999999999999999999 \
	2199023255552; do
	plant
	rm "$driver/info/current_kb"
	printf '%s\n' "$lie" >"$driver/info/current_kb"
	run oneshot -R "$tree" -o XENBALLOON_AUTO_DOWNHYSTERESIS=1
	is "current_kb '$lie': exit 111" "$status" 111
	is "current_kb '$lie': the target stays" "$(target)" 524288
done
plant
echo garbage >"$driver/info/low_kb"
run oneshot -n -R "$tree"
is 'low_kb of garbage: exit 0, it may be missing' "$status" 0
plant
rm "$driver/info/current_kb"
run oneshot -R "$tree"
is 'no current_kb: exit 111' "$status" 111
plant
rm "$driver/target_kb"
mkdir "$driver/target_kb"
run oneshot -R "$tree"
is 'target_kb cannot be opened: exit 111' "$status" 111
is 'target_kb cannot be opened: said' "$(cat "$tmp/err")" \
	'oneshot: the balloon driver: Is a directory'

# The high-water file is nobody's promise.
plant
echo 1099511627776 >"$tree/run/xenballoon-maxmem"
run oneshot -R "$tree"
is 'a high-water mark of 1 PiB: the target stays' "$(target)" 524288
plant 200000
printf 'garbage' >"$tree/run/xenballoon-maxmem"
run oneshot -R "$tree" -o XENBALLOON_MINMEM=300
is 'a high-water mark of garbage: written anew' \
	"$(cat "$tree/run/xenballoon-maxmem")" 467008
plant 200000
run oneshot -R "$tree" -o XENBALLOON_MINMEM=300 \
	-o "XENBALLOON_MAXMEMFILE=/$(printf '%0254d' 0)"
is 'a high-water file with no room for .new: exit 0' "$status" 0
ok 'a high-water file with no room for .new: said' said 'File name too long'

# XenLinux before 2.6.39: the driver is a file of its own, and takes bytes.
old()
{
	plant
	rm -r "$tree/sys/hypervisor" "$tree/sys/devices"
	mkdir -p "$tree/proc/xen"
	cat >"$tree/proc/xen/balloon" <<-EOF
	Current allocation:   $1 kB
	Requested target:     $1 kB
	Low-mem balloon:      $((524288 - $1)) kB
	High-mem balloon:          0 kB
	Driver pages:              0 kB
	Xen hard limit:          ??? kB
	EOF
}

old 200000
run oneshot -R "$tree" -o XENBALLOON_MINMEM=300
is 'XenLinux: exit 0' "$status" 0
is 'XenLinux: the target is in bytes' \
	"$(head -c 9 "$tree/proc/xen/balloon")" 314572800
old 200000
echo nonsense >"$tree/proc/xen/balloon"
run oneshot -R "$tree" -o XENBALLOON_MINMEM=300
is 'XenLinux of nonsense: exit 111' "$status" 111
is 'XenLinux of nonsense: nothing written' \
	"$(cat "$tree/proc/xen/balloon")" nonsense

done_testing
