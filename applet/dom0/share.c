/* SPDX-License-Identifier: 0BSD */
#include "share.h"
#include "common/numbers.h"
#include "text.h"

static uint64_t
down(uint64_t kb)
{
	return kb - kb % SHARE_GRAIN_KB;
}

static uint64_t
up(uint64_t kb)
{
	return down(kb + SHARE_GRAIN_KB - 1);
}

static bool
is_in(const struct share_guest *g)
{
	return g->reason < SHARE_NEW;
}

/* What it holds of the pool with such a target. */
static uint64_t
holds(const struct share_guest *g, uint64_t target_kb)
{
	return max_u64(g->current_kb, target_kb);
}

static uint64_t
band(const struct share_guest *g)
{
	return max_u64(SHARE_BAND_KB, g->target_kb / SHARE_BAND_PART);
}

/*
 * No guest grows above its target: not above any that it had since its last
 * record, at least. One that says so is believed again when it is below.
 */
static void
judge(struct share_guest *g)
{
	uint64_t top = max_u64(max_u64(g->top_kb, g->target_kb), g->seen_kb);

	if (g->current_kb <= g->target_kb + SHARE_SLACK_KB)
		g->liar = false;
	if (g->seen_ms && g->current_kb > top + SHARE_SLACK_KB)
		g->liar = true;
	if (g->most_kb && g->current_kb > g->most_kb + SHARE_SLACK_KB) {
		g->liar = true;
		g->current_kb = g->most_kb; /* Xen gives it no more */
	}
	if (g->seen_ms != g->heard_ms) {
		g->top_kb = 0;
		g->lost_kb = min_u64(
		    SHARE_VIDEO_KB, excess(g->told_kb, g->reach_kb));
	}
	g->top_kb = max_u64(g->top_kb, g->target_kb);
	g->seen_ms = g->heard_ms;
	g->seen_kb = g->current_kb;
}

/*
 * Whether it goes where it should: down to a lower target, or up to the need
 * that it claims, as far as its own ceiling lets it. One that was late stays
 * so until it moves, has arrived, or had no room to move for long.
 */
static void
follow(struct share_guest *g, uint64_t now_ms)
{
	uint64_t allowed = min_u64(g->need_kb, excess(g->told_kb, g->lost_kb));
	int way = g->current_kb > g->target_kb + SHARE_SLACK_KB ? -1
	    : allowed > g->current_kb + SHARE_SLACK_KB		? 1
								: 0;
	bool still = way == 0 && g->late && g->way > 0 &&
	    g->need_kb > g->current_kb + SHARE_SLACK_KB &&
	    now_ms - g->moved_ms < SHARE_DOUBT_MS;
	bool late, moved = g->way < 0
	    ? g->current_kb + SHARE_GRAIN_KB <= g->mark_kb
	    : g->current_kb >= g->mark_kb + SHARE_GRAIN_KB;

	if ((way != g->way && !still) || moved) {
		g->way = way;
		g->mark_kb = g->current_kb;
		g->moved_ms = now_ms;
	}
	late = g->late;
	g->late = g->way && now_ms - g->moved_ms >= SHARE_FOLLOW_MS;
	if (g->late > late) /* that is its word from here on */
		g->mark_kb = g->current_kb;
}

/*
 * Its need. One that is doubted has what it had then: if it shrinks with its
 * target, its target is not to follow it down.
 */
static uint64_t
believed(const struct share_guest *g)
{
	return g->reason == SHARE_DOUBT ? max_u64(g->current_kb, g->mark_kb)
					: g->need_kb;
}

/* Whether it takes part, and within which bounds. */
static void
look(struct share_guest *g, const struct share_pool *p, uint64_t now_ms)
{
	uint64_t highest;

	g->current_kb = min_u64(g->current_kb, SHARE_KB_MAX);
	g->need_kb = min_u64(g->need_kb, SHARE_KB_MAX);
	g->target_kb = min_u64(g->target_kb, SHARE_KB_MAX);
	g->told_kb = g->target_kb;
	if (g->asked_kb && g->target_kb == g->got_kb)
		g->target_kb = g->asked_kb;
	else
		g->asked_kb = 0;
	g->reason = g->aside;
	if (g->reason == SHARE_REST &&
	    !(g->current_kb && g->need_kb && g->target_kb))
		g->reason = SHARE_NEW;
	if (g->current_kb && g->target_kb) {
		judge(g);
		follow(g, now_ms);
	}
	if (!is_in(g))
		;
	else if (g->liar)
		g->reason = SHARE_LIES;
	else if (now_ms - g->heard_ms >= SHARE_SILENT_MS)
		g->reason = SHARE_SILENT;
	else if (g->late && g->way < 0)
		g->reason = SHARE_STUCK;
	else if (now_ms < g->retry_ms)
		g->reason = SHARE_REFUSED;
	else if (g->late)
		g->reason = SHARE_DOUBT;
	if (!g->target_kb) /* then nothing else bounds it */
		g->target_kb = min_u64(g->most_kb, SHARE_KB_MAX);
	g->new_kb = g->target_kb;
	highest = min_u64(g->most_kb ? g->most_kb : g->target_kb, p->pool_kb);
	if (g->ceiling_kb)
		highest = min_u64(highest, g->ceiling_kb);
	g->most_now_kb = down(highest);
	g->least_kb = min_u64(down(g->floor_kb), g->most_now_kb);
	g->wanted_kb = min_u64(
	    max_u64(up(believed(g)), g->least_kb), g->most_now_kb);
	if (g->wanted_kb > g->target_kb)
		g->burst_ms = now_ms + SHARE_BURST_MS;
	g->part = g->weight;
}

/*
 * Raises from_kb towards to_kb, by weight and with no more than `left` in
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
			if (is_in(&g[i]) && g[i].from_kb < g[i].to_kb)
				weights += g[i].part;
		for (unsigned i = 0; i < count; i++) {
			uint64_t gap = excess(g[i].to_kb, g[i].from_kb);

			if (!is_in(&g[i]) || !gap ||
			    gap * weights > start * g[i].part)
				continue;
			g[i].from_kb = g[i].to_kb;
			left -= gap;
			again = true;
		}
	} while (again);
	start = left;
	for (unsigned i = 0; i < count && weights; i++) {
		uint64_t more = down(start * g[i].part / weights);

		if (!is_in(&g[i]) || g[i].from_kb >= g[i].to_kb)
			continue;
		g[i].from_kb += more;
		left -= more;
	}
	return left;
}

/* Where each is to be in the end, were all of `left` there. */
static void
plan(struct share_result *r, struct share_guest *g, unsigned count,
    uint64_t left, uint64_t reserve_kb, uint64_t now_ms)
{
	uint64_t floors = 0;

	for (unsigned i = 0; i < count; i++) {
		if (!is_in(&g[i]))
			continue;
		r->need_kb += g[i].wanted_kb;
		floors += g[i].least_kb;
	}
	r->tight = r->need_kb > left;
	r->over = floors > left;
	for (unsigned i = 0; i < count; i++) {
		g[i].from_kb = r->tight ? g[i].least_kb : g[i].wanted_kb;
		g[i].to_kb = r->tight ? g[i].wanted_kb : g[i].most_now_kb;
		if (!r->tight && now_ms < g[i].burst_ms)
			g[i].part *= SHARE_BURST_WEIGHT;
	}
	fill(g, count, r->tight ? excess(left, floors)
				: excess(left - r->need_kb, reserve_kb));
	for (unsigned i = 0; i < count; i++)
		g[i].goal_kb = g[i].from_kb;
}

/*
 * Lowers those above their goal, and when others must be helped those above
 * their need; what all hold with that.
 */
static uint64_t
take(struct share_guest *g, unsigned count, bool press)
{
	uint64_t held = 0;

	for (unsigned i = 0; i < count; i++) {
		struct share_guest *a = &g[i];
		uint64_t step = max_u64(
		    a->current_kb / SHARE_TAKE_PART, SHARE_TAKE_KB);
		uint64_t goal = press ? min_u64(a->goal_kb, a->wanted_kb)
				      : a->goal_kb;
		uint64_t lowest =
		    max_u64(goal, up(excess(a->current_kb, step)));

		if (!is_in(a))
			continue;
		a->new_kb = a->target_kb;
		if (lowest < a->target_kb &&
		    (press || a->target_kb - lowest >= band(a)))
			a->new_kb = lowest;
		held += holds(a, a->new_kb);
	}
	return held;
}

/* Raises new_kb as far as fill() came; `to` is where it is to be. */
static void
raise(struct share_guest *g, uint64_t to, bool exact)
{
	uint64_t kb = min_u64(to, down(g->from_kb));

	if (!exact && g->new_kb <= g->target_kb &&
	    kb < g->target_kb + band(g))
		kb = min_u64(kb, g->target_kb);
	g->new_kb = max_u64(g->new_kb, kb);
}

/*
 * Raises those below their goal with `left`: needs first, then shares. False
 * when one could not get what it needs.
 */
static bool
give(struct share_guest *g, unsigned count, uint64_t left, uint64_t reserve)
{
	bool all = true;

	for (unsigned i = 0; i < count; i++) {
		g[i].from_kb = holds(&g[i], g[i].new_kb);
		g[i].to_kb = max_u64(g[i].from_kb,
		    min_u64(g[i].goal_kb, g[i].wanted_kb));
	}
	left = fill(g, count, left);
	for (unsigned i = 0; i < count; i++) {
		bool exact = g[i].goal_kb >= g[i].wanted_kb;
		uint64_t to = min_u64(g[i].goal_kb, g[i].wanted_kb);

		if (!is_in(&g[i]))
			continue;
		raise(&g[i], to, exact);
		all = all && (g[i].new_kb >= to ||
		    (!exact && to < g[i].new_kb + band(&g[i])));
		g[i].from_kb = holds(&g[i], g[i].new_kb);
		g[i].to_kb = max_u64(g[i].from_kb, g[i].goal_kb);
	}
	fill(g, count, excess(left, reserve));
	for (unsigned i = 0; i < count; i++)
		if (is_in(&g[i]))
			raise(&g[i], g[i].goal_kb, false);
	return all;
}

static enum share_reason
why(const struct share_guest *g)
{
	if (g->new_kb < g->wanted_kb && g->goal_kb < g->wanted_kb)
		return SHARE_SHORT;
	if (g->new_kb > g->target_kb)
		return g->target_kb < g->wanted_kb ? SHARE_NEED : SHARE_ROOM;
	if (g->new_kb < g->target_kb && g->reason == SHARE_REST)
		return SHARE_SPARE;
	return g->new_kb < g->wanted_kb ? SHARE_WAIT : g->reason;
}

void
share(struct share_result *r, struct share_guest *g, unsigned count,
    const struct share_pool *p, uint64_t now_ms)
{
	uint64_t left = p->pool_kb;

	*r = (struct share_result){0};
	for (unsigned i = 0; i < count; i++) {
		look(&g[i], p, now_ms);
		r->held_kb += holds(&g[i], g[i].target_kb);
		if (!is_in(&g[i]))
			left = excess(left, holds(&g[i], g[i].target_kb));
	}
	plan(r, g, count, left, p->reserve_kb, now_ms);
	if (!give(g, count, excess(left, take(g, count, false)), p->reserve_kb))
		give(g, count, excess(left, take(g, count, true)),
		    p->reserve_kb);
	for (unsigned i = 0; i < count; i++)
		if (is_in(&g[i]))
			g[i].reason = why(&g[i]);
}

bool
share_told(struct share_guest *g, uint64_t got_kb, uint64_t now_ms)
{
	/* More than was asked for is a difference beyond all bounds. */
	if (got_kb && g->new_kb - got_kb <= SHARE_VIDEO_KB) {
		g->asked_kb = g->new_kb;
		g->got_kb = got_kb;
		return true;
	}
	g->asked_kb = 0;
	g->retry_ms = now_ms + SHARE_RETRY_MS;
	return false;
}

const char *
share_reason(enum share_reason r)
{
	/* In the order of enum share_reason. */
	static const char words[] =
	    "as it should be\0"
	    "needs it\0"
	    "room for a burst\0"
	    "more than its share\0"
	    "the pool is short\0"
	    "waits for others\0"
	    "takes less than it claims\0"
	    "left alone: says nothing yet\0"
	    "left alone: another balancer\0"
	    "left alone: says what cannot be\0"
	    "left alone: silent\0"
	    "left alone: does not follow\0"
	    "left alone: was refused\0";

	return text_nth(words, r);
}
