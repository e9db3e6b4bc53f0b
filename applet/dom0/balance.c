/* SPDX-License-Identifier: 0BSD */
/*
 * balance, xenballoon-balance: in domain 0, shares a pool of memory among the
 * guests by what they tell of their needs (share.h has the rules).
 *
 * SIGTERM and SIGINT end it, targets stay; SIGHUP reads the configuration
 * again.
 * exit: 0 done, 1 nothing to do (-1) or another one is running, 100 usage or
 * configuration, 111 no xenstore, or a target was refused (-1).
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "balance_conf.h"
#include "balance_log.h"
#include "balloon.h"
#include "common/args.h"
#include "common/config.h"
#include "domains.h"
#include "exit.h"
#include "file.h"
#include "log.h"
#include "plan.h"
#include "sandbox.h"
#include "share.h"
#include "targets.h"
#include "wait.h"

/*
 * Two looks are not closer than this, however often a guest writes: domain 0
 * has other things to do, and a need may wait so long.
 */
#define LOOK_MIN_MS 100
#define RETRY_MS 1000 /* between two attempts to reach xenstored */

static const char letters[] = "pwx"; /* options that are settings */

struct balance {
	/* The options. */
	const char *config;
	const char *option[sizeof(letters) - 1];
	bool dry, once, verbose;

	bool sandboxed; /* no command can be run any more */
	unsigned signals;

	unsigned count; /* of guest: as in the table, without domain 0 */
	struct share_result result;
	struct balance_log log;
	struct targets targets;
	/* hold_table() clears what is above; what is below is large. */
	struct balance_conf conf, fresh; /* in force; being read */
	struct xenstore store;
	struct share_guest guest[DOMAINS_MAX];
	struct domains table;
};

static int
read_options(struct balance *b, char **argv)
{
	struct args a = {.which = &applet_balance, .argv = argv};
	const char *letter;
	int c;

	while ((c = args_next(&a)) != 0) {
		letter = memchr(letters, c, sizeof(letters) - 1);
		if (letter)
			b->option[letter - letters] = a.value;
		b->once |= c == '1';
		b->dry |= c == 'n';
		b->verbose |= c == 'v';
		if (c == 'c')
			b->config = a.value;
	}
	return a.status;
}

static bool
configure(struct balance *b)
{
	static const char *const places[] = {
	    "/etc/xenballoon-balance.conf", NULL};
	char message[LOG_LINE];

	balance_conf_default(&b->fresh);
	if (!config_read(&balance_conf_syntax, &b->fresh, b->config, places))
		return false;
	for (unsigned i = 0; letters[i]; i++) {
		struct text error = TEXT_ON(message);

		text_put(&error, "-%s: ", (const char[]){letters[i], 0});
		if (!b->option[i] || balance_conf_option(
		    &b->fresh, letters[i], b->option[i], &error))
			continue;
		warn_text(&error);
		return false;
	}
	if (!b->fresh.pool_mb) {
		warn("no pool: XENBALLOON_POOL or -p says how many MB all "
		     "guests share");
		return false;
	}
	if (b->sandboxed && b->fresh.command[0]) {
		warn("XENBALLOON_POOL_COMMAND: takes a new start: the sandbox "
		     "is closed");
		return false;
	}
	memcpy(&b->conf, &b->fresh, sizeof(b->conf));
	return true;
}

/* --- what is known ------------------------------------------------------ */

static void
fill_in(const struct balance *b, const struct domain *d,
    struct share_guest *g)
{
	struct balance_conf_guest own = balance_conf_guest(&b->conf, d->name);

	g->seen = (struct share_seen){
	    .excluded = d->manager != MANAGER_NONE ? SHARE_MANAGED
		: d->says == DOMAIN_RECORD ? SHARE_REST
		: d->says == DOMAIN_LIES   ? SHARE_LIES : SHARE_NEW,
	    .current_kb = d->record.current,
	    .need_kb = d->record.need,
	    .ceiling_kb = d->record.ceiling,
	    .record_ms = d->record_ms,
	    .target_kb = d->ceiling_kb,
	    .static_max_kb = d->static_max_kb};
	g->limits = (struct share_limits){
	    .floor_kb = (uint64_t)own.floor_mb * 1024,
	    .ceiling_kb = (uint64_t)own.ceiling_mb * 1024,
	    .weight = own.weight};
}

/*
 * The guests become those of the table, both sorted by their ids. What was
 * learned of one that is still there stays.
 */
static void
merge(struct balance *b)
{
	struct share_guest *g = b->guest;
	unsigned n = 0;

	for (unsigned i = 0; i < b->count; i++)
		if (domains_find(&b->table, g[i].id))
			g[n++] = g[i];
	b->count = n;
	n = 0;
	for (unsigned i = 0; i < b->table.count; i++) {
		const struct domain *d = &b->table.at[i];

		if (d->id == 0)
			continue;
		if (n == b->count || g[n].id != d->id) {
			memmove(&g[n + 1], &g[n],
			    (b->count++ - n) * sizeof(*g));
			g[n] = (struct share_guest){.id = d->id};
		}
		fill_in(b, d, &g[n++]);
	}
}

/* --- what is shown ------------------------------------------------------ */

static bool
print_line(struct text *t)
{
	bool ok = write_all(STDOUT_FILENO, t->at, t->len);

	t->len = 0;
	return ok;
}

static bool
print_plan(struct balance *b)
{
	char line[PLAN_LINE_MAX];
	struct text t = TEXT_ON(line);
	bool ok;

	plan_head(&t);
	ok = print_line(&t);
	for (unsigned i = 0; ok && i < b->count; i++) {
		const struct share_guest *g = &b->guest[i];

		plan_row(&t, g, domains_find(&b->table, g->id)->name);
		ok = print_line(&t);
	}
	plan_sum(&t, &b->result, b->conf.pool_mb);
	return ok && print_line(&t);
}

/* --- what is done ------------------------------------------------------- */

/* Brings the table up to date. */
static bool
refresh(struct balance *b)
{
	bool ok;

	b->targets.table_is_old = false;
	ok = domains_refresh(&b->table, wait_clock_ms());
	b->signals |= b->table.signals;
	b->table.signals = 0;
	return ok;
}

static int
step(struct balance *b)
{
	struct share_pool pool = {(uint64_t)b->conf.pool_mb * 1024,
	    (uint64_t)b->conf.reserve_mb * 1024};
	uint64_t now = wait_clock_ms();

	merge(b);
	share(&b->result, b->guest, b->count, &pool, now);
	if (b->dry)
		return print_plan(b) ? EXIT_DONE : EXIT_REFUSED;
	balance_log_step(
	    &b->log, &b->result, &b->table, b->guest, b->count, now);
	return targets_set(&b->targets, b->guest, b->count);
}

static void
daemon_loop(struct balance *b)
{
	while (!(b->signals & SIGNAL_STOP)) {
		struct pollfd p;
		uint64_t ms = RETRY_MS;
		bool ok = refresh(b);

		if (b->signals & SIGNAL_STOP)
			break;
		balance_log_refresh(&b->log, &b->table, ok);
		if (ok)
			step(b);
		if (ok && b->store.fd >= 0) /* step() may have lost it */
			ms = (uint64_t)b->conf.interval_s * 1000;
		b->signals |= wait_for(NULL, 0, LOOK_MIN_MS);
		/* poll(2) does not tell of bytes that are read already. */
		if (b->signals || b->targets.table_is_old ||
		    b->store.have > b->store.used)
			ms = 0;
		p = (struct pollfd){b->store.fd, POLLIN, 0};
		b->signals |= wait_for(&p, 1, ms);
		if (b->signals & SIGNAL_RELOAD)
			warn("%s", configure(b) ? "configuration read again"
				: "the settings stay as they were");
		b->signals &= SIGNAL_STOP;
	}
}

static int
lock(void)
{
	if (balloon_lock_pool())
		return EXIT_DONE;
	if (errno == EWOULDBLOCK) {
		warn("another xenballoon-balance shares the memory here");
		return EXIT_NO;
	}
	warn_why("no lock below /sys");
	return EXIT_REFUSED;
}

/* A command would inherit the sandbox, and may need what that forbids. */
static void
enter_sandbox(struct balance *b)
{
	b->sandboxed = b->dry || !b->conf.command[0];
	if (b->sandboxed)
		sandbox_enter(0, b->verbose);
	else if (b->verbose)
		warn("no sandbox: the command would be in it");
}

/* 2 MB of stack, of which as many pages are touched as there are guests. */
static __attribute__((noinline)) int
hold_table(char **argv)
{
	struct balance b;
	int status;

	memset(&b, 0, offsetof(struct balance, conf));
	b.store.fd = -1;
	status = read_options(&b, argv);
	if (status != EXIT_DONE)
		return status;
	if (!configure(&b))
		return EXIT_USAGE;
	if (!b.dry)
		status = lock();
	if (status != EXIT_DONE)
		return status;
	wait_block_signals();
	enter_sandbox(&b);
	b.targets.domains = &b.table;
	b.targets.conf = &b.conf;
	b.targets.verbose = b.verbose;
	b.targets.signals = &b.signals;
	domains_start(&b.table, &b.store, !b.dry && !b.once);
	if (!b.dry && !b.once) {
		daemon_loop(&b);
		return EXIT_DONE;
	}
	status = refresh(&b) ? step(&b) : EXIT_REFUSED;
	if (b.store.fd < 0 || b.table.refused)
		warn("%s", domains_error(&b.table));
	return status;
}

static int
run(const char *name, char **argv)
{
	(void)name;
	return hold_table(argv);
}

static const struct args_option option_rows[] = {
    {"1", NULL, "take one step and exit"},
    {"n", NULL, "print what would be done and why; do nothing"},
    {"v", NULL, "log every target"},
    {"c", "FILE", "read this configuration, a path from / on"},
    {"p", "MB", "share so many MB among all guests: the pool"},
    {"w", "SECONDS", "look again after so long at most"},
    {"x", "COMMAND", "set targets by it, as \"xl mem-set %d %mM\""},
    ARGS_END};

const struct applet applet_balance = {
    "balance", "xenballoon-balance", "share memory among guests (domain 0)",
    option_rows, run};
