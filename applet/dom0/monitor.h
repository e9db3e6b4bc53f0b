/* SPDX-License-Identifier: 0BSD */
/* What monitor.c and live.c share: the table and where it is written to. */
#ifndef MONITOR_H
#define MONITOR_H

#include "domains.h"
#include "screen.h"
#include "xenstore/xenstore.h"

/* A whole screen, with what moves the cursor: it is one write(2). */
#define MONITOR_OUT_MAX ((SCREEN_COLUMNS_MAX + 8) * SCREEN_LINES_MAX)

struct options;

/* Lies on the stack: see DOMAINS_MAX. */
struct monitor {
	const struct options *options;
	bool live; /* the table stays on a terminal: nothing is logged there */

	/* Of the last refresh. */
	bool lost; /* xenstored did not answer */
	bool too_many_logged;

	/* Output: a text that is written to a descriptor. */
	bool broken; /* it can't be written: errno */
	int fd;
	struct text out;

	/* hold_table() clears what is above; what is below is large. */
	struct screen screen;
	struct xenstore store;
	struct domains domains;
	char bytes[MONITOR_OUT_MAX]; /* of out */
};

/* Brings the table up to date. False: SIGNAL_STOP came. */
bool monitor_refresh(struct monitor *m);

/* Sets the screen's columns, and *lines: the terminal's, within bounds. */
void monitor_measure(struct monitor *m, unsigned *lines);

/* Writes `out`, and empties it. */
void monitor_flush(struct monitor *m);

/*
 * The table on the terminal, drawn anew each wait_s seconds and as keys want
 * it, until one of them or a signal ends that. An exit status.
 */
int live_loop(struct monitor *m, uint64_t wait_s);

#endif
