/* SPDX-License-Identifier: 0BSD */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/config.h"
#include "exit.h"
#include "file.h"
#include "guest.h"
#include "log.h"
#include "observe.h"
#include "proc.h"
#include "process.h"
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
	if (proc_min_free_kb(SAMPLE_KB_MAX, &n))
		g->min_free_kb = n;
	g->overcommit_fd = proc_vm_open("overcommit_memory");
	g->panic_fd = proc_vm_open("panic_on_oom");
	g->allocating_fd = proc_vm_open("oom_kill_allocating_task");
	g->canary.cpus = process_cpus();
	g->canary.contained = cgroup_is_namespace();
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
	if (write && balloon_in_dom0()) {
		warn("domain 0 is not a guest: its size stays as it is");
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

static struct inputs
inputs_of(const struct guest *g, const struct wakeup *w)
{
	return (struct inputs){.sample = &g->sample, .settings = &g->in_force,
	    .invalid = g->invalid,
	    .ceiling_kb = ceiling_kb(&g->ceiling, &g->sample.balloon),
	    .have_target = g->ceiling.store_kb &&
		g->orders.manager == MANAGER_NONE,
	    .stale = w->stale, .max_total_kb = g->max_total_kb,
	    .pressed = w->pressed, .crossed = w->crossed,
	    .fenced = g->fence.count > 0,
	    .canary = g->canary};
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
