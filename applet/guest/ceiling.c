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
	c->fresh |= store_kb != c->store_kb;
	c->store_kb = store_kb;
}

/* Pages in the guest and in its balloon. */
static uint64_t
there_kb(const struct ceiling *c, const struct sample_balloon *b)
{
	return b->held_known ? b->current_kb + b->low_kb + b->high_kb
			     : c->top_kb;
}

/*
 * A number that differs from what was asked for is the kernel's own sum, of
 * the memory/target that was just read. Before there is one: all pages, those
 * in the balloon too, add up to memory/target less the difference, or where
 * the kernel knew of more at the boot to static-max less it; a guest that is
 * not ballooned has the target that the kernel summed up. What does not hold
 * makes the difference larger; below zero it wraps.
 */
static void
learn_diff(struct ceiling *c, const struct sample_balloon *b, uint64_t there,
    uint64_t asked_kb)
{
	uint64_t diff = c->store_kb - b->target_kb;

	if (!asked_kb || !c->fresh || near_kb(b->target_kb, asked_kb) ||
	    b->target_kb == b->current_kb) {
		if (c->have_diff)
			return;
		if (b->held_known)
			diff = min_u64(diff, min_u64(c->store_kb - there,
			    c->static_max_kb - there));
	}
	if (diff > CEILING_DIFF_MAX_KB)
		return;
	c->diff_kb = diff;
	c->have_diff = true;
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
	if (!c->pv && c->store_kb)
		learn_diff(c, b, there, asked_kb);
	c->fresh = false;
}

uint64_t
ceiling_kb(const struct ceiling *c, const struct sample_balloon *b)
{
	uint64_t all = max_u64(c->hotplug_kb, there_kb(c, b));
	uint64_t allowed = excess(c->store_kb, c->diff_kb);

	if (!b->known)
		return 0;
	/* What is held is not known: the driver knows how far it gets. */
	if (allowed && (allowed < all || !b->held_known))
		return allowed;
	return all;
}
