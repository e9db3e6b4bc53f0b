/* SPDX-License-Identifier: 0BSD */
#include <string.h>

#include "domain.h"
#include "common/numbers.h"
#include "common/reasons.h"
#include "common/sample.h"

#define PAGE_KB 4	/* the kernel counts swapped pages */
#define PPM 1000000	/* microseconds of a second */

#define FIRST_BIT(name, path, first) | (first) << KEY_##name
#define KEYS_FIRST (uint8_t)(0 DOMAIN_KEYS(FIRST_BIT))

const char *
domain_key_path(enum domain_key key)
{
#define PATH(name, path, first) path,
	static const char *const paths[] = {DOMAIN_KEYS(PATH)};

	return paths[key];
}

void
domain_distrust(struct domain *d)
{
	d->stale |= KEYS_FIRST;
}

static bool
has_record(const struct domain *d)
{
	return d->record.seq != 0;
}

/*
 * Beside a record memory/selftarget is of no use; memory/meminfo is, for it
 * shows qmemman.
 */
void
domain_changed(struct domain *d, const char *path)
{
	size_t len = strlen(path);

	for (unsigned k = 0; k < DOMAIN_KEY_COUNT; k++) {
		const char *own = domain_key_path((enum domain_key)k);

		if (strncmp(own, path, len) == 0 &&
		    (own[len] == '\0' || own[len] == '/') &&
		    !(k == KEY_SELFTARGET && has_record(d)))
			d->stale |= DOMAIN_KEY_BIT(k);
	}
}

/* --- what the keys say ---------------------------------------------------- */

/* 0: it is no number, or none that a size can have. */
static uint64_t
parse_kb(const struct wire_message *m)
{
	uint64_t n;

	return m->type != WIRE_ERROR &&
	    text_number(m->payload, m->len, SAMPLE_KB_MAX, &n) ? n : 0;
}

static void
on_name(struct domain *d, const struct wire_message *m)
{
	struct text t = {d->name, DOMAIN_NAME_MAX - 1, 0, false};

	memset(d->name, 0, sizeof(d->name));
	for (size_t i = 0; m->type != WIRE_ERROR && i < m->len; i++) {
		bool plain = m->payload[i] > ' ' && m->payload[i] <= '~';

		text_bytes(&t, plain ? &m->payload[i] : "?", 1);
	}
}

static bool
is_possible(const struct record *r)
{
	const uint64_t sizes[] = {r->current, r->target, r->ceiling, r->floor,
	    r->need, r->total, r->available, r->committed};

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		if (sizes[i] > SAMPLE_KB_MAX)
			return false;
	return r->seq && r->total && r->available <= r->total && r->self <= 1;
}

/* How much a counter rose, at most `max`; one that went back: nothing. */
static uint64_t
rise(uint64_t now, uint64_t before, uint64_t max)
{
	return min_u64(excess(now, before), max);
}

static void
set_rates(struct domain *d, const struct record *r)
{
	const struct record *old = &d->record;
	uint64_t s = rise(r->uptime_s, old->uptime_s, SAMPLE_KB_MAX);
	uint64_t pages = rise(r->swap_in, old->swap_in, SAMPLE_KB_MAX) +
	    rise(r->swap_out, old->swap_out, SAMPLE_KB_MAX);

	d->swap_kb_s = d->faults_s = d->pressure_ppm = 0;
	if (!old->seq || r->seq <= old->seq || !s)
		return;
	d->swap_kb_s = min_u64(pages * PAGE_KB / s, SAMPLE_KB_MAX);
	d->faults_s =
	    rise(r->major_faults, old->major_faults, SAMPLE_KB_MAX) / s;
	d->pressure_ppm = min_u64(
	    excess(r->pressure_us, old->pressure_us) / s, PPM);
}

static void
on_record(struct domain *d, bool in_data, const struct wire_message *m,
    uint64_t now_ms)
{
	struct record r;

	d->says = DOMAIN_LIES;
	if (!record_read(&r, m->payload, m->len) || !is_possible(&r))
		return;
	d->says = DOMAIN_RECORD;
	d->in_data = in_data;
	if (memcmp(&r, &d->record, sizeof(r)) == 0)
		return;
	set_rates(d, &r);
	d->record = r;
	d->record_ms = now_ms;
}

/* It publishes nothing, until memory/meminfo says more. */
static void
forget_record(struct domain *d)
{
	if (d->says == DOMAIN_NOTHING || d->says == DOMAIN_2008)
		return;
	memset(&d->record, 0, sizeof(d->record));
	d->swap_kb_s = d->faults_s = d->pressure_ppm = 0;
	d->says = DOMAIN_NOTHING;
	d->stale |= DOMAIN_KEY_BIT(KEY_MEMINFO);
}

/* The kernel's text of which the daemon of 2008 writes a copy. */
static void
on_old_meminfo(
    struct domain *d, const struct wire_message *m, uint64_t now_ms)
{
	struct sample_memory s = {0};
	struct record *r = &d->record;

	if (m->type != WIRE_ERROR)
		sample_meminfo(&s, m->payload, m->len);
	d->says = sample_check(&s) ? DOMAIN_NOTHING : DOMAIN_2008;
	if (d->says == DOMAIN_NOTHING) {
		memset(r, 0, sizeof(*r));
		return;
	}
	if (r->total != s.total_kb || r->available != s.available_kb ||
	    r->committed != s.committed_kb)
		d->record_ms = now_ms;
	r->total = s.total_kb;
	r->available = s.available_kb;
	r->committed = s.committed_kb;
	d->stale |= DOMAIN_KEY_BIT(KEY_SELFTARGET);
}

/* A number is qmemman's; all else is of use where there is no record. */
static void
on_meminfo(struct domain *d, const struct wire_message *m, uint64_t now_ms)
{
	uint64_t n;

	if (m->type != WIRE_ERROR &&
	    text_number(m->payload, m->len, UINT64_MAX, &n)) {
		d->manager = MANAGER_QMEMMAN;
		return;
	}
	if (d->manager == MANAGER_QMEMMAN)
		d->manager = MANAGER_NONE;
	if (d->says != DOMAIN_RECORD && d->says != DOMAIN_LIES)
		on_old_meminfo(d, m, now_ms);
}

static void
on_dynamic_min(struct domain *d, bool there)
{
	if (there)
		d->manager = MANAGER_SQUEEZED;
	else if (d->manager == MANAGER_SQUEEZED)
		d->manager = MANAGER_NONE;
}

void
domain_on_reply(struct domain *d, enum domain_key key,
    const struct wire_message *m, uint64_t now_ms)
{
	bool there = m->type != WIRE_ERROR;

	if (!there && !wire_is_error(m, "ENOENT")) {
		d->refused |= DOMAIN_KEY_BIT(key);
		return;
	}
	switch (key) {
	case KEY_NAME: on_name(d, m); break;
	case KEY_TARGET: d->ceiling_kb = parse_kb(m); break;
	case KEY_STATIC_MAX: d->static_max_kb = parse_kb(m); break;
	case KEY_DYNAMIC_MIN: on_dynamic_min(d, there); break;
	case KEY_MEMINFO: on_meminfo(d, m, now_ms); break;
	case KEY_SELFTARGET:
		if (d->says == DOMAIN_2008)
			d->record.target = parse_kb(m);
		break;
	case KEY_DATA_STAT:
		if (there) {
			on_record(d, true, m, now_ms);
			break;
		}
		d->in_data = false;
		d->stale |= DOMAIN_KEY_BIT(KEY_MEMORY_STAT);
		break;
	case KEY_MEMORY_STAT:
		if (there)
			on_record(d, false, m, now_ms);
		else if (!d->in_data)
			forget_record(d);
		break;
	}
}

/* --- how it fares --------------------------------------------------------- */

const char *
domain_says_word(enum domain_says says)
{
#define SAYS_WORD(name, word, phrase, meaning) word "\0"
	static const char words[] = DOMAIN_SAYS(SAYS_WORD);

	return text_nth(words, says);
}

const char *
domain_manager_word(enum domain_manager manager)
{
#define MANAGER_WORD(name, word, sign) word "\0"
	static const char words[] = DOMAIN_MANAGERS(MANAGER_WORD);

	return text_nth(words, manager);
}

uint64_t
domain_age(const struct domain *d, uint64_t now_ms)
{
	return now_ms && d->record.total ? now_ms - d->record_ms
					 : DOMAIN_NO_AGE;
}

/* NULL: the record has it. */
static const char *
says_phrase(enum domain_says says)
{
#define SAYS_PHRASE(name, word, phrase, meaning) \
	case DOMAIN_##name: return phrase;
	switch (says) {
	DOMAIN_SAYS(SAYS_PHRASE)
	}
	return NULL;
}

const char *
domain_state(const struct domain *d, uint64_t age_ms, const char **phrase)
{
	const struct record *r = &d->record;

	*phrase = says_phrase(d->says);
	if (*phrase)
		return domain_says_word(d->says);
	*phrase = reason_phrase(r->reason);
	if (age_ms != DOMAIN_NO_AGE && age_ms > DOMAIN_SILENT_MS)
		return "silent";
	if (!r->self)
		return d->manager == MANAGER_NONE
		    ? "off" : domain_manager_word(d->manager);
	if (r->progress > PROGRESS_MOVING)
		return progress_word(r->progress);
	/* A record of another version may have other numbers. */
	return reason_word(r->reason);
}
