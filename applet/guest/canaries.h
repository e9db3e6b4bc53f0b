/* SPDX-License-Identifier: 0BSD */
/*
 * Canaries as the daemon has them: takes in who stands and who died, asks the
 * keeper for what the plan wants, and says what changed.
 */
#ifndef CANARIES_H
#define CANARIES_H

#include "guest.h"

/* Shortest time between two orders: canaries that die at once end somewhere. */
#define CANARIES_ORDER_MS 1000
/*
 * Those that have not armed themselves after so long never will; and where some
 * could not, the next are asked for so late.
 */
#define CANARIES_ARM_MS 10000

/* After SIGNAL_CHILD or what the canaries' pipe has: into the wakeup. */
void canaries_reap(struct guest *g, struct wakeup *w);

/* After a decision: orders what is missing, or lets them go. */
void canaries_tend(struct guest *g);

#endif
