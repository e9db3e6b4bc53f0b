/* SPDX-License-Identifier: 0BSD */
/*
 * How the targets that share() gives get to their guests: memory/target is
 * written, or a command is run for each.
 */
#ifndef TARGETS_H
#define TARGETS_H

#include <stdbool.h>

#include "balance_conf.h"
#include "domains.h"
#include "share.h"

struct targets {
	struct domains *domains;
	const struct balance_conf *conf;
	bool verbose;	   /* logs each target */
	unsigned *signals; /* those of wait_for that come are added */

	/*
	 * The table may not be what xenstore has: an event was read, of which
	 * poll(2) does not tell any more, or memory/target was another one.
	 * targets_set sets it, the caller clears it.
	 */
	bool table_is_old;

	/* Of use within one call. */
	bool timed_out; /* the command: the next one would too */
	char command[BALANCE_COMMAND_MAX];
	char *argv[BALANCE_ARGS_MAX + 1];
};

/*
 * Sets the targets of g[0] to g[count - 1] that change: the lower ones first,
 * and none is raised when one of those fails. EXIT_NO: there is none;
 * EXIT_DONE; EXIT_REFUSED: one failed.
 */
int targets_set(struct targets *t, struct share_guest *g, unsigned count);

#endif
