/* SPDX-License-Identifier: 0BSD */
/*
 * The daemon's connection to xenstored, which may be lost at any moment and is
 * looked for again, and what reading (orders.h) and writing (publish.h) over
 * it have in common.
 */
#ifndef LINK_H
#define LINK_H

#include "xenstore/xenstore.h"

/* The pause after a failure: the first, and the longest; it doubles. */
#define LINK_PAUSE_MS 1000
#define LINK_PAUSE_MAX_MS 64000

/* A request that waits for its reply; there is one at a time. */
enum store_request { REQUEST_NONE, REQUEST_READ, REQUEST_WATCH, REQUEST_WRITE };

struct link {
	struct xenstore xenstore;

	/* When to connect again, and the pause after the next failure. */
	uint64_t retry_at_ms, pause_ms;

	bool answered;	     /* xenstored has, on this connection */
	bool silence_logged; /* that xenstored does not answer */
};

/* How long to pause now. The next pause is twice as long. */
uint64_t back_off(uint64_t *pause_ms);

void link_init(struct link *l);

/*
 * Connects where there is no connection and the pause is over. True: there is
 * a new one.
 */
bool link_connect(struct link *l, uint64_t now_ms);

/* The connection is lost, or was not to be had. */
void link_on_lost(struct link *l, uint64_t now_ms);

/* xenstored answered a request. */
void link_on_reply(struct link *l);

/* "xenstore: PATH: 'ERROR': THEN", the error's name as xenstored sent it. */
void link_log_refusal(
    const char *path, const struct wire_message *m, const char *then);

#endif
