# shellcheck shell=sh
# SPDX-License-Identifier: 0BSD
#
# tap.sh: the Test Anything Protocol for tests in sh, and what they share
#
#   ok NAME COMMAND...   the command is to succeed
#   no NAME COMMAND...   the command is to fail
#   is NAME GOT WANT     two texts are to be the same
#   skip NAME WHY        counts as skipped
#   nothing TEXT         a command for ok: there is no text; else it is shown
#   await COMMAND...     until it succeeds; no test is about how long that takes
#   done_testing         last; the status of the test
#
# test/run cli NAME plays test/cli/NAME.sh; so with fault, service and gate.

# shellcheck disable=SC2034 # for those who read this
top=$(cd "$(dirname "$0")/../.." && pwd)
tap_count=0
tap_failed=0

tap_line()
{
	tap_count=$((tap_count + 1))
	[ "$1" = ok ] || tap_failed=$((tap_failed + 1))
	echo "$1 $tap_count - $2"
}

ok()
{
	tap_name=$1
	shift
	if "$@"; then
		tap_line ok "$tap_name"
	else
		tap_line 'not ok' "$tap_name"
	fi
}

no()
{
	tap_name=$1
	shift
	if "$@"; then
		tap_line 'not ok' "$tap_name"
	else
		tap_line ok "$tap_name"
	fi
}

is()
{
	if [ "$2" = "$3" ]; then
		tap_line ok "$1"
	else
		tap_line 'not ok' "$1"
		printf '%s\n' "got: $2" "want: $3" | sed 's/^/# /'
	fi
}

skip()
{
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

nothing()
{
	[ -z "$1" ] || printf '%s\n' "$1" | sed 's/^/# /' | head -n 20
	[ -z "$1" ]
}

await()
{
	for _ in $(seq 600); do
		"$@" && return 0
		sleep 0.05
	done
	return 1
}

done_testing()
{
	echo "1..$tap_count"
	[ "$tap_failed" -eq 0 ]
}
