/* SPDX-License-Identifier: 0BSD */
/*
 * The guest's conversation with xenstore: domain 0's overrides and ceiling
 * come in through watches, the statistics go out. It never waits, and it may
 * fail at any moment: ballooning goes on with the last good values.
 */
#ifndef STORE_H
#define STORE_H

#include <poll.h>

#include "guest.h"
#include "common/record.h"
#include "xenstore/xenstore.h"

/* Keys that are read: the overrides first, in their order. */
enum {
	STORE_TARGET = OVERRIDE_COUNT,
	STORE_STATIC_MAX,
	STORE_XAPI,  /* there: XAPI's squeezed sizes this guest */
	STORE_QUBES, /* there: qmemman of Qubes OS does */
	STORE_KEYS
};

/* What is published. */
enum {
	STORE_STAT,
	STORE_SELFTARGET,
	STORE_MEMINFO,
	STORE_VMSTAT,
	STORE_UPTIME,
	/* in the form of XAPI, and of Qubes OS: only where they are at work */
	STORE_XAPI_FREE,
	STORE_XAPI_TOTAL,
	STORE_XAPI_UPDATED,
	STORE_XAPI_FEATURE,
	STORE_QUBES_USED,
	STORE_VALUES
};

/*
 * Between attempts to connect: the first, and the longest; it doubles.
 */
#define STORE_RETRY_MS 1000
#define STORE_RETRY_MAX_MS 64000

/* A sleep of at most so long is not broken for a reply to a statistic. */
#define STORE_DOZE_MS 1000

/*
 * After restore and migration every watch fires, within this time: the store
 * is another one and knows nothing of this guest.
 */
#define STORE_RESUME_MS 2000
/* Least room for a value, below which it is not worth sending. */
#define STORE_ROOM_MIN 256

enum store_job { JOB_NONE, JOB_READ, JOB_WATCH, JOB_WRITE };

struct store {
	uint64_t retry_at_ms, retry_ms;
	uint64_t pause_ms; /* after a refused read or watch */
	uint64_t read_at_ms, watch_at_ms; /* the next one not before */
	uint64_t told_ms;	  /* when the record was filled */
	uint64_t fired_ms;
	unsigned fired;		  /* watches, as bits, since fired_ms */
	unsigned room;		  /* bytes that the quota leaves a value */
	unsigned last; /* value whose turn it was; UINT_MAX: before the first */
	unsigned sent;		  /* value written last */
	enum store_job job;	  /* in flight */
	unsigned job_key;
	bool answered;		  /* on this connection */
	bool complained;	  /* about a connection that does not come */
	bool more;		  /* messages were left for the next turn */
	bool in_data;		  /* under data/xenballoon, not memory/ */
	bool told;
	bool ahead;		  /* the record goes before the others */
	bool due[STORE_VALUES];	  /* to be written */
	bool stale[STORE_KEYS];	  /* to be read */
	bool unwatched[STORE_KEYS];
	bool unheard[STORE_KEYS]; /* said that it can't be watched */
	bool fresh[STORE_KEYS];	  /* a watch that fires because it is new */
	bool refused[STORE_VALUES]; /* said so */
	struct record record;	  /* published, or due */
	struct xenstore link;	  /* last: it is large */
};

/*
 * Connects, and waits until domain 0's word is known or does not come in time,
 * or for SIGNAL_STOP. Returns the signals that arrived meanwhile.
 */
unsigned store_settle(struct store *st, struct guest *g);

/*
 * Takes what has come and sends one request: the rest waits for its reply. True
 * when the settings or the ceiling changed.
 */
bool store_turn(struct store *st, struct guest *g, uint64_t now_ms);

/* Whether a turn has anything to do but take what poll(2) announces. */
bool store_busy(const struct store *st);

/*
 * Marks the statistics for writing: when they changed, at most once in
 * XENBALLOON_STATS_INTERVAL, and unchanged at every sixth of them. A need
 * above the ceiling, and memory given back, are told at once.
 */
void store_report(struct store *st, const struct guest *g, uint64_t now_ms);

/* memory/target is another by now, or may be: it is not read yet. */
bool store_stale(const struct store *st);

/* The descriptor and events to wait for in a sleep of `ms`; fd -1: none. */
struct pollfd store_poll(const struct store *st, uint64_t ms);

#endif
