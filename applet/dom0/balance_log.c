/* SPDX-License-Identifier: 0BSD */
#include "balance_log.h"
#include "log.h"

/* A guest can change its state with each record: it is not to fill the log. */
#define PAUSE_MS 60000

/* Then a new state waits; one that lasts is logged after PAUSE_MS. */
static bool
was_logged_lately(uint64_t logged_ms, uint64_t now_ms)
{
	return logged_ms && now_ms - logged_ms < PAUSE_MS;
}

/* Logs that a state began, or that it ended. */
static void
log_change(bool *logged, bool now, const char *begins, const char *ends)
{
	if (*logged != now)
		warn("%s", now ? begins : ends);
	*logged = now;
}

void
balance_log_refresh(struct balance_log *l, const struct domains *d, bool ok)
{
	log_change(
	    &l->lost, !ok, domains_error(d), "xenstore answers again");
}

/*
 * Reasons that are logged of each guest. The others of SHARE_LEFT_ALONE:
 * SHARE_NEW is no news, SHARE_MANAGED is logged once for all guests, and
 * SHARE_REFUSED when it happens.
 */
static bool
is_logged(enum share_reason reason)
{
	return reason == SHARE_LIES || reason == SHARE_SILENT ||
	    reason == SHARE_STUCK;
}

static void
log_guest(const char *name, struct share_guest *g, uint64_t now_ms)
{
	enum share_reason reason = g->answer.reason;
	bool alone = is_logged(reason);

	if (alone == g->logged_alone ||
	    was_logged_lately(g->logged_ms, now_ms))
		return;
	warn("guest %u '%s': %s", g->id, name,
	    alone ? share_reason(reason) : "takes part again");
	g->logged_alone = alone;
	g->logged_ms = now_ms;
}

static void
log_result(
    struct balance_log *l, const struct share_result *r, uint64_t now_ms)
{
	if (was_logged_lately(l->result_ms, now_ms))
		return;
	if (l->tight != r->tight || l->over != r->over)
		l->result_ms = now_ms;
	log_change(&l->tight, r->tight, "the pool can't hold all needs: they "
	    "are cut by weight", "the pool holds all needs");
	log_change(&l->over, r->over, "the pool can't hold all floors: none "
	    "gets more than its floor", "the pool holds all floors");
}

void
balance_log_step(struct balance_log *l, const struct share_result *r,
    struct domains *d, struct share_guest *g, unsigned count, uint64_t now_ms)
{
	bool managed = l->managed; /* it stays so: logged once */

	for (unsigned i = 0; i < count; i++) {
		managed |= g[i].answer.reason == SHARE_MANAGED;
		log_guest(domains_find(d, g[i].id)->name, &g[i], now_ms);
	}
	log_change(&l->managed, managed, "squeezed or qmemman is at work: "
	    "their guests are left alone", "");
	log_result(l, r, now_ms);
}
