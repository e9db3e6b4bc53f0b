#!/bin/sh
# SPDX-License-Identifier: 0BSD
# The source: its layers, its lengths, its heads.

# shellcheck source=test/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
cd "$top" || exit 1

LINES_MAX=80 # of a function, its braces included
COLUMNS_MAX=80
HEART_MAX=400 # lines of a file that decides: what one sitting understands

# The tracked and the new files, never what is built; no data, no pages to read.
sources()
{
	find Makefile config.mk applet platform test initramfs .ci -type f |
		grep -Ev '\.(expect|replay|8|md|files)$|/README$|/(scenario|corpus|__pycache__)/' |
		grep -Ev '/(type|notification-fd|(pipeline-name|(produc|consum)er-for))$'
}

# Functions longer than $1 lines: style puts the name and the braces in the
# first column.
long_functions()
{
	awk -v max="$1" '
		FNR == 1 { name = "" }
		/^[a-z_][a-z_0-9]*\(/ { name = $0; sub(/\(.*/, "", name) }
		/^{/ { start = FNR }
		/^}/ && name {
			if (FNR - start + 1 > max)
				print FILENAME ": " name ": " \
				    FNR - start + 1 " lines"
			name = ""
		}' "$2"
}

# How long they are: half of them are at most that long, and the longest.
lengths()
{
	for f in $program; do
		long_functions 0 "$f"
	done | sed 's/.*: \([0-9]*\) lines/\1/' | sort -n |
		awk '{n[NR] = $1}
			END {print NR " functions, median " \
			n[int((NR + 1) / 2)] ", longest " n[NR] " lines"}'
}

program=$(find applet platform -name '*.c' | sort)
headers=$(find applet platform -name '*.h' | sort)

echo "# $(lengths)"
for f in $program test/*/*.c; do
	ok "$f: no function over $LINES_MAX lines" \
		nothing "$(long_functions "$LINES_MAX" "$f")"
done
for f in $(find applet -name '*.c' | sort); do
	ok "$f: no #if" nothing "$(grep -nE '^[ 	]*#[ 	]*if' "$f")"
done
for f in applet/guest/*.c applet/common/*.c; do
	lines=$(wc -l <"$f")
	ok "$f: $lines lines, at most $HEART_MAX" [ "$lines" -le $HEART_MAX ]
done
for f in $headers; do
	ok "$f: a guard and no other #if" \
		[ "$(grep -cE '^[ 	]*#[ 	]*if' "$f")" = 1 ]
done
for f in $(sources); do
	# shellcheck disable=SC2016 # the inner shell expands it
	ok "$f: SPDX" sh -c \
		'head -n 3 "$1" | grep -q "SPDX-License-Identifier: 0BSD"' \
		sh "$f"
done
for f in $program $headers; do
	ok "$f: at most $COLUMNS_MAX columns" nothing \
		"$(expand -t 8 "$f" | grep -nE "^.{$((COLUMNS_MAX + 1))}")"
done

# included ROOM: the lines of a room that include a header, FILE:LINE:NAME, the
# NAME as the room itself is written where it names no other one.
included()
{
	grep -rn '^#include "' "$1" |
		sed 's/:#include "\(.*\)".*/:\1/'
}

# guest/ and dom0/ live by different laws: locked pages and a stack of a page
# against large tables and the bytes of strangers. common/ serves both.
ok 'platform/ includes nothing of applet/' nothing \
	"$(included platform | grep -E ':(\.\./)*(applet/|guest/|dom0/|common/)')"
for h in $(cd applet && find . -name '*.h'); do
	h=${h##*/}
	[ -z "$(find platform -name "$h")" ] || continue
	ok "platform/ does not include $h" nothing \
		"$(included platform | grep -E ":(.*/)?$h\$")"
done
ok 'guest/ includes nothing of dom0/' nothing \
	"$(included applet/guest | grep -E ':(.*/)?dom0/')"
ok 'dom0/ includes nothing of guest/' nothing \
	"$(included applet/dom0 | grep -E ':(.*/)?guest/')"
ok 'common/ includes nothing of either' nothing \
	"$(included applet/common | grep -E ':(.*/)?(guest|dom0)/')"
ok 'a gate sees an include of another room' sh -c \
	'echo "#include \"dom0/share.h\"" | grep -qE "\"(.*/)?dom0/"'

# literal_paths [-r FOLDER]: a path of the kernel's or of /run as a string of
# its own. A message may name one, and so may the default of a setting.
literal_paths()
{
	grep -nE '"/(proc|sys|run|dev)(/[^" ]*)?"' "$@" |
		grep -vE '(warn|warn_why)\(|"MAXMEMFILE"|, MAXMEMFILE,'
}
ok 'applet/ opens nothing of /proc, /sys, /run or /dev itself' nothing \
	"$(literal_paths -r applet)"
ok 'a gate sees one that does' \
	[ -n "$(echo 'fd = file_open("/proc/stat", 0);' | literal_paths)" ]
# shellcheck disable=SC2086 # a list of names
{
	ok 'no allocation in the source' nothing "$(grep -nE \
		'[^a-z_](malloc|calloc|realloc|strdup|alloca)\(' $program)"
	ok 'no atoi, scanf, sprintf, strcpy, strcat, gets' nothing "$(grep -nE \
		'[^a-z_](atoi|atol|s?scanf|v?sprintf|strn?cpy|strn?cat|gets)\(' \
		$program)"
	ok 'no longjmp' nothing "$(grep -nE 'longjmp|setjmp' $program)"
}

ok 'applet/xenballoon.8 is there' [ -f applet/xenballoon.8 ]
ok 'applet/xenballoon.8: mandoc has no complaint' sh -c \
	'mandoc -Tlint -Wwarning applet/xenballoon.8'

done_testing
