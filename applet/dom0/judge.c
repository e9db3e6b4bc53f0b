/* SPDX-License-Identifier: 0BSD */
#include "judge.h"
#include "common/numbers.h"

static void
clamp(struct share_seen *s)
{
	s->current_kb = min_u64(s->current_kb, SHARE_KB_MAX);
	s->need_kb = min_u64(s->need_kb, SHARE_KB_MAX);
	s->target_kb = min_u64(s->target_kb, SHARE_KB_MAX);
}

/*
 * memory/target as it was read back stands for the target that was set. Any
 * other number is a target that somebody else has set.
 */
static void
find_target(struct share_guest *g)
{
	struct share_learned *l = &g->learned;

	g->step.target_kb = g->seen.target_kb;
	if (l->set_kb && g->seen.target_kb == l->read_back_kb)
		g->step.target_kb = l->set_kb;
	else
		l->set_kb = 0;
}

/*
 * No guest grows above its target: not above any that it had since its last
 * record, at least. One whose record says so is a liar until a record has it
 * below its target.
 */
static void
judge_size(struct share_guest *g)
{
	struct share_seen *s = &g->seen;
	struct share_learned *l = &g->learned;
	uint64_t highest = max_u64(l->highest_kb, g->step.target_kb);

	if (s->current_kb <= g->step.target_kb + SHARE_SLACK_KB)
		l->liar = false;
	if (l->record_ms && s->current_kb > highest + SHARE_SLACK_KB)
		l->liar = true;
	if (s->static_max_kb &&
	    s->current_kb > s->static_max_kb + SHARE_SLACK_KB) {
		l->liar = true;
		s->current_kb = s->static_max_kb; /* Xen gives it no more */
	}
	if (l->record_ms != s->record_ms) {
		highest = g->step.target_kb;
		l->unreachable_kb = min_u64(
		    SHARE_VIDEO_KB, excess(s->target_kb, s->ceiling_kb));
	}
	l->highest_kb = max_u64(highest, s->current_kb);
	l->record_ms = s->record_ms;
}

/*
 * Where it should go: down (-1) to a lower target, or up (1) to the need that
 * it claims, as far as its own ceiling lets it.
 */
static int
wanted_direction(const struct share_guest *g)
{
	const struct share_seen *s = &g->seen;
	uint64_t reachable = excess(s->target_kb, g->learned.unreachable_kb);

	if (s->current_kb > g->step.target_kb + SHARE_SLACK_KB)
		return -1;
	return min_u64(s->need_kb, reachable) > s->current_kb + SHARE_SLACK_KB;
}

static bool
has_moved(const struct share_guest *g)
{
	const struct share_learned *l = &g->learned;

	return l->direction < 0
	    ? g->seen.current_kb + SHARE_GRAIN_KB <= l->progress_kb
	    : g->seen.current_kb >= l->progress_kb + SHARE_GRAIN_KB;
}

/*
 * A guest that made no progress up, and has no room now to make any, stays one
 * without progress for SHARE_DOUBT_MS.
 */
static bool
is_still_doubted(const struct share_guest *g, int direction, uint64_t now_ms)
{
	const struct share_learned *l = &g->learned;

	return direction == 0 && l->no_progress && l->direction > 0 &&
	    g->seen.need_kb > g->seen.current_kb + SHARE_SLACK_KB &&
	    now_ms - l->progress_ms < SHARE_DOUBT_MS;
}

/* Whether it goes where it should, and since when it does not. */
static void
track_progress(struct share_guest *g, uint64_t now_ms)
{
	struct share_learned *l = &g->learned;
	int direction = wanted_direction(g);
	bool doubted = is_still_doubted(g, direction, now_ms);
	bool before = l->no_progress;

	if (has_moved(g) || (direction != l->direction && !doubted)) {
		l->direction = direction;
		l->progress_kb = g->seen.current_kb;
		l->progress_ms = now_ms;
	}
	l->no_progress =
	    l->direction && now_ms - l->progress_ms >= SHARE_FOLLOW_MS;
	if (l->no_progress && !before) /* what believed_need() goes by */
		l->progress_kb = g->seen.current_kb;
}

/* SHARE_REST or SHARE_DOUBT: the guest takes part; else it is left alone. */
static enum share_reason
standing(const struct share_guest *g, uint64_t now_ms)
{
	const struct share_learned *l = &g->learned;

	if (g->seen.excluded != SHARE_REST)
		return g->seen.excluded;
	if (!g->seen.current_kb || !g->seen.need_kb || !g->seen.target_kb)
		return SHARE_NEW;
	if (l->liar)
		return SHARE_LIES;
	if (now_ms - g->seen.record_ms >= SHARE_SILENT_MS)
		return SHARE_SILENT;
	if (l->no_progress && l->direction < 0)
		return SHARE_STUCK;
	if (now_ms < l->retry_ms)
		return SHARE_REFUSED;
	return l->no_progress ? SHARE_DOUBT : SHARE_REST;
}

/*
 * The need of one that is doubted is the size it had then: if it shrinks with
 * its target, its target is not to follow it down.
 */
static uint64_t
believed_need(const struct share_guest *g)
{
	return g->answer.reason == SHARE_DOUBT
	    ? max_u64(g->seen.current_kb, g->learned.progress_kb)
	    : g->seen.need_kb;
}

static void
set_bounds(struct share_guest *g, const struct share_pool *p)
{
	struct share_step *s = &g->step;
	uint64_t max = g->seen.static_max_kb ? g->seen.static_max_kb
					     : s->target_kb;

	max = min_u64(max, p->pool_kb);
	if (g->limits.ceiling_kb)
		max = min_u64(max, g->limits.ceiling_kb);
	s->max_kb = share_round_down(max);
	s->min_kb = min_u64(share_round_down(g->limits.floor_kb), s->max_kb);
	s->wanted_kb = min_u64(
	    max_u64(share_round_up(believed_need(g)), s->min_kb), s->max_kb);
}

void
judge_guest(struct share_guest *g, const struct share_pool *p, uint64_t now_ms)
{
	clamp(&g->seen);
	find_target(g);
	if (g->seen.current_kb && g->seen.target_kb) {
		judge_size(g);
		track_progress(g, now_ms);
	}
	g->answer.reason = standing(g, now_ms);
	if (!g->seen.target_kb) /* then nothing else bounds it */
		g->step.target_kb =
		    min_u64(g->seen.static_max_kb, SHARE_KB_MAX);
	g->answer.new_kb = g->step.target_kb;
	set_bounds(g, p);
	if (g->step.wanted_kb > g->step.target_kb)
		g->learned.burst_ms = now_ms + SHARE_BURST_MS;
	g->step.weight = g->limits.weight;
}
