/* SPDX-License-Identifier: 0BSD */
#include "history.h"
#include "common/numbers.h"

#define PAGE_KB 4 /* of vmstat's counters: good enough for a rate */
#define RATE_WINDOW_MS 100 /* a rate over less is noise */
#define STRAIN_WINDOW_MS 1000

static uint64_t
refaults(const struct sample_counters *c)
{
	return c->refaults + c->refaults_anon + c->refaults_file;
}

static void
start(struct history *h, const struct sample *s, uint64_t used_kb,
    uint64_t interval_ms)
{
	const struct sample_counters *c = &s->counters;

	*h = (struct history){
	    .started = true,
	    .driver = {.current_kb = s->balloon.current_kb,
		.still_since_ms = s->at_ms},
	    .load = {.since_ms = s->at_ms, .since_used_kb = used_kb},
	    .strain = {.since_ms = s->at_ms, .pressure_us = c->pressure_us,
		.refault_pages = refaults(c),
		.swap_in_pages = c->swap_in_pages, .oom_kills = c->oom_kills},
	    .rest = {.shrunk_ms = s->at_ms - interval_ms,
		.backoff_ms = HISTORY_BACKOFF_MS},
	    .wake = {.wait_ms = UINT64_MAX}};
}

/*
 * How fast memory is taken, and how late the daemon comes to see it. What
 * canaries take when they are made is no load.
 */
static void
observe_load(struct load *l, struct wake *w, uint64_t now_ms, uint64_t used_kb,
    bool arming)
{
	uint64_t span = now_ms - l->since_ms;

	if (arming)
		l->since_used_kb = used_kb;
	l->rate_kb_s = excess(used_kb, l->since_used_kb) * 1000 /
	    max_u64(span, RATE_WINDOW_MS);
	if (span >= RATE_WINDOW_MS) {
		l->since_ms = now_ms;
		l->since_used_kb = used_kb;
	}
	l->peak_kb_s = max_u64(l->rate_kb_s, l->peak_kb_s - l->peak_kb_s / 8);
	w->late_ms = max_u64(
	    excess(now_ms, w->due_ms), w->late_ms - w->late_ms / 8);
}

/* How much tasks wait, and read again what was dropped: over a second. */
static void
measure_strain(struct strain *t, const struct sample *s)
{
	const struct sample_counters *c = &s->counters;
	uint64_t span = s->at_ms - t->since_ms;

	if (span < STRAIN_WINDOW_MS || !sample_counted(s) ||
	    !(c->have & HAVE_REFAULTS))
		return;
	t->stall_ppm = excess(c->pressure_us, t->pressure_us) * 1000 / span;
	t->refault_kb_s =
	    excess(refaults(c), t->refault_pages) * PAGE_KB * 1000 / span;
	t->since_ms = s->at_ms;
	t->pressure_us = c->pressure_us;
	t->refault_pages = refaults(c);
}

/*
 * Kills that are no canary's. The kernel counts one before its victim is gone,
 * so that a kill may be a canary's of which nothing was heard yet: it is judged
 * at the next count. A canary that was killed by hand is in no count.
 */
static void
observe_kills(struct strain *t, struct rest *r, const struct sample *s,
    bool canaries)
{
	uint64_t kills = s->counters.oom_kills;
	uint64_t ours = min_u64(t->canary_kills, excess(kills, t->oom_kills));

	if (!(s->counters.have & HAVE_OOM_KILLS) || !sample_counted(s))
		return;
	t->oom_kills += ours;
	t->canary_kills -= ours;
	if (kills <= t->oom_kills) {
		t->oom_kills = kills;
		t->canary_kills = 0;
		t->unexplained = false;
	} else if (t->unexplained || !canaries) {
		r->hold_until_ms = s->at_ms + HISTORY_HOLD_MS;
		t->oom_kills = kills;
		t->unexplained = false;
	} else {
		t->unexplained = true;
	}
}

/* Kills and pages from swap; a counter that can't be read has not risen. */
static void
observe_events(struct strain *t, struct rest *r, const struct sample *s,
    const struct canary_facts *canary)
{
	const struct sample_counters *c = &s->counters;

	t->canary_kills += canary->killed;
	observe_kills(t, r, s, canary->keeper);
	if (s->at_ms >= r->learned_until_ms)
		r->learned_kb = 0;
	if (sample_counted(s) && (c->have & HAVE_SWAP_IN)) {
		t->swapping = c->swap_in_pages > t->swap_in_pages;
		t->swap_in_pages = c->swap_in_pages;
	}
}

static enum progress
driver_progress(const struct driver *d, const struct request *r,
    const struct sample *s)
{
	const struct sample_balloon *b = &s->balloon;

	if (near_kb(b->current_kb, b->target_kb))
		return r->kb >= b->target_kb + GRAIN_KB && !r->failed &&
			s->at_ms - r->at_ms < HISTORY_STILL_MS
		    ? PROGRESS_CLAMPED
		    : PROGRESS_REACHED;
	if (s->at_ms - d->still_since_ms < HISTORY_STILL_MS)
		return PROGRESS_MOVING;
	if (b->current_kb > b->target_kb)
		return PROGRESS_SHORT;
	if (b->held_known && b->low_kb + b->high_kb == 0)
		return PROGRESS_HOTPLUG;
	return PROGRESS_REFUSED;
}

static void
track_driver(struct history *h, const struct sample *s)
{
	const struct sample_balloon *b = &s->balloon;
	struct driver *d = &h->driver;
	bool foreign = d->target_kb && b->target_kb != d->target_kb &&
	    !history_asked(h, b->target_kb);
	/* A sleep that was longer than meant says nothing of the driver. */
	bool overslept =
	    excess(s->at_ms, h->wake.due_ms) > HISTORY_STILL_MS;

	/* Somebody else's new target may be younger than the last look. */
	if (foreign)
		d->foreign_until_ms = s->at_ms + HISTORY_FOREIGN_MS;
	d->target_kb = b->target_kb;
	if (b->current_kb != d->current_kb || foreign || overslept ||
	    near_kb(b->current_kb, b->target_kb)) {
		d->current_kb = b->current_kb;
		d->still_since_ms = s->at_ms;
	}
	d->progress = driver_progress(d, &h->request, s);
}

void
history_observe(struct history *h, const struct sample *s, uint64_t used_kb,
    uint64_t interval_ms, const struct canary_facts *canary)
{
	if (!h->started) {
		start(h, s, used_kb, interval_ms);
	} else {
		observe_load(&h->load, &h->wake, s->at_ms, used_kb,
		    canary->arming);
		measure_strain(&h->strain, s);
		observe_events(&h->strain, &h->rest, s, canary);
	}
	track_driver(h, s);
}

void
history_blame_step(struct history *h, uint64_t now_ms)
{
	struct rest *r = &h->rest;

	if (now_ms - r->shrunk_ms >= HISTORY_BLAME_MS || !r->shrunk_from_kb)
		return;
	r->learned_kb = max_u64(r->shrunk_from_kb, r->learned_kb);
	r->learned_until_ms = now_ms + HISTORY_LEARNED_MS;
}

uint64_t
history_unseen_kb(const struct history *h)
{
	return h->load.peak_kb_s * h->wake.late_ms / 1000;
}

bool
history_asked(const struct history *h, uint64_t kb)
{
	return near_kb(h->request.kb, kb);
}
