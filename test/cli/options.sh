#!/bin/sh
# SPDX-License-Identifier: 0BSD
# shellcheck disable=SC2016,SC2119 # await takes words; defaults are meant
# Wrong options, wrong configurations, and what the binary itself answers.

# shellcheck source=test/lib/guest.sh
. "$(dirname "$0")/../lib/guest.sh"
plant

# wrong NAME FIRST-LINE ARGUMENT...
wrong()
{
	name=$1 line=$2
	shift 2
	run "$@"
	is "$name: exit 100" "$status" 100
	is "$name: says it" "$(head -n 1 "$tmp/err")" "$line"
	is "$name: nothing on stdout" "$(cat "$tmp/out")" ''
	is "$name: the target stays" "$(target)" 524288
}

missing='unknown option, or its value is missing'
wrong 'unknown applet' 'xenballoon: blah: no such applet' blah
for a in oneshot selfballoon xenballoond; do
	wrong "$a: unknown option" "$a: -z: $missing" $a -z
	wrong "$a: one of a bundle" "$a: -vz: $missing" $a -vz
	wrong "$a: long option" "$a: --nonsense: $missing" $a --nonsense
	wrong "$a: no value" "$a: -c: $missing" $a -c
	wrong "$a: a word too many" "$a: x: one word too many" \
		$a -R "$tree" x
	wrong "$a: no such root" \
		"$a: -R: $tmp/none: No such file or directory" \
		$a -R "$tmp/none"
	wrong "$a: no such file" "$a: /none: No such file or directory" \
		$a -R "$tree" -c /none
	wrong "$a: wrong setting" "$a: -o: 'XENBALLOON_SELF': '2' is not \
accepted; accepted: 0, 1, false or true" $a -R "$tree" -o XENBALLOON_SELF=2
	wrong "$a: a file found from here" "$a: none: not a path from /" \
		$a -R "$tree" -c none
done
wrong 'a word after --' 'oneshot: x: one word too many' oneshot -- x
wrong '- is a word' 'oneshot: -: one word too many' oneshot -n -
wrong 'a colon is no option' "oneshot: -:: $missing" oneshot -:
wrong 'no descriptor' "selfballoon: -d: '-1' is not open; accepted: \
0 to 1023" selfballoon -R "$tree" -d -1
wrong '--install without a folder' \
	'xenballoon: usage: xenballoon --install [-s] directory' --install
set -- -R "$tree"
for _ in $(seq 33); do
	set -- "$@" -o XENBALLOON_SELF=1
done
for a in oneshot selfballoon; do
	wrong "$a: too many -o" "$a: -o: more settings than there are" $a "$@"
done

# A configuration: each place, each kind of fault.
for place in /etc/xenballoon.conf /etc/sysconfig/xenballoon.conf \
	/etc/default/xenballoon.conf /etc/conf.d/xenballoon.conf; do
	plant
	mkdir -p "$tree${place%/*}"
	printf '# comment\n\nXENBALLOON_MINMEM=x\n' >"$tree$place"
	wrong "fault in $place" "oneshot: $place:3: 'XENBALLOON_MINMEM': 'x' \
is not accepted; accepted: 0 to 16777216" oneshot -R "$tree"
	is "fault in $place: one sentence" "$(grep -c . "$tmp/err")" 1
done
plant
printf 'XENBALLOON_SLEF=1\n' >"$tree/etc/other.conf"
wrong 'unknown key' "selfballoon: /etc/other.conf:1: 'XENBALLOON_SLEF': \
unknown setting" selfballoon -R "$tree" -c /etc/other.conf
head -c 20000 /dev/zero | tr '\0' '#' >"$tree/etc/other.conf"
wrong 'too long' \
	'oneshot: /etc/other.conf: too long for a configuration file' \
	oneshot -R "$tree" -c /etc/other.conf
wrong 'a folder' 'oneshot: /etc: Is a directory' oneshot -R "$tree" -c /etc
head -c 4000 /dev/urandom >"$tree/etc/other.conf"
run oneshot -n -R "$tree" -c /etc/other.conf
is 'random bytes: exit 100' "$status" 100
is 'random bytes: nothing for a terminal to obey' \
	"$(tr -d '\n -~' <"$tmp/err" | wc -c)" 0
plant
run oneshot -nR"$tree" --
is 'a value in the same word: exit 0' "$status" 0
ok 'a value in the same word: explained' grep -q '^decision' "$tmp/out"
"$program" oneshot -n -R "$tree" >/dev/full 2>/dev/null
is 'an explanation for a full disk: exit 111' $? 111
cp "$top/test/unit/xenballoon-2008.conf" "$tree/etc/sysconfig.conf"
run oneshot -n -R "$tree" -c /etc/sysconfig.conf
is 'the file of 2008: exit 0' "$status" 0
ok 'the file of 2008: self-ballooning is off' \
	grep -q 'self-ballooning is off' "$tmp/out"
echo XENBALLOON_PRESWAP_INERTIA=1 >"$tree/etc/xenballoon.conf"
run oneshot -n -R "$tree"
is 'a setting that is gone: exit 0' "$status" 0
ok 'a setting that is gone: noted' said 'left Xen in 4.13'

# The binary itself.
version=$(sed -n 's/^VERSION = //p' "$top/config.mk")
for way in --version 'oneshot --version' 'selfballoon --version'; do
	# shellcheck disable=SC2086 # words
	run $way
	is "$way: exit 0" "$status" 0
	is "$way" "$(cat "$tmp/out" "$tmp/err")" "xenballoon $version (xenstore: ${TRANSPORT:-raw})"
done
for way in --help -h 'oneshot --help' 'oneshot -h' 'xenballoond -h'; do
	# shellcheck disable=SC2086
	run $way
	is "$way: exit 0" "$status" 0
	ok "$way: on stdout" grep -q 'usage: ' "$tmp/out"
	is "$way: nothing on stderr" "$(cat "$tmp/err")" ''
done
for way in --help --version; do
	"$program" oneshot $way >/dev/full 2>/dev/null
	is "a full disk, $way: exit 111" $? 111
done

# Options stand in --help and in the manual: each of one is in the other.

# sorted: letters, a line each
sorted()
{
	LC_ALL=C sort -u | tr -d '\n'
}

# of_help APPLET
of_help()
{
	"$program" "$1" --help | sed -n 's/^  -\(.\) .*/\1/p'
}

# of_synopsis APPLET
of_synopsis()
{
	sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/p' "$top"/applet/*.8 |
		awk -v applet="$1" '/^\.Nm/ {here = $2 == applet}
		here && /^\.Op Fl/ {print $3}' | grep -o .
}

# of_lists: what the manual has a paragraph of
of_lists()
{
	cat "$top"/applet/*.8 | grep '^\.It Fl' | grep -o 'Fl [^ -]' | cut -c 4
}

all="$("$program" --help | awk '/^  [a-z]/ {print $1}')"
for a in $all; do
	is "$a: --help has the options of the synopsis, and -h" \
		"$(of_help "$a" | sorted)" \
		"$( (echo h; of_synopsis "$a") | sorted)"
	ok "$a: within 80 columns" \
		nothing "$("$program" "$a" --help | grep -E '.{81}')"
done
# -s is --install's.
is 'each option has its paragraph in the manual, and no other has' \
	"$(of_lists | sorted)" \
	"$( (echo s; for a in $all; do of_help "$a"; done) | sorted)"
run
is 'no applet: exit 100' "$status" 100
ok 'no applet: a list' said 'xenballoon-oneshot'

# The names it goes by.
run --help
names=$(awk '/^  [a-z]/ {print $1; print $2}' "$tmp/out")
for how in '' -s; do
	rm -rf "${tmp:?}/bin"
	mkdir "$tmp/bin"
	cp "$program" "$tmp/xenballoon"
	# shellcheck disable=SC2086
	"$tmp/xenballoon" --install $how "$tmp/bin"
	is "--install $how: exit 0" $? 0
	is "--install $how: each name" "$(ls "$tmp/bin")" \
		"$(printf '%s\n' "$names" | sort)"
	is "--install $how: the names work" \
		"$("$tmp/bin/xenballoon-oneshot" --version)" \
		"xenballoon $version (xenstore: ${TRANSPORT:-raw})"
	# shellcheck disable=SC2086
	"$tmp/xenballoon" --install $how "$tmp/bin"
	is "--install $how: again" $? 0
	is "--install $how: nothing is left over" "$(ls -A "$tmp/bin")" \
		"$(printf '%s\n' "$names" | sort)"
done
if [ "$(stat -c %d /dev/shm)" = "$(stat -c %d "$tmp")" ]; then
	skip '--install on another disk' '/dev/shm is not one'
else
	mkdir "$tmp/bin/3"
	echo old >"$tmp/bin/3/selfballoon" # the first that is made
	far=$(mktemp -d -p /dev/shm)
	cp "$program" "$far/xenballoon"
	"$far/xenballoon" --install "$tmp/bin/3" 2>"$tmp/err"
	is '--install on another disk: exit 111' $? 111
	is '--install on another disk: what was there stays' \
		"$(cat "$tmp/bin/3/"* "$tmp/err")" "old
xenballoon: selfballoon: Invalid cross-device link"
	rm -r "$far"
fi
run --install "$tmp/none"
is '--install into nothing: exit 111' "$status" 111
is '--install into nothing: one sentence' "$(grep -c . "$tmp/err")" 1
mkdir "$tmp/bin/2" "$tmp/bin/2/xenballoond" # the first name in the folder
run --install "$tmp/bin/2"
is '--install where a folder has a name: exit 111' "$status" 111
is '--install where a folder has a name: one sentence' \
	"$(grep -c . "$tmp/err")" 1
long=$(printf '%4096s' '' | tr ' ' x)
run --install "$long"
is '--install into too long a path: exit 111' "$status" 111
is '--install into too long a path: a cut sentence' \
	"$(tail -c 4 "$tmp/err")" ...
"$program" --version >/dev/full 2>/dev/null
is 'a full disk: exit 111' $? 111

done_testing
