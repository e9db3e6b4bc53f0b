/* SPDX-License-Identifier: 0BSD */
/*
 * What the balancer logs: states that begin and end, once each, and no more
 * than a message a minute of each.
 */
#ifndef BALANCE_LOG_H
#define BALANCE_LOG_H

#include "domains.h"
#include "share.h"

/* What was logged last; zeroed once. That of one guest: struct share_guest. */
struct balance_log {
	bool lost;	    /* xenstored does not answer */
	bool managed;	    /* another balancer is at work */
	bool tight, over;   /* of struct share_result */
	uint64_t result_ms; /* when: of tight and over */
};

/* Whether domains_refresh was true. */
void balance_log_refresh(
    struct balance_log *l, const struct domains *d, bool ok);

/* What share() has come to, of the pool and of each guest. */
void balance_log_step(struct balance_log *l, const struct share_result *r,
    struct domains *d, struct share_guest *g, unsigned count, uint64_t now_ms);

#endif
