#!/bin/sh
# SPDX-License-Identifier: 0BSD
# shellcheck disable=SC2119
# XENSTORE=lib: it builds where libxenstore is, has no heap either, and does
# what the raw transport does; switching builds again what has to be.

# shellcheck source=test/gate/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$top" || exit 1
test/lib/copy "$tmp/build"
program=$tmp/build/xenballoon

build()
{
	make -s --no-print-directory -C "$tmp/build" WERROR=-Werror "$@" \
		>"$tmp/log" 2>&1
}

version_is()
{
	[ "$("$program" --version | sed 's/^[^(]*//')" = "(xenstore: $1)" ]
}

# The test of both transports, with the flags of the program.
cc=$(test/lib/makevar CC)
cflags=$(test/lib/makevar ALL_CFLAGS)
platform="platform/xenstore/names.c platform/xenstore/wire.c platform/text.c
	platform/file.c platform/wait.c platform/log.c"

# both_pass NAME FLAGS SOURCE-OR-ARCHIVE...
both_pass()
{
	name=$1 flags=$2
	shift 2
	# shellcheck disable=SC2086 # lists of words
	$cc $cflags $flags -static -no-pie -o "$tmp/$name" \
		test/gate/xenstore.c $platform "$@"
	is "$name: builds" $? 0
	timeout 120 "$tmp/$name" "$tmp/socket" >"$tmp/log" 2>&1
	is "$name: replies, events, noise: exit 0" $? 0
	grep -E '^(#|not ok)' "$tmp/log" | sed 's/^not/# not/'
}

both_pass raw '' platform/xenstore/raw.c
build
is 'raw: builds' $? 0
ok 'raw: --version says so' version_is raw
cp "$program" "$tmp/first"
build LIBXENSTORE=/nowhere/libxenstore.a XENSTORE=lib
is 'no libxenstore: builds' $? 0
ok 'no libxenstore: make warns' grep -q 'XENSTORE=raw is taken' "$tmp/log"
ok 'no libxenstore: --version says so' \
	version_is 'raw, libxenstore was not found'
no 'neither raw nor lib: refused' build XENSTORE=other

lib=$(test/lib/makevar LIBXENSTORE)
if [ ! -e "$lib" ]; then
	skip 'lib' "no $lib"
	done_testing
	exit
fi
build XENSTORE=lib STRIP=:
is 'lib: builds' $? 0
ok 'lib: without a warning' nothing "$(grep -i warning "$tmp/log")"
ok 'lib: libxenstore is in it' sh -c "nm '$program' | grep -q ' T xs_read\$'"
ok 'lib: no symbol of a heap or a thread' nothing \
	"$(heap_symbols "$program" pthread_create)"
build XENSTORE=lib
is 'lib: builds stripped' $? 0
ok 'lib: --version says so' version_is lib
echo "# $(wc -c <"$program") bytes"
ok 'lib: static' nothing "$(readelf -lW "$program" | grep -E 'INTERP|DYNAMIC')"
ok 'lib: no executable stack' nothing \
	"$(readelf -lW "$program" | grep GNU_STACK | grep E)"
ok 'lib: its frames are small' nothing "$(awk -F '	' \
	'$2 > 1024 || /dynamic/ && !/bounded/' \
	"$tmp/build/build/platform/xenstore/lib.su")"
both_pass lib -DWITH_ARENA platform/xenstore/lib.c platform/xenstore/arena.c \
	"$tmp/build/build/lib/libxenstore.a" \
	"$tmp/build/build/lib/libxentoolcore.a"
plant 200000
test/peer/build
peer_start 1 none memory/target=250000
strace -f -o "$tmp/trace" "$program" oneshot -R "$tree" \
	-o XENBALLOON_MINMEM=300 >/dev/null 2>&1
is 'lib: oneshot under strace: exit 0' $? 0
peer_stop
is 'lib: up to memory/target' "$(target)" 250000
ok 'lib: asks for no memory' nothing "$(asked_for_memory)"
for script in fault/store cli/daemon cli/monitor fault/sandbox; do
	XENBALLOON=$program sh "test/$script.sh" >"$tmp/log" 2>&1
	is "lib: $script: exit 0" $? 0
	grep '^not ok' "$tmp/log" | sed 's/^/# /'
done

build
is 'raw again: builds' $? 0
ok 'raw again: the same bytes' cmp "$program" "$tmp/first"

done_testing
