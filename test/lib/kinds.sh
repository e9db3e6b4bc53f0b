# shellcheck shell=sh
# SPDX-License-Identifier: 0BSD
#
# kinds.sh: which kinds of tests there are, and how each is played; with
# streams.sh, from the top of the source
#
#   show_kinds              the table
#   known KIND [NAME...]    succeeds, or says what there is instead
#   provide KIND...         installs the tools that they need
#   play KIND [NAME...]     these, or all of a kind
#   play_beside KIND...     all of several kinds, at the same time

# A row a kind: its word, and one of its names as an example; how long all of
# it takes on two processors; how many run at a time; its names, as words or as
# files of test/KIND; what it needs, "program" or TOOL:DEBIAN-PACKAGE; and what
# it proves.
KINDS="\
build|2 s|1|||the program builds without a warning
unit text|10 s|2|*.c||each module by itself, as built and with all checks
replay burst|1 s|1|*.replay||what the policy writes in each scenario is expected
sim|5 s|1|||the shares of a pool hold in 2000 random histories
peer guest|20 s|1|guest dom0 oxenstored||our xenstored answers as the real one does
cli options|30 s|4|*.sh|program strace:strace flock:util-linux|\
what the program says and does, and to whom
fault fence|2 min|4|*.sh|program strace:strace setpriv:util-linux|\
whatever fails, the guest stays safe
service sysv|40 s|4|*.sh|program setpriv:util-linux|\
packages and images, and all that starts the daemon
gate source|3 min|2|*.sh|\
program readelf:binutils file:file mandoc:mandoc strace:strace|\
source, objects and binary keep their rules
fuzz number|20 s|1|*.c||each parser bears 4000 inputs that libFuzzer makes
arch i386|20 s|1|i386 arm64||other processors: the units and replays of i386
xen burst|10 min|2|scenario/*|program|\
the real Xen under QEMU: what check-list says
soak|1 h|1||program|two guests live through loads, saves and kills there
bench|45 min|1||program|what it costs and saves, beside the rules of 2008
coverage|10 min|1|||each line that no test runs has its reason"

# g++ stands for all of build-essential: gcc alone comes without libc6-dev.
TOOLS='musl-gcc:musl-tools g++:build-essential awk:mawk'

# row KIND: its columns, as $takes, $at_once, $names, $needs and $proves
row()
{
	while IFS='|' read -r kind takes at_once names needs proves; do
		kind=${kind%% *}
		[ "$kind" != "$1" ] || return 0
	done <<-END
	$KINDS
	END
	return 1
}

show_kinds()
{
	printf '%-14s %-7s %s\n' 'test/run ...' takes 'what it proves'
	echo "$KINDS" | while IFS='|' read -r example takes _ _ _ proves; do
		printf '%-14s %-7s %s\n' "$example" "$takes" "$proves"
	done
}

# names_of KIND: one a line
names_of()
{
	row "$1"
	[ -z "$names" ] || (
		cd "test/$1" || exit
		for name in $names; do
			name=${name##*/}
			name=${name%.*}
			[ "$name" = lib ] || echo "$name"
		done
	)
}

# list: lines as words of a sentence
list()
{
	tr '\n' ' ' | sed 's/ $//'
}

known()
{
	if ! row "$1"; then
		echo "no kind '$1'; there are:" \
			"$(echo "$KINDS" | sed 's/[ |].*//' | list)"
		return 1
	fi
	shift
	for asked; do
		if [ -z "$names" ]; then
			echo "$kind takes no name: '$asked'"
			return 1
		elif ! names_of "$kind" | grep -qxF -e "$asked"; then
			echo "no $kind '$asked'; there are:" \
				"$(names_of "$kind" | list)"
			return 1
		fi
	done
}

provide()
{
	tools=$TOOLS
	for asked; do
		! row "$asked" || tools="$tools ${needs#program}"
	done
	# shellcheck disable=SC2086 # a list of words
	test/lib/need $tools
}

# default_names KIND: what is played of it when nobody asks for a NAME
default_names()
{
	case $1 in
	arch) ;; # some parts of one: see jobs_of
	xen) sed -n 's/^\([a-z][^ ]*\).*/\1/p' test/xen/check-list ;;
	*) names_of "$1" ;;
	esac
}

# build_program: as TAP
build_program()
{
	if build >"$tmp/build" 2>&1; then
		echo "ok 1 - builds without a warning"
		echo "1..1"
	else
		sed 's/^/# /' "$tmp/build"
		echo "not ok 1 - builds without a warning"
		echo "1..1"
		return 1
	fi
}

build()
{
	make --no-print-directory WERROR=-Werror xenballoon
}

# program: which file it is; a build makes another
program()
{
	stat -c '%i %y' xenballoon
}

# have_program: it is built; only what goes wrong is said
have_program()
{
	build >"$tmp/build" 2>&1 && return
	sed 's/^/# /' "$tmp/build"
	fail 'the program does not build'
	return 1
}

# make_images: what the scenario handover takes along
make_images()
{
	test/lib/need busybox:busybox-static &&
		make -s --no-print-directory initramfs &&
		cp build/xenballoon.cpio build/early.cpio &&
		make -s --no-print-directory initramfs \
			BUSYBOX="$(command -v busybox)"
}

# prepare KIND NAME...: what some of them must have besides
prepare()
{
	for name; do
		case $1/$name in
		# Not everywhere: without it a part of the gate is skipped.
		gate/libxenstore)
			test/lib/need \
				"$(test/lib/makevar LIBXENSTORE):libxen-dev" ||
				:
			;;
		xen/conformance) test/peer/build || return ;;
		xen/handover) make_images >"$tmp/images" || return ;;
		esac
	done
}

# coverage: its lines as comments, its status as TAP
coverage()
{
	{
		test/coverage
		echo $? >"$tmp/covered"
	} | sed -u 's/^\(# \)*/# /'
	word=ok
	[ "$(cat "$tmp/covered")" -eq 0 ] || word='not ok'
	printf '%s\n1..1\n' "$word 1 - $proves"
	[ "$word" = ok ]
}

# jobs_of KIND NAME...: how they are run, lines of HEADING|COMMAND...
jobs_of()
{
	what=$1
	shift
	case $what in
	build) echo 'build|build_program' ;;
	unit)
		echo "unit, plain|test/unit/run plain $*"
		echo "unit, checked|test/unit/run checked $*"
		;;
	replay) echo "replay|test/replay/run $*" ;;
	sim) echo 'sim|test/sim/run' ;;
	fuzz) echo "fuzz|test/fuzz/run check $*" ;;
	coverage) echo 'coverage|coverage' ;;
	soak | bench) echo "$what|test/$what/run" ;;
	*)
		[ "$what$#" != arch0 ] ||
			echo 'arch i386|test/arch/run i386 unit replay'
		for name; do
			echo "$what $name|$(command_of "$what" "$name")"
		done
		;;
	esac
}

# command_of KIND NAME
command_of()
{
	case $1/$2 in
	cli/* | fault/* | service/* | gate/*) echo "sh test/$1/$2.sh" ;;
	xen/arm64) echo "env XEN_ARCH=arm64 test/xen/run $2" ;;
	*) echo "test/$1/run $2" ;;
	esac
}

play()
{
	# shellcheck disable=SC2046 # no name has a blank
	[ $# -gt 1 ] || set -- "$1" $(default_names "$1")
	row "$1"
	case $needs in
	program*) have_program || return ;;
	esac
	prepare "$@" || {
		fail "$1: what it needs cannot be made"
		return
	}
	jobs_of "$@" >"$tmp/jobs"
	play_jobs "$at_once" "$tmp/jobs"
}

play_beside()
{
	for asked; do
		# shellcheck disable=SC2046
		jobs_of "$asked" $(default_names "$asked")
	done >"$tmp/jobs"
	play_jobs $# "$tmp/jobs"
}
