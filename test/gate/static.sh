#!/bin/sh
# SPDX-License-Identifier: 0BSD
# The source as gcc -fanalyzer, cppcheck and clang-tidy see it, but for what
# static.list passes over. First each is to see a mistake that is planted.
#
# usage: test/run gate static
#        sh test/gate/static.sh TOOL FILE     what one tool says of one file

# shellcheck source=test/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
cd "$top" || exit 1

# shellcheck disable=SC2089 # the quotes are for the preprocessor
defines='-D_GNU_SOURCE -DVERSION="" -DTRANSPORT="" -Iplatform -Iapplet
	-DAPPLETS=&applet_selfballoon,&applet_oneshot'
checks='-*,clang-analyzer-*,bugprone-*,cert-*,misc-*,performance-*'

# look TOOL FILE: lines of FILE:LINE...: warning: TEXT [CHECK]
# shellcheck disable=SC2086,SC2090 # lists of words
look()
{
	case $1 in
	gcc) gcc -std=c11 $defines -O1 -fanalyzer -c -o /dev/null "$2" ;;
	cppcheck)
		cppcheck -q --std=c11 $defines \
			--enable=warning,performance,portability,style \
			--template='{file}:{line}: warning: {message} [{id}]' \
			"$2"
		;;
	clang-tidy)
		clang-tidy --quiet "--checks=$checks" "$2" -- -std=c11 \
			-Wno-string-plus-int $defines
		;;
	esac 2>&1
}

if [ $# -eq 2 ]; then
	look "$1" "$2"
	exit
fi
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# look_all TOOL: each file's findings in $tmp/TOOL; two at a time. A tool that
# stumbles has found something too.
look_all()
{
	mkdir "$tmp/$1"
	# shellcheck disable=SC2016 # the inner shell expands it
	find applet platform -name '*.c' | sort | xargs -P 2 -n 1 sh -c '
		said=$1/$(echo "$4" | tr / .)
		sh "$2" "$3" "$4" >"$said" ||
			echo "$4:0: error: status $? of [$3]" >>"$said"' \
		sh "$tmp/$1" "$top/test/gate/static.sh" "$1"
}

# What is not in the list.
news()
{
	cat "$tmp/$1"/* | sed "s,^$top/,," |
		awk -v tool="$1" -v list="$top/test/gate/static.list" '
		BEGIN {
			while ((getline line <list) > 0) {
				split(line, f, " ")
				if (f[1] == tool)
					pass[f[2] " " f[3]] = 1
			}
		}
		/: (warning|error|fatal error): / {
			file = $0
			sub(/:.*/, "", file)
			check = $NF
			gsub(/[][]/, "", check)
			if (!((file " " check) in pass) && \
			    !(("* " check) in pass))
				print
		}' | sort -u
}

cat >"$tmp/planted.c" <<'E1'
#include <stdlib.h>
int planted(int n);
int planted(int n)
{
	int *p = malloc(sizeof(int));
	int buf[4];

	*p = n;
	free(p);
	return *p + buf[n > 3 ? 4 : 1];
}
E1

for pair in gcc:gcc cppcheck:cppcheck clang-tidy:clang-tidy; do
	tool=${pair%:*}
	if ! test/lib/need "$pair" >&2; then
		ok "$tool is there" false
		continue
	fi
	ok "$tool: sees a planted mistake" sh -c '"$@" | grep -q "warning: "' \
		sh sh "$0" "$tool" "$tmp/planted.c"
	look_all "$tool"
	ok "$tool: $(find "$tmp/$tool" -type f | wc -l) files, nothing new" \
		nothing "$(news "$tool")"
done

done_testing
