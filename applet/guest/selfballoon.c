/* SPDX-License-Identifier: 0BSD */
/*
 * selfballoon, xenballoond: the daemon of a guest. It looks, decides and acts
 * once an interval, and at once when tasks wait for memory, when memory is
 * being taken or when domain 0 speaks.
 *
 * A copy whose name begins with @ is an early one, of an initramfs: it gives
 * way to the next. SIGTERM and SIGINT end it, and after a second without a
 * successor the guest goes to its ceiling; SIGHUP reads the configuration
 * again; SIGUSR1 prints the state.
 * exit: 0 ended by a signal, 1 another one is running, 100 usage or
 * configuration, 111 no Xen, no balloon driver or not permitted.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/args.h"
#include "exit.h"
#include "explain.h"
#include "file.h"
#include "canaries.h"
#include "deadman.h"
#include "guest.h"
#include "log.h"
#include "proc.h"
#include "process.h"
#include "sandbox.h"
#include "store.h"
#include "sysctls.h"
#include "wait.h"

#define FD_MAX 1023 /* the largest descriptor that -d accepts */
/* An early copy gets 10 s: through libxenstore it may wait for 2 at a time. */
#define RETIRE_MS 20
#define RETIRE_TRIES 500
/* One that dies has no name any more, or no lock when it is asked for. */
#define DOUBT_TRIES 10

struct daemon {
	struct guest_options options;
	struct guest guest;
	struct store store;
	int pressure_fd; /* -1: this kernel has no trigger */
	int ready_fd;	 /* -1: nobody waits for it any more */
};

static struct daemon self;

/* EXIT_DONE, or the status of a wrong option; ARGS_ANSWERED. */
static int
read_options(struct daemon *d, char **argv)
{
	struct args a = {.which = &applet_selfballoon, .argv = argv};
	uint64_t fd;
	int c;

	d->ready_fd = -1;
	while ((c = args_next(&a)) != 0) {
		if (c != 'd') {
			if (!guest_option(&d->options, c, a.value))
				return EXIT_USAGE;
		} else if (text_number(a.value, strlen(a.value), FD_MAX,
			       &fd) && process_inherited((int)fd)) {
			d->ready_fd = (int)fd;
		} else {
			warn("-d: '%s' is not open; accepted: 0 to 1023",
			    a.value);
			return EXIT_USAGE;
		}
	}
	return a.status;
}

/*
 * The guest is ours alone. A copy that was started in an initramfs, whose
 * paths end there, gives way: it restores what it changed, and is gone.
 */
static int
lock_guest(const struct balloon *b)
{
	unsigned tries = DOUBT_TRIES;
	pid_t holder;

	for (unsigned i = 0; !balloon_lock(b, &holder); i++) {
		if (errno != EAGAIN) {
			warn_why("no lock");
			return EXIT_REFUSED;
		}
		if (i == tries) {
			warn("another xenballoon steers this guest");
			return EXIT_NO;
		}
		if (tries == DOUBT_TRIES && process_retire(holder)) {
			tries = RETIRE_TRIES;
			warn("takes over from the early copy");
		}
		wait_for(NULL, 0, RETIRE_MS);
	}
	return EXIT_DONE;
}

static int
open_all(struct daemon *d)
{
	struct guest *g = &d->guest;
	int status;

	if (!guest_configure(g))
		return EXIT_USAGE;
	status = guest_open_balloon(g, true);
	if (status == EXIT_DONE)
		status = guest_open(g);
	if (status != EXIT_DONE)
		return status;
	status = lock_guest(&g->balloon);
	if (status != EXIT_DONE)
		return status;
	d->pressure_fd =
	    proc_pressure_trigger(POLICY_STALL_US, POLICY_WINDOW_US);
	if (d->pressure_fd < 0)
		warn("no pressure trigger: %s: looking is all there is",
		    errno_text());
	return EXIT_DONE;
}

static void
print_state(const struct guest *g)
{
	static char buf[EXPLAIN_MAX];
	struct text t = TEXT_ON(buf);

	explain(&t, g);
	log_lines(t.at, t.len);
}

static void
reload(struct guest *g)
{
	if (!guest_configure(g)) {
		warn("the settings stay as they were");
		return;
	}
	warn("configuration read again");
	sysctls_restore(); /* the next look has it as configured */
	keeper_release(&g->keeper);
	fence_restart(&g->fence, &g->in_force);
	brake_find(&g->brake, &g->in_force);
}

/* Groups come and go. It opens for a moment: not while memory is taken. */
static void
rescan_fence(struct guest *g)
{
	const struct sample *s = &g->sample;
	struct fence *f = &g->fence;

	if (!sample_counted(s) || g->decision.reason >= REASON_GROW)
		return;
	if (s->at_ms - f->rescanned_ms >= FENCE_RESCAN_MS) {
		f->rescanned_ms = s->at_ms;
		fence_rescan(f, &g->in_force);
		brake_find(&g->brake, &g->in_force);
	}
	if (f->restart_due)
		fence_restart(f, &g->in_force);
}

static struct span
span_of(const struct source *s)
{
	return (struct span){s->buf, s->len};
}

/* Reports the look to domain 0, if it is to be. */
static void
report(struct publisher *p, const struct guest *g)
{
	struct report r = {
	    .sample = &g->sample, .decision = &g->decision,
	    .settings = &g->in_force, .progress = g->history.driver.progress,
	    .manager = g->orders.manager, .canaries = g->keeper.standing,
	    .canary_deaths = g->canary_deaths,
	    .frozen_us = g->brake.total_ms * 1000,
	    .meminfo = span_of(&proc_meminfo),
	    .vmstat = span_of(&proc_vmstat)};

	if (g->invalid || !publish_is_due(p, &r))
		return;
	if (g->in_force.send_uptime)
		source_read(&proc_uptime);
	r.uptime = span_of(&proc_uptime);
	publish_report(p, &r);
}

/* Looks, acts and reports; how long to sleep. */
static uint64_t
turn(struct daemon *d, const struct wakeup *wakeup)
{
	struct guest *g = &d->guest;

	guest_look(g, wakeup);
	if (g->in_force.self)
		sysctls_set(&g->in_force, g->decision.canary.count ||
		    g->keeper.standing);
	else
		sysctls_restore();
	rescan_fence(g);
	guest_act(g);
	brake_set(&g->brake, g->decision.freeze, g->sample.at_ms);
	canaries_tend(g);
	deadman_tell(g, false);
	guest_save(g);
	report(&d->store.publisher, g);
	return g->decision.next_ms;
}

/* Exchanges messages with xenstore; true: domain 0's orders have changed. */
static bool
converse(struct daemon *d)
{
	store_turn(&d->store, wait_clock_ms());
	return guest_apply_orders(&d->guest, &d->store.orders);
}

/*
 * Sleeps; what woke it, signals added. False: told to stop. This is where
 * xenstore has its turn: a report goes out before the sleep, and what came
 * meanwhile is read behind it. Orders that came while the guest looked are for
 * the next look: it follows at once.
 */
static bool
sleep_until(struct daemon *d, uint64_t ms, struct wakeup *wakeup,
    unsigned *signals)
{
	struct pollfd p[3 + CGROUP_MAX] = {{d->pressure_fd, POLLPRI, 0}};
	unsigned count = 3 + fence_poll(&d->guest.fence, p + 3);

	wakeup->reread = store_is_busy(&d->store) && converse(d);
	if (wakeup->reread)
		ms = 0;
	p[1] = store_poll(&d->store, ms);
	p[2] = (struct pollfd){d->guest.keeper.armed_fd, POLLIN, 0};
	*signals |= wait_for(p, count, ms);
	wakeup->pressed = (p[0].revents & (POLLPRI | POLLERR)) == POLLPRI;
	wakeup->crossed = fence_read_events(&d->guest.fence, p + 3);
	if (p[0].revents & POLLERR) {
		warn("the pressure trigger is gone");
		close(d->pressure_fd);
		d->pressure_fd = -1;
	}
	if (p[1].revents) {
		wakeup->reread = true;
		converse(d);
	}
	wakeup->stale = store_target_is_stale(&d->store);
	wakeup->killed = 0;
	if ((*signals & SIGNAL_CHILD) || p[2].revents)
		canaries_reap(&d->guest, wakeup);
	return !(*signals & SIGNAL_STOP);
}

/* One line for whoever reads the log of a start. */
static void
log_start(const struct guest *g)
{
	char line[LOG_LINE];
	struct text t = TEXT_ON(line);

	text_put(&t, "%s from %ju kB, %ju ms after boot; floor %ju, "
		     "ceiling %ju; %s",
	    g->in_force.self ? "self-ballooning" : "directed",
	    g->sample.balloon.current_kb, g->sample.at_ms,
	    g->decision.need.floor_kb, g->decision.need.ceiling_kb,
	    g->fence.count ? "fence around" : "no fence");
	for (unsigned i = 0; i < g->fence.count; i++)
		text_put(&t, " %s", g->fence.group[i].name);
	warn_text(&t);
}

static void
loop(struct daemon *d, unsigned signals)
{
	bool start_logged = false;
	uint64_t sleep_ms = 0;
	struct wakeup wakeup;

	while (sleep_until(d, sleep_ms, &wakeup, &signals)) {
		if (signals & SIGNAL_RELOAD)
			reload(&d->guest);
		sleep_ms = turn(d, &wakeup);
		if (!start_logged && !d->guest.invalid)
			log_start(&d->guest);
		start_logged = true;
		if (signals & SIGNAL_STATE)
			print_state(&d->guest);
		signals = 0;
		if (d->ready_fd >= 0) {
			process_notify_ready(d->ready_fd);
			d->ready_fd = -1;
		}
	}
}

static int
run(const char *name, char **argv)
{
	struct daemon *d = &self;
	unsigned signals;
	int status;

	/* In 2008 the daemon ran first and was switched on later. */
	d->options.self = strcmp(name, "selfballoon") == 0;
	d->guest.options = &d->options;
	status = read_options(d, argv);
	if (status == EXIT_DONE)
		status = open_all(d);
	if (status != EXIT_DONE)
		return status;
	wait_block_signals_and_child();
	process_protect();
	sysctls_adopt();
	brake_recover();
	fence_restart(&d->guest.fence, &d->guest.in_force);
	brake_find(&d->guest.brake, &d->guest.in_force);
	deadman_start(&d->guest, d->ready_fd);
	sandbox_enter(SANDBOX_BALLOON | SANDBOX_SAVE, d->options.verbose);
	/* A guest that is to stay large must not shrink for a moment. */
	signals = store_settle(&d->store);
	guest_apply_orders(&d->guest, &d->store.orders);
	if (!(signals & SIGNAL_STOP))
		loop(d, signals);
	guest_leave(&d->guest);
	brake_stop(&d->guest.brake, wait_clock_ms());
	sysctls_restore();
	deadman_put_back(&d->guest);
	deadman_tell(&d->guest, true);
	return EXIT_DONE;
}

static const struct args_option options[] = {
    {"d", "FD", "write a newline to this descriptor when ready"},
    GUEST_OPTIONS,
    ARGS_END};

const struct applet applet_selfballoon = {
    "selfballoon", "xenballoond", "size this guest to its need (daemon)",
    options, run};
