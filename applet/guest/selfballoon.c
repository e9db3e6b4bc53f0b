/* SPDX-License-Identifier: 0BSD */
/*
 * selfballoon, xenballoond: the daemon of a guest. It looks, decides and acts
 * once an interval, and at once when tasks wait for memory, when memory is
 * being taken or when domain 0 speaks.
 *
 * usage: selfballoon [-v] [-c file] [-d fd] [-o key=value] [-R dir]
 *   -c  the configuration file    -d  writes a newline there when ready
 *   -o  one setting               -R  all paths hang from here
 *   -v  tells of every target
 * A copy whose name begins with @ is an early one, of an initramfs: it gives
 * way to the next. SIGTERM and SIGINT end it, the guest stays as large as it
 * is; SIGHUP reads the configuration again; SIGUSR1 prints the state.
 * exit: 0 ended by a signal, 1 another one is running, 100 usage or
 * configuration, 111 no Xen, no balloon driver or not permitted.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/args.h"
#include "explain.h"
#include "file.h"
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
	bool reread;	 /* domain 0's orders came behind the last look */
	int ready_fd;	 /* -1: nobody waits for it, or it was told */
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
	while ((c = args_next(&a, GUEST_OPTIONS "d:")) != 0) {
		if (c != 'd') {
			if (!guest_option(&d->options, c, a.value))
				return EXIT_USAGE;
		} else if (text_number(a.value, strlen(a.value), FD_MAX,
			       &fd) && process_was_given((int)fd)) {
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
take_guest(const struct balloon *b)
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
	status = take_guest(&g->balloon);
	if (status != EXIT_DONE)
		return status;
	d->pressure_fd =
	    proc_pressure_trigger(POLICY_STALL_US, POLICY_WINDOW_US);
	if (d->pressure_fd < 0)
		warn("no pressure trigger: %s: looking is all there is",
		    log_error());
	return EXIT_DONE;
}

static void
print_state(const struct guest *g)
{
	static char buf[EXPLAIN_MAX];
	struct text t = TEXT_ON(buf);

	explain(&t, g);
	put_log(t.at, t.len);
}

static void
reload(struct guest *g)
{
	if (!guest_configure(g)) {
		warn("the settings stay as they were");
		return;
	}
	warn("configuration read again");
	tuning_off(); /* the next look has it as configured */
	fence_renew(&g->fence, &g->in_force);
}

/* Groups come and go. It opens for a moment: not while memory is taken. */
static void
tend_fence(struct guest *g)
{
	const struct sample *s = &g->sample;
	struct fence *f = &g->fence;

	if (!(s->have & HAVE_COUNTED) || g->decision.reason >= REASON_GROW)
		return;
	if (s->at_ms - f->looked_ms >= FENCE_LOOK_MS) {
		f->looked_ms = s->at_ms;
		fence_look(f, &g->in_force);
	}
	if (f->lost)
		fence_renew(f, &g->in_force);
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
	    .settings = &g->in_force, .progress = g->policy.progress,
	    .manager = g->orders.manager, .meminfo = span_of(&proc_meminfo),
	    .vmstat = span_of(&proc_vmstat)};

	if (g->blind || !publish_is_due(p, &r))
		return;
	if (g->in_force.send_uptime)
		source_read(&proc_uptime);
	r.uptime = span_of(&proc_uptime);
	publish_report(p, &r);
}

/* Exchanges messages with xenstore; true: domain 0's orders have changed. */
static bool
converse(struct daemon *d, uint64_t now_ms)
{
	store_turn(&d->store, now_ms);
	return guest_apply_orders(&d->guest, &d->store.orders);
}

/* Looks, acts and reports; how long to sleep. */
static uint64_t
turn(struct daemon *d, const struct guest_call *call)
{
	struct guest *g = &d->guest;

	guest_look(g, call);
	if (g->in_force.self)
		tuning_on(&g->in_force);
	else
		tuning_off();
	tend_fence(g);
	guest_act(g);
	guest_save(g);
	report(&d->store.publisher, g);
	if (store_is_busy(&d->store))
		d->reread = converse(d, g->sample.at_ms);
	return g->decision.next_ms;
}

/* Sleeps; what woke it, signals added. False: told to stop. */
static bool
sleep_until(struct daemon *d, uint64_t ms, struct guest_call *call,
    unsigned *signals)
{
	struct pollfd p[2 + CGROUP_MAX] = {{d->pressure_fd, POLLPRI, 0}};
	unsigned count = 2 + fence_poll(&d->guest.fence, p + 2);

	p[1] = store_poll(&d->store, ms);
	*signals |= wait_for(p, count, ms);
	call->pressed = (p[0].revents & (POLLPRI | POLLERR)) == POLLPRI;
	call->crossed = fence_was_crossed(&d->guest.fence, p + 2);
	if (p[0].revents & POLLERR) {
		warn("the pressure trigger is gone");
		close(d->pressure_fd);
		d->pressure_fd = -1;
	}
	call->reread = d->reread || p[1].revents;
	d->reread = false;
	if (p[1].revents)
		converse(d, wait_clock_ms());
	call->stale = store_target_is_stale(&d->store);
	return !(*signals & SIGNAL_STOP);
}

/* One line for whoever reads the log of a start. */
static void
introduce(const struct guest *g)
{
	char line[LOG_LINE];
	struct text t = TEXT_ON(line);

	text_put(&t, "%s from %ju kB, %ju ms after boot; floor %ju, "
		     "ceiling %ju; %s",
	    g->in_force.self ? "self-ballooning" : "directed",
	    g->sample.current_kb, g->sample.at_ms, g->decision.need.floor_kb,
	    g->decision.need.ceiling_kb,
	    g->fence.count ? "fence around" : "no fence");
	for (unsigned i = 0; i < g->fence.count; i++)
		text_put(&t, " %s", g->fence.group[i].name);
	warn_text(&t);
}

static void
loop(struct daemon *d, unsigned signals)
{
	bool introduced = false;
	uint64_t sleep_ms = 0;
	struct guest_call call;

	while (sleep_until(d, sleep_ms, &call, &signals)) {
		if (signals & SIGNAL_RELOAD)
			reload(&d->guest);
		sleep_ms = turn(d, &call);
		if (!introduced && !d->guest.blind)
			introduce(&d->guest);
		introduced = true;
		if (signals & SIGNAL_STATE)
			print_state(&d->guest);
		signals = 0;
		if (d->ready_fd >= 0) {
			process_ready(d->ready_fd);
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
	wait_signals();
	process_protect();
	tuning_adopt();
	fence_renew(&d->guest.fence, &d->guest.in_force);
	sandbox_enter(SANDBOX_BALLOON | SANDBOX_SAVE, d->options.verbose);
	/* A guest that is told to stay large must not shrink for a moment. */
	signals = store_settle(&d->store);
	guest_apply_orders(&d->guest, &d->store.orders);
	if (!(signals & SIGNAL_STOP))
		loop(d, signals);
	guest_leave(&d->guest);
	tuning_off();
	return EXIT_DONE;
}

const struct applet applet_selfballoon = {
    "selfballoon", "xenballoond",
    " [-v] [-c file] [-d fd] [-o key=value] [-R dir]",
    "size this guest to its need (daemon)", run};
