/* SPDX-License-Identifier: 0BSD */
/*
 * How many canaries should stand, how large, and whether they protect: a
 * canary dies before anything else does, and the guest grows (the processes
 * are those of platform/keeper.h). Pure.
 */
#ifndef CANARY_H
#define CANARY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/reasons.h"
#include "keeper.h"
#include "settings.h"

/*
 * Their number buys time, as long as the balloon is slower than a burst: of
 * 4 MB in all 16 of 256 kB lasted 2.3 s and 2 of 2 MB 0.3 s, at 30 MB/s against
 * 10. Each costs some 50 kB of the kernel's besides. More processors take
 * memory faster; with no group to freeze time is all there is: CANARY_MAX.
 */
#define CANARY_COUNT_MIN 6
#define CANARY_COUNT_PER_CPU 2
/*
 * A 1024th of the guest each, 128 kB at least: batches of per-processor pages
 * hide less than that; 1 MB at most, where time is bought by number alone and
 * none is a huge page.
 */
#define CANARY_SHARE 1024
#define CANARY_KB_MIN 128
#define CANARY_KB_MAX 1024

/* What is known of them, and of what could come between. */
struct canary_facts {
	bool keeper;	/* there is one */
	bool contained; /* in a container, or another's cgroup namespace */
	bool panic_on_oom, kill_allocating; /* sysctls of vm. */
	bool rival;	    /* another process has a badness above */
	unsigned killers;   /* that run: a bit for each of KILLERS */
	bool protects;	    /* they did so at the last look */
	bool brake; /* groups stand still while the guest grows */
	unsigned cpus;
	unsigned standing;
	bool arming; /* they take memory now, or did since the last look */
	uint64_t held_kb; /* by those */
	unsigned killed; /* since the last look */
};

struct canary_plan {
	enum protection protection;
	unsigned count; /* that should stand; 0: they leave */
	uint32_t kb;	/* each */
};

/*
 * What all of them hold once they stand; 0 where there are to be none. They are
 * part of the need beforehand, or their own start would make the guest grow.
 */
uint64_t canary_planned_kb(const struct canary_facts *f,
    const struct settings *set, uint64_t max_total_kb);

/*
 * full: the guest is at its ceiling; refused: it asks for memory and gets none.
 * There a canary would only hide that a process has to be killed.
 */
void canary_plan(struct canary_plan *p, const struct canary_facts *f,
    const struct settings *set, uint64_t max_total_kb, bool full,
    bool refused);

#endif
