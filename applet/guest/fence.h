/* SPDX-License-Identifier: 0BSD */
/*
 * The fence: memory.high of cgroups kept a margin under what is available
 * while the guest is smaller than it may be. A burst that crosses it is slowed
 * by the kernel instead of killed, and wakes the daemon, which grows the guest
 * and moves the fence until the burst fits. Where the guest can't grow, the
 * fence is lifted: waiting would not help.
 */
#ifndef FENCE_H
#define FENCE_H

#include <poll.h>

#include "cgroup.h"
#include "settings.h"

/*
 * How often groups are looked for that were made after the start: a login's, a
 * service's. It costs some twenty system calls.
 */
#define FENCE_RESCAN_MS 60000

struct fence {
	/* The groups that are open, and whether there are more of them. */
	unsigned count;
	bool too_many;
	struct cgroup group[CGROUP_MAX];

	/* fence_restart is due: a group is gone, or a new one was found. */
	bool restart_due;
	uint64_t rescanned_ms; /* the last fence_rescan, for the caller */

	bool in_force;	   /* fence_set came after the last fence_lift */
	uint64_t spare_kb; /* of the last fence_set that moved it */

	/* Of each group: memory.high as anybody else has set it, in bytes. */
	uint64_t before[CGROUP_MAX];
	/* memory.high as we have set it; CGROUP_NO_LIMIT: it is not ours. */
	uint64_t set[CGROUP_MAX];
	uint64_t crossed[CGROUP_MAX]; /* `high` of memory.events, read last */
};

/*
 * memory.high for a group that holds `current` bytes, and has `set` or
 * CGROUP_NO_LIMIT, when `spare_kb` more may be taken by all `groups` together.
 * Where nothing may, the fence does not give way to what pushes against it: the
 * further above it a group is, the more the kernel slows it. Pure.
 */
uint64_t fence_limit(
    uint64_t current, uint64_t set, uint64_t spare_kb, unsigned groups);

/* Fills in the names of the groups that XENBALLOON_FENCE asks for. */
void fence_find(struct fence *f, const struct settings *s);

/*
 * Stops, finds and starts again: at the start, after a change of the settings,
 * and where `restart_due` says so. Takes over what a daemon that was killed
 * left behind, and moves the caller outside. Logs what can't be had.
 */
void fence_restart(struct fence *f, const struct settings *s);

/* Sets `restart_due` when there is a group now that is not fenced. */
void fence_rescan(struct fence *f, const struct settings *s);

/* Puts back what a daemon that was killed left behind. */
void fence_recover(void);

/*
 * Sets each memory.high, so that all groups together may take `spare_kb` before
 * one is crossed. `check`: even where it stands well, see whether somebody else
 * has set another one.
 */
void fence_set(struct fence *f, uint64_t spare_kb, bool check);
/* Every memory.high as it was. */
void fence_lift(struct fence *f);
/* The same at the end, and closes all: nothing is left behind. */
void fence_stop(struct fence *f);

/* Fills in an entry for each group; how many. */
unsigned fence_poll(const struct fence *f, struct pollfd *p);
/* Reads the events that the entries of fence_poll have: was one crossed? */
bool fence_read_events(struct fence *f, const struct pollfd *p);

#endif
