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

#include "common/args.h"
#include "balloon.h"
#include "command.h"
#include "common/config.h"
#include "domains.h"
#include "exit.h"
#include "file.h"
#include "log.h"
#include "balance_conf.h"
#include "sandbox.h"
#include "share.h"
#include "wait.h"

/*
 * Two looks are not closer than this, however often a guest writes: domain 0
 * has other things to do, and a need may wait so long.
 */
#define LOOK_MIN_MS 100
#define RETRY_MS 1000 /* between two attempts to reach xenstored */
/* xl takes a tenth of a second, and a few on a busy host. */
#define COMMAND_MS 10000
/* A guest can change its state with each record, and not fill the log. */
#define SAY_MS 60000

static const char letters[] = "pwx"; /* options that are settings */

struct balance {
	const char *config;
	const char *option[sizeof(letters) - 1];
	bool dry, once, verbose;
	bool lost, tight, over, managed; /* what was said last */
	/*
	 * While targets were set an event was taken, which wakes nobody any
	 * more, or a target was not the table's: no sleep.
	 */
	bool again;
	bool hung;  /* the command */
	bool closed; /* the sandbox: no command can be run any more */
	uint64_t said_ms;
	unsigned signals;
	unsigned count; /* of guest: as in the table, without domain 0 */
	struct share_result result;
	/* What is above begins as 0. */
	struct pool pool, fresh;
	struct xenstore store;
	char command[POOL_COMMAND_MAX];
	char *words[POOL_WORDS_MAX + 1];
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

	pool_default(&b->fresh);
	if (!config_read(&pool_syntax, &b->fresh, b->config, places))
		return false;
	for (unsigned i = 0; letters[i]; i++) {
		struct text error = TEXT_ON(message);

		text_put(&error, "-%s: ", (const char[]){letters[i], 0});
		if (!b->option[i] || pool_option(
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
	if (b->closed && b->fresh.command[0]) {
		warn("XENBALLOON_POOL_COMMAND: takes a new start: the sandbox "
		     "is closed");
		return false;
	}
	memcpy(&b->pool, &b->fresh, sizeof(b->pool));
	return true;
}

/* --- what is known ------------------------------------------------------ */

static void
describe(const struct balance *b, const struct domain *d,
    struct share_guest *g)
{
	struct pool_guest own = pool_find(&b->pool, d->name);

	g->aside = d->manager != DOMAIN_UNMANAGED ? SHARE_MANAGED
	    : d->says == DOMAIN_RECORD		  ? SHARE_REST
	    : d->says == DOMAIN_LIES		  ? SHARE_LIES
						  : SHARE_NEW;
	g->heard_ms = d->heard_ms;
	g->current_kb = d->record.current;
	g->need_kb = d->record.need;
	g->reach_kb = d->record.ceiling;
	g->target_kb = d->ceiling_kb;
	g->most_kb = d->most_kb;
	g->floor_kb = (uint64_t)own.floor_mb * 1024;
	g->ceiling_kb = (uint64_t)own.ceiling_mb * 1024;
	g->weight = own.weight;
}

/* The guests are those of the table: both stand in the order of their ids. */
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
		describe(b, d, &g[n++]);
	}
}

/* --- what is said ------------------------------------------------------- */

/* Printable already: domains.h. */
static const char *
name_of(struct balance *b, const struct share_guest *g)
{
	return domains_find(&b->table, g->id)->name;
}

static void
complain(struct balance *b, const struct share_guest *g, const char *what)
{
	warn("guest %u '%s': %s", g->id, name_of(b, g), what);
}

/* Said a short time ago: what is new now, and stays so, is said later. */
static bool
is_early(uint64_t said_ms, uint64_t now_ms)
{
	return said_ms && now_ms - said_ms < SAY_MS;
}

/* A state that began or ended: once each. */
static void
say_once(bool *said, bool now, const char *begins, const char *ends)
{
	if (*said != now)
		warn("%s", now ? begins : ends);
	*said = now;
}

static void
say_news(struct balance *b, uint64_t now_ms)
{
	const struct share_result *r = &b->result;
	bool managed = b->managed;

	for (unsigned i = 0; i < b->count; i++) {
		struct share_guest *g = &b->guest[i];
		bool aside = g->reason > SHARE_MANAGED &&
		    g->reason != SHARE_REFUSED; /* said when it happened */

		managed |= g->reason == SHARE_MANAGED;
		if (aside == g->said || is_early(g->said_ms, now_ms))
			continue;
		complain(b, g, aside ? share_reason(g->reason)
			: "takes part again");
		g->said = aside;
		g->said_ms = now_ms;
	}
	say_once(&b->managed, managed, "squeezed or qmemman is at work: "
	    "their guests are left alone", "");
	if (is_early(b->said_ms, now_ms))
		return;
	if (b->tight != r->tight || b->over != r->over)
		b->said_ms = now_ms;
	say_once(&b->tight, r->tight, "the pool can't hold all needs: they "
	    "are cut by weight", "the pool holds all needs");
	say_once(&b->over, r->over, "the pool can't hold all floors: none "
	    "gets more than its floor", "the pool holds all floors");
}

static void
put_mb(struct text *t, uint64_t kb)
{
	if (kb)
		text_dec_right(t, kb / 1024, 8);
	else
		text_str(t, "       -");
}

static bool
print_table(struct balance *b)
{
	static const char head[] = "id    name            MB: size    need"
	    "  target     new  why\n";
	char line[160];
	struct text t = TEXT_ON(line);
	bool ok = write_all(STDOUT_FILENO, head, sizeof(head) - 1);

	for (unsigned i = 0; ok && i < b->count; i++) {
		const struct share_guest *g = &b->guest[i];

		t.len = 0;
		text_dec(&t, g->id);
		while (t.len < 6)
			text_str(&t, " ");
		text_pad(&t, name_of(b, g), 15);
		t.len = 21; /* a longer name is cut */
		put_mb(&t, g->current_kb);
		put_mb(&t, g->need_kb);
		put_mb(&t, g->target_kb);
		put_mb(&t, g->new_kb);
		text_put(&t, "  %s\n", share_reason(g->reason));
		ok = write_all(STDOUT_FILENO, t.at, t.len);
	}
	t.len = 0;
	text_put(&t, "pool %u MB: held %ju, needed %ju\n", b->pool.pool_mb,
	    b->result.held_kb / 1024, b->result.need_kb / 1024);
	return ok && write_all(STDOUT_FILENO, t.at, t.len);
}

/* --- what is done ------------------------------------------------------- */

struct question {
	struct balance *b;
	struct xenstore_item item;
	bool asked;
	bool ok;	 /* the reply is no error */
	uint64_t number; /* of a READ; 0: it is none */
};

static bool
ask_once(void *context, unsigned n, struct xenstore_item *item)
{
	struct question *q = context;

	(void)n;
	if (q->asked)
		return false;
	*item = q->item;
	return q->asked = true;
}

static void
take_answer(void *context, unsigned n, const struct wire_message *m)
{
	struct question *q = context;

	(void)n;
	q->ok = m->type != WIRE_ERROR;
	if (!text_number(m->payload, m->len, SHARE_KB_MAX, &q->number))
		q->number = 0;
}

/* It is read by now: poll(2) will not tell of it. */
static void
take_event(void *context, const struct wire_message *m)
{
	struct balance *b = ((struct question *)context)->b;

	domains_event(&b->table, m);
	b->again = true;
}

/* The table is not what xenstore has, and no event said so. */
static void
look_again(struct balance *b)
{
	domains_distrust(&b->table);
	b->again = true;
}

/* False: xenstore is lost, or domain 0 told this program to end. */
static bool
ask(struct balance *b, struct question *q, enum wire_type type,
    const char *path, const char *value, size_t len)
{
	struct xenstore_batch batch = {
	    ask_once, take_answer, take_event, q, 0};
	bool ok;

	*q = (struct question){.b = b, .item = {type, path, value, len}};
	ok = xenstore_ask_all(&b->store, &batch);
	b->signals |= batch.signals;
	return ok;
}

static bool
run_command(struct balance *b, const struct share_guest *g)
{
	/* In the order of enum command_end, behind COMMAND_DONE. */
	static const char ends[] =
	    "failed with status\0"
	    "was killed by signal\0"
	    "took longer than 10 s: killed with signal\0"
	    "can't be run: error\0";
	struct command c;

	pool_words(&b->pool, g->id, g->new_kb, b->command, b->words);
	c = command_run(b->words, COMMAND_MS, &b->signals);
	b->hung = c.end == COMMAND_LATE; /* it will again: enough of it */
	if (c.end != COMMAND_DONE)
		warn("guest %u '%s': %s %s %u", g->id, name_of(b, g),
		    b->words[0], text_nth(ends, c.end - 1), (unsigned)c.number);
	return c.end == COMMAND_DONE;
}

/*
 * Sets one target. It is read first, since a write would make the keys of a
 * domain that is gone, or undo what somebody else has just set.
 */
static bool
set(struct balance *b, struct share_guest *g)
{
	struct domain *d = domains_find(&b->table, g->id);
	char path[64], value[24];
	struct question q;
	size_t len = text_cstr(value, sizeof(value), "%ju", g->new_kb) - 1;

	text_cstr(path, sizeof(path), "/local/domain/%u/memory/target", g->id);
	if (!ask(b, &q, WIRE_READ, path, NULL, 0))
		return false;
	if (q.number != d->ceiling_kb) {
		complain(b, g, "memory/target has just changed: left alone");
		look_again(b);
		return false;
	}
	if (b->verbose)
		warn("guest %u '%s': %ju -> %ju kB: %s", g->id, d->name,
		    g->target_kb, g->new_kb, share_reason(g->reason));
	if (b->pool.command[0]) {
		if (!run_command(b, g) ||
		    !ask(b, &q, WIRE_READ, path, NULL, 0))
			q.number = 0;
	} else {
		if (!ask(b, &q, WIRE_WRITE, path, value, len))
			return false;
		q.number = q.ok ? g->new_kb : 0;
		if (!q.ok)
			complain(b, g, "memory/target is refused");
	}
	if (q.number)
		d->ceiling_kb = q.number;
	else if (b->pool.command[0])
		look_again(b);
	return share_told(g, q.number, wait_clock_ms());
}

/* Those that give first; when one does not, none is given to. */
static int
apply(struct balance *b)
{
	int status = EXIT_NO;

	b->hung = false;
	for (unsigned raise = 0; raise < 2; raise++)
		for (unsigned i = 0; i < b->count; i++) {
			struct share_guest *g = &b->guest[i];

			if (raise ? g->new_kb <= g->target_kb
				  : g->new_kb >= g->target_kb)
				continue;
			if (b->signals & SIGNAL_STOP || b->store.fd < 0 ||
			    b->hung || (raise && status == EXIT_REFUSED))
				return status;
			if (!set(b, g))
				status = EXIT_REFUSED;
			else if (status == EXIT_NO)
				status = EXIT_DONE;
		}
	return status;
}

/* Brings the table up to date. */
static bool
refresh(struct balance *b)
{
	bool ok;

	b->again = false;
	ok = domains_refresh(&b->table, wait_clock_ms());
	b->signals |= b->table.signals;
	b->table.signals = 0;
	return ok;
}

static int
step(struct balance *b)
{
	struct share_pool pool = {(uint64_t)b->pool.pool_mb * 1024,
	    (uint64_t)b->pool.reserve_mb * 1024};

	uint64_t now = wait_clock_ms();

	merge(b);
	share(&b->result, b->guest, b->count, &pool, now);
	if (b->dry)
		return print_table(b) ? EXIT_DONE : EXIT_REFUSED;
	say_news(b, now);
	return apply(b);
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
		say_once(&b->lost, !ok, domains_gone(&b->table),
		    "xenstore answers again");
		if (ok)
			step(b);
		if (ok && b->store.fd >= 0) /* it may be lost since */
			ms = (uint64_t)b->pool.interval_s * 1000;
		b->signals |= wait_for(NULL, 0, LOOK_MIN_MS);
		/* What is read already wakes nobody. */
		if (b->signals || b->again || b->store.have > b->store.used)
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

/* A command would be in it too, and might need whatever it may not. */
static void
close_door(struct balance *b)
{
	b->closed = b->dry || !b->pool.command[0];
	if (b->closed)
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

	memset(&b, 0, offsetof(struct balance, pool));
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
	close_door(&b);
	domains_start(&b.table, &b.store, !b.dry && !b.once);
	if (!b.dry && !b.once) {
		daemon_loop(&b);
		return EXIT_DONE;
	}
	status = refresh(&b) ? step(&b) : EXIT_REFUSED;
	if (b.store.fd < 0 || b.table.refused)
		warn("%s", domains_gone(&b.table));
	return status;
}

static int
run(const char *name, char **argv)
{
	(void)name;
	return hold_table(argv);
}

static const struct args_option option_rows[] = {
    {'1', NULL, "take one step and exit"},
    {'n', NULL, "print what would be done and why; do nothing"},
    {'v', NULL, "log every target"},
    {'c', "FILE", "read this configuration, a path from / on"},
    {'p', "MB", "share so many MB among all guests: the pool"},
    {'w', "SECONDS", "look again after so long at most"},
    {'x', "COMMAND", "set targets by it, as \"xl mem-set %d %mM\""},
    ARGS_END};

const struct applet applet_balance = {
    "balance", "xenballoon-balance", "share memory among guests (domain 0)",
    option_rows, run};
