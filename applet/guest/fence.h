/* SPDX-License-Identifier: 0BSD */
/*
 * The fence: memory.high of cgroups kept a margin under what is available
 * while the guest is smaller than it may be. A burst that crosses it is slowed
 * by the kernel instead of killed, and wakes the daemon, which grows the guest
 * and moves the fence until the burst fits. Where the guest can't grow, the
 * fence is open: waiting would not help.
 */
#ifndef FENCE_H
#define FENCE_H

#include <poll.h>

#include "cgroup.h"
#include "settings.h"

/*
 * How often groups are looked for that came after the start: a login's, a
 * service's. It costs some twenty calls.
 */
#define FENCE_LOOK_MS 60000

struct fence {
	unsigned count;
	bool closed;
	bool lost; /* a group is to be found anew */
	bool more; /* there are more groups than CGROUP_MAX */
	uint64_t looked_ms;
	uint64_t spare_kb; /* when it was moved last */
	uint64_t before[CGROUP_MAX];  /* memory.high without us: bytes */
	uint64_t set[CGROUP_MAX];     /* by us; CGROUP_NO_LIMIT: not by us */
	uint64_t crossed[CGROUP_MAX]; /* `high` of memory.events, read last */
	struct cgroup group[CGROUP_MAX];
};

/*
 * memory.high for a group that holds `current` bytes, and has `set` or
 * CGROUP_NO_LIMIT, when `spare_kb` more may be taken by all `groups` together.
 * Where nothing may, the fence does not give way to what pushes against it: the
 * further above it a group is, the more the kernel slows it. Pure.
 */
uint64_t fence_limit(
    uint64_t current, uint64_t set, uint64_t spare_kb, unsigned groups);

/*
 * The groups that XENBALLOON_FENCE names, by name alone: what there would be
 * to fence.
 */
void fence_find(struct fence *f, const struct settings *s);

/* Sets `lost` where the settings' groups have one more by now. */
void fence_look(struct fence *f, const struct settings *s);

/*
 * Stops, finds and starts again: at the start, after a change of the settings,
 * and where `lost` says so. Takes what a dead daemon left behind, and moves the
 * caller outside. Says what it can't do.
 */
void fence_renew(struct fence *f, const struct settings *s);

/* Puts back what a daemon that was killed left behind. */
void fence_recover(void);

/*
 * Moves the fence: `spare_kb` may be taken before it is crossed. `check`:
 * even where it stands well, see whether somebody else has moved it.
 */
void fence_close(struct fence *f, uint64_t spare_kb, bool check);
/* Every memory.high as it was. */
void fence_open(struct fence *f);
/* The same at the end: nothing is left behind. */
void fence_stop(struct fence *f);

/* One entry for each group; how many. */
unsigned fence_poll(const struct fence *f, struct pollfd *p);
/* True when one was crossed, from the entries that fence_poll filled in. */
bool fence_was_crossed(struct fence *f, const struct pollfd *p);

#endif
