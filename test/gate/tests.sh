#!/bin/sh
# SPDX-License-Identifier: 0BSD
# The tests: each is called, and what a list or a page names is there.

# shellcheck source=test/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
cd "$top" || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# uncalled_c FILE.c [MORE.c...]: its functions that main does not reach, not
# even through those of MORE
uncalled_c()
{
	# The linker turns calls of the C library to those.
	wraps=$(sed -n 's/^\(__wrap_[a-z]*\)(.*/\1/p' "$1" | tr '\n' ' ')
	# A module that the unit includes calls the unit's stand-ins.
	module=$(sed -n 's,^#include "../../\(.*\.c\)"$,\1,p' "$1")
	[ -z "$module" ] || wraps="$wraps $(tr -cs 'a-z_' ' ' <"$module")"
	awk -v roots="main $wraps" -f test/gate/calls.awk "$@"
}

# uncalled_sh FILE [MORE...]
uncalled_sh()
{
	awk -v sh=1 -v roots="$roots" -f test/gate/calls.awk "$@"
}

called_c()
{
	ok "$1: main reaches each function" nothing "$(uncalled_c "$@")"
}

called_sh()
{
	ok "$1: each function is called" nothing "$(uncalled_sh "$@")"
}

# missing LIST: the scenarios that it names and that are not there
missing()
{
	sed 's/#.*//' "$1" | while read -r scenario _; do
		[ -z "$scenario" ] || [ -f "test/xen/scenario/$scenario" ] ||
			echo "$scenario"
	done
}

# --- what is planted is seen --------------------------------------------------

cp test/unit/text.c "$tmp/text.c"
for row in 'static void:in_nothing' 'void:not_static' 'void:in_comment' \
	'static void:in_table'; do
	printf '\n%s\n%s(void)\n{\n\tOK(true, "in_table()");\n}\n' \
		"${row%:*}" "${row#*:}"
done >>"$tmp/text.c"
cat >>"$tmp/text.c" <<-'END'

	static void (*const planted_rows[])(void) = {
	    in_table,
	};
	/* in_comment(); */
END
is 'a test that nobody calls is seen' "$(uncalled_c "$tmp/text.c")" 'in_nothing
not_static
in_comment
in_table'
sed 's/^	test_labels();/	planted_rows[0]();/' "$tmp/text.c" \
	>"$tmp/other.c"
is 'and so is one whose call is gone; that of a table is one' \
	"$(uncalled_c "$tmp/other.c")" 'test_labels
in_nothing
not_static
in_comment'

roots=guest
cp test/cli/options.sh "$tmp/options.sh"
cat >>"$tmp/options.sh" <<-'END'
	in_nothing()
	{
		in_nothing # it calls itself
	}

	in_comment() { in_one_line; }
	in_one_line() { :; }

	in_sentence()
	{
		:
	}

	in_eval_a()
	{
		:
	}

	guest()
	{
		in_guest
	}

	in_guest()
	{
		:
	}
	# in_comment
	ok 'in_sentence' true
	eval "in_eval_$letter"
END
is 'a function of a script that nobody calls is seen' \
	"$(uncalled_sh "$tmp/options.sh")" 'in_nothing
in_comment
in_one_line
in_sentence'

echo 'no-such # a scenario' | cat test/xen/check-list - >"$tmp/list"
is 'a scenario that is not there is seen' "$(missing "$tmp/list")" no-such

# --- none is there ------------------------------------------------------------

# Of a fuzz target main is in libFuzzer.
for f in test/unit/*.c test/replay/*.c test/sim/*.c test/peer/*.c \
	test/gate/*.c test/xen/*.c test/fault/sandbox.c; do
	# shellcheck disable=SC2046 # no name has a blank
	called_c $(test/lib/sources "$f")
done
called_c test/fault/life.c test/fault/world.c
called_c test/fault/world.c test/fault/life.c

roots=
for f in test/cli/*.sh test/fault/*.sh test/gate/*.sh test/service/*.sh; do
	case $f in
	*/lib.sh) called_sh "$f" "${f%/*}"/*.sh ;;
	*) called_sh "$f" ;;
	esac
done
called_sh test/lib/tap.sh test/*/*.sh
called_sh test/lib/guest.sh test/*/*.sh
called_sh test/lib/streams.sh test/lib/kinds.sh test/run test/check
called_sh test/lib/kinds.sh test/run test/check
# Those two are called in domain 0 and in the guests: see test/xen/run.
roots='dom0 guest'
for f in test/xen/scenario/* test/bench/bench test/soak/soak; do
	called_sh "$f"
done
called_sh test/bench/guest.sh test/bench/bench
called_sh test/xen/lib.sh test/xen/dom0-init test/xen/scenario/* \
	test/bench/bench test/soak/soak

# unknown: what is wrong with the examples in the table of kinds
unknown()
{
	# shellcheck source=test/lib/kinds.sh
	. test/lib/kinds.sh
	echo "$KINDS" | sed 's/|.*//' | while read -r kind name; do
		known "$kind" ${name:+"$name"}
	done
}

ok 'test/run: each example in its table is there' nothing "$(unknown)"
test/run | sed '1,/^$/d; s/^/    /' >"$tmp/table"
is 'test/README has its table' "$(grep -xF -f "$tmp/table" test/README)" \
	"$(cat "$tmp/table")"
ok 'test/xen/check-list names scenarios' grep -q '^[a-z]' test/xen/check-list
ok 'test/xen/check-list: each is there' nothing \
	"$(missing test/xen/check-list)"

done_testing
