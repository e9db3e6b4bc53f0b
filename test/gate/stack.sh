#!/bin/sh
# SPDX-License-Identifier: 0BSD
# The deepest stack of each applet, by the compiler's own graph of calls.

# shellcheck source=test/lib/guest.sh
. "$(dirname "$0")/../lib/guest.sh"
cd "$top" || exit 1

GUEST_MAX=4096   # a page: the daemon's pages are locked
DOM0_MAX=2363392 # tables of 2.25 MB and a page, of the 8 MB that there are

test/lib/copy "$tmp/build"
make -s --no-print-directory -C "$tmp/build" WERROR=-Werror \
	CFLAGS=-fcallgraph-info=su >"$tmp/log" 2>&1
is 'builds with the graphs' $? 0
find "$tmp/build/build" -name '*.ci' -exec awk -f test/gate/stack.awk {} + \
	>"$tmp/stacks"

# within APPLET MAX
within()
{
	deepest=$(sed -n "s/^$1 \([0-9]*\) .*/\1/p" "$tmp/stacks")
	ok "$1: at most $2 bytes" [ "${deepest:-$(($2 + 1))}" -le "$2" ]
	sed -n "s/^$1 /# /p" "$tmp/stacks"
}

within selfballoon $GUEST_MAX
within oneshot $GUEST_MAX
within monitor $DOM0_MAX
within balance $DOM0_MAX
ok 'nothing calls itself' sh -c "! grep '^recursion' '$tmp/stacks'"

printf '%s\n' 'int f(int n); int f(int n) { return n ? f(n - 1) + 1 : 0; }' \
	'int run(void); int run(void) { return f(3); }' >"$tmp/loop.c"
gcc -O0 -fcallgraph-info=su -c -o "$tmp/loop.o" "$tmp/loop.c"
ok 'one that does is seen' sh -c "awk -f test/gate/stack.awk '$tmp/loop.ci' |
	grep -q '^recursion'"

done_testing
