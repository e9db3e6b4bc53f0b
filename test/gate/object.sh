#!/bin/sh
# SPDX-License-Identifier: 0BSD
# The objects: pure code calls nothing and keeps nothing; stacks are small.

# shellcheck source=test/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
cd "$top" || exit 1

# What pure code may call besides itself: it has no effect and needs no heap.
allowed='memcpy|memmove|memset|memchr|memcmp|strlen|strcmp|strchr|strncmp'
# args.c does what each applet accepts: it prints --help, and sets the root of
# -R. It may write a message, and does nothing else.
spoken='warn|warn_why|write_all|file_root'

# One frame: a quarter of a page.
FRAME_MAX=1024
# The tables of domain 0's tools: no guest has them, and nothing is below them
# but the tool itself; less than a third of the 8 MB that a stack may have.
tables='hold_table'
TABLE_MAX=2359296
# All frames of one object at once are more than any chain of calls in it.
SUM_MAX=8192

pure_objects=$(for p in $(test/lib/makevar PURE); do echo "build/$p.o"; done)

# shellcheck disable=SC2086 # a list of words
own=$(nm -g --defined-only $pure_objects | awk 'NF == 3 {print $3}' |
	sort -u | tr '\n' '|' | sed 's/|$//')

foreign()
{
	may="$allowed|$own"
	[ "$1" != build/applet/common/args.o ] || may="$may|$spoken"
	nm -u "$1" | awk '{print $2}' | grep -Evx "$may"
}

# Sections that can be written to and are not empty.
writable()
{
	readelf -SW "$1" | sed 's/^ *\[ *[0-9]*\] *//' |
		awk '$1 ~ /^\.(data|bss|tdata|tbss)/ &&
			$1 !~ /^\.data\.rel\.ro/ &&
			$5 !~ /^0+$/ {print $1 " " $5}'
	nm "$1" | awk '$2 ~ /^[BbCDd]$/ {print "variable " $3}'
}

ok 'there are pure objects' [ -n "$pure_objects" ]
for o in $pure_objects; do
	ok "$o is there" [ -f "$o" ]
	ok "$o: calls nothing impure" nothing "$(foreign "$o")"
	ok "$o: keeps nothing" nothing "$(writable "$o")"
done

# frames OBJECT.su: name and bytes, one a line.
frames()
{
	awk -F '	' '{sub(/.*:/, "", $1); print $1, $2}' "$1"
}

over()
{
	frames "$1" | awk -v max="$FRAME_MAX" -v tables="^($tables)\$" \
		-v table_max="$TABLE_MAX" '
		$2 > ($1 ~ tables ? table_max : max) {print $1 ": " $2}'
}

for su in $(find build/applet build/platform -name '*.su' | sort); do
	[ -f "${su%su}o" ] || continue
	sum=$(frames "$su" | awk -v tables="^($tables)\$" \
		'$1 !~ tables {sum += $2} END {print sum + 0}')
	ok "$su: no frame over $FRAME_MAX bytes" nothing "$(over "$su")"
	ok "$su: $sum bytes in all, at most $SUM_MAX" \
		[ "$sum" -le "$SUM_MAX" ]
	ok "$su: each frame has a bound" nothing \
		"$(grep -w dynamic "$su" | grep -v bounded)"
done
find build/applet build/platform -name '*.su' -exec cat {} + |
	awk -F '	' '{sum += $2; if ($2 > most) {most = $2; at = $1}}
	END {print "# " sum " bytes in all frames, the largest " most ": " at}'

done_testing
