/* SPDX-License-Identifier: 0BSD */
#include "common/numbers.h"
#include "file.h"
#include "observe.h"
#include "proc.h"
#include "wait.h"

/* Something goes on: the balloon's numbers are not what they were. */
static bool
is_awake(const struct guest *g, const struct wakeup *w)
{
	return w->pressed || w->crossed || w->reread || w->killed ||
	    g->in_force.policy == MODE_WORKINGSET ||
	    g->history.wake.wait_ms < g->in_force.self_interval_s * 1000;
}

/*
 * Counters are read every 250 ms while anything happens or a change is
 * pending, every 10 s at rest; no shrink rests on older ones.
 */
static bool
is_count_due(const struct guest *g, bool awake, uint64_t now_ms)
{
	bool busy = awake || g->decision.reason != REASON_REST;

	return now_ms - g->sample.counters.at_ms >=
	    (busy ? GUEST_COUNT_MS : GUEST_COUNT_REST_MS);
}

static void
read_counters(struct guest *g, uint64_t now_ms)
{
	struct sample_counters *c = &g->sample.counters;
	uint64_t n;

	*c = (struct sample_counters){.at_ms = now_ms};
	if (file_read_number(g->overcommit_fd, 2, &n))
		g->strict_commit = n == 2;
	g->canary.panic_on_oom =
	    file_read_number(g->panic_fd, 2, &n) && n != 0;
	g->canary.kill_allocating =
	    file_read_number(g->allocating_fd, UINT32_MAX, &n) && n != 0;
	if (source_read(&proc_vmstat))
		sample_vmstat(c, proc_vmstat.buf, proc_vmstat.len);
	if (source_read(&proc_pressure))
		sample_pressure(c, proc_pressure.buf, proc_pressure.len);
}

/* What is wrong with it, or NULL. */
static const char *
read_memory(struct guest *g)
{
	struct sample_memory *m = &g->sample.memory;

	*m = (struct sample_memory){.min_free_kb = g->min_free_kb,
	    .strict_commit = g->strict_commit};
	if (source_read(&proc_meminfo))
		sample_meminfo(m, proc_meminfo.buf, proc_meminfo.len);
	return sample_check(m);
}

/*
 * The balloon moves when this program says so, when domain 0 does, which
 * wakes it, or with the guest's resumption, which does too; and MemTotal
 * moves with it.
 */
static bool
balloon_rests(const struct guest *g, uint64_t total_before_kb)
{
	return g->sample.balloon.known && !g->decision.write &&
	    g->held_settled &&
	    g->history.driver.progress == PROGRESS_REACHED &&
	    total_before_kb == g->sample.memory.total_kb;
}

/* False when the driver's numbers make no sense. */
static bool
read_balloon(struct guest *g)
{
	struct sample_balloon *b = &g->sample.balloon;
	const struct sample_balloon before = *b;
	struct balloon_state now;
	struct balloon_held held = {before.low_kb, before.high_kb};
	bool still;

	*b = (struct sample_balloon){0};
	if (!balloon_read(&g->balloon, &now))
		return false;
	b->known = true;
	b->current_kb = now.current_kb;
	b->target_kb = now.target_kb;
	/*
	 * low_kb and high_kb are other files than current_kb: they belong to
	 * it only if it was the same twice. Memory that comes online changes
	 * them alone.
	 */
	still = before.held_known && now.current_kb == before.current_kb &&
	    now.target_kb == before.target_kb;
	if ((still && g->held_settled && !sample_counted(&g->sample)) ||
	    balloon_read_held(&g->balloon, &held)) {
		g->held_settled = still;
		b->held_known = true;
		b->low_kb = held.low_kb;
		b->high_kb = held.high_kb;
	}
	return true;
}

/* At the ceiling canaries leave, and come back with the first step down. */
static bool
protects(const struct guest *g)
{
	enum protection p = g->decision.canary.protection;

	return p == PROTECTION_FULL ||
	    (p == PROTECTION_STANDS && g->canary.standing > 0);
}

static void
observe_canaries(struct guest *g, unsigned killed)
{
	struct canary_facts *c = &g->canary;

	c->killed = killed;
	c->arming = g->keeper.ordered || g->keeper.standing > c->standing;
	c->standing = g->keeper.standing;
	c->held_kb = (uint64_t)c->standing * g->decision.canary.kb;
	c->keeper = g->keeper.pid > 0;
	c->brake = g->brake.count > 0;
	c->protects = protects(g);
}

/* /proc and the driver become a sample. */
static void
read_sample(struct guest *g, const struct wakeup *w)
{
	uint64_t now_ms = wait_clock_ms();
	uint64_t total_before_kb = g->sample.memory.total_kb;
	bool awake = is_awake(g, w);
	bool count = w->killed || is_count_due(g, awake, now_ms);

	g->sample.at_ms = now_ms;
	if (count)
		read_counters(g, now_ms);
	g->invalid = read_memory(g);
	if (!g->have_balloon ||
	    (!awake && !count && balloon_rests(g, total_before_kb)))
		return;
	if (!read_balloon(g))
		g->invalid = "the balloon driver's numbers can't be read";
}

/* How large the guest may be, and how large it has been. */
static void
learn_limits(struct guest *g, const struct wakeup *w)
{
	const struct sample_balloon *b = &g->sample.balloon;
	uint64_t total_kb = g->sample.memory.total_kb;
	uint64_t overhead = excess(b->current_kb, total_kb);
	uint64_t ceiling;

	if (!w->stale)
		ceiling_learn(&g->ceiling, b, g->history.request.kb);
	ceiling = ceiling_kb(&g->ceiling, b);
	g->max_total_kb = max_u64(g->max_total_kb, total_kb);
	/*
	 * MemTotal follows the balloon late: only where the balloon has
	 * arrived do both belong to one size, and the overhead is right.
	 */
	if (g->ceiling.store_kb && b->current_kb == b->target_kb &&
	    ceiling > overhead + g->max_total_kb)
		g->max_total_kb = ceiling - overhead;
}

void
observe(struct guest *g, const struct wakeup *w)
{
	observe_canaries(g, w->killed);
	read_sample(g, w);
	if (!g->invalid)
		learn_limits(g, w);
}
