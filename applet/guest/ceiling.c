/* SPDX-License-Identifier: 0BSD */
#include "ceiling.h"
#include "common/numbers.h"

void
ceiling_static_max(struct ceiling *c, uint64_t kb)
{
	/* The first guess was made without it. */
	if (kb != c->static_max_kb)
		c->have_diff = false;
	c->static_max_kb = kb;
}

void
ceiling_store(struct ceiling *c, uint64_t store_kb)
{
	c->have_store = true;
	c->store_kb = store_kb;
}

static bool
plausible(uint64_t larger, uint64_t smaller)
{
	return larger >= smaller && larger - smaller <= CEILING_DIFF_MAX_KB;
}

/* Pages in the guest and in its balloon. */
static uint64_t
there_kb(const struct ceiling *c, const struct sample_balloon *b)
{
	return b->held_known ? b->current_kb + b->low_kb + b->high_kb
			     : c->top_kb;
}

void
ceiling_learn(struct ceiling *c, const struct sample_balloon *b,
    uint64_t asked_kb)
{
	uint64_t there;

	if (!b->known)
		return;
	c->top_kb = max_u64(c->top_kb, b->current_kb);
	there = there_kb(c, b);
	if (b->target_kb > there)
		c->hotplug_kb = b->target_kb;
	else if (asked_kb > there)
		c->hotplug_kb = 0;
	if (c->pv || !c->have_store)
		return;
	if (asked_kb && !near_kb(b->target_kb, asked_kb) &&
	    b->target_kb != b->current_kb &&
	    plausible(c->store_kb, b->target_kb)) {
		c->diff_kb = c->store_kb - b->target_kb;
		c->have_diff = true;
	}
	if (c->have_diff)
		return;
	/*
	 * A daemon that starts in a ballooned guest did not see the boot: all
	 * pages, those in the balloon too, still add up to static-max less
	 * the difference.
	 */
	if (b->held_known && c->static_max_kb &&
	    plausible(c->static_max_kb, there))
		c->diff_kb = c->static_max_kb - there;
	else if (plausible(c->store_kb, b->target_kb))
		c->diff_kb = c->store_kb - b->target_kb;
	else
		return;
	c->have_diff = true;
}

uint64_t
ceiling_kb(const struct ceiling *c, const struct sample_balloon *b)
{
	uint64_t all = max_u64(c->hotplug_kb, there_kb(c, b));
	uint64_t allowed = excess(c->store_kb, c->diff_kb);

	if (!b->known)
		return 0;
	return allowed ? min_u64(allowed, all) : all;
}
