/* SPDX-License-Identifier: 0BSD */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/config.h"
#include "exit.h"
#include "file.h"
#include "guest.h"
#include "log.h"
#include "proc.h"
#include "common/numbers.h"
#include "wait.h"

/* Everywhere; Red Hat and SUSE; Debian; Alpine. */
static const char *const places[] = {
    "/etc/xenballoon.conf",
    "/etc/sysconfig/xenballoon.conf",
    "/etc/default/xenballoon.conf",
    "/etc/conf.d/xenballoon.conf",
    NULL,
};

bool
guest_option(struct guest_options *o, int letter, const char *value)
{
	switch (letter) {
	case 'c': o->config = value; break;
	case 'v': o->verbose = true; break;
	case 'o':
		if (o->lines == GUEST_LINES_MAX) {
			warn("-o: more settings than there are");
			return false;
		}
		o->line[o->lines++] = value;
		break;
	}
	return true;
}

static bool
read_lines(struct settings *s, const struct guest_options *o)
{
	char message[LOG_LINE];
	struct text error = TEXT_ON(message);
	bool gone;

	text_str(&error, "-o: ");
	for (unsigned i = 0; i < o->lines; i++) {
		if (!syntax_line(&settings_syntax, s, o->line[i],
			strlen(o->line[i]), &error, &gone)) {
			warn_text(&error);
			return false;
		}
	}
	return true;
}

bool
guest_configure(struct guest *g)
{
	static struct settings made; /* too large for a small stack */

	settings_default(&made);
	made.self = g->options->self;
	if (!config_read(&settings_syntax, &made, g->options->config, places) ||
	    !read_lines(&made, g->options))
		return false;
	g->file = made;
	guest_settle(g);
	return true;
}

void
guest_settle(struct guest *g)
{
	settings_effective(&g->in_force, &g->file, &g->overrides);
	/* Two that size one guest would never rest; domain 0 may insist. */
	if (g->manager && !g->overrides.have[OVERRIDE_SELF])
		g->in_force.self = 0;
}

int
guest_open(struct guest *g)
{
	uint64_t n = 0;

	if (!proc_open()) {
		warn_why("/proc/meminfo");
		return EXIT_REFUSED;
	}
	if (proc_min_free_kb(SAMPLE_KB_MAX, &n))
		g->min_free_kb = n;
	g->overcommit_fd = proc_overcommit_open();
	if (file_load_number(g->file.maxmem_file, SAMPLE_KB_MAX, &n))
		g->max_total_kb = g->saved_total_kb = n;
	return EXIT_DONE;
}

int
guest_open_balloon(struct guest *g, bool write)
{
	if (!balloon_on_xen()) {
		warn("not running on Xen: there is no balloon here");
		return EXIT_REFUSED;
	}
	if (!balloon_open(&g->balloon, write)) {
		if (errno == ENODEV)
			warn("the kernel has no Xen balloon driver "
			     "(CONFIG_XEN_BALLOON)");
		else
			warn_why("the balloon driver");
		return EXIT_REFUSED;
	}
	g->have_balloon = true;
	/* On PV the driver's target is memory/target itself: ceiling.h. */
	g->ceiling.pv = balloon_is_pv();
	return EXIT_DONE;
}

/* Something goes on: the balloon's numbers are not what they were. */
static bool
is_awake(const struct guest *g, const struct wakeup *w)
{
	return w->pressed || w->crossed || w->reread ||
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
	 * it only if it was the same twice.
	 */
	still = before.held_known && now.current_kb == before.current_kb;
	if ((still && g->held_settled) ||
	    balloon_read_held(&g->balloon, &held)) {
		g->held_settled = still;
		b->held_known = true;
		b->low_kb = held.low_kb;
		b->high_kb = held.high_kb;
	}
	return true;
}

/* READ: /proc and the driver become a sample. */
static void
observe(struct guest *g, const struct wakeup *w)
{
	uint64_t now_ms = wait_clock_ms();
	uint64_t total_before_kb = g->sample.memory.total_kb;
	bool awake = is_awake(g, w);
	bool count = is_count_due(g, awake, now_ms);

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

/* UNDERSTAND: how large the guest may be, and how large it has been. */
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
	if (g->ceiling.have_store && b->current_kb == b->target_kb &&
	    ceiling > overhead + g->max_total_kb)
		g->max_total_kb = ceiling - overhead;
}

static struct inputs
inputs_of(const struct guest *g, const struct wakeup *w)
{
	return (struct inputs){.sample = &g->sample, .settings = &g->in_force,
	    .invalid = g->invalid,
	    .ceiling_kb = ceiling_kb(&g->ceiling, &g->sample.balloon),
	    .have_target = g->ceiling.have_store && !g->manager,
	    .stale = w->stale, .max_total_kb = g->max_total_kb,
	    .pressed = w->pressed, .crossed = w->crossed,
	    .fenced = g->fence.count > 0};
}

/* What changed for the worse, and that it is over: once each. */
static void
log_changes(struct guest *g)
{
	enum progress p = g->history.driver.progress;

	if (g->invalid != g->logged_invalid) {
		if (g->invalid)
			warn("%s: the size stays as it is", g->invalid);
		else
			warn("samples are valid again");
		g->logged_invalid = g->invalid;
	}
	if (g->invalid || p == g->logged_progress)
		return;
	if (p >= PROGRESS_REFUSED)
		warn("the balloon driver: %s", progress_word(p));
	else if (g->logged_progress >= PROGRESS_REFUSED &&
	    p == PROGRESS_REACHED)
		warn("the balloon driver: reached its target");
	else
		return;
	g->logged_progress = p;
}

void
guest_look(struct guest *g, const struct wakeup *w)
{
	struct inputs in;

	observe(g, w);
	if (!g->invalid)
		learn_limits(g, w);
	in = inputs_of(g, w);
	policy_decide(&g->decision, &g->history, &in);
	/* There is no decision without a balloon, but a need to explain. */
	if (!g->have_balloon && !g->invalid)
		need_sum(&g->decision.need, &in, 0);
	log_changes(g);
}

static void
move_fence(struct guest *g)
{
	if (g->decision.fence)
		fence_set(&g->fence, g->decision.spare_kb,
		    sample_counted(&g->sample));
	else if (!g->invalid)
		fence_lift(&g->fence);
}

static bool
write_target(struct guest *g)
{
	if (!g->decision.write)
		return true;
	if (g->options->verbose)
		warn("target %ju -> %ju kB: %s", g->sample.balloon.target_kb,
		    g->decision.target_kb, reason_phrase(g->decision.reason));
	if (balloon_write(&g->balloon, g->decision.target_kb))
		return true;
	policy_write_failed(&g->history);
	warn_why("the balloon driver refuses a target");
	return false;
}

/*
 * Memory is asked for before the fence moves: the kernel may stay a while in
 * the write of a lower memory.high, to reclaim. And given back behind it.
 */
bool
guest_act(struct guest *g)
{
	bool grows = g->decision.target_kb > g->sample.balloon.target_kb;
	bool good;

	if (!grows)
		move_fence(g);
	good = write_target(g);
	if (grows)
		move_fence(g);
	return good;
}

void
guest_leave(struct guest *g)
{
	static const struct wakeup last = {.reread = true};
	const struct sample_balloon *b = &g->sample.balloon;

	guest_look(g, &last);
	fence_stop(&g->fence);
	g->decision.fence = false;
	if (g->invalid || b->target_kb >= b->current_kb ||
	    !history_asked(&g->history, b->target_kb))
		return; /* what domain 0 has asked for goes on */
	g->decision.write = true;
	g->decision.target_kb = b->current_kb;
	guest_act(g);
}

void
guest_save(struct guest *g)
{
	char buf[32];
	size_t len = text_cstr(buf, sizeof(buf), "%ju\n", g->max_total_kb);

	if (g->max_total_kb <= g->saved_total_kb)
		return;
	g->saved_total_kb = g->max_total_kb;
	if (!file_save(g->file.maxmem_file, buf, len - 1))
		warn("%s: %s: the high-water mark is kept in memory alone",
		    g->file.maxmem_file, errno_text());
}
