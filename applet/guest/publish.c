/* SPDX-License-Identifier: 0BSD */
#include <string.h>

#include "common/numbers.h"
#include "log.h"
#include "publish.h"
#include "step.h"

/*
 * A guest that needs more than it is granted can't wait to say so; nor can
 * others wait to hear that memory is there for them.
 */
#define URGENT_MS 500
#define GIVEN_PART 8 /* so much of what it had is worth a report */
#define HEARTBEATS 6 /* statistics intervals without change until a write */

#define PATH(name, path) path "\0"
static const char paths[] = STORE_VALUES(PATH);

/* Error names of a quota, and of what passes, of both xenstoreds. */
static const char quota_errors[] = "ENOSPC\0" "E2BIG\0" "EQUOTA\0";
static const char passing_errors[] = "EAGAIN\0" "EBUSY\0" "ENOMEM\0";

void
publish_on_new_store(struct publisher *p)
{
	p->reported = false;
	p->in_data = false;
	p->room = RECORD_VALUE_MAX;
	memset(p->refusal_logged, 0, sizeof(p->refusal_logged));
}

/* --- when to report ------------------------------------------------------- */

/* Nothing that this store, or this manager, needs is there yet. */
static bool
is_first(const struct publisher *p, const struct report *r)
{
	return !p->reported || p->manager != r->manager;
}

static bool
has_moved(uint64_t a_kb, uint64_t b_kb)
{
	return !within(a_kb, b_kb, STEP_MIN_KB);
}

/* Whether there is something that domain 0 does not know yet. */
static bool
has_changed(const struct record *old, const struct report *r)
{
	const struct sample *s = r->sample;
	const struct decision *d = r->decision;
	const struct sample_counters *c = &s->counters;
	uint64_t events =
	    c->oom_kills + c->swap_in_pages + c->swap_out_pages;

	return r->canary_deaths != old->canary_deaths ||
	    d->canary.protection != old->protection ||
	    events != old->oom_kills + old->swap_in + old->swap_out ||
	    d->target_kb != old->target || d->reason != old->reason ||
	    r->settings->self != old->self || r->progress != old->progress ||
	    has_moved(d->need.ceiling_kb, old->ceiling) ||
	    has_moved(d->need.wanted_kb, old->need) ||
	    has_moved(s->balloon.current_kb, old->current) ||
	    has_moved(s->memory.available_kb, old->available);
}

static bool
is_urgent(const struct record *old, const struct report *r)
{
	const struct need *n = &r->decision->need;

	return n->wanted_kb > n->ceiling_kb ||
	    r->sample->balloon.current_kb <
		old->current - old->current / GIVEN_PART;
}

/* Shortest time between the last report and this one. */
static uint64_t
gap_ms(const struct record *old, const struct report *r)
{
	uint64_t interval_ms = (uint64_t)r->settings->stats_interval_s * 1000;

	if (!has_changed(old, r))
		return HEARTBEATS * interval_ms;
	return is_urgent(old, r) ? URGENT_MS : interval_ms;
}

bool
publish_is_due(const struct publisher *p, const struct report *r)
{
	if (r->settings->publish == PUBLISH_OFF)
		return false;
	return is_first(p, r) ||
	    r->sample->at_ms - p->reported_ms >= gap_ms(&p->record, r);
}

/* --- what to report ------------------------------------------------------- */

static void
fill_record(struct record *to, const struct report *r)
{
	const struct sample *s = r->sample;
	const struct decision *d = r->decision;

	to->seq++;
	to->uptime_s = s->at_ms / 1000;
	to->self = r->settings->self;
	to->current = s->balloon.current_kb;
	to->target = d->target_kb;
	to->ceiling = d->need.ceiling_kb;
	to->floor = d->need.floor_kb;
	to->need = d->need.wanted_kb;
	to->total = s->memory.total_kb;
	to->available = s->memory.available_kb;
	to->committed = s->memory.committed_kb;
	to->swap_in = s->counters.swap_in_pages;
	to->swap_out = s->counters.swap_out_pages;
	to->major_faults = s->counters.major_faults;
	to->oom_kills = s->counters.oom_kills;
	to->pressure_us = s->counters.pressure_us;
	to->reason = d->reason;
	to->progress = r->progress;
	to->protection = d->canary.protection;
	to->canaries = r->canaries;
	to->canary_deaths = r->canary_deaths;
	to->frozen_us = r->frozen_us;
}

static void
copy_lines(struct lines *to, const struct span *text)
{
	to->len = record_lines(
	    to->bytes, sizeof(to->bytes), text->bytes, text->len);
}

static void
copy_texts(struct publisher *p, const struct report *r)
{
	if (r->settings->send_meminfo)
		copy_lines(&p->meminfo, &r->meminfo);
	if (r->settings->send_vmstat)
		copy_lines(&p->vmstat, &r->vmstat);
	if (r->settings->send_uptime) {
		p->uptime_len = r->uptime.len < sizeof(p->uptime)
		    ? r->uptime.len : sizeof(p->uptime);
		memcpy(p->uptime, r->uptime.bytes, p->uptime_len);
	}
}

/*
 * What a report is made of. A value that does not change with each report is
 * due until it is written.
 */
static void
mark_due(struct publisher *p, const struct report *r)
{
	const struct settings *s = r->settings;
	bool first = is_first(p, r);
	bool xapi = r->manager == MANAGER_XAPI;

	p->due[VALUE_STAT] = true;
	p->due[VALUE_SELFTARGET] |=
	    first || r->decision->target_kb != p->record.target;
	p->due[VALUE_MEMINFO] = s->send_meminfo;
	p->due[VALUE_VMSTAT] = s->send_vmstat;
	p->due[VALUE_UPTIME] = s->send_uptime;
	p->due[VALUE_XAPI_FREE] = xapi;
	p->due[VALUE_XAPI_TOTAL] = xapi;
	p->due[VALUE_XAPI_UPDATED] = xapi;
	p->due[VALUE_XAPI_FEATURE] |= xapi && first;
	p->due[VALUE_QUBES_USED] = r->manager == MANAGER_QUBES;
}

void
publish_report(struct publisher *p, const struct report *r)
{
	p->urgent = is_urgent(&p->record, r);
	p->place = r->settings->publish;
	if (p->place == PUBLISH_DATA || r->manager != MANAGER_NONE)
		p->in_data = true;
	else if (p->place == PUBLISH_MEMORY)
		p->in_data = false;
	mark_due(p, r);
	fill_record(&p->record, r);
	copy_texts(p, r);
	p->reported = true;
	p->reported_ms = r->sample->at_ms;
	p->manager = r->manager;
}

/* --- how it is written ---------------------------------------------------- */

/*
 * The values take turns: one that is always due must not starve the others.
 * The record of an urgent report has every second turn.
 */
static enum store_value
next_due(const struct publisher *p)
{
	if (p->urgent && p->due[VALUE_STAT] && !p->sent_stat)
		return VALUE_STAT;
	for (unsigned i = 0; i < VALUE_COUNT; i++) {
		unsigned value = (p->next_value + i) % VALUE_COUNT;

		if (p->due[value])
			return (enum store_value)value;
	}
	return VALUE_COUNT;
}

bool
publish_is_pending(const struct publisher *p)
{
	return next_due(p) != VALUE_COUNT;
}

/* Whether its path says all: neither memory/ nor data/ is to be chosen. */
static bool
has_own_place(enum store_value value)
{
	return strchr(text_nth(paths, value), '/') != NULL;
}

static void
value_path(char *out, size_t cap, const struct publisher *p,
    enum store_value value)
{
	const char *below = has_own_place(value) ? ""
	    : p->in_data			 ? "data/xenballoon/"
						 : "memory/";

	text_cstr(out, cap, "%s%s", below, text_nth(paths, value));
}

static size_t
value_bytes(char out[RECORD_VALUE_MAX], const struct publisher *p,
    enum store_value value)
{
	struct text t = {out, RECORD_VALUE_MAX, 0, false};
	const struct record *r = &p->record;

	switch (value) {
	case VALUE_STAT: record_write(&t, r); break;
	case VALUE_SELFTARGET: text_dec(&t, r->target); break;
	case VALUE_MEMINFO:
		return record_lines(
		    out, p->room, p->meminfo.bytes, p->meminfo.len);
	case VALUE_VMSTAT:
		return record_lines(
		    out, p->room, p->vmstat.bytes, p->vmstat.len);
	case VALUE_UPTIME: text_bytes(&t, p->uptime, p->uptime_len); break;
	case VALUE_XAPI_FREE: text_dec(&t, r->available); break;
	case VALUE_XAPI_TOTAL: text_dec(&t, r->total); break;
	case VALUE_XAPI_UPDATED: text_dec(&t, r->seq); break;
	case VALUE_XAPI_FEATURE: text_dec(&t, 1); break;
	case VALUE_QUBES_USED: text_dec(&t, r->total - r->available); break;
	case VALUE_COUNT: break;
	}
	return t.len;
}

enum store_request
publish_send(struct publisher *p, struct link *l, enum store_value *value,
    uint64_t now_ms)
{
	static char bytes[RECORD_VALUE_MAX]; /* too large for a small stack */
	char path[64];
	size_t len;

	*value = next_due(p);
	if (*value == VALUE_COUNT)
		return REQUEST_NONE;
	value_path(path, sizeof(path), p, *value);
	len = value_bytes(bytes, p, *value);
	p->due[*value] = false;
	p->sent_stat = *value == VALUE_STAT;
	if (!p->urgent || !p->sent_stat)
		p->next_value =
		    (enum store_value)((*value + 1) % VALUE_COUNT);
	return xenstore_request(&l->xenstore, WIRE_WRITE, path, bytes, len,
		   now_ms) ? REQUEST_WRITE : REQUEST_NONE;
}

static bool
is_one_of(const struct wire_message *m, const char *names)
{
	for (; *names; names = text_nth(names, 1))
		if (wire_is_error(m, names))
			return true;
	return false;
}

/* memory/ is domain 0's: data/ is the guest's own. */
static bool
move_to_data(struct publisher *p, enum store_value value,
    const struct wire_message *m)
{
	if (!wire_is_error(m, "EACCES") || p->in_data ||
	    has_own_place(value) || p->place != PUBLISH_AUTO)
		return false;
	warn("domain 0 keeps memory/ to itself: statistics go to "
	     "data/xenballoon/");
	p->in_data = true;
	return true;
}

static bool
shorten(struct publisher *p, enum store_value value,
    const struct wire_message *m)
{
	if (!is_one_of(m, quota_errors) || p->room / 2 < PUBLISH_ROOM_MIN ||
	    (value != VALUE_MEMINFO && value != VALUE_VMSTAT))
		return false;
	p->room /= 2;
	return true;
}

void
publish_on_written(struct publisher *p, enum store_value value,
    const struct wire_message *m)
{
	if (m->type != WIRE_ERROR) {
		p->refusal_logged[value] = false;
	} else if (is_one_of(m, passing_errors)) {
		return; /* the next report will do */
	} else if (move_to_data(p, value, m) || shorten(p, value, m)) {
		p->due[value] = true;
		p->next_value = value; /* at once again */
	} else {
		if (!p->refusal_logged[value])
			link_log_refusal(
			    text_nth(paths, value), m, "not written");
		p->refusal_logged[value] = true;
	}
}
