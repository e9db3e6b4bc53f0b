/* SPDX-License-Identifier: 0BSD */
/*
 * The brake: cgroups that stand still while the balloon grows. Which ones:
 * XENBALLOON_FREEZE; `auto` is every child of the root but init.scope. This
 * process moves to the root itself.
 */
#ifndef BRAKE_H
#define BRAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "cgroup.h"
#include "settings.h"

/* A root has a handful of children; OpenRC makes one for each service. */
#define BRAKE_MAX 32

struct brake_groups {
	unsigned count;
	bool on;
	bool whole; /* all of them had stopped at the last look */
	uint64_t on_ms;	   /* since when */
	uint64_t total_ms; /* frozen since the start */
	uint64_t times;
	int mark_fd; /* RUN_FROZEN; 0: not open */
	struct cgroup_freezer group[BRAKE_MAX];
};

/*
 * Finds them; none is no error. At the start and where groups come and go.
 * Where RUN_FROZEN can't be kept there are none: nobody would know what to let
 * go after a kill -9.
 */
void brake_find(struct brake_groups *b, const struct settings *s);

/*
 * What a killed daemon left frozen goes on, by RUN_FROZEN. Not while a daemon
 * runs.
 */
void brake_recover(void);

/*
 * Stops them, or lets them go on; nothing where it is so already. What can't
 * be stopped is passed over.
 */
void brake_set(struct brake_groups *b, bool on, uint64_t now_ms);

/* At the end of the daemon. */
void brake_stop(struct brake_groups *b, uint64_t now_ms);

#endif
