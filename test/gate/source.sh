#!/bin/sh
# SPDX-License-Identifier: 0BSD
# The source: its layers, its lengths, its heads.

# shellcheck source=test/fault/tap.sh
. "$(dirname "$0")/../fault/tap.sh"
cd "$top" || exit 1

LINES_MAX=80 # of a function, its braces included
COLUMNS_MAX=80

# The tracked and the new files, never what is built.
sources()
{
	find Makefile config.mk applet platform test initramfs .ci -type f |
		grep -Ev '\.(expect|replay|8|md|files)$|/(scenario|corpus|__pycache__)/' |
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
	for f in applet/*.c platform/*.c; do
		long_functions 0 "$f"
	done | sed 's/.*: \([0-9]*\) lines/\1/' | sort -n |
		awk '{n[NR] = $1}
			END {print NR " functions, median " \
			n[int((NR + 1) / 2)] ", longest " n[NR] " lines"}'
}

echo "# $(lengths)"
for f in applet/*.c platform/*.c test/*/*.c; do
	[ -f "$f" ] || continue
	ok "$f: no function over $LINES_MAX lines" \
		nothing "$(long_functions "$LINES_MAX" "$f")"
done
for f in applet/*.c; do
	ok "$f: no #if" nothing "$(grep -nE '^[ 	]*#[ 	]*if' "$f")"
done
for f in applet/*.h platform/*.h; do
	ok "$f: a guard and no other #if" \
		[ "$(grep -cE '^[ 	]*#[ 	]*if' "$f")" = 1 ]
done
for f in $(sources); do
	# shellcheck disable=SC2016 # the inner shell expands it
	ok "$f: SPDX" sh -c \
		'head -n 3 "$1" | grep -q "SPDX-License-Identifier: 0BSD"' \
		sh "$f"
done
for f in applet/*.[ch] platform/*.[ch]; do
	ok "$f: at most $COLUMNS_MAX columns" nothing \
		"$(expand -t 8 "$f" | grep -nE "^.{$((COLUMNS_MAX + 1))}")"
done

# Layers: the platform knows no applet, pure code no system.
applet_headers=$(cd applet && echo *.h | sed 's/\./\\./g; s/ /|/g')
ok 'platform/ includes nothing of applet/' nothing \
	"$(grep -nE "#include \"(.*/)?($applet_headers)\"" platform/*)"
ok 'no allocation in the source' nothing \
	"$(grep -nE '[^a-z_](malloc|calloc|realloc|strdup|alloca)\(' \
		applet/*.c platform/*.c)"
ok 'no atoi, scanf, sprintf, strcpy, strcat, gets' nothing \
	"$(grep -nE '[^a-z_](atoi|atol|s?scanf|v?sprintf|strn?cpy|strn?cat|gets)\(' \
		applet/*.c platform/*.c)"
ok 'no longjmp' nothing \
	"$(grep -nE 'longjmp|setjmp' applet/*.c platform/*.c)"

ok 'applet/xenballoon.8 is there' [ -f applet/xenballoon.8 ]
ok 'applet/xenballoon.8: mandoc has no complaint' sh -c \
	'mandoc -Tlint -Wwarning applet/xenballoon.8'

done_testing
