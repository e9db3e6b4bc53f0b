/* SPDX-License-Identifier: 0BSD */
/*
 * The dead man's switch: what the keeper does when the daemon is gone. What was
 * set is put back and the guest goes to its ceiling: at once after a crash or a
 * kill -9, after a second where the daemon ended by itself, so that its
 * successor finds the guest as it was. Where one steers, nothing is done.
 */
#ifndef DEADMAN_H
#define DEADMAN_H

#include "guest.h"

#define DEADMAN_WAIT_MS 1000

/*
 * The balloon's thread runs before those that take memory while this daemon
 * steers it: eight processes on two processors had left it a ninth of them.
 */
#define DEADMAN_BALLOON_NICE (-20)

/* Everything that was set beyond files is as before: at the end. */
void deadman_put_back(struct guest *g);

/*
 * Starts the keeper; says why when there is none. ready_fd: the daemon's -d, or
 * -1.
 */
void deadman_start(struct guest *g, int ready_fd);

/* What the keeper has to know now. clean: the daemon is about to end. */
void deadman_tell(struct guest *g, bool clean);

#endif
