/* SPDX-License-Identifier: 0BSD */
/* What a guest publishes for domain 0, as text, and how that is read. Pure. */
#ifndef RECORD_H
#define RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

/*
 * Bytes of a value: xenstored's node-size quota of 2048 covers names and
 * permissions too; 2015 was the largest that Xen 4.17 took.
 */
#define RECORD_VALUE_MAX 2000

/*
 * The text of /proc/meminfo or /proc/vmstat as far as whole lines fit into
 * `cap` bytes of `out`: all of it, or those that monitors read first and then
 * the rest, each in the order of the text. Returns the length.
 */
size_t record_lines(char *out, size_t cap, const char *text, size_t len);

/*
 * The record, a value named `stat`: "1 name=number ..." in one line, 1 being
 * its version. Each field is a row: X(member of the struct, name in the text,
 * meaning). A reader passes over names that it does not know, and domain 0's
 * may be older than the guest's: no name changes, and a new row goes to the
 * end.
 */
#define RECORD_FIELDS(X) \
	X(seq, "seq", "one more each time it is filled in: some are not sent") \
	X(uptime_s, "uptime_s", "time since the guest's start") \
	X(self, "self", "1: self-ballooning is on") \
	RECORD_SIZES(X) \
	X(swap_in, "swap_in", "pages read from swap since the start") \
	X(swap_out, "swap_out", "pages written to swap") \
	X(major_faults, "major_faults", "page faults that read from a disk") \
	X(oom_kills, "oom_kills", "processes killed for lack of memory") \
	X(pressure_us, "pressure_us", "time in which tasks waited for memory") \
	X(reason, "reason", "of the last decision: enum reason") \
	X(progress, "progress", "of the balloon driver: enum progress") \
	X(protection, "protection", "by canaries: enum protection") \
	X(canaries, "canaries", "that stand") \
	X(canary_deaths, "canary_deaths", "since the daemon's start") \
	X(frozen_us, "frozen_us", "that groups stood still since then")

/* Those of them that are sizes, all in kB. */
#define RECORD_SIZES(X) \
	X(current, "current", "domain pages now") \
	X(target, "target", "domain pages that the balloon goes to") \
	X(ceiling, "ceiling", "most domain pages that domain 0 allows") \
	X(floor, "floor", "least domain pages that the policy goes to") \
	X(need, "need", "domain pages wanted, the reserve among them") \
	X(total, "total", "MemTotal") \
	X(available, "available", "MemAvailable") \
	X(committed, "committed", "Committed_AS")

struct record {
#define RECORD_MEMBER(member, name, meaning) uint64_t member;
	RECORD_FIELDS(RECORD_MEMBER)
#undef RECORD_MEMBER
};

#define RECORD_MAX 1000 /* bytes, with room for every number at 2^64 */

void record_write(struct text *t, const struct record *r);

/* False when [at, at + len) is no record of version 1. */
bool record_read(struct record *r, const char *at, size_t len);

#endif
