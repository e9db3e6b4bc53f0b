/* SPDX-License-Identifier: 0BSD */
#include "canaries.h"
#include "common/numbers.h"
#include "log.h"
#include "proc.h"

#define QUARTER 4 /* of the size: a change worth another look around */

void
canaries_reap(struct guest *g, struct wakeup *w)
{
	struct keeper_news news;

	keeper_reap(&g->keeper, &news);
	w->killed += news.killed;
	g->canary_deaths += news.killed;
	if (news.unarmed && !g->unarmed)
		warn("canaries can't be armed");
	g->unarmed = !g->keeper.standing && (g->unarmed || news.unarmed);
	if (news.lost)
		warn("the keeper is gone, and its canaries");
}

/* Each by name, once. */
static void
log_killers(unsigned before, unsigned now, uint64_t total_kb)
{
	for (unsigned i = 0; *text_nth(need_killers, i); i++)
		if ((now & ~before) >> i & 1)
			warn("%s kills below %ju kB: the reserve is above",
			    text_nth(need_killers, i),
			    need_line_kb(1U << i, total_kb));
}

/*
 * Others that kill, or that the OOM killer would take first; not while memory
 * is short.
 */
static void
look_around(struct guest *g)
{
	uint64_t total_kb = g->sample.memory.total_kb;
	bool before = g->canary.rival;
	struct proc_scan scan;

	if (within(total_kb, g->scanned_total_kb,
		(int64_t)(total_kb / QUARTER)) ||
	    g->history.brake.since_ms ||
	    !proc_look_around(&scan, need_killers,
		total_kb + g->sample.memory.swap_total_kb,
		g->decision.canary.kb))
		return;
	g->scanned_total_kb = total_kb;
	g->canary.rival = scan.rival;
	log_killers(g->canary.killers, scan.found, total_kb);
	g->canary.killers = scan.found;
	if (scan.rival && !before)
		warn("'%s' would die before a canary", scan.name);
}

/* Said when the brake is off: who reads the log may stand still till then. */
static void
log_deaths(struct guest *g)
{
	const struct brake_groups *b = &g->brake;

	if (g->canary_deaths == g->logged_deaths)
		return;
	warn("canaries killed: %ju; %s",
	    g->canary_deaths - g->logged_deaths,
	    g->died_short ? "the guest grows"
			  : "by hand: the size stays");
	g->logged_deaths = g->canary_deaths;
	if (b->times != g->logged_freezes)
		warn("%u groups stood still for %ju ms, %s of them", b->count,
		    b->total_ms - g->logged_frozen_ms,
		    b->whole ? "all" : "not all");
	g->logged_freezes = b->times;
	g->logged_frozen_ms = b->total_ms;
	g->died_short = false;
}

static void
log_protection(struct guest *g)
{
	enum protection p = g->decision.canary.protection;

	if (p == g->logged_protection)
		return;
	if (p >= PROTECTION_RIVAL || p == PROTECTION_STANDS)
		warn("canaries: %s", protection_word(p));
	if (p != PROTECTION_ARMING && p != PROTECTION_FULL)
		g->logged_protection = p;
}

/* Room for all of them twice: an order must not be what ends them. */
static bool
has_room(const struct guest *g, unsigned missing)
{
	return g->sample.memory.available_kb >=
	    2 * (uint64_t)missing * g->decision.canary.kb;
}

void
canaries_tend(struct guest *g)
{
	const struct canary_plan *plan = &g->decision.canary;
	bool lock = g->sample.memory.swap_total_kb > 0;
	uint64_t now_ms = g->sample.at_ms;
	struct keeper *k = &g->keeper;
	unsigned there, wanted;

	g->died_short |= g->decision.reason == REASON_CANARY;
	if (g->invalid || !k->pid)
		return;
	if (k->ordered && now_ms - g->ordered_ms >= CANARIES_ARM_MS)
		k->ordered = 0;
	there = k->standing + k->ordered;
	/* Swap came or went: others take their place. */
	wanted = there && lock != k->lock ? 0 : plan->count;
	if (wanted == 0) {
		if (there && now_ms - g->ordered_ms >= CANARIES_ORDER_MS) {
			g->ordered_ms = now_ms;
			keeper_release(k);
		}
	} else if (there < wanted && has_room(g, wanted - there) &&
	    (g->history.brake.since_ms ||
		now_ms - g->ordered_ms >= (g->unarmed
		    ? CANARIES_ARM_MS : CANARIES_ORDER_MS))) {
		g->ordered_ms = now_ms;
		keeper_order(k, wanted - there, plan->kb, lock);
	}
	if (!g->history.brake.since_ms) {
		look_around(g);
		log_deaths(g);
		log_protection(g);
	}
}
