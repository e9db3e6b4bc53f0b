/* SPDX-License-Identifier: 0BSD */
#include "step.h"
#include "common/numbers.h"

/* A step from the target up to `goal`, if that is above it; at most `top`. */
static uint64_t
step_up(uint64_t goal, uint64_t top, const struct inputs *in)
{
	uint64_t target = in->sample->balloon.target_kb;
	uint64_t gap = excess(goal, target);

	gap = max_u64(gap / in->settings->up, min_u64(gap, STEP_MIN_KB));
	return min_u64(round_up_kb(target + gap), top);
}

/* The size to grow to: the need, and what comes within the next second. */
uint64_t
step_grow(const struct load *l, const struct need *n, const struct inputs *in)
{
	uint64_t ahead =
	    l->rate_kb_s >= HISTORY_RATE_MIN_KB_S ? l->rate_kb_s : 0;
	uint64_t goal = min_u64(n->wanted_kb + ahead, n->ceiling_kb);

	return step_up(goal, n->ceiling_kb, in);
}

/* `more` above the target, or what the need asks for if that is larger. */
static uint64_t
raised_kb(uint64_t more, const struct load *l, const struct need *n,
    const struct inputs *in)
{
	uint64_t target = in->sample->balloon.target_kb;

	return max_u64(step_grow(l, n, in),
	    min_u64(round_up_kb(target + more), n->ceiling_kb));
}

/* What was asked for and is not there yet. */
uint64_t
step_coming(const struct inputs *in)
{
	const struct sample_balloon *b = &in->sample->balloon;

	return excess(b->target_kb, b->current_kb);
}

/*
 * A burst crossed the fence. How large it will be nobody knows: its step is
 * the reserve first, then twice as much each time, once what was asked for is
 * nearly there.
 */
void
step_track_burst(struct load *l, const struct need *n, const struct inputs *in)
{
	uint64_t now_ms = in->sample->at_ms;

	if (now_ms - l->crossed_ms >= STEP_BURST_MS || !l->burst_kb)
		l->burst_kb = n->reserve_kb;
	else if (step_coming(in) < l->burst_kb / 2)
		l->burst_kb *= 2;
	l->crossed_ms = now_ms;
}

uint64_t
step_burst(const struct load *l, const struct need *n, const struct inputs *in)
{
	if (step_coming(in) >= l->burst_kb / 2)
		return max_u64(
		    in->sample->balloon.target_kb, step_grow(l, n, in));
	return raised_kb(l->burst_kb, l, n, in);
}

/* Pressure although the sums say enough: a quarter of what is left to get. */
uint64_t
step_relieve(const struct load *l, const struct need *n,
    const struct inputs *in)
{
	uint64_t left = excess(n->ceiling_kb, in->sample->balloon.target_kb);

	return raised_kb(max_u64(left / 4, n->reserve_kb), l, n, in);
}

/* The working set is larger than this: up by what was read again. */
uint64_t
step_refault(const struct strain *t, const struct need *n,
    const struct inputs *in)
{
	const struct sample *s = in->sample;
	uint64_t more = max_u64(
	    s->memory.total_kb / STEP_BACKOFF_SHARE, t->refault_kb_s);

	return min_u64(
	    round_up_kb(s->balloon.target_kb + more), n->ceiling_kb);
}

uint64_t
step_shrink(const struct need *n, const struct inputs *in)
{
	const struct sample_balloon *b = &in->sample->balloon;
	uint64_t gap = b->target_kb - n->goal_kb;
	uint64_t step = max_u64(gap / in->settings->down, STEP_MIN_KB);
	uint64_t safe = n->safe_kb + n->reserve_kb + n->overhead_kb;

	if (!near_kb(b->target_kb, b->current_kb))
		return b->current_kb; /* refused: see why_not_shrink() */
	/* Down to what is committed nothing is probed. */
	if (in->settings->policy == MODE_WORKINGSET)
		step = min_u64(step, max_u64(excess(b->target_kb, safe),
		    in->sample->memory.total_kb / STEP_PROBE_SHARE));
	if (gap <= step || gap < 2 * STEP_MIN_KB)
		return n->goal_kb;
	return round_up_kb(b->target_kb - step);
}

/*
 * XENBALLOON_GUARD: what the guest uses and the reserve stay, as far as the
 * guest still has them: Xen gives nothing back above memory/target.
 */
uint64_t
step_guarded(const struct need *n, const struct inputs *in)
{
	uint64_t kept =
	    round_up_kb(n->used_kb + n->reserve_kb + n->overhead_kb);

	if (!in->settings->guard)
		return n->ceiling_kb;
	return max_u64(n->ceiling_kb,
	    min_u64(kept, in->sample->balloon.current_kb));
}

uint64_t
step_directed(uint64_t goal, const struct inputs *in)
{
	uint64_t target = in->sample->balloon.target_kb;
	uint64_t part = excess(target, goal) / in->settings->down;
	uint64_t size = round_up_kb(target - part);

	if (goal > target)
		return step_up(goal, goal, in);
	return part < STEP_MIN_KB || near_kb(size, goal) ? goal : size;
}
