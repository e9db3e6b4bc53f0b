/* SPDX-License-Identifier: 0BSD */
#include "hold.h"
#include "common/numbers.h"

/* At full size no ceiling of domain 0's is in the way. */
static bool
is_full(const struct need *n, const struct inputs *in)
{
	return near_kb(in->sample->balloon.current_kb, n->ceiling_kb) &&
	    n->ceiling_kb + GRAIN_KB > in->max_total_kb + n->overhead_kb;
}

/* Since when domain 0's ceiling is below the need. */
static void
update_capped(struct rest *r, const struct need *n, const struct inputs *in)
{
	uint64_t needed = max_u64(
	    n->wanted_kb, n->overhead_kb + n->used_kb + n->margin_kb);

	if (!near_kb(in->sample->balloon.current_kb, n->ceiling_kb) ||
	    is_full(n, in) || needed <= n->ceiling_kb)
		r->capped_since_ms = 0;
	else if (!r->capped_since_ms)
		r->capped_since_ms = in->sample->at_ms;
}

/*
 * Whether waiting at the fence may help: there is room below the ceiling, or
 * domain 0 may raise one that is lower than the guest has been.
 */
static bool
may_grow(const struct rest *r, const struct need *n, const struct inputs *in)
{
	return !is_full(n, in) && (!r->capped_since_ms ||
	    in->sample->at_ms - r->capped_since_ms < HOLD_CAPPED_MS);
}

/*
 * The fence stands while the guest can still grow. What the balloon is about
 * to take is not there to be spared.
 */
void
hold_fence(struct decision *d, struct history *h, const struct inputs *in)
{
	const struct sample *s = in->sample;
	uint64_t leaving = excess(s->balloon.current_kb, d->target_kb);

	update_capped(&h->rest, &d->need, in);
	d->fence = in->fenced && in->settings->self &&
	    s->at_ms >= h->rest.hold_until_ms &&
	    h->driver.progress < PROGRESS_REFUSED &&
	    (leaving > 0 || may_grow(&h->rest, &d->need, in));
	d->spare_kb =
	    excess(s->memory.available_kb, d->need.margin_kb + leaving);
}

/* Whether the brake, once on, has done what it is for. */
static bool
is_brake_done(const struct brake *b, const struct need *n,
    const struct inputs *in)
{
	const struct sample *s = in->sample;
	uint64_t stretch = min_u64(max_u64(in->max_total_kb /
	    HOLD_STRETCH_SHARE, HOLD_STRETCH_MIN_KB),
	    HOLD_STRETCH_MAX_KB);
	uint64_t frozen_ms = s->at_ms - b->since_ms;

	return s->at_ms - b->moved_ms >= HOLD_FROZEN_STILL_MS ||
	    frozen_ms >= HOLD_FROZEN_MAX_MS ||
	    near_kb(s->balloon.current_kb, n->ceiling_kb) ||
	    (s->balloon.current_kb >= b->from_kb + stretch &&
		(in->canary.standing || frozen_ms >= HOLD_FROZEN_ARM_MS));
}

static void
start_brake(struct brake *b, const struct sample *s)
{
	*b = (struct brake){.since_ms = s->at_ms, .moved_ms = s->at_ms,
	    .from_kb = s->balloon.current_kb,
	    .last_kb = s->balloon.current_kb};
}

static void
track_brake(struct brake *b, const struct sample *s)
{
	if (s->balloon.current_kb > b->last_kb) {
		b->last_kb = s->balloon.current_kb;
		b->moved_ms = s->at_ms;
	}
}

/*
 * On at a canary's death, where memory is on its way. Where the balloon can't
 * grow, to stand still would help nobody.
 */
void
hold_brake(struct decision *d, struct history *h, const struct inputs *in)
{
	const struct sample *s = in->sample;
	struct brake *b = &h->brake;

	if (b->since_ms)
		track_brake(b, s);
	else if (d->reason == REASON_CANARY && in->canary.brake &&
	    !near_kb(s->balloon.current_kb, d->need.ceiling_kb))
		start_brake(b, s);
	if (b->since_ms && is_brake_done(b, &d->need, in))
		b->since_ms = 0;
	d->freeze = b->since_ms != 0;
}
