# shellcheck shell=sh
# SPDX-License-Identifier: 0BSD
#
# streams.sh: runs tests that print TAP, and adds up what they say
#
#   stream HEADING COMMAND...   one, as it goes
#   play_jobs AT-ONCE FILE      its lines, HEADING|COMMAND..., some at a time
#   fail SENTENCE               counts as one that failed
#   sum                         last: the line with the sum; its status
#
# A test that dies, or ends without a plan, has failed once more. A job that
# others run beside has a quarter of an hour.

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
passed=0 failed=0 skipped=0

count()
{
	grep -Ec "$1" "$tmp/out"
}

fail()
{
	echo "not ok - $1"
	failed=$((failed + 1))
}

# tally STATUS: adds up what the last stream says.
tally()
{
	skips=$(count '^ok.*# SKIP')
	bad=$(count '^not ok')
	passed=$((passed + $(count '^ok') - skips))
	skipped=$((skipped + skips))
	failed=$((failed + bad))
	if [ "$(count '^1\.\.[0-9]')" -eq 0 ]; then
		fail "ended without a plan, with status $1"
	elif [ "$1" -ne 0 ] && [ "$bad" -eq 0 ]; then
		fail "ended with status $1"
	fi
}

# A sum of its own becomes a comment: there is one at the end alone.
stream()
{
	echo
	echo "== $1"
	shift
	{
		"$@" 2>&1 </dev/null
		echo $? >"$tmp/status"
	} | sed -u 's/^[0-9]* passed, [0-9]* failed$/# &/' | tee "$tmp/out"
	tally "$(cat "$tmp/status")"
}

# ended FILE: what a job said that has ended, and its status
ended()
{
	cat "$1"
	return "$(cat "$1.status")"
}

# queue AT-ONCE: runs lines of FILE COMMAND...; `ended` tells of each FILE
queue()
{
	# shellcheck disable=SC2016 # the other shell expands it
	xargs -P "$1" -L 1 sh -c 'file=$1
		shift
		timeout -k 5 900 "$@" >"$file" 2>&1 </dev/null
		echo $? >"$file.status"' sh
}

# Those that call themselves slow begin.
slow()
{
	grep -qs '^# slow' "${1##* }"
}

# run_beside AT-ONCE FILE: all of them; the n-th line's words are in $tmp/job.n
run_beside()
{
	: >"$tmp/slow" >"$tmp/quick"
	job=0
	while IFS='|' read -r heading command; do
		job=$((job + 1))
		slow "$command" && list=slow || list=quick
		echo "$tmp/job.$job $command" >>"$tmp/$list"
	done <"$2"
	cat "$tmp/slow" "$tmp/quick" | queue "$1"
}

# A single one is shown as it goes; of several each has its turn at the end.
play_jobs()
{
	at_once=$1
	[ "$(wc -l <"$2")" -gt 1 ] || at_once=1
	[ "$at_once" -eq 1 ] || run_beside "$@"
	job=0
	while IFS='|' read -r heading command; do
		job=$((job + 1))
		[ "$at_once" -eq 1 ] || command="ended $tmp/job.$job"
		# shellcheck disable=SC2086 # a list of words
		stream "$heading" $command
	done <"$2"
}

sum()
{
	echo
	[ $((passed + failed)) -gt 0 ] || failed=1
	if [ "$skipped" -gt 0 ]; then
		echo "$passed passed, $failed failed, $skipped skipped"
	else
		echo "$passed passed, $failed failed"
	fi
	[ "$failed" -eq 0 ]
}
