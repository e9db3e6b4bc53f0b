/* SPDX-License-Identifier: 0BSD */
/*
 * All domains as domain 0 sees them in xenstore: one table that the monitor
 * and the balancer read. domain.h has what of one is true.
 */
#ifndef DOMAINS_H
#define DOMAINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain.h"
#include "xenstore/xenstore.h"

/*
 * Four times what one host runs in practice. The table lies on the stack of
 * the tool that uses it: as a static it would count as committed memory in
 * each guest, though no guest uses it.
 */
#define DOMAINS_MAX 4096

struct domains {
	struct xenstore *store;
	bool watch;    /* what changes later is to be known by a watch */
	bool watching; /* xenstored has taken the watch */
	bool listed;   /* the list of ids is up to date */
	/*
	 * xenstored refused the list, as it does outside domain 0; or its
	 * answer was no list, or another list with each part.
	 */
	bool refused;
	bool too_many;	  /* there are more than DOMAINS_MAX */
	unsigned signals; /* those of wait_for while replies were waited for */
	unsigned count;
	struct domain at[DOMAINS_MAX]; /* `count` of them, by their ids */
};

/* *store is closed, or freshly open. watch: later only changes are read. */
void domains_start(struct domains *d, struct xenstore *store, bool watch);

/*
 * Brings the table up to date, on a new connection where there is none; a
 * domain that is still there keeps its entry's history. Waits at most
 * XENSTORE_REPLY_MS for each reply. False when xenstored is not there or the
 * connection was lost, or SIGNAL_STOP came: then the connection is closed, and
 * part of the table may be up to date; or when the list was `refused`.
 */
bool domains_refresh(struct domains *d, uint64_t now_ms);

/* Why domains_refresh is false, as a sentence. */
const char *domains_error(const struct domains *d);

/* A watch event that came between two refreshes: marks what is to be read. */
void domains_event(struct domains *d, const struct wire_message *m);

/* The list and all keys are read again at the next refresh. */
void domains_distrust(struct domains *d);

/* The entry of a domain id; NULL: there is none. */
struct domain *domains_find(struct domains *d, uint32_t id);

#endif
