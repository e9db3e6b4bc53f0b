/* SPDX-License-Identifier: 0BSD */
/* What a guest tells domain 0, as text, and how domain 0 reads it. Pure. */
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
#define REPORT_VALUE_MAX 2000

/*
 * The text of /proc/meminfo or /proc/vmstat as far as whole lines fit into
 * `cap` bytes of `out`, those that monitors read first, the rest in their
 * order. Returns the length.
 */
size_t report_lines(char *out, size_t cap, const char *text, size_t len);

/*
 * The record `stat`: "1 name=number ..." in one line, 1 being its version.
 * Sizes in kB; counters since boot, in the kernel's units. A reader passes
 * over names that it does not know.
 */
#define REPORT_RECORD_MAX 1000 /* bytes, with room for every number at 2^64 */

struct record {
	/* One more each time it is filled in; some are never written. */
	uint64_t seq;
	uint64_t uptime_s;
	uint64_t self;	 /* self-ballooning is on */
	/* Sizes, side by side: domains.c goes from the first to the last. */
	uint64_t current, target, ceiling, floor; /* domain pages */
	uint64_t need;	 /* the size wanted, reserve and all: domain pages */
	uint64_t total, available, committed; /* as in /proc/meminfo */
	uint64_t swap_in, swap_out;	      /* pages */
	uint64_t major_faults, oom_kills;
	uint64_t pressure_us;	   /* tasks waited for memory: microseconds */
	uint64_t reason, progress; /* enum reason, enum progress: policy.h */
};

void report_record(struct text *t, const struct record *r);

/* False when [at, at + len) is no record of version 1. */
bool report_read_record(struct record *r, const char *at, size_t len);

#endif
