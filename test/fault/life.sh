#!/bin/sh
# SPDX-License-Identifier: 0BSD
# slow: a minute or so
#
# life: the daemon's whole life while one thing fails, thousands of times
# over: see life.c
#
# usage: test/run fault life
#        sh test/fault/life.sh [-a] [KIND...]
#   KIND: fenced bare again workingset late day
#   -a  each call fails in its turn, and in every way: an hour or more; without
#       it a sample of the calls, in three ways, of the first three kinds
#
# One life again, with all that it says:
#   build/test/life/life fenced pwrite EIO 17 once
set -u

cd "$(dirname "$0")/../.." || exit 2
out=build/test/life
mkdir -p "$out"

# The names that are turned to the test: the C library's, and every verb.
wraps()
{
	for name in syscall pread pwrite read write close ppoll renameat \
		unlinkat connect mlockall setpriority $(sed -n \
		's/^VERB([^,]*, \([a-z0-9_]*\),.*/\1/p' test/fault/life.c); do
		printf ' -Wl,--wrap=%s' "$name"
	done
}

build()
{
	flags='-std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -O2 -g
		-U_FORTIFY_SOURCE -Iplatform -Iapplet -fsanitize=undefined
		-fno-sanitize-recover=all'
	objects=
	# shellcheck disable=SC2046 # a list of words
	applets=$(printf '&applet_%s,' $(test/lib/makevar APPLETS))
	for module in $(test/lib/makevar PURE PLATFORM APPLET XENSTORE=raw); do
		objects="$objects $out/$(echo "$module" | tr / -).o"
		# shellcheck disable=SC2086 # a list of words
		gcc $flags -Dmain=program_main -DVERSION='"test"' \
			-DTRANSPORT='"raw"' "-DAPPLETS=$applets" -c \
			-o "$out/$(echo "$module" | tr / -).o" \
			"$module.c" || return
	done
	# shellcheck disable=SC2046,SC2086 # lists of words
	gcc $flags -o "$out/life" test/fault/life.c test/fault/world.c \
		$objects $(wraps)
}

all=
[ "${1-}" != -a ] || { all=-a; shift; }
[ $# -gt 0 ] || set -- fenced bare again ${all:+workingset} late day
if ! build; then
	echo "not ok 1 - life: does not build"
	echo "1..1"
	exit 1
fi
status=0
for kind; do
	site=
	[ "$kind$all" != late ] || site=cgroup_open
	"$out/life" ${all:+-a} sweep "$kind" $site || status=1
done >"$out/said"
# One plan for all of them.
awk '$1 == "ok" {$2 = ++n} $1 == "not" {$3 = ++n} !/^1\.\./
	END {print "1.." n}' "$out/said"
exit $status
