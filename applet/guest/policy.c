/* SPDX-License-Identifier: 0BSD */
#include "policy.h"
#include "common/numbers.h"
#include "text.h"

#define MB 1024 /* kB */
#define PAGE_KB 4 /* of vmstat's counters: good enough for a rate */
#define NEVER UINT64_MAX
/* Load faster than this is worth a closer look and room in advance. */
#define RATE_MIN_KB_S MB
#define RATE_WINDOW_MS 100 /* a rate over less is noise */

static uint64_t
round_up_kb(uint64_t kb)
{
	return (kb + GRAIN_KB - 1) / GRAIN_KB * GRAIN_KB;
}

static uint64_t
interval_s(const struct settings *set)
{
	return set->self ? set->self_interval_s : set->interval_s;
}

/*
 * The minimum of xenballoond of 2008, in domain pages: the curve that
 * minimum_target() of the XenLinux balloon driver had, a continuous one over
 * the size of the guest; its steps lie a little below the round numbers, since
 * MemTotal does.
 */
static uint64_t
floor_2008_kb(uint64_t most_total_kb)
{
	uint64_t mb = most_total_kb / MB;

	if (mb < 125)
		return 8 * MB + most_total_kb / 2 / MB * MB;
	if (mb < 500)
		return 40 * MB + most_total_kb / 4 / MB * MB;
	if (mb < 2000)
		return 104 * MB + most_total_kb / 8 / MB * MB;
	return 296 * MB + most_total_kb / 32 / MB * MB;
}

/*
 * What the kernel holds and the reserve, but never less than 16 MB and a 32nd
 * of the guest, however little /proc says that the kernel holds.
 */
static uint64_t
floor_low_kb(const struct need *n, uint64_t most_total_kb)
{
	uint64_t sane = 16 * MB + most_total_kb / 32;

	return n->overhead_kb + max_u64(n->kernel_kb + n->reserve_kb, sane);
}

static uint64_t
floor_kb(const struct need *n, const struct situation *in)
{
	if (in->settings->minmem_mb)
		return (uint64_t)in->settings->minmem_mb * MB;
	if (in->settings->floor == FLOOR_LOW)
		return floor_low_kb(n, in->most_total_kb);
	return floor_2008_kb(in->most_total_kb);
}

/* How far the fence stays below what is available: policy.h has the reasons. */
static uint64_t
margin_kb(const struct policy *p, const struct situation *in)
{
	uint64_t total = in->sample->total_kb;
	uint64_t late = p->peak_kb_s * p->late_ms / 1000;
	uint64_t pinned =
	    min_u64(in->sample->reclaimable_kb / 2, POLICY_PINNED_KB);

	if (!in->fenced)
		return 0;
	return POLICY_MARGIN_KB + total / POLICY_MARGIN_SHARE +
	    pinned + min_u64(late, total / 16);
}

/*
 * With no fence: what a load takes from one look to the next, but at most a
 * quarter of the guest.
 */
static uint64_t
reserve_kb(const struct need *n, const struct situation *in)
{
	if (in->settings->reserve_mb)
		return (uint64_t)in->settings->reserve_mb * MB;
	return min_u64(in->fenced ? n->margin_kb + POLICY_FREE_KB
				: POLICY_BURST_KB_PER_S *
			    interval_s(in->settings),
	    in->most_total_kb / 4);
}

/*
 * Under vm.overcommit_memory 2 the limit is swap plus a share of MemTotal
 * (mm/util.c, vm_commit_limit): the MemTotal at which it still covers
 * Committed_AS and the reserve.
 */
static uint64_t
strict_kb(const struct sample *s, uint64_t reserve)
{
	uint64_t share = excess(s->commit_limit_kb, s->swap_total_kb);
	uint64_t asked = excess(s->committed_kb + reserve, s->swap_total_kb);

	if (!s->strict_commit || !(s->have & HAVE_COMMIT_LIMIT) || share == 0)
		return 0;
	/* In MB, rounded up: in kB the product could pass 2^64. */
	share = (asked / MB + 1) * (s->total_kb / MB + 1) / (share / MB + 1);
	return min_u64(share, SAMPLE_KB_MAX / MB) * MB;
}

/*
 * Committed_AS is what programs were promised, and may be many times what
 * they will touch. What they hold now, twice, and the reserve is as far as
 * they get before the next look.
 */
static uint64_t
bound_kb(const struct sample *s, uint64_t reserve)
{
	uint64_t swapped = excess(s->swap_total_kb, s->swap_free_kb);

	return 2 * (s->anon_kb + s->shmem_kb + swapped) + reserve;
}

/*
 * What the working set policy aims at: what is in use, and where there is swap
 * half of the anonymous pages less, as far as half of the free swap goes.
 */
static uint64_t
hot_kb(const struct sample *s, uint64_t used_kb)
{
	return excess(used_kb, min_u64(s->anon_kb, s->swap_free_kb) / 2);
}

void
policy_need(
    struct need *n, const struct policy *p, const struct situation *in)
{
	const struct sample *s = in->sample;
	uint64_t committed;

	*n = (struct need){0};
	if (s->have & HAVE_BALLOON)
		n->overhead_kb = excess(s->current_kb, s->total_kb);
	n->used_kb = s->total_kb - s->available_kb;
	n->kernel_kb = excess(n->used_kb, s->anon_kb + s->shmem_kb);
	n->margin_kb = margin_kb(p, in);
	n->reserve_kb = reserve_kb(n, in);
	n->committed_kb = s->committed_kb;
	n->bound_kb = bound_kb(s, n->reserve_kb);
	n->strict_kb = strict_kb(s, n->reserve_kb);
	committed = min_u64(n->committed_kb, n->bound_kb);
	n->safe_kb = max_u64(committed + n->kernel_kb, n->used_kb);
	n->total_kb = in->settings->policy == MODE_WORKINGSET
	    ? hot_kb(s, n->used_kb) : n->safe_kb;
	n->total_kb = max_u64(n->total_kb + n->reserve_kb, n->strict_kb);
	n->floor_kb = round_up_kb(floor_kb(n, in));
	n->wanted_kb =
	    max_u64(round_up_kb(n->total_kb + n->overhead_kb), n->floor_kb);
	n->ceiling_kb = in->ceiling_kb;
	n->goal_kb = min_u64(n->wanted_kb, n->ceiling_kb);
}

static uint64_t
refaults(const struct sample *s)
{
	return s->refaults + s->refaults_anon + s->refaults_file;
}

/* How much tasks wait, and read again what was dropped: over a second. */
static void
feel(struct policy *p, const struct sample *s)
{
	uint64_t span = s->at_ms - p->strain_ms;

	if (span < 1000 || !(s->have & HAVE_COUNTED) ||
	    !(s->have & HAVE_REFAULTS))
		return;
	p->stall_ppm = excess(s->pressure_us, p->strain_us) * 1000 / span;
	p->refault_kb_s =
	    excess(refaults(s), p->strain_pages) * PAGE_KB * 1000 / span;
	p->strain_ms = s->at_ms;
	p->strain_us = s->pressure_us;
	p->strain_pages = refaults(s);
}

/* How fast memory is taken, and whether something new was killed or swapped. */
static void
remember(struct policy *p, const struct sample *s, uint64_t used_kb,
    uint64_t interval_ms)
{
	uint64_t now = s->at_ms;
	uint64_t span = now - p->anchor_ms;
	uint64_t late = excess(now, p->due_ms);

	if (!p->started) {
		*p = (struct policy){
		    .started = true, .anchor_ms = now,
		    .shrunk_ms = now - interval_ms,
		    .anchor_used_kb = used_kb, .still_since_ms = now,
		    .oom_kills = s->oom_kills, .last_current_kb = s->current_kb,
		    .swap_in_pages = s->swap_in_pages,
		    .strain_ms = now, .strain_us = s->pressure_us,
		    .strain_pages = refaults(s),
		    .pressed_ms = POLICY_PRESSED_MS, .wait_ms = NEVER};
		return;
	}
	p->rate_kb_s = excess(used_kb, p->anchor_used_kb) * 1000 /
	    max_u64(span, RATE_WINDOW_MS);
	if (span >= RATE_WINDOW_MS) {
		p->anchor_ms = now;
		p->anchor_used_kb = used_kb;
	}
	feel(p, s);
	/* The worst of late, forgotten by an eighth a look. */
	p->late_ms = max_u64(late, p->late_ms - p->late_ms / 8);
	p->peak_kb_s =
	    max_u64(p->rate_kb_s, p->peak_kb_s - p->peak_kb_s / 8);
	/* A counter that can't be read this once has not gone back to 0. */
	if (s->have & HAVE_OOM_KILLS) {
		if (s->oom_kills > p->oom_kills)
			p->hold_until_ms = now + POLICY_HOLD_MS;
		p->oom_kills = s->oom_kills;
	}
	if ((s->have & HAVE_COUNTED) && (s->have & HAVE_SWAP_IN)) {
		p->swapping = s->swap_in_pages > p->swap_in_pages;
		p->swap_in_pages = s->swap_in_pages;
	}
}

static enum progress
standing(const struct policy *p, const struct sample *s)
{
	if (near_kb(s->current_kb, s->target_kb))
		return p->asked_kb >= s->target_kb + GRAIN_KB &&
			s->at_ms - p->asked_ms < POLICY_STILL_MS
		    ? PROGRESS_CLAMPED
		    : PROGRESS_REACHED;
	if (s->at_ms - p->still_since_ms < POLICY_STILL_MS)
		return PROGRESS_MOVING;
	if (s->current_kb > s->target_kb)
		return PROGRESS_SHORT;
	if ((s->have & HAVE_HELD) && s->low_kb + s->high_kb == 0)
		return PROGRESS_HOTPLUG;
	return PROGRESS_REFUSED;
}

static void
follow(struct policy *p, const struct sample *s)
{
	/*
	 * Somebody else's new target may be younger than the last look; nor
	 * does a sleep that was longer than meant tell of standing still.
	 */
	bool other = p->last_target_kb && s->target_kb != p->last_target_kb &&
	    !policy_asked(p, s->target_kb);

	if (other)
		p->word_until_ms = s->at_ms + POLICY_WORD_MS;
	p->last_target_kb = s->target_kb;
	if (s->current_kb != p->last_current_kb || other ||
	    near_kb(s->current_kb, s->target_kb) ||
	    excess(s->at_ms, p->due_ms) > POLICY_STILL_MS) {
		p->last_current_kb = s->current_kb;
		p->still_since_ms = s->at_ms;
	}
	p->progress = standing(p, s);
}

/* A step from the target up to `goal`, if that is above it; at most `top`. */
static uint64_t
up(uint64_t goal, uint64_t top, const struct situation *in)
{
	uint64_t target = in->sample->target_kb;
	uint64_t gap = excess(goal, target);

	gap = max_u64(gap / in->settings->up, min_u64(gap, POLICY_STEP_KB));
	return min_u64(round_up_kb(target + gap), top);
}

/* The size to grow to: the need, and what comes within the next second. */
static uint64_t
grown(const struct policy *p, const struct need *n, const struct situation *in)
{
	uint64_t ahead = p->rate_kb_s >= RATE_MIN_KB_S ? p->rate_kb_s : 0;
	uint64_t goal = min_u64(n->wanted_kb + ahead, n->ceiling_kb);

	return up(goal, n->ceiling_kb, in);
}

/*
 * A burst crossed the fence. How large it will be nobody knows: as much as
 * the reserve first, then twice as much each time, once what was asked for
 * is nearly there.
 */
static uint64_t
burst(struct policy *p, const struct need *n, const struct situation *in)
{
	const struct sample *s = in->sample;
	bool again = s->at_ms - p->crossed_ms < POLICY_BURST_MS;
	uint64_t coming = excess(s->target_kb, s->current_kb);

	if (!again || !p->burst_kb)
		p->burst_kb = n->reserve_kb;
	else if (coming < p->burst_kb / 2)
		p->burst_kb *= 2;
	p->crossed_ms = s->at_ms;
	if (coming >= p->burst_kb / 2)
		return max_u64(s->target_kb, grown(p, n, in));
	return max_u64(grown(p, n, in),
	    min_u64(round_up_kb(s->target_kb + p->burst_kb), n->ceiling_kb));
}

/* Pressure although the sums say enough: a quarter of what is left to get. */
static uint64_t
relieved(const struct policy *p, const struct need *n,
    const struct situation *in)
{
	uint64_t target = in->sample->target_kb;
	uint64_t more =
	    max_u64(excess(n->ceiling_kb, target) / 4, n->reserve_kb);

	return max_u64(grown(p, n, in),
	    min_u64(round_up_kb(target + more), n->ceiling_kb));
}

static uint64_t
shrunk(const struct need *n, const struct situation *in)
{
	uint64_t target = in->sample->target_kb;
	uint64_t gap = target - n->goal_kb;
	uint64_t step = max_u64(gap / in->settings->down, POLICY_STEP_KB);
	uint64_t safe = n->safe_kb + n->reserve_kb + n->overhead_kb;

	if (!near_kb(target, in->sample->current_kb))
		return in->sample->current_kb; /* refused: see unfit() */
	/* Down to what is committed nothing is probed. */
	if (in->settings->policy == MODE_WORKINGSET)
		step = min_u64(step, max_u64(excess(target, safe),
		    in->sample->total_kb / POLICY_PROBE_SHARE));
	if (gap <= step || gap < 2 * POLICY_STEP_KB)
		return n->goal_kb;
	return round_up_kb(target - step);
}

/* Rests after pressure, each time twice as long; good times shorten it. */
static void
lie_low(struct policy *p, uint64_t now_ms)
{
	p->calm_until_ms = now_ms + p->pressed_ms;
	p->pressed_ms = min_u64(2 * p->pressed_ms, POLICY_PRESSED_MAX_MS);
}

/* Since the last step down. */
static bool
an_interval_passed(const struct policy *p, const struct situation *in)
{
	return in->sample->at_ms - p->shrunk_ms >=
	    interval_s(in->settings) * 1000;
}

/* Why not to shrink now; REASON_SHRINK when nothing speaks against it. */
static enum reason
unfit(const struct policy *p, const struct need *n, const struct situation *in)
{
	const struct sample *s = in->sample;

	if (s->at_ms < p->calm_until_ms)
		return REASON_CALM;
	if (p->swapping)
		return REASON_SWAP;
	if (p->stall_ppm >= POLICY_STALL_MAX_PPM)
		return REASON_STALL;
	if (p->rate_kb_s >= RATE_MIN_KB_S || !an_interval_passed(p, in))
		return REASON_REST;
	/* What the host refuses need not be asked for where nobody needs it. */
	if (!near_kb(s->current_kb, s->target_kb) &&
	    (p->progress < PROGRESS_REFUSED || s->current_kb < n->goal_kb))
		return REASON_REST;
	return REASON_SHRINK;
}

/* The working set policy took pages that were wanted. */
static bool
strained(const struct policy *p, const struct situation *in)
{
	const struct sample *s = in->sample;

	return in->settings->policy == MODE_WORKINGSET &&
	    s->at_ms == p->strain_ms &&
	    (p->stall_ppm > POLICY_STALL_PPM ||
		p->refault_kb_s > s->total_kb / POLICY_REFAULT_SHARE);
}

/*
 * After restore, migration and a mem-set that changes nothing the kernel goes
 * to memory/target by itself. The pages it gets there nobody uses yet: back
 * to the size before, without hysteresis.
 */
static bool
resumed(const struct policy *p, const struct need *n,
    const struct situation *in)
{
	const struct sample *s = in->sample;

	return p->asked_kb && p->asked_kb < s->target_kb &&
	    near_kb(s->target_kb, n->ceiling_kb) &&
	    n->ceiling_kb == p->asked_ceiling_kb;
}

/* Nothing is given back for a while. */
static void
calm(struct policy *p, uint64_t now_ms)
{
	p->calm_until_ms = max_u64(p->calm_until_ms, now_ms + POLICY_CALM_MS);
}

/* What can't wait for sums: REASON_REST when there is no such thing. */
static enum reason
alarmed(struct policy *p, const struct need *n, const struct situation *in,
    uint64_t *size)
{
	const struct sample *s = in->sample;

	if (s->at_ms < p->hold_until_ms) {
		*size = n->ceiling_kb;
		return REASON_OOM;
	}
	if (in->crossed) {
		*size = burst(p, n, in);
		calm(p, s->at_ms);
		return REASON_FENCE;
	}
	/* What waits at the fence waits for memory too: that is no news. */
	if (in->pressed &&
	    (!p->crossed_ms || s->at_ms - p->crossed_ms > POLICY_WINDOW_MS)) {
		*size = relieved(p, n, in);
		/* A burst explains it; or the sums are wrong: a long rest. */
		if (n->goal_kb > s->target_kb)
			calm(p, s->at_ms);
		else
			lie_low(p, s->at_ms);
		return REASON_PRESSURE;
	}
	if (strained(p, in)) {
		*size = min_u64(round_up_kb(s->target_kb +
				  max_u64(s->total_kb / POLICY_BACKOFF_SHARE,
				      p->refault_kb_s)),
		    n->ceiling_kb);
		lie_low(p, s->at_ms);
		return REASON_REFAULT;
	}
	if (p->progress == PROGRESS_SHORT && s->current_kb <= n->ceiling_kb) {
		*size = s->current_kb;
		lie_low(p, s->at_ms);
		return REASON_SHORT;
	}
	return REASON_REST;
}

/* Self-ballooning: the reason, and with it the size to ask for. */
static enum reason
choose(struct policy *p, const struct need *n, const struct situation *in,
    uint64_t *size)
{
	uint64_t target = in->sample->target_kb;
	uint64_t slack = max_u64(n->reserve_kb / 8, POLICY_STEP_KB);
	bool at_floor = n->goal_kb == n->floor_kb; /* kept to the page */
	enum reason why = alarmed(p, n, in, size);

	if (why != REASON_REST)
		return why;
	if (n->goal_kb > target + (at_floor ? 0 : slack)) {
		*size = grown(p, n, in);
		calm(p, in->sample->at_ms);
		return REASON_GROW;
	}
	/* What is not worth a write is no reason to stay either. */
	if (target > n->ceiling_kb && !near_kb(target, n->ceiling_kb) &&
	    !in->stale) {
		*size = n->ceiling_kb;
		return REASON_DIRECTED;
	}
	if (target < n->goal_kb + (at_floor ? 1 : POLICY_STEP_KB))
		return REASON_REST;
	if (resumed(p, n, in)) {
		*size = max_u64(p->asked_kb, n->goal_kb);
		return REASON_RESUMED;
	}
	why = unfit(p, n, in);
	/* Not on counters of long ago: the next look reads them. */
	if (why == REASON_SHRINK && (in->sample->have & HAVE_COUNTED))
		*size = shrunk(n, in);
	return why;
}

/*
 * XENBALLOON_GUARD: what the guest uses and the reserve stay, as far as the
 * guest still has them: Xen gives nothing back above memory/target.
 */
static uint64_t
guarded(const struct need *n, const struct situation *in)
{
	uint64_t kept_kb =
	    round_up_kb(n->used_kb + n->reserve_kb + n->overhead_kb);

	if (!in->settings->guard)
		return n->ceiling_kb;
	return max_u64(
	    n->ceiling_kb, min_u64(kept_kb, in->sample->current_kb));
}

/*
 * Domain 0 alone decides. Its word is off by what is not known exactly, and
 * on most kernels the driver heard it first.
 */
static enum reason
obey(const struct policy *p, const struct need *n, const struct situation *in,
    uint64_t *size)
{
	uint64_t target = in->sample->target_kb;
	uint64_t goal = guarded(n, in);
	uint64_t gap;

	if (!in->have_target || in->stale || goal == 0 ||
	    (!in->settings->guard && in->sample->at_ms < p->word_until_ms))
		return REASON_REST;
	if (target < goal + POLICY_STEP_KB && goal < target + POLICY_STEP_KB)
		return goal > n->ceiling_kb ? REASON_GUARD : REASON_REST;
	if (goal > target) {
		*size = up(goal, goal, in);
	} else if (an_interval_passed(p, in)) {
		gap = target - goal;
		*size = round_up_kb(target - gap / in->settings->down);
		if (gap / in->settings->down < POLICY_STEP_KB ||
		    near_kb(*size, goal))
			*size = goal;
	}
	return goal > n->ceiling_kb ? REASON_GUARD : REASON_DIRECTED;
}

/*
 * Whether `size` is to be written. A number that stands already is not
 * written again, unless the driver gave up on it: then it is off by a page.
 */
static bool
worth_writing(struct policy *p, const struct sample *s, uint64_t ceiling,
    uint64_t *size, enum reason *why)
{
	bool standing_still = s->at_ms - p->still_since_ms > POLICY_GAVE_UP_MS;
	bool asked_lately =
	    p->asked_kb && s->at_ms - p->asked_ms < POLICY_GAVE_UP_MS;

	if (near_kb(*size, s->target_kb)) {
		if (s->target_kb <= s->current_kb || !standing_still ||
		    asked_lately)
			return false;
		p->nudged = !p->nudged;
		*size = p->nudged ? *size - GRAIN_KB : *size + GRAIN_KB;
		*why = REASON_RETRY;
	} else if (*size > s->target_kb && policy_asked(p, *size) &&
	    asked_lately && near_kb(s->target_kb, s->current_kb)) {
		return false; /* the driver lowered it itself */
	} else {
		p->nudged = false;
	}
	p->word_until_ms = 0;
	p->asked_kb = *size;
	p->asked_ms = s->at_ms;
	p->asked_ceiling_kb = ceiling;
	return true;
}

/*
 * When to look again: at the latest after an interval; at a quarter of the
 * time in which what is available would be gone; and after growth at once,
 * then less and less often.
 */
static uint64_t
next_look(struct policy *p, const struct situation *in, bool grew)
{
	const struct sample *s = in->sample;
	uint64_t wait = max_u64(p->wait_ms, POLICY_LOOK_MIN_MS);
	uint64_t rest = interval_s(in->settings) * 1000;

	wait = wait > rest / 2 ? rest : 2 * wait;
	if (grew)
		wait = 2 * POLICY_LOOK_MIN_MS;
	if (p->rate_kb_s >= RATE_MIN_KB_S)
		wait = min_u64(
		    wait, s->available_kb * 1000 / 4 / p->rate_kb_s);
	/* The fence follows the pages as they come. */
	if (in->fenced && s->current_kb + GRAIN_KB <= s->target_kb &&
	    p->progress == PROGRESS_MOVING)
		wait = POLICY_LOOK_MIN_MS;
	if (p->plea_ms)
		wait = min_u64(wait, POLICY_PLEA_MS / 5);
	p->wait_ms = max_u64(wait, POLICY_LOOK_MIN_MS);
	p->due_ms = s->at_ms + p->wait_ms;
	return p->wait_ms;
}

/*
 * Whether waiting may help: there is room below the ceiling, or domain 0 may
 * raise one that is lower than the guest has been.
 */
static bool
may_grow(struct policy *p, const struct need *n, const struct situation *in)
{
	const struct sample *s = in->sample;

	if (!near_kb(s->current_kb, n->ceiling_kb)) {
		p->plea_ms = 0;
		return true;
	}
	if (n->ceiling_kb + GRAIN_KB > in->most_total_kb + n->overhead_kb)
		return false;
	if (max_u64(n->wanted_kb, n->overhead_kb + n->used_kb + n->margin_kb) <=
	    n->ceiling_kb)
		p->plea_ms = 0;
	else if (!p->plea_ms)
		p->plea_ms = s->at_ms;
	return !p->plea_ms || s->at_ms - p->plea_ms < POLICY_PLEA_MS;
}

/*
 * The fence stands while the guest can still grow. What the balloon is about
 * to take is not there to be spared.
 */
static void
fence(struct decision *d, struct policy *p, const struct situation *in)
{
	const struct sample *s = in->sample;
	uint64_t leaving = excess(s->current_kb, d->target_kb);

	d->fence = may_grow(p, &d->need, in) || leaving > 0;
	d->fence = d->fence && in->fenced && in->settings->self &&
	    s->at_ms >= p->hold_until_ms && p->progress < PROGRESS_REFUSED;
	d->spare_kb =
	    excess(s->available_kb, d->need.margin_kb + leaving);
}

void
policy_decide(
    struct decision *d, struct policy *p, const struct situation *in)
{
	const struct sample *s = in->sample;
	uint64_t size = s->target_kb;

	*d = (struct decision){.reason = REASON_BLIND, .target_kb = size};
	if (in->blind || !(s->have & HAVE_BALLOON)) {
		/* What can't be seen may come soon, or never. */
		p->blind_ms = min_u64(
		    max_u64(2 * p->blind_ms, POLICY_LOOK_MIN_MS),
		    interval_s(in->settings) * 1000);
		d->next_ms = p->blind_ms;
		return;
	}
	p->blind_ms = 0;
	policy_need(&d->need, p, in);
	remember(
	    p, s, d->need.used_kb, interval_s(in->settings) * 1000);
	follow(p, s);
	d->reason = in->settings->self ? choose(p, &d->need, in, &size)
				       : obey(p, &d->need, in, &size);
	size = max_u64(size,
	    min_u64(s->target_kb, d->need.overhead_kb + POLICY_LEAST_KB));
	d->write = worth_writing(
	    p, s, d->need.ceiling_kb, &size, &d->reason);
	d->target_kb = size;
	if (d->write && size < s->target_kb) {
		p->shrunk_ms = s->at_ms;
		p->pressed_ms = max_u64(
		    p->pressed_ms - p->pressed_ms / 8, POLICY_PRESSED_MS);
	}
	fence(d, p, in);
	d->next_ms = next_look(p, in, d->write && size > s->target_kb);
}

void
policy_refused(struct policy *p)
{
	p->asked_ms -= POLICY_GAVE_UP_MS - POLICY_AGAIN_MS;
}

bool
policy_asked(const struct policy *p, uint64_t kb)
{
	return near_kb(p->asked_kb, kb);
}
