/* SPDX-License-Identifier: 0BSD */
#include "share.h"
#include "common/numbers.h"
#include "judge.h"
#include "text.h"

static bool
takes_part(const struct share_guest *g)
{
	return g->answer.reason < (enum share_reason)SHARE_ALONE_FROM;
}

/* What it holds of the pool with such a target. */
static uint64_t
held_kb(const struct share_guest *g, uint64_t target_kb)
{
	return max_u64(g->seen.current_kb, target_kb);
}

static uint64_t
band_kb(const struct share_guest *g)
{
	return max_u64(SHARE_BAND_KB, g->step.target_kb / SHARE_BAND_PART);
}

/*
 * Raises level_kb towards limit_kb, by weight and with no more than `left` in
 * all; what is left of it. Who needs less than his share leaves it to others.
 */
static uint64_t
fill(struct share_guest *g, unsigned count, uint64_t left)
{
	uint64_t weights, start;
	bool again;

	do {
		again = false;
		weights = 0;
		start = left;
		for (unsigned i = 0; i < count; i++)
			if (takes_part(&g[i]) &&
			    g[i].step.level_kb < g[i].step.limit_kb)
				weights += g[i].step.weight;
		for (unsigned i = 0; i < count; i++) {
			struct share_step *s = &g[i].step;
			uint64_t gap = excess(s->limit_kb, s->level_kb);

			if (!takes_part(&g[i]) || !gap ||
			    gap * weights > start * s->weight)
				continue;
			s->level_kb = s->limit_kb;
			left -= gap;
			again = true;
		}
	} while (again);
	start = left;
	for (unsigned i = 0; i < count && weights; i++) {
		struct share_step *s = &g[i].step;
		uint64_t more = share_round_down(start * s->weight / weights);

		if (!takes_part(&g[i]) || s->level_kb >= s->limit_kb)
			continue;
		s->level_kb += more;
		left -= more;
	}
	return left;
}

/* Where each is to be in the end, were all of `left` there. */
static void
set_goals(struct share_result *r, struct share_guest *g, unsigned count,
    uint64_t left, uint64_t reserve_kb, uint64_t now_ms)
{
	uint64_t floors = 0;

	for (unsigned i = 0; i < count; i++) {
		if (!takes_part(&g[i]))
			continue;
		r->need_kb += g[i].step.wanted_kb;
		floors += g[i].step.min_kb;
	}
	r->tight = r->need_kb > left;
	r->over = floors > left;
	for (unsigned i = 0; i < count; i++) {
		struct share_step *s = &g[i].step;

		s->level_kb = r->tight ? s->min_kb : s->wanted_kb;
		s->limit_kb = r->tight ? s->wanted_kb : s->max_kb;
		if (!r->tight && now_ms < g[i].learned.burst_ms)
			s->weight *= SHARE_BURST_WEIGHT;
	}
	fill(g, count, r->tight ? excess(left, floors)
				: excess(left - r->need_kb, reserve_kb));
	for (unsigned i = 0; i < count; i++)
		g[i].step.goal_kb = g[i].step.level_kb;
}

/*
 * Lowers the donors: those above their goal, and with `for_needs`, when others
 * lack what they need, those above their own need. What all hold with that.
 */
static uint64_t
reclaim(struct share_guest *g, unsigned count, bool for_needs)
{
	uint64_t held = 0;

	for (unsigned i = 0; i < count; i++) {
		const struct share_step *s = &g[i].step;
		uint64_t current = g[i].seen.current_kb;
		uint64_t at_most = max_u64(
		    current / SHARE_RECLAIM_PART, SHARE_RECLAIM_KB);
		uint64_t goal = for_needs ? min_u64(s->goal_kb, s->wanted_kb)
					  : s->goal_kb;
		uint64_t lowest =
		    max_u64(goal, share_round_up(excess(current, at_most)));

		if (!takes_part(&g[i]))
			continue;
		g[i].answer.new_kb = s->target_kb;
		if (lowest < s->target_kb && (for_needs ||
		    s->target_kb - lowest >= band_kb(&g[i])))
			g[i].answer.new_kb = lowest;
		held += held_kb(&g[i], g[i].answer.new_kb);
	}
	return held;
}

/* Raises new_kb to level_kb, at most to `to`; `exact`: no dead band. */
static void
raise(struct share_guest *g, uint64_t to, bool exact)
{
	uint64_t kb = min_u64(to, share_round_down(g->step.level_kb));
	uint64_t target = g->step.target_kb;

	if (!exact && g->answer.new_kb <= target && kb < target + band_kb(g))
		kb = min_u64(kb, target);
	g->answer.new_kb = max_u64(g->answer.new_kb, kb);
}

/* fill() is to begin with what it holds, and may go on to `limit_kb`. */
static void
start_fill(struct share_guest *g, uint64_t limit_kb)
{
	g->step.level_kb = held_kb(g, g->answer.new_kb);
	g->step.limit_kb = max_u64(g->step.level_kb, limit_kb);
}

/*
 * Raises the acceptors, those below their goal, with `left`: needs first, then
 * shares. False when one could not get what it needs.
 */
static bool
grant(struct share_guest *g, unsigned count, uint64_t left, uint64_t reserve)
{
	bool all = true;

	for (unsigned i = 0; i < count; i++)
		start_fill(&g[i],
		    min_u64(g[i].step.goal_kb, g[i].step.wanted_kb));
	left = fill(g, count, left);
	for (unsigned i = 0; i < count; i++) {
		const struct share_step *s = &g[i].step;
		bool exact = s->goal_kb >= s->wanted_kb;
		uint64_t to = min_u64(s->goal_kb, s->wanted_kb);

		if (!takes_part(&g[i]))
			continue;
		raise(&g[i], to, exact);
		all = all && (g[i].answer.new_kb >= to ||
		    (!exact && to < g[i].answer.new_kb + band_kb(&g[i])));
		start_fill(&g[i], s->goal_kb);
	}
	fill(g, count, excess(left, reserve));
	for (unsigned i = 0; i < count; i++)
		if (takes_part(&g[i]))
			raise(&g[i], g[i].step.goal_kb, false);
	return all;
}

/* Of one that takes part. */
static enum share_reason
decide_reason(const struct share_guest *g)
{
	uint64_t new_kb = g->answer.new_kb;
	const struct share_step *s = &g->step;

	if (new_kb < s->wanted_kb && s->goal_kb < s->wanted_kb)
		return SHARE_SHORT;
	if (new_kb > s->target_kb)
		return s->target_kb < s->wanted_kb ? SHARE_NEED : SHARE_ROOM;
	if (new_kb < s->target_kb && g->answer.reason == SHARE_REST)
		return SHARE_SPARE;
	return new_kb < s->wanted_kb ? SHARE_WAIT : g->answer.reason;
}

void
share(struct share_result *r, struct share_guest *g, unsigned count,
    const struct share_pool *p, uint64_t now_ms)
{
	uint64_t left = p->pool_kb;

	*r = (struct share_result){0};
	for (unsigned i = 0; i < count; i++) {
		uint64_t held;

		judge_guest(&g[i], p, now_ms);
		held = held_kb(&g[i], g[i].step.target_kb);
		r->held_kb += held;
		if (!takes_part(&g[i]))
			left = excess(left, held);
	}
	set_goals(r, g, count, left, p->reserve_kb, now_ms);
	if (!grant(g, count, excess(left, reclaim(g, count, false)),
		p->reserve_kb))
		grant(g, count, excess(left, reclaim(g, count, true)),
		    p->reserve_kb);
	for (unsigned i = 0; i < count; i++)
		if (takes_part(&g[i]))
			g[i].answer.reason = decide_reason(&g[i]);
}

bool
share_applied(struct share_guest *g, uint64_t read_back_kb, uint64_t now_ms)
{
	uint64_t new_kb = g->answer.new_kb;

	/* libxl sets no more than it was asked for, and little less. */
	if (read_back_kb && read_back_kb <= new_kb &&
	    new_kb - read_back_kb <= SHARE_VIDEO_KB) {
		g->learned.set_kb = new_kb;
		g->learned.read_back_kb = read_back_kb;
		return true;
	}
	g->learned.set_kb = 0;
	g->learned.retry_ms = now_ms + SHARE_RETRY_MS;
	return false;
}

const char *
share_reason(enum share_reason r)
{
#define PHRASE(name, phrase, meaning) phrase "\0"
#define ALONE_PHRASE(name, phrase, meaning) "left alone: " phrase "\0"
	static const char phrases[] =
	    SHARE_DECIDED(PHRASE) SHARE_LEFT_ALONE(ALONE_PHRASE);

	return text_nth(phrases, r);
}
