/* SPDX-License-Identifier: 0BSD */
/*
 * What a guest publishes in xenstore: a report of a look now and then, as
 * values that are written one by one.
 */
#ifndef PUBLISH_H
#define PUBLISH_H

#include "common/record.h"
#include "common/sample.h"
#include "link.h"
#include "orders.h"
#include "policy.h"
#include "settings.h"

/* Least room for a value, below which it is not worth sending. */
#define PUBLISH_ROOM_MIN 256
#define PUBLISH_UPTIME_MAX 64 /* bytes: "350735.47 234388.90\n" */

/*
 * The values, a row each: X(NAME, path). A path with a slash is relative to the
 * domain; the others are below memory/, or data/xenballoon/ where domain 0
 * keeps memory/ to itself. XAPI's and Qubes' are in their form, and written
 * only where they are at work.
 */
#define STORE_VALUES(X) \
	X(STAT, "stat") \
	X(SELFTARGET, "selftarget") \
	X(MEMINFO, "meminfo") \
	X(VMSTAT, "vmstat") \
	X(UPTIME, "uptime") \
	X(XAPI_FREE, "data/meminfo_free") \
	X(XAPI_TOTAL, "data/meminfo_total") \
	X(XAPI_UPDATED, "data/updated") \
	X(XAPI_FEATURE, "control/feature-balloon") \
	X(QUBES_USED, "memory/meminfo")

#define VALUE_ENUM(name, path) VALUE_##name,
enum store_value { STORE_VALUES(VALUE_ENUM) VALUE_COUNT };
#undef VALUE_ENUM

struct span {
	const char *bytes;
	size_t len;
};

/* What a look came to, as far as it is published. */
struct report {
	const struct sample *sample;
	const struct decision *decision;
	const struct settings *settings; /* in force */
	enum progress progress;
	enum manager manager;
	uint64_t canaries, canary_deaths, frozen_us; /* as in the record */
	/* The texts of /proc that the sample is made of, and its uptime. */
	struct span meminfo, vmstat, uptime;
};

/* A text of /proc as far as it fits into a value. */
struct lines {
	char bytes[RECORD_VALUE_MAX];
	size_t len;
};

struct publisher {
	/* The last report: all of it is of one look. */
	struct record record;
	struct lines meminfo, vmstat;
	char uptime[PUBLISH_UPTIME_MAX];
	size_t uptime_len;

	/* When it was made, for which manager; false: none is in this store. */
	bool reported;
	uint64_t reported_ms;
	enum manager manager;

	/* Where it goes, and the bytes that a quota leaves to a text. */
	enum publish place; /* as configured */
	bool in_data;	    /* below data/xenballoon/, not memory/ */
	size_t room;

	/* Which values are to be written, and in what order. */
	bool due[VALUE_COUNT];
	enum store_value next_value; /* the search for a due one begins here */
	bool urgent;	/* the record goes before the others, */
	bool sent_stat; /* but not twice in a row */

	bool refusal_logged[VALUE_COUNT];
};

/* The store is a new one: nothing is in it, what it allows is not known. */
void publish_on_new_store(struct publisher *p);

/*
 * Whether to report this look: when something has changed, at most once in
 * XENBALLOON_STATS_INTERVAL, and unchanged at every sixth of them. A need above
 * the ceiling, and memory given back, do not wait for the interval.
 */
bool publish_is_due(const struct publisher *p, const struct report *r);

/* Takes a report over; its values are due then. */
void publish_report(struct publisher *p, const struct report *r);

/* Whether a value is due. */
bool publish_is_pending(const struct publisher *p);

/* Writes the next value. REQUEST_NONE: none is due; else it is `*value`. */
enum store_request publish_send(struct publisher *p, struct link *l,
    enum store_value *value, uint64_t now_ms);

/* The reply to the write of `value`. */
void publish_on_written(struct publisher *p, enum store_value value,
    const struct wire_message *m);

#endif
