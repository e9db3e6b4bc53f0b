/* SPDX-License-Identifier: 0BSD */
/*
 * A guest for the tests of the policy: that of the measurements, 512 MB, PV,
 * MemTotal 467008, nearly idle. Its driver follows at once when it may.
 */
#ifndef WORLD_H
#define WORLD_H

#include <string.h>

#include "guest/hold.h"
#include "guest/policy.h"
#include "../lib/tap.h"

#define SIZE 524288
#define TOTAL 467008
#define OVERHEAD (SIZE - TOTAL)
#define FLOOR 157696 /* of xenballoond of 2008 for such a guest: 154 MB */
#define MEMINFO \
	(HAVE_TOTAL | HAVE_FREE | HAVE_AVAILABLE | HAVE_ANON | HAVE_SHMEM | \
	    HAVE_COMMITTED | HAVE_COMMIT_LIMIT | HAVE_SWAP_TOTAL | \
	    HAVE_SWAP_FREE)

struct world {
	struct sample s;
	struct settings set;
	struct inputs in;
	struct history h;
	bool uncounted; /* the counters are those of an earlier look */
	struct decision d;
};

static inline void
idle(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->s.at_ms = 1000;
	w->s.memory = (struct sample_memory){.have = MEMINFO,
	    .total_kb = TOTAL, .free_kb = 420000, .available_kb = 430000,
	    .anon_kb = 5000, .shmem_kb = 100, .committed_kb = 10000,
	    .commit_limit_kb = 233504};
	w->s.balloon = (struct sample_balloon){.known = true,
	    .held_known = true, .current_kb = SIZE, .target_kb = SIZE};
	w->s.counters.have = HAVE_SWAP_IN | HAVE_OOM_KILLS;
	settings_default(&w->set);
	w->set.self = 1;
	w->set.reserve_mb = 32; /* what `auto` is may change */
	w->in = (struct inputs){.sample = &w->s, .settings = &w->set,
	    .ceiling_kb = SIZE, .max_total_kb = TOTAL, .have_target = true};
}

/* The balloon is at `size`; what is in use stays. */
static inline void
resize(struct world *w, uint64_t size)
{
	uint64_t used = w->s.memory.total_kb - w->s.memory.available_kb;

	w->s.balloon.current_kb = w->s.balloon.target_kb = size;
	w->s.balloon.low_kb = SIZE - size;
	w->s.memory.total_kb = size - OVERHEAD;
	w->s.memory.available_kb = w->s.memory.total_kb > used ? w->s.memory.total_kb - used : 0;
	w->s.memory.free_kb = w->s.memory.available_kb;
}

/* One look after `ms`; a driver that follows at once when it may. */
static inline bool
look(struct world *w, uint64_t ms, bool follows)
{
	w->s.at_ms += ms;
	if (!w->uncounted)
		w->s.counters.at_ms = w->s.at_ms;
	policy_decide(&w->d, &w->h, &w->in);
	if (w->d.write && follows)
		resize(w, w->d.target_kb);
	else if (w->d.write)
		w->s.balloon.target_kb = w->d.target_kb;
	return w->d.write;
}

/* Looks until nothing was written for `quiet` of them; how many writes. */
static inline unsigned
settle(struct world *w, unsigned quiet)
{
	unsigned writes = 0, still = 0;

	for (unsigned i = 0; i < 100000 && still < quiet; i++) {
		if (look(w, w->d.next_ms, true))
			writes++, still = 0;
		else
			still++;
	}
	return writes;
}

/* Takes or gives `kb` of anonymous memory. */
static inline void
use(struct world *w, int64_t kb)
{
	w->s.memory.available_kb -= (uint64_t)kb;
	w->s.memory.free_kb = w->s.memory.available_kb;
	w->s.memory.anon_kb += (uint64_t)kb;
	w->s.memory.committed_kb += (uint64_t)kb;
}

#endif
