/* SPDX-License-Identifier: 0BSD */
#include "hold.h"
#include "policy.h"
#include "step.h"
#include "common/numbers.h"

/* Nothing is given back for a while. */
static void
cool_down(struct rest *r, uint64_t now_ms)
{
	r->until_ms = max_u64(r->until_ms, now_ms + POLICY_COOL_DOWN_MS);
}

/* The same after pressure, each time twice as long; good times shorten it. */
static void
back_off(struct rest *r, uint64_t now_ms)
{
	r->until_ms = now_ms + r->backoff_ms;
	r->backoff_ms = min_u64(2 * r->backoff_ms, HISTORY_BACKOFF_MAX_MS);
}

/* The rest that follows from each reason to grow. */
static void
start_rest(struct rest *r, enum reason why, const struct need *n,
    const struct inputs *in)
{
	uint64_t now_ms = in->sample->at_ms;
	bool explained = n->goal_kb > in->sample->balloon.target_kb;

	switch (why) {
	case REASON_CANARY:
	case REASON_FENCE:
	case REASON_GROW: cool_down(r, now_ms); break;
	case REASON_REFAULT:
	case REASON_SHORT: back_off(r, now_ms); break;
	case REASON_PRESSURE:
		/* A burst explains it; or the sums are wrong: a long rest. */
		if (explained)
			cool_down(r, now_ms);
		else
			back_off(r, now_ms);
		break;
	default: break;
	}
}

/* Since the last step down. */
static bool
an_interval_passed(const struct rest *r, const struct inputs *in)
{
	return in->sample->at_ms - r->shrunk_ms >=
	    need_interval_ms(in->settings);
}

/* REASON_SHRINK when nothing speaks against it. */
static enum reason
why_not_shrink(const struct history *h, const struct need *n,
    const struct inputs *in)
{
	const struct sample_balloon *b = &in->sample->balloon;

	if (in->sample->at_ms < h->rest.until_ms)
		return REASON_CALM;
	if (h->strain.swapping)
		return REASON_SWAP;
	if (h->strain.stall_ppm >= POLICY_STALL_MAX_PPM)
		return REASON_STALL;
	if (h->load.rate_kb_s >= HISTORY_RATE_MIN_KB_S ||
	    !an_interval_passed(&h->rest, in))
		return REASON_REST;
	/* What the host refuses need not be asked for where nobody needs it. */
	if (!near_kb(b->current_kb, b->target_kb) &&
	    (h->driver.progress < PROGRESS_REFUSED ||
		b->current_kb < n->goal_kb))
		return REASON_REST;
	return REASON_SHRINK;
}

/* The working set policy took pages that were wanted. */
static bool
is_strained(const struct strain *t, const struct inputs *in)
{
	const struct sample *s = in->sample;

	return in->settings->policy == MODE_WORKINGSET &&
	    s->at_ms == t->since_ms &&
	    (t->stall_ppm > POLICY_STALL_PPM ||
		t->refault_kb_s > s->memory.total_kb / POLICY_REFAULT_SHARE);
}

/*
 * With the whole reserve available a canary was killed by hand, or for want of
 * a kind of memory that a larger guest has no more of (a cpuset, low memory).
 */
static bool
has_plenty(const struct need *n, const struct inputs *in)
{
	return in->sample->memory.available_kb >= n->reserve_kb;
}

/* Events that overrule the computed need. REASON_REST: none. */
static enum reason
urgent_reason(const struct history *h, const struct need *n,
    const struct inputs *in)
{
	uint64_t now_ms = in->sample->at_ms;
	const struct load *l = &h->load;

	if (now_ms < h->rest.hold_until_ms)
		return REASON_OOM;
	if (in->canary.killed && !has_plenty(n, in))
		return REASON_CANARY;
	if (in->crossed)
		return REASON_FENCE;
	/* What waits at the fence waits for memory too: that is no news. */
	if (in->pressed && (!l->crossed_ms ||
			       now_ms - l->crossed_ms > POLICY_WINDOW_MS))
		return REASON_PRESSURE;
	if (is_strained(&h->strain, in))
		return REASON_REFAULT;
	if (h->driver.progress == PROGRESS_SHORT &&
	    in->sample->balloon.current_kb <= n->ceiling_kb)
		return REASON_SHORT;
	return REASON_REST;
}

static uint64_t
urgent_kb(const struct history *h, enum reason why, const struct need *n,
    const struct inputs *in)
{
	switch (why) {
	case REASON_FENCE: return step_burst(&h->load, n, in);
	case REASON_PRESSURE: return step_relieve(&h->load, n, in);
	case REASON_REFAULT: return step_refault(&h->strain, n, in);
	case REASON_SHORT: return in->sample->balloon.current_kb;
	default: return n->ceiling_kb; /* REASON_OOM, REASON_CANARY */
	}
}

/*
 * After restore, migration and a mem-set that changes nothing the kernel goes
 * to memory/target by itself. The pages it gets there nobody uses yet: back
 * to the size before, without hysteresis.
 */
static bool
is_resumed(const struct request *r, const struct need *n,
    const struct inputs *in)
{
	uint64_t target = in->sample->balloon.target_kb;

	return r->kb && r->kb < target && near_kb(target, n->ceiling_kb) &&
	    n->ceiling_kb == r->ceiling_kb;
}

/* The kernel has read memory/target, and this program may not have. */
static bool
is_news(const struct history *h, const struct inputs *in)
{
	return in->stale || in->sample->at_ms < h->driver.foreign_until_ms;
}

/* What the sums ask for, and with it the size. */
static enum reason
computed_reason(const struct history *h, const struct need *n,
    const struct inputs *in, uint64_t *size_kb)
{
	uint64_t target = in->sample->balloon.target_kb;
	uint64_t slack = max_u64(n->reserve_kb / 8, STEP_MIN_KB);
	bool at_floor = n->goal_kb == n->floor_kb; /* kept to the page */
	enum reason why;

	if (n->goal_kb > target + (at_floor ? 0 : slack)) {
		*size_kb = step_grow(&h->load, n, in);
		return REASON_GROW;
	}
	/* What is not worth a write is no reason to stay either. */
	if (target > n->ceiling_kb && !near_kb(target, n->ceiling_kb) &&
	    !is_news(h, in)) {
		*size_kb = n->ceiling_kb;
		return REASON_DIRECTED;
	}
	if (target < n->goal_kb + (at_floor ? 1 : STEP_MIN_KB))
		return REASON_REST;
	if (is_resumed(&h->request, n, in)) {
		*size_kb = max_u64(h->request.kb, n->goal_kb);
		return REASON_RESUMED;
	}
	why = why_not_shrink(h, n, in);
	/* Not on counters of long ago: the next look reads them. */
	if (why == REASON_SHRINK && sample_counted(in->sample))
		*size_kb = step_shrink(n, in);
	return why;
}

/* Self-ballooning: the reason, and with it the size to ask for. */
static enum reason
decide_self(struct history *h, const struct need *n, const struct inputs *in,
    uint64_t *size_kb)
{
	enum reason why = urgent_reason(h, n, in);

	if (why == REASON_CANARY)
		history_blame_step(h, in->sample->at_ms);
	if (why == REASON_FENCE)
		step_track_burst(&h->load, n, in);
	if (why == REASON_REST)
		why = computed_reason(h, n, in, size_kb);
	else
		*size_kb = urgent_kb(h, why, n, in);
	start_rest(&h->rest, why, n, in);
	return why;
}

/*
 * Domain 0 alone decides. Its target is off by what is not known exactly, and
 * on most kernels the driver read it first.
 */
static enum reason
decide_directed(const struct history *h, const struct need *n,
    const struct inputs *in, uint64_t *size_kb)
{
	uint64_t target = in->sample->balloon.target_kb;
	uint64_t goal = step_guarded(n, in);

	if (!in->have_target || in->stale || goal == 0 ||
	    (is_news(h, in) && (!in->settings->guard || goal < target)))
		return REASON_REST;
	if (within(goal, target, STEP_MIN_KB))
		return goal > n->ceiling_kb ? REASON_GUARD : REASON_REST;
	if (goal > target || an_interval_passed(&h->rest, in))
		*size_kb = step_directed(goal, in);
	return goal > n->ceiling_kb ? REASON_GUARD : REASON_DIRECTED;
}

/* The driver does not go to the number that stands, nor tries any more. */
static bool
has_given_up(const struct history *h, const struct sample *s)
{
	return s->balloon.target_kb > s->balloon.current_kb &&
	    s->at_ms - h->driver.still_since_ms > POLICY_GAVE_UP_MS &&
	    s->at_ms >= h->request.retry_at_ms;
}

/* The driver lowered the number of the last request itself: no news for it. */
static bool
has_lowered(const struct history *h, const struct sample *s, uint64_t size_kb)
{
	const struct sample_balloon *b = &s->balloon;

	return size_kb > b->target_kb && history_asked(h, size_kb) &&
	    s->at_ms < h->request.retry_at_ms &&
	    near_kb(b->target_kb, b->current_kb);
}

/*
 * Makes `size_kb` the next request, where it is worth a write. A number that
 * stands already is not written again, unless the driver gave up on it: then
 * it is off by a page.
 */
static void
request_size(struct decision *d, struct history *h, const struct sample *s,
    uint64_t size_kb)
{
	uint64_t target = s->balloon.target_kb;
	struct request *r = &h->request;
	bool off = false;

	d->target_kb = size_kb;
	if (near_kb(size_kb, target)) {
		if (!has_given_up(h, s))
			return;
		off = !r->off_by_a_page;
		d->target_kb = off ? size_kb - GRAIN_KB : size_kb + GRAIN_KB;
		d->reason = REASON_RETRY;
	} else if (has_lowered(h, s, size_kb)) {
		return;
	}
	d->write = true;
	*r = (struct request){.kb = d->target_kb, .at_ms = s->at_ms,
	    .ceiling_kb = d->need.ceiling_kb,
	    .retry_at_ms = s->at_ms + POLICY_GAVE_UP_MS,
	    .off_by_a_page = off};
	h->driver.foreign_until_ms = 0;
	if (d->target_kb < target) {
		h->rest.shrunk_ms = s->at_ms;
		h->rest.shrunk_from_kb = s->balloon.current_kb;
		h->rest.backoff_ms =
		    max_u64(h->rest.backoff_ms - h->rest.backoff_ms / 8,
			HISTORY_BACKOFF_MS);
	}
}

/*
 * When to look again: at the latest after an interval; at a quarter of the
 * time in which what is available would be gone; and after growth at once,
 * then less and less often.
 */
static uint64_t
next_wait_ms(const struct history *h, const struct inputs *in, bool grew)
{
	const struct sample *s = in->sample;
	uint64_t wait = max_u64(h->wake.wait_ms, POLICY_LOOK_MIN_MS);
	uint64_t rest = need_interval_ms(in->settings);
	uint64_t rate = h->load.rate_kb_s;

	wait = wait > rest / 2 ? rest : 2 * wait;
	if (grew)
		wait = 2 * POLICY_LOOK_MIN_MS;
	if (rate >= HISTORY_RATE_MIN_KB_S)
		wait = min_u64(
		    wait, s->memory.available_kb * 1000 / 4 / rate);
	/* The fence follows the pages as they come. */
	if (in->fenced && step_coming(in) >= GRAIN_KB &&
	    h->driver.progress == PROGRESS_MOVING)
		wait = POLICY_LOOK_MIN_MS;
	if (h->rest.capped_since_ms)
		wait = min_u64(wait, HOLD_CAPPED_MS / 5);
	if (h->strain.unexplained)
		wait = min_u64(wait, POLICY_JUDGE_MS);
	if (h->brake.since_ms)
		wait = POLICY_LOOK_MIN_MS;
	return max_u64(wait, POLICY_LOOK_MIN_MS);
}

/* What makes no sense now may make some soon, or never. */
static uint64_t
next_retry_ms(const struct wake *w, const struct settings *set)
{
	return min_u64(max_u64(2 * w->invalid_ms, POLICY_LOOK_MIN_MS),
	    need_interval_ms(set));
}

void
policy_decide(
    struct decision *d, struct history *h, const struct inputs *in)
{
	const struct sample *s = in->sample;
	uint64_t interval_ms = need_interval_ms(in->settings);
	uint64_t size_kb = s->balloon.target_kb;

	*d = (struct decision){.reason = REASON_BLIND, .target_kb = size_kb};
	if (in->invalid || !s->balloon.known) {
		h->wake.invalid_ms = next_retry_ms(&h->wake, in->settings);
		d->next_ms = h->wake.invalid_ms;
		return;
	}
	need_sum(&d->need, in, history_unseen_kb(h));
	history_observe(h, s, d->need.used_kb, interval_ms, &in->canary);
	need_raise(&d->need, h->rest.learned_kb);
	h->wake.invalid_ms = 0;
	d->reason = in->settings->self
	    ? decide_self(h, &d->need, in, &size_kb)
	    : decide_directed(h, &d->need, in, &size_kb);
	size_kb = max_u64(size_kb, min_u64(s->balloon.target_kb,
	    d->need.overhead_kb + POLICY_MIN_KB));
	request_size(d, h, s, size_kb);
	hold_fence(d, h, in);
	hold_brake(d, h, in);
	canary_plan(&d->canary, &in->canary, in->settings, in->max_total_kb,
	    near_kb(s->balloon.current_kb, d->need.ceiling_kb),
	    h->driver.progress >= PROGRESS_REFUSED);
	d->next_ms = next_wait_ms(
	    h, in, d->write && d->target_kb > s->balloon.target_kb);
	h->wake.wait_ms = d->next_ms;
	h->wake.due_ms = s->at_ms + d->next_ms;
}

void
policy_write_failed(struct history *h)
{
	struct request *r = &h->request;

	r->failed = true;
	r->retry_at_ms = r->at_ms + POLICY_AGAIN_MS;
}
