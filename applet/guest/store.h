/* SPDX-License-Identifier: 0BSD */
/*
 * The guest's conversation with xenstore: orders come in (orders.h), reports
 * go out (publish.h), one request at a time. It never waits, and it may fail
 * at any moment: ballooning goes on with the last good values.
 */
#ifndef STORE_H
#define STORE_H

#include <poll.h>

#include "link.h"
#include "orders.h"
#include "publish.h"

/* A sleep of at most so long is not broken for a reply to a write. */
#define STORE_SHORT_SLEEP_MS 1000

/* The request that waits for its reply. */
struct in_flight {
	enum store_request request;
	enum store_key key;	/* of a read or a watch */
	enum store_value value; /* of a write */
};

struct store {
	struct link link;
	struct in_flight in_flight;
	bool more; /* messages were left for the next turn */

	/* What comes in: the result, and how far it is read. */
	struct orders orders;
	struct order_keys keys;

	/* What goes out. */
	struct publisher publisher;
};

/*
 * Connects, and waits until all orders are known or do not come in time, or
 * for SIGNAL_STOP. Returns the signals that arrived meanwhile.
 */
unsigned store_settle(struct store *st);

/*
 * Reads what has come, and sends one request: the rest waits for its reply.
 * The orders' serial says whether they changed.
 */
void store_turn(struct store *st, uint64_t now_ms);

/* Whether a turn has anything to do but read what poll(2) announces. */
bool store_is_busy(const struct store *st);

/* Whether memory/target has changed and is not read yet. */
bool store_target_is_stale(const struct store *st);

/* The descriptor and events to wait for in a sleep of `ms`; fd -1: none. */
struct pollfd store_poll(const struct store *st, uint64_t ms);

#endif
