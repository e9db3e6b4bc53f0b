#!/bin/sh
# SPDX-License-Identifier: 0BSD
# shellcheck disable=SC2119
# The binary: static, small, without a heap, the same from any folder.

# shellcheck source=test/gate/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$top" || exit 1

# The budget, in bytes: it is there so that growth is noticed.
SIZE_MAX=106496      # 104 KiB: everything
LIB_SIZE_MAX=139264  # 136 KiB: with libxenstore
GUEST_SIZE_MAX=57344 # 56 KiB: without domain 0's tools

headers=$(readelf -lW xenballoon)
ok 'no interpreter' nothing "$(echo "$headers" | grep INTERP)"
ok 'no dynamic section' nothing "$(echo "$headers" | grep DYNAMIC)"
ok 'file(1) says static' sh -c 'file xenballoon | grep -q "statically linked"'
ok 'stripped' nothing "$(nm xenballoon 2>/dev/null)"
ok 'no executable stack' nothing \
	"$(echo "$headers" | grep GNU_STACK | grep E)"
[ "$(test/lib/makevar USED)" = raw ] || SIZE_MAX=$LIB_SIZE_MAX
size=$(wc -c <xenballoon)
echo "# $size bytes, $((SIZE_MAX - size)) to go"
ok "at most $SIZE_MAX bytes" [ "$size" -le "$SIZE_MAX" ]
ok 'no path of this machine in it' nothing "$(grep -aoF "$top" xenballoon)"

# The same link, not stripped.
cc=$(test/lib/makevar CC)
# shellcheck disable=SC2016,SC2046,SC2086 # make expands it; lists of words
$cc $(test/lib/makevar ALL_LDFLAGS) -o "$tmp/whole" $(test/lib/makevar OBJECTS) \
	$(test/lib/makevar 'ARCHIVES_$(USED)')
is 'links unstripped' $? 0
ok 'a main is in it' sh -c "nm '$tmp/whole' | grep -q ' T main\$'"
ok 'no symbol of a heap' nothing \
	"$(heap_symbols "$tmp/whole" 'opendir|dlopen')"

plant
strace -f -o "$tmp/trace" "$program" oneshot -n -R "$tree" >/dev/null 2>&1
is 'oneshot -n under strace: exit 0' $? 0
ok 'oneshot -n: seen' grep -q 'openat(' "$tmp/trace"
ok 'oneshot -n: asks for no memory' nothing "$(asked_for_memory)"
printf 'XENBALLOON_SELF=1\n' >"$tree/etc/xenballoon.conf"
mkdir "$tree/proc/self"
echo 0 >"$tree/proc/self/oom_score_adj"
echo 524288 >"$driver/info/low_kb"
strace -f -o "$tmp/trace" "$program" selfballoon -R "$tree" \
	>/dev/null 2>"$tmp/err" &
tracer=$!
await shrunk
await grep -q balloon-canary "$tmp/trace"
daemon=$(sed -n '1s/ .*//p' "$tmp/trace")
kill -HUP "$daemon"
await said 'read again'
kill -USR1 "$daemon"
await said 'decision '
kill "$daemon"
wait "$tracer"
is 'selfballoon under strace: exit 0' $? 0
ok 'selfballoon: seen' grep -q 'ppoll(' "$tmp/trace"
# named PATTERN: how many lines of the trace have it
named()
{
	grep -c "$1" "$tmp/trace"
}
ok 'selfballoon: has canaries' [ "$(named '"balloon-canary"')" -gt 0 ]
is 'selfballoon: memory is mapped once in each canary' \
	"$(named 'mmap(NULL, [0-9]*, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANON')" \
	"$(named '"balloon-canary"')"
ok 'selfballoon: and nobody asks for more' nothing \
	"$(asked_for_memory | grep -v 'mmap(NULL')"
# The keeper is the daemon's, canaries are the keeper's; neither is a thread.
ok 'selfballoon: starts the keeper and canaries alone' nothing \
	"$(grep -E '(clone3?|v?fork)\(' "$tmp/trace" |
		grep -vE 'clone\(child_stack=NULL, flags=(CLONE_PARENT\|)?SIGCHLD[ )]|clone resumed')"
is 'selfballoon: the daemon itself starts one' "$(grep -cE \
	"^$daemon +clone\(" "$tmp/trace")" 1

# Two builds, in folders of different length.
build_in()
{
	test/lib/copy "$1"
	dir=$1
	shift
	make -s --no-print-directory -C "$dir" WERROR=-Werror "$@" xenballoon
}

build_in "$tmp/a" >"$tmp/log" 2>&1
is 'builds in a folder' $? 0
build_in "$tmp/another/and/longer" >>"$tmp/log" 2>&1
is 'builds in another folder' $? 0
ok 'both are the same bytes' cmp "$tmp/a/xenballoon" \
	"$tmp/another/and/longer/xenballoon"
ok 'and those of this one' cmp "$tmp/a/xenballoon" xenballoon

build_in "$tmp/guest" APPLETS='selfballoon oneshot' >>"$tmp/log" 2>&1
is 'builds for a guest alone' $? 0
size=$(wc -c <"$tmp/guest/xenballoon")
echo "# $size bytes, $((GUEST_SIZE_MAX - size)) to go"
ok "at most $GUEST_SIZE_MAX bytes" [ "$size" -le "$GUEST_SIZE_MAX" ]
"$tmp/guest/xenballoon" monitor >/dev/null 2>"$tmp/err"
is 'domain 0 is not in it' $? 100
ok 'and it says so' grep -q 'monitor: no such applet' "$tmp/err"
ok 'without a warning' nothing "$(grep -i warning "$tmp/log")"

done_testing
