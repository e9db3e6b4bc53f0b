/* SPDX-License-Identifier: 0BSD */
#include "targets.h"
#include "command.h"
#include "exit.h"
#include "log.h"
#include "wait.h"

/* One request to xenstored, and its reply. */
struct request {
	struct targets *t;
	struct xenstore_item item;
	bool asked;
	bool ok;	 /* the reply is no error */
	uint64_t number; /* of a READ; 0: it is none */
};

static bool
ask_once(void *context, unsigned n, struct xenstore_item *item)
{
	struct request *r = context;

	(void)n;
	if (r->asked)
		return false;
	*item = r->item;
	return r->asked = true;
}

static void
on_reply(void *context, unsigned n, const struct wire_message *m)
{
	struct request *r = context;

	(void)n;
	r->ok = m->type != WIRE_ERROR;
	if (!text_number(m->payload, m->len, SHARE_KB_MAX, &r->number))
		r->number = 0;
}

static void
on_event(void *context, const struct wire_message *m)
{
	struct targets *t = ((struct request *)context)->t;

	domains_event(t->domains, m);
	t->table_is_old = true;
}

/* The table is not what xenstore has, and no event said so. */
static void
distrust_table(struct targets *t)
{
	domains_distrust(t->domains);
	t->table_is_old = true;
}

/* False: the connection is lost, or SIGNAL_STOP came. */
static bool
ask(struct targets *t, struct request *r, enum wire_type type,
    const char *path, const char *value, size_t len)
{
	struct xenstore_batch batch = {.ask = ask_once,
	    .reply = on_reply, .event = on_event, .context = r};
	bool ok;

	*r = (struct request){.t = t, .item = {type, path, value, len}};
	ok = xenstore_ask_all(t->domains->store, &batch);
	*t->signals |= batch.signals;
	return ok;
}

static bool
run_command(
    struct targets *t, const struct share_guest *g, const struct domain *d)
{
	struct command c;

	balance_conf_argv(
	    t->conf, g->id, g->answer.new_kb, t->command, t->argv);
	c = command_run(t->argv, t->signals);
	t->timed_out = c.end == COMMAND_TIMED_OUT;
	if (c.end != COMMAND_DONE)
		warn("guest %u '%s': %s %s %u", g->id, d->name, t->argv[0],
		    command_phrase(c.end), (unsigned)c.number);
	return c.end == COMMAND_DONE;
}

/* What memory/target is after the command; 0: that failed. */
static uint64_t
set_by_command(struct targets *t, const struct share_guest *g,
    const struct domain *d, const char *path)
{
	struct request r;

	if (!run_command(t, g, d) || !ask(t, &r, WIRE_READ, path, NULL, 0))
		r.number = 0;
	if (!r.number)
		distrust_table(t);
	return r.number;
}

/* As ask(); *target_kb is what memory/target is now; 0: it was refused. */
static bool
write_target(struct targets *t, const struct share_guest *g,
    const struct domain *d, const char *path, uint64_t *target_kb)
{
	char value[24];
	struct request r;
	size_t len = text_cstr(
	    value, sizeof(value), "%ju", g->answer.new_kb) - 1;
	bool answered = ask(t, &r, WIRE_WRITE, path, value, len);

	*target_kb = r.ok ? g->answer.new_kb : 0;
	if (answered && !r.ok)
		warn("guest %u '%s': memory/target is refused", g->id,
		    d->name);
	return answered;
}

/*
 * Sets one target. It is read first, since a write would make the keys of a
 * domain that is gone, or undo what somebody else has just set.
 */
static bool
set_target(struct targets *t, struct share_guest *g)
{
	struct domain *d = domains_find(t->domains, g->id);
	char path[64];
	struct request r;
	uint64_t target_kb;

	text_cstr(path, sizeof(path), "/local/domain/%u/memory/target", g->id);
	if (!ask(t, &r, WIRE_READ, path, NULL, 0))
		return false;
	if (r.number != d->ceiling_kb) {
		warn("guest %u '%s': memory/target has just changed: left "
		     "alone", g->id, d->name);
		distrust_table(t);
		return false;
	}
	if (t->verbose)
		warn("guest %u '%s': %ju -> %ju kB: %s", g->id, d->name,
		    g->step.target_kb, g->answer.new_kb,
		    share_reason(g->answer.reason));
	if (t->conf->command[0])
		target_kb = set_by_command(t, g, d, path);
	else if (!write_target(t, g, d, path, &target_kb))
		return false;
	if (target_kb)
		d->ceiling_kb = target_kb;
	return share_applied(g, target_kb, wait_clock_ms());
}

int
targets_set(struct targets *t, struct share_guest *g, unsigned count)
{
	int status = EXIT_NO;

	t->timed_out = false;
	for (unsigned raise = 0; raise < 2; raise++)
		for (unsigned i = 0; i < count; i++) {
			uint64_t old_kb = g[i].step.target_kb;
			uint64_t new_kb = g[i].answer.new_kb;

			if (raise ? new_kb <= old_kb : new_kb >= old_kb)
				continue;
			if (*t->signals & SIGNAL_STOP ||
			    t->domains->store->fd < 0 || t->timed_out ||
			    (raise && status == EXIT_REFUSED))
				return status;
			if (!set_target(t, &g[i]))
				status = EXIT_REFUSED;
			else if (status == EXIT_NO)
				status = EXIT_DONE;
		}
	return status;
}
