/* SPDX-License-Identifier: 0BSD */
/*
 * How large the guest may be: domain 0's target, in the driver's terms. Pure.
 *
 * Xen refuses pages above memory/target (plus about 1 MiB), whatever
 * static-max says. On PV the driver's target_kb is memory/target itself; on
 * PVH and HVM it is less by a constant, target_diff in drivers/xen/
 * xen-balloon.c: video memory and holes of the firmware.
 *
 * Where the kernel's own target is above all pages there are, it plugs in
 * memory on the way there: that is not taken back, and once it was given back
 * may be asked for again. A driver that can't lowers the number.
 */
#ifndef CEILING_H
#define CEILING_H

#include "common/sample.h"

/* 388 kB on PVH; some MB of video memory on HVM: more is no target_diff. */
#define CEILING_DIFF_MAX_KB 65536

struct ceiling {
	bool pv;
	bool have_diff;
	bool fresh;		/* store_kb was not there at the last look */
	uint64_t store_kb;	/* memory/target; 0: not read */
	uint64_t static_max_kb; /* memory/static-max; 0 unknown */
	uint64_t diff_kb;
	uint64_t top_kb;	/* largest size seen */
	uint64_t hotplug_kb;	/* target above all there is: is plugged in */
};

/* A new memory/target. */
void ceiling_store(struct ceiling *c, uint64_t store_kb);

/* A new memory/static-max: what was learnt without it is learnt anew. */
void ceiling_static_max(struct ceiling *c, uint64_t kb);

/*
 * Learns target_diff. `asked_kb` is what this program wrote last (0: nothing
 * yet): another target_kb than that is the kernel's own sum, where store_kb is
 * fresh. Called before any decision.
 */
void ceiling_learn(
    struct ceiling *c, const struct sample_balloon *b, uint64_t asked_kb);

/*
 * The largest target_kb worth writing; 0 when the balloon is unknown. From `b`
 * it was learnt before.
 */
uint64_t ceiling_kb(const struct ceiling *c, const struct sample_balloon *b);

#endif
