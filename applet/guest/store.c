/* SPDX-License-Identifier: 0BSD */
#include <limits.h>
#include <string.h>

#include "log.h"
#include "proc.h"
#include "store.h"
#include "wait.h"

#define MESSAGES_MAX 64 /* taken in one turn: a flood must not hold it here */
/*
 * A guest that needs more than it is granted can't wait to say so; nor can
 * others wait to hear that memory is there for them.
 */
#define URGENT_MS 500
#define GIVEN_PART 8 /* so much of what it had is worth a report */
#define HEARTBEATS 6 /* statistics intervals without change until a write */

/*
 * In the order of the enum in store.h. With a slash: a whole path; else below
 * memory/ or data/xenballoon/.
 */
static const char values[] =
    "stat\0"
    "selftarget\0"
    "meminfo\0"
    "vmstat\0"
    "uptime\0"
    "data/meminfo_free\0"
    "data/meminfo_total\0"
    "data/updated\0"
    "control/feature-balloon\0"
    "memory/meminfo\0";

static const char *
key_path(unsigned key)
{
	static const char others[] =
	    "memory/target\0"
	    "memory/static-max\0"
	    "memory/dynamic-min\0"
	    "memory/swapinfo\0";

	return key < OVERRIDE_COUNT
	    ? settings_override_path((enum override)key)
	    : text_nth(others, key - OVERRIDE_COUNT);
}

static bool
is_watched(unsigned key)
{
	return key <= STORE_TARGET;
}

/* Not now: the same again, each time later. */
static void
later(uint64_t *at_ms, uint64_t *wait_ms, uint64_t now_ms)
{
	*at_ms = now_ms + *wait_ms;
	if (*wait_ms < STORE_RETRY_MAX_MS)
		*wait_ms *= 2;
}

static void
put_off(struct store *st, uint64_t now_ms)
{
	later(&st->retry_at_ms, &st->retry_ms, now_ms);
	if (!st->complained)
		warn("no answer from xenstore: going on without");
	st->complained = true;
	if (st->job == JOB_READ)
		st->stale[st->job_key] = true;
	st->job = JOB_NONE;
}

/* Nothing of this guest is in the store, and what it allows is not known. */
static void
anew(struct store *st)
{
	st->told = false;
	st->in_data = false;
	st->room = RECORD_VALUE_MAX;
	memset(st->refused, 0, sizeof(st->refused));
}

static void
connect_store(struct store *st, uint64_t now_ms)
{
	if (now_ms < st->retry_at_ms)
		return;
	if (!xenstore_open(&st->link)) {
		put_off(st, now_ms);
		return;
	}
	st->answered = false;
	st->job = JOB_NONE;
	anew(st);
	st->pause_ms = STORE_RETRY_MS;
	st->read_at_ms = st->watch_at_ms = 0;
	for (unsigned i = 0; i < STORE_KEYS; i++) {
		st->unwatched[i] = is_watched(i);
		st->stale[i] = true;
	}
}

static void
heard(struct store *st)
{
	st->answered = true;
	st->retry_ms = STORE_RETRY_MS;
	if (st->complained)
		warn("xenstore answers again");
	st->complained = false;
}

static bool
take_override(struct guest *g, enum override which,
    const struct wire_message *m)
{
	char message[LOG_LINE];
	struct text error = TEXT_ON(message);
	const char *bytes = m->type == WIRE_ERROR ? NULL : m->payload;
	struct overrides before = g->overrides;

	if (!settings_override(&g->overrides, which, bytes, m->len, &error)) {
		text_str(&error, "; the last good value stays");
		warn_text(&error);
		return false;
	}
	if (before.have[which] == g->overrides.have[which] &&
	    before.value[which] == g->overrides.value[which])
		return false;
	if (bytes)
		warn("%s is %u: domain 0 overrides the configuration",
		    settings_override_path(which), g->overrides.value[which]);
	else
		warn("%s is gone: back to the configuration",
		    settings_override_path(which));
	guest_settle(g);
	return true;
}

static bool
take_manager(struct store *st, struct guest *g, unsigned key,
    const struct wire_message *m)
{
	enum manager who = key == STORE_XAPI ? MANAGER_XAPI : MANAGER_QUBES;

	if (m->type == WIRE_ERROR || g->manager == who)
		return false;
	g->manager = who;
	guest_settle(g);
	warn("%s sizes this guest: self-ballooning %s",
	    who == MANAGER_XAPI ? "XAPI's squeezed" : "Qubes' qmemman",
	    g->in_force.self ? "stays on"
			     : "stands down");
	st->told = false; /* it has keys of its own */
	return true;
}

static bool
take_size(struct guest *g, unsigned key, const struct wire_message *m)
{
	uint64_t kb;

	if (m->type == WIRE_ERROR)
		return false;
	if (!text_number(m->payload, m->len, BALLOON_KB_MAX, &kb) || !kb) {
		warn("%s: not a size in kB", key_path(key));
		return false;
	}
	if (key == STORE_TARGET)
		ceiling_store(&g->ceiling, kb);
	else
		ceiling_static_max(&g->ceiling, kb);
	return true;
}

/* The error's name as it came, made safe for a terminal. */
static void
complain(const char *what, const struct wire_message *m, const char *then)
{
	char message[LOG_LINE];
	struct text t = TEXT_ON(message);
	size_t len = m->len;

	if (len && m->payload[len - 1] == '\0')
		len--;
	text_put(&t, "xenstore: %s: ", what);
	text_quote(&t, m->payload, len);
	text_str(&t, then);
	warn_text(&t);
}

/* Errors of a quota, in the words of both xenstoreds. */
static const char quota[] = "ENOSPC\0" "E2BIG\0" "EQUOTA\0";
static const char passing[] = "EAGAIN\0" "EBUSY\0" "ENOMEM\0";

static bool
is_one_of(const struct wire_message *m, const char *names)
{
	for (; *names; names += strlen(names) + 1)
		if (wire_is_error(m, names))
			return true;
	return false;
}

static void
written(struct store *st, const struct guest *g, unsigned value,
    const struct wire_message *m)
{
	if (m->type != WIRE_ERROR) {
		st->refused[value] = false;
		return;
	}
	if (is_one_of(m, passing))
		return; /* the next report will do */
	if (wire_is_error(m, "EACCES") && !st->in_data &&
	    value <= STORE_UPTIME && g->in_force.publish == PUBLISH_AUTO) {
		warn("domain 0 keeps memory/ to itself: statistics go to "
		     "data/xenballoon/");
		st->in_data = true;
	} else if (is_one_of(m, quota) && st->room / 2 >= STORE_ROOM_MIN &&
	    (value == STORE_MEMINFO || value == STORE_VMSTAT)) {
		st->room /= 2;
	} else {
		if (!st->refused[value])
			complain(text_nth(values, value), m, ": not written");
		st->refused[value] = true;
		return;
	}
	/* At once again. */
	st->due[value] = true;
	st->last = value - 1;
}

/*
 * A key that is not there says ENOENT. Any other error says nothing of it: the
 * last good value stays, and it is asked for again.
 */
static bool
readable(struct store *st, unsigned key, const struct wire_message *m,
    uint64_t now_ms)
{
	if (m->type != WIRE_ERROR || wire_is_error(m, "ENOENT") ||
	    !is_watched(key)) {
		st->pause_ms = STORE_RETRY_MS;
		return true;
	}
	st->stale[key] = true;
	later(&st->read_at_ms, &st->pause_ms, now_ms);
	return false;
}

static void
watching(struct store *st, unsigned key, const struct wire_message *m,
    uint64_t now_ms)
{
	if (m->type != WIRE_ERROR || wire_is_error(m, "EEXIST")) {
		st->unheard[key] = false;
		return;
	}
	if (!st->unheard[key])
		complain(key_path(key), m, ": not watched");
	st->unheard[key] = true;
	st->unwatched[key] = true;
	later(&st->watch_at_ms, &st->pause_ms, now_ms);
}

/* The reply to the job in flight; true when something changed. */
static bool
reply(struct store *st, struct guest *g, const struct wire_message *m,
    uint64_t now_ms)
{
	enum store_job job = st->job;
	unsigned key = st->job_key;

	st->job = JOB_NONE;
	heard(st);
	switch (job) {
	case JOB_READ:
		if (!readable(st, key, m, now_ms))
			return false;
		if (key < OVERRIDE_COUNT)
			return take_override(g, (enum override)key, m);
		if (key == STORE_XAPI || key == STORE_QUBES)
			return take_manager(st, g, key, m);
		return take_size(g, key, m);
	case JOB_WATCH: watching(st, key, m, now_ms); return false;
	case JOB_WRITE: written(st, g, key, m); return false;
	case JOB_NONE: break;
	}
	return false;
}

/* The token of a watch is one letter: 'a' is the first key. */
static void
event(struct store *st, const struct wire_message *m, uint64_t now_ms)
{
	const char *token = wire_event_token(m);
	unsigned key;

	if (!token || token[0] < 'a' || token[0] > 'a' + STORE_TARGET ||
	    token[1] != '\0')
		return;
	key = (unsigned)(token[0] - 'a');
	st->stale[key] = true;
	if (st->fresh[key]) {
		st->fresh[key] = false;
		return;
	}
	if (now_ms - st->fired_ms > STORE_RESUME_MS) {
		st->fired = 0;
		st->fired_ms = now_ms;
	}
	/* All watches within STORE_RESUME_MS: resumed, or as good as. */
	st->fired |= 1u << key;
	if (st->fired == (2u << STORE_TARGET) - 1) {
		st->fired = 0;
		anew(st);
	}
}

static size_t
value_bytes(const struct store *st, unsigned value, char *out)
{
	struct text t = {out, RECORD_VALUE_MAX, 0, false};
	const struct record *r = &st->record;
	const struct source *lines = &proc_vmstat;
	uint64_t number = 1; /* of STORE_XAPI_FEATURE */

	switch (value) {
	case STORE_STAT: record_write(&t, r); return t.len;
	case STORE_UPTIME:
		source_read(&proc_uptime);
		text_bytes(&t, proc_uptime.buf, proc_uptime.len);
		return t.len;
	case STORE_MEMINFO: lines = &proc_meminfo; /* fall through */
	case STORE_VMSTAT:
		return record_lines(out, st->room, lines->buf, lines->len);
	case STORE_SELFTARGET: number = r->target; break;
	case STORE_XAPI_FREE: number = r->available; break;
	case STORE_XAPI_TOTAL: number = r->total; break;
	case STORE_XAPI_UPDATED: number = r->seq; break;
	case STORE_QUBES_USED: number = r->total - r->available; break;
	}
	text_dec(&t, number);
	return t.len;
}

static void
send_value(struct store *st, unsigned value, uint64_t now_ms)
{
	static char bytes[RECORD_VALUE_MAX];
	const char *name = text_nth(values, value);
	char path[64];
	size_t len;

	if (value == STORE_VALUES)
		return;
	len = value_bytes(st, value, bytes);
	text_cstr(path, sizeof(path), "%s%s",
	    memchr(name, '/', strlen(name)) ? ""
		: st->in_data	       ? "data/xenballoon/"
				       : "memory/",
	    name);
	st->due[value] = false;
	st->sent = st->job_key = value;
	if (!st->ahead || value != STORE_STAT)
		st->last = value;
	if (xenstore_request(
		&st->link, WIRE_WRITE, path, bytes, len, now_ms))
		st->job = JOB_WRITE;
}

static unsigned
first(const bool *flags, unsigned count)
{
	unsigned i = 0;

	while (i < count && !flags[i])
		i++;
	return i;
}

/*
 * They take turns: one that is always due must not starve the others. The
 * record of an urgent report has every second one.
 */
static unsigned
next_due(const struct store *st)
{
	if (st->ahead && st->due[STORE_STAT] && st->sent != STORE_STAT)
		return STORE_STAT;
	for (unsigned i = 1; i <= STORE_VALUES; i++)
		if (st->due[(st->last + i) % STORE_VALUES])
			return (st->last + i) % STORE_VALUES;
	return STORE_VALUES;
}

/*
 * The next job. The first on a connection is a read: WATCH on the kernel's
 * device waits inside write(2), so it is tried only where xenstored answers.
 */
static void
send_next(struct store *st, uint64_t now_ms)
{
	enum wire_type type = WIRE_WATCH;
	unsigned key = first(st->unwatched, STORE_KEYS);
	char token[2] = {0};
	size_t len = sizeof(token);

	if (st->answered && key < STORE_KEYS && now_ms >= st->watch_at_ms) {
		token[0] = (char)('a' + key);
		st->unwatched[key] = false;
		st->fresh[key] = true;
		st->job = JOB_WATCH;
	} else {
		key = st->answered ? first(st->stale, STORE_KEYS)
				   : STORE_TARGET;
		if (key == STORE_KEYS || now_ms < st->read_at_ms) {
			send_value(st, next_due(st), now_ms);
			return;
		}
		st->stale[key] = false;
		st->job = JOB_READ;
		type = WIRE_READ;
		len = 0;
	}
	st->job_key = key;
	xenstore_request(
	    &st->link, type, key_path(key), token, len, now_ms);
}

bool
store_turn(struct store *st, struct guest *g, uint64_t now_ms)
{
	struct wire_message m;
	bool changed = false;

	if (st->link.fd < 0 && !st->link.waiting)
		connect_store(st, now_ms);
	st->more = true; /* until there is nothing left */
	for (unsigned i = 0; i < MESSAGES_MAX; i++) {
		switch (xenstore_next(&st->link, &m, now_ms)) {
		case XENSTORE_EVENT: event(st, &m, now_ms); continue;
		case XENSTORE_REPLY:
			changed |= reply(st, g, &m, now_ms);
			continue;
		case XENSTORE_LOST: put_off(st, now_ms); return changed;
		case XENSTORE_NONE: st->more = false; break;
		}
		break;
	}
	if (st->link.fd >= 0 && st->job == JOB_NONE)
		send_next(st, now_ms);
	return changed;
}

static bool
moved(uint64_t a, uint64_t b)
{
	/* Up or down, with one comparison: what is negative wraps. */
	return a - b + (POLICY_STEP_KB - 1) > 2 * (POLICY_STEP_KB - 1);
}

static void
fill_record(struct record *r, const struct guest *g)
{
	const struct sample *s = &g->sample;
	const struct decision *d = &g->decision;

	r->seq++;
	r->uptime_s = s->at_ms / 1000;
	r->self = g->in_force.self;
	r->current = s->current_kb;
	r->target = d->target_kb;
	r->ceiling = d->need.ceiling_kb;
	r->floor = d->need.floor_kb;
	r->need = d->need.wanted_kb;
	r->total = s->total_kb;
	r->available = s->available_kb;
	r->committed = s->committed_kb;
	r->swap_in = s->swap_in_pages;
	r->swap_out = s->swap_out_pages;
	r->major_faults = s->major_faults;
	r->oom_kills = s->oom_kills;
	r->pressure_us = s->pressure_us;
	r->reason = d->reason;
	r->progress = g->policy.progress;
}

/* Whether there is something that domain 0 does not know yet. */
static bool
news(const struct store *st, const struct guest *g)
{
	const struct record *r = &st->record;
	const struct need *n = &g->decision.need;
	uint64_t events = g->sample.oom_kills + g->sample.swap_in_pages +
	    g->sample.swap_out_pages;

	return !st->told || events != r->oom_kills + r->swap_in + r->swap_out ||
	    g->decision.target_kb != r->target || g->in_force.self != r->self ||
	    g->policy.progress != r->progress ||
	    g->decision.reason != r->reason ||
	    moved(n->ceiling_kb, r->ceiling) || moved(n->wanted_kb, r->need) ||
	    moved(g->sample.current_kb, r->current) ||
	    moved(g->sample.available_kb, r->available);
}

static bool
is_urgent(const struct store *st, const struct guest *g)
{
	const struct need *n = &g->decision.need;
	uint64_t had = st->record.current;

	return n->wanted_kb > n->ceiling_kb ||
	    g->sample.current_kb < had - had / GIVEN_PART;
}

/* Shortest time until the next report. */
static uint64_t
least_gap_ms(const struct store *st, const struct guest *g, bool urgent)
{
	uint64_t gap = (uint64_t)g->in_force.stats_interval_s * 1000;

	if (!news(st, g))
		return HEARTBEATS * gap;
	return urgent ? URGENT_MS : gap;
}

void
store_report(struct store *st, const struct guest *g, uint64_t now_ms)
{
	bool urgent = is_urgent(st, g);

	if (g->in_force.publish == PUBLISH_OFF || g->blind ||
	    (st->told && now_ms - st->told_ms < least_gap_ms(st, g, urgent)))
		return;
	st->ahead = urgent;
	if (g->in_force.publish == PUBLISH_DATA || g->manager)
		st->in_data = true;
	else if (g->in_force.publish == PUBLISH_MEMORY)
		st->in_data = false;
	st->due[STORE_SELFTARGET] |= !st->told ||
	    g->decision.target_kb != st->record.target;
	st->due[STORE_STAT] = true;
	st->due[STORE_MEMINFO] = g->in_force.send_meminfo;
	st->due[STORE_VMSTAT] = g->in_force.send_vmstat;
	st->due[STORE_UPTIME] = g->in_force.send_uptime;
	st->due[STORE_XAPI_FREE] = st->due[STORE_XAPI_TOTAL] =
	    st->due[STORE_XAPI_UPDATED] = g->manager == MANAGER_XAPI;
	st->due[STORE_XAPI_FEATURE] |=
	    g->manager == MANAGER_XAPI && !st->told;
	st->due[STORE_QUBES_USED] = g->manager == MANAGER_QUBES;
	fill_record(&st->record, g);
	st->told = true;
	st->told_ms = now_ms;
}

struct pollfd
store_poll(const struct store *st, uint64_t ms)
{
	struct pollfd p = {st->link.fd, xenstore_poll(&st->link), 0};

	/*
	 * The answer to a statistic can wait for a look that is near: the
	 * daemon sleeps through. Till a far one the rest of the report, and
	 * domain 0's word, can't.
	 */
	if (ms <= STORE_DOZE_MS && st->job == JOB_WRITE &&
	    !(p.events & POLLOUT))
		p.fd = -1;
	return p;
}

/* All is read and watched. */
static bool
all_known(const struct store *st)
{
	return first(st->stale, STORE_KEYS) == STORE_KEYS &&
	    first(st->unwatched, STORE_KEYS) == STORE_KEYS;
}

/* The first readings are in, or can't be had. */
static bool
ready(const struct store *st)
{
	return st->link.fd < 0 ||
	    (st->answered && st->job == JOB_NONE && all_known(st));
}

unsigned
store_settle(struct store *st, struct guest *g)
{
	uint64_t start = wait_clock_ms();
	unsigned signals = 0;

	*st = (struct store){.retry_ms = STORE_RETRY_MS, .last = UINT_MAX};
	st->link.fd = -1;
	for (;;) {
		uint64_t now = wait_clock_ms();
		struct pollfd p;

		store_turn(st, g, now);
		if (ready(st) || now - start >= XENSTORE_REPLY_MS ||
		    signals & SIGNAL_STOP)
			return signals;
		p = store_poll(st, XENSTORE_REPLY_MS);
		signals |= wait_for(&p, 1, XENSTORE_REPLY_MS / 10);
	}
}

bool
store_stale(const struct store *st)
{
	return st->stale[STORE_TARGET] ||
	    (st->job == JOB_READ && st->job_key == STORE_TARGET);
}

bool
store_busy(const struct store *st)
{
	return st->link.fd < 0 || st->link.waiting || st->more ||
	    first(st->due, STORE_VALUES) < STORE_VALUES || !all_known(st);
}
