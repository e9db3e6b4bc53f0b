/* SPDX-License-Identifier: 0BSD */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/config.h"
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
	case 'R': return config_root(value);
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
	const struct orders *o = &g->orders;

	settings_effective(&g->in_force, &g->file, &o->overrides);
	/* Two that size one guest would never rest; domain 0 may insist. */
	if (o->manager != MANAGER_NONE && !o->overrides.have[OVERRIDE_SELF])
		g->in_force.self = 0;
}

bool
guest_apply_orders(struct guest *g, const struct orders *o)
{
	enum manager before = g->orders.manager;

	if (o->serial == g->orders.serial)
		return false;
	g->orders = *o;
	if (o->target_kb)
		ceiling_store(&g->ceiling, o->target_kb);
	if (o->static_max_kb)
		ceiling_static_max(&g->ceiling, o->static_max_kb);
	guest_settle(g);
	if (o->manager != before)
		warn("%s sizes this guest: self-ballooning %s",
		    orders_manager_name(o->manager),
		    g->in_force.self ? "stays on" : "stands down");
	return true;
}

int
guest_open(struct guest *g)
{
	uint64_t n = 0;

	if (!proc_open()) {
		warn_why("/proc/meminfo");
		return EXIT_REFUSED;
	}
	if (file_get("/proc/sys/vm/min_free_kbytes", SAMPLE_KB_MAX, &n))
		g->min_free_kb = n;
	g->overcommit_fd =
	    file_open("/proc/sys/vm/overcommit_memory", O_RDONLY);
	if (file_get(g->file.maxmem_file, SAMPLE_KB_MAX, &n))
		g->most_total_kb = g->saved_total_kb = n;
	return EXIT_DONE;
}

/* On PV the driver's target is memory/target itself: ceiling.h. */
static bool
is_pv(void)
{
	char type[8];
	long len = file_take("/sys/hypervisor/guest_type", type, sizeof(type));

	return len == 3 && memcmp(type, "PV\n", 3) == 0;
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
	g->ceiling.pv = is_pv();
	return EXIT_DONE;
}

/* Something goes on: the balloon's numbers are not what they were. */
static bool
is_awake(const struct guest *g, const struct guest_call *call)
{
	return call->pressed || call->crossed || call->reread ||
	    g->in_force.policy == POLICY_WORKINGSET ||
	    g->policy.wait_ms < g->in_force.self_interval_s * 1000;
}

/* Whoever wants to shrink looks at the counters first. */
static bool
is_count_due(const struct guest *g, bool awake, uint64_t now_ms)
{
	return now_ms - g->counted_ms >=
	    (awake || g->decision.reason != REASON_REST ? GUEST_COUNT_MS
							: GUEST_COUNT_REST_MS);
}

static void
take_counters(struct guest *g)
{
	struct sample *s = &g->sample;
	uint64_t n;

	if (file_number(g->overcommit_fd, 2, &n))
		g->strict_commit = n == 2;
	g->counted_ms = s->at_ms;
	s->have |= HAVE_COUNTED;
	if (source_read(&proc_vmstat))
		sample_vmstat(s, proc_vmstat.buf, proc_vmstat.len);
	if (source_read(&proc_pressure))
		sample_pressure(s, proc_pressure.buf, proc_pressure.len);
}

/*
 * The balloon moves when this program says so, when domain 0 does, which
 * wakes it, or with the guest's resumption, which does too; and MemTotal
 * moves with it.
 */
static bool
balloon_rests(const struct guest *g, const struct sample *before)
{
	return (before->have & HAVE_BALLOON) && !g->decision.write &&
	    g->held_settled &&
	    g->policy.progress == PROGRESS_REACHED &&
	    before->total_kb == g->sample.total_kb;
}

/* False when the driver's numbers make no sense. */
static bool
take_balloon(struct guest *g, const struct sample *before, bool awake)
{
	struct sample *s = &g->sample;
	struct balloon_state b;
	struct balloon_held held = {before->low_kb, before->high_kb};
	bool still = before->have & HAVE_HELD;

	if (!awake && balloon_rests(g, before)) {
		s->have |= before->have & (HAVE_BALLOON | HAVE_HELD);
		s->current_kb = before->current_kb;
		s->target_kb = before->target_kb;
		s->low_kb = before->low_kb;
		s->high_kb = before->high_kb;
		return true;
	}
	if (!balloon_read(&g->balloon, &b))
		return false;
	/* Read while the balloon moves they may be of another moment. */
	still = still && b.current_kb == before->current_kb;
	if ((still && g->held_settled) ||
	    balloon_read_held(&g->balloon, &held)) {
		g->held_settled = still;
		s->have |= HAVE_HELD;
		s->low_kb = held.low_kb;
		s->high_kb = held.high_kb;
	}
	s->have |= HAVE_BALLOON;
	s->current_kb = b.current_kb;
	s->target_kb = b.target_kb;
	return true;
}

static void
take_sample(struct guest *g, const struct guest_call *call)
{
	struct sample *s = &g->sample;
	struct sample before = *s;
	uint64_t now_ms = wait_clock_ms();
	bool awake = is_awake(g, call);
	bool count = is_count_due(g, awake, now_ms);

	/* What counts stays until it is read again. */
	memset(s, 0, count ? sizeof(*s) : SAMPLE_COUNTERS);
	if (!count)
		s->have = before.have & HAVE_COUNTERS;
	s->at_ms = now_ms;
	s->min_free_kb = g->min_free_kb;
	if (source_read(&proc_meminfo))
		sample_meminfo(s, proc_meminfo.buf, proc_meminfo.len);
	if (count)
		take_counters(g);
	s->strict_commit = g->strict_commit;
	g->blind = sample_check(s);
	if (g->have_balloon && !take_balloon(g, &before, awake || count))
		g->blind = "the balloon driver's numbers can't be read";
}

/* Says what changed for the worse, and that it is over: once each. */
static void
tell(struct guest *g)
{
	enum progress p = g->policy.progress;

	if (g->blind != g->missed) {
		if (g->blind)
			warn("%s: the size stays as it is", g->blind);
		else
			warn("samples are valid again");
		g->missed = g->blind;
	}
	if (g->blind || p == g->said)
		return;
	if (p >= PROGRESS_REFUSED)
		warn("the balloon driver: %s", progress_word(p));
	else if (g->said >= PROGRESS_REFUSED && p == PROGRESS_REACHED)
		warn("the balloon driver: reached its target");
	else
		return;
	g->said = p;
}

void
guest_look(struct guest *g, const struct guest_call *call)
{
	struct sample *s = &g->sample;
	struct situation in = {
	    .sample = s, .settings = &g->in_force, .pressed = call->pressed,
	    .crossed = call->crossed, .stale = call->stale,
	    .fenced = g->fence.count > 0};
	uint64_t overhead;

	take_sample(g, call);
	in.blind = g->blind;
	if (!g->blind) {
		if (!call->stale)
			ceiling_learn(&g->ceiling, s, g->policy.asked_kb);
		in.ceiling_kb = ceiling_kb(&g->ceiling, s);
		in.have_target = g->ceiling.have_store &&
		    g->orders.manager == MANAGER_NONE;
		overhead = excess(s->current_kb, s->total_kb);
		g->most_total_kb = max_u64(g->most_total_kb, s->total_kb);
		/* Of one moment only at rest: pages move before sizes do. */
		if (g->ceiling.have_store && s->current_kb == s->target_kb &&
		    in.ceiling_kb > overhead + g->most_total_kb)
			g->most_total_kb = in.ceiling_kb - overhead;
		in.most_total_kb = g->most_total_kb;
	}
	policy_decide(&g->decision, &g->policy, &in);
	if (!g->have_balloon && !g->blind)
		policy_need(&g->decision.need, &g->policy, &in);
	tell(g);
}

static void
move_fence(struct guest *g)
{
	if (g->decision.fence)
		fence_close(&g->fence, g->decision.spare_kb,
		    g->sample.have & HAVE_COUNTED);
	else if (!g->blind)
		fence_open(&g->fence);
}

static bool
write_target(struct guest *g)
{
	if (!g->decision.write)
		return true;
	if (g->options->verbose)
		warn("target %ju -> %ju kB: %s", g->sample.target_kb,
		    g->decision.target_kb, reason_phrase(g->decision.reason));
	if (balloon_write(&g->balloon, g->decision.target_kb))
		return true;
	policy_refused(&g->policy);
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
	bool grows = g->decision.target_kb > g->sample.target_kb;
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
	static const struct guest_call last = {.reread = true};
	struct sample *s = &g->sample;

	guest_look(g, &last);
	fence_stop(&g->fence);
	g->decision.fence = false;
	if (g->blind || s->target_kb >= s->current_kb ||
	    !policy_asked(&g->policy, s->target_kb))
		return; /* what domain 0 has asked for goes on */
	g->decision.write = true;
	g->decision.target_kb = s->current_kb;
	guest_act(g);
}

void
guest_save(struct guest *g)
{
	char buf[32];
	size_t len = text_cstr(buf, sizeof(buf), "%ju\n", g->most_total_kb);

	if (g->most_total_kb <= g->saved_total_kb)
		return;
	g->saved_total_kb = g->most_total_kb;
	if (!file_save(g->file.maxmem_file, buf, len - 1))
		warn("%s: %s: the high-water mark is kept in memory alone",
		    g->file.maxmem_file, log_error());
}
