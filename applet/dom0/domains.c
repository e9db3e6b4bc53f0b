/* SPDX-License-Identifier: 0BSD */
/*
 * One batch lists the domains, one reads their keys. After that a watch on all
 * of /local/domain marks what is stale, and the rest is left alone.
 */
#include <string.h>

#include "domains.h"
#include "common/sample.h"
#include "common/numbers.h"
#include "wait.h"

#define TOP "/local/domain"
#define ID_MAX 65535	/* above Xen's DOMID_IDLE */
#define PAGE_KB 4	/* the kernel counts swapped pages */
#define PPM 1000000	/* microseconds of a second */
#define PARTS_TRIES 5	/* lists that change while they are read */
#define EVENTS_MAX 65536 /* taken at once: a flood must not hold it here */
/*
 * What a reply makes stale is read at once: the place of 2008 after ours, the
 * rest of it after that. More rounds are the next refresh's.
 */
#define ROUNDS_MAX 3

/* In the order in which they are read. */
enum key {
	KEY_NAME,
	KEY_TARGET,
	KEY_MOST,
	KEY_SQUEEZED,
	KEY_DATA_STAT,
	KEY_MEMINFO,
	/* where there is nothing better: */
	KEY_MEMORY_STAT,
	KEY_SELFTARGET,
	KEYS
};

#define BIT(key) (uint8_t)(1u << (key))
#define AT_FIRST (uint8_t)(BIT(KEY_MEMORY_STAT) - 1)

static const char *const keys[KEYS] = {
    [KEY_NAME] = "name",
    [KEY_TARGET] = "memory/target",
    [KEY_MOST] = "memory/static-max",
    [KEY_SQUEEZED] = "memory/dynamic-min",
    [KEY_DATA_STAT] = "data/xenballoon/stat",
    [KEY_MEMINFO] = "memory/meminfo",
    [KEY_MEMORY_STAT] = "memory/stat",
    [KEY_SELFTARGET] = "memory/selftarget",
};

/* Where `id` is, or would be. */
static unsigned
place(const struct domains *d, uint32_t id)
{
	unsigned low = 0, high = d->count;

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (d->at[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct domain *
domains_find(struct domains *d, uint32_t id)
{
	unsigned i = place(d, id);

	return i < d->count && d->at[i].id == id ? &d->at[i] : NULL;
}

void
domains_distrust(struct domains *d)
{
	d->listed = false;
	for (unsigned i = 0; i < d->count; i++)
		d->at[i].stale |= AT_FIRST;
}

/* --- the watch --------------------------------------------------------- */

static bool
has_record(const struct domain *dom)
{
	return dom->record.seq != 0;
}

/*
 * `path` below the domain's own: that key, or one above some of the keys.
 * Beside a record memory/meminfo still tells of qmemman.
 */
static void
changed(struct domain *dom, const char *path)
{
	size_t len = strlen(path);

	for (unsigned k = 0; k < KEYS; k++)
		if (strncmp(keys[k], path, len) == 0 &&
		    (keys[k][len] == '\0' || keys[k][len] == '/') &&
		    !(k == KEY_SELFTARGET && has_record(dom)))
			dom->stale |= BIT(k);
}

void
domains_event(struct domains *d, const struct wire_message *m)
{
	const char *at = m->payload + sizeof(TOP) - 1;
	size_t digits = 0;
	uint64_t id;
	struct domain *dom;

	if (!wire_event_token(m) ||
	    strncmp(m->payload, TOP, sizeof(TOP) - 1) != 0)
		return;
	if (*at == '/')
		for (at++; at[digits] && at[digits] != '/';)
			digits++;
	if (!text_number(at, digits, ID_MAX, &id)) {
		d->listed = false;
		return;
	}
	dom = domains_find(d, (uint32_t)id);
	at += digits;
	if (!dom || *at == '\0')
		d->listed = false;
	if (dom && *at == '\0')
		dom->stale |= AT_FIRST;
	else if (dom)
		changed(dom, at + 1);
}

/* --- one request after the other: the watch, the list ------------------- */

struct listing {
	struct domains *d;
	bool busy, done, in_parts;
	unsigned tries;
	uint64_t offset, generation;
	char rest[24]; /* a number of 64 bits, or the token */
	struct xenstore_item item;
};

static bool
ask_list(void *context, unsigned n, struct xenstore_item *item)
{
	struct listing *l = context;

	(void)n;
	if (l->busy || l->done)
		return false;
	l->busy = true;
	if (l->in_parts)
		l->item = (struct xenstore_item){WIRE_DIRECTORY_PART, TOP,
		    l->rest, text_cstr(l->rest, sizeof(l->rest), "%ju",
			l->offset)};
	*item = l->item;
	return true;
}

static void
list_event(void *context, const struct wire_message *m)
{
	domains_event(((struct listing *)context)->d, m);
}

static void
add(struct domains *d, uint32_t id)
{
	unsigned i = place(d, id);
	struct domain *dom = &d->at[i];

	if (i < d->count && dom->id == id) {
		dom->listed = true;
		return;
	}
	if (d->count == DOMAINS_MAX) {
		d->too_many = true;
		return;
	}
	memmove(dom + 1, dom, (d->count++ - i) * sizeof(*dom));
	memset(dom, 0, sizeof(*dom));
	dom->id = id;
	dom->stale = AT_FIRST;
	dom->listed = true;
}

/* All again: a list of which no part was seen. */
static void
list_anew(struct listing *l)
{
	l->offset = 0;
	l->d->too_many = false;
	for (unsigned i = 0; i < l->d->count; i++)
		l->d->at[i].listed = false;
}

/* Names with their NULs; an empty one ends the list. */
static void
take_names(struct listing *l, const char *at, const char *end)
{
	const char *start = at;
	const char *nul;
	uint64_t id;

	while ((nul = memchr(at, '\0', (size_t)(end - at))) != NULL) {
		if (nul == at)
			l->done = true;
		else if (text_number(at, (size_t)(nul - at), ID_MAX, &id))
			add(l->d, (uint32_t)id);
		at = nul + 1;
	}
	l->offset += (size_t)(at - start);
	l->done |= at == start; /* it does not go on */
}

/* "generation\0name\0name\0"; a new generation: what is known is too old. */
static void
take_part(struct listing *l, const struct wire_message *m)
{
	const char *end = m->payload + m->len;
	const char *nul = memchr(m->payload, '\0', m->len);
	uint64_t generation;

	if (!nul || !text_number(m->payload, (size_t)(nul - m->payload),
	    UINT64_MAX, &generation)) {
		l->done = true;
		l->tries = PARTS_TRIES;
	} else if (l->offset && generation != l->generation) {
		list_anew(l);
		l->done = ++l->tries == PARTS_TRIES;
	} else {
		l->generation = generation;
		take_names(l, nul + 1, end);
	}
}

static void
take_list(void *context, unsigned n, const struct wire_message *m)
{
	struct listing *l = context;

	(void)n;
	l->busy = false;
	if (!l->in_parts && wire_is_error(m, "E2BIG")) {
		l->in_parts = true;
		return;
	}
	l->done = m->type == WIRE_ERROR || !l->in_parts;
	if (m->type == WIRE_ERROR)
		l->tries = PARTS_TRIES;
	else if (l->in_parts)
		take_part(l, m);
	else if (m->type == WIRE_DIRECTORY)
		take_names(l, m->payload, m->payload + m->len);
}

static bool
ask_one(struct listing *l)
{
	struct xenstore_batch b = {.ask = ask_list, .reply = take_list,
	    .event = list_event, .context = l};
	bool ok = xenstore_ask_all(l->d->store, &b);

	l->d->signals |= b.signals;
	return ok;
}

static bool
start_watch(struct domains *d)
{
	struct listing l = {.d = d, .rest = "d", .item = {
	    WIRE_WATCH, TOP, l.rest, 2}};
	bool ok = ask_one(&l);

	d->watching = ok && l.tries == 0;
	return ok;
}

/* A list that was refused, or changed too often: all stays as it is. */
static bool
list(struct domains *d)
{
	struct listing l = {.d = d, .item = {WIRE_DIRECTORY, TOP, NULL, 0}};
	unsigned kept = 0;

	list_anew(&l);
	if (!ask_one(&l))
		return false;
	d->refused = l.tries >= PARTS_TRIES;
	if (d->refused)
		return false;
	for (unsigned i = 0; i < d->count; i++)
		if (d->at[i].listed) {
			if (kept != i)
				d->at[kept] = d->at[i];
			kept++;
		}
	/* Those that go made no room yet for those that were too many. */
	d->listed = !d->too_many || kept == d->count;
	d->count = kept;
	return true;
}

/* --- what the keys say ------------------------------------------------- */

static uint64_t
number(const struct wire_message *m)
{
	uint64_t n;

	return m->type != WIRE_ERROR &&
	    text_number(m->payload, m->len, SAMPLE_KB_MAX, &n) ? n : 0;
}

static void
take_name(struct domain *dom, const struct wire_message *m)
{
	struct text t = {dom->name, DOMAIN_NAME_MAX - 1, 0, false};

	memset(dom->name, 0, sizeof(dom->name));
	for (size_t i = 0; m->type != WIRE_ERROR && i < m->len; i++) {
		bool plain = m->payload[i] > ' ' && m->payload[i] <= '~';

		text_bytes(&t, plain ? &m->payload[i] : "?", 1);
	}
}

static bool
is_true(const struct record *r)
{
	/* The sizes lie side by side. */
	const uint64_t *size = (const void *)
	    ((const char *)r + offsetof(struct record, current));
	const uint64_t *end = (const void *)
	    ((const char *)r + offsetof(struct record, swap_in));

	while (size < end)
		if (*size++ > SAMPLE_KB_MAX)
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
set_rates(struct domain *dom, const struct record *r)
{
	const struct record *old = &dom->record;
	uint64_t s = rise(r->uptime_s, old->uptime_s, SAMPLE_KB_MAX);
	uint64_t pages = rise(r->swap_in, old->swap_in, SAMPLE_KB_MAX) +
	    rise(r->swap_out, old->swap_out, SAMPLE_KB_MAX);

	dom->swap_kb_s = dom->faults_s = dom->pressure_ppm = 0;
	if (!old->seq || r->seq <= old->seq || !s)
		return;
	dom->swap_kb_s = rise(pages * PAGE_KB / s, 0, SAMPLE_KB_MAX);
	dom->faults_s =
	    rise(r->major_faults, old->major_faults, SAMPLE_KB_MAX) / s;
	dom->pressure_ppm = rise(
	    rise(r->pressure_us, old->pressure_us, UINT64_MAX) / s, 0, PPM);
}

static void
take_record(
    struct domain *dom, bool in_data, const struct wire_message *m,
    uint64_t now_ms)
{
	struct record r;

	dom->says = DOMAIN_LIES;
	if (!record_read(&r, m->payload, m->len) || !is_true(&r))
		return;
	dom->says = DOMAIN_RECORD;
	dom->in_data = in_data;
	if (memcmp(&r, &dom->record, sizeof(r)) == 0)
		return;
	set_rates(dom, &r);
	dom->record = r;
	dom->heard_ms = now_ms;
}

/* Nothing, until the keys of 2008 say more. */
static void
forget_record(struct domain *dom)
{
	if (dom->says == DOMAIN_NOTHING || dom->says == DOMAIN_OLD)
		return;
	memset(&dom->record, 0, sizeof(dom->record));
	dom->swap_kb_s = dom->faults_s = dom->pressure_ppm = 0;
	dom->says = DOMAIN_NOTHING;
	dom->stale |= BIT(KEY_MEMINFO);
}

/* The kernel's text, as the daemon of 2008 has it; qmemman's is a number. */
static void
take_meminfo(struct domain *dom, const struct wire_message *m, uint64_t now_ms)
{
	struct sample s = {0};
	struct record *r = &dom->record;
	uint64_t n;

	if (m->type != WIRE_ERROR &&
	    text_number(m->payload, m->len, UINT64_MAX, &n)) {
		dom->manager = DOMAIN_QMEMMAN;
		return;
	}
	if (dom->manager == DOMAIN_QMEMMAN)
		dom->manager = DOMAIN_UNMANAGED;
	if (dom->says == DOMAIN_RECORD || dom->says == DOMAIN_LIES)
		return;
	if (m->type != WIRE_ERROR)
		sample_meminfo(&s, m->payload, m->len);
	dom->says = sample_check(&s) ? DOMAIN_NOTHING : DOMAIN_OLD;
	if (dom->says == DOMAIN_NOTHING) {
		memset(r, 0, sizeof(*r));
		return;
	}
	if (r->total != s.total_kb || r->available != s.available_kb ||
	    r->committed != s.committed_kb)
		dom->heard_ms = now_ms;
	r->total = s.total_kb;
	r->available = s.available_kb;
	r->committed = s.committed_kb;
	dom->stale |= BIT(KEY_SELFTARGET);
}

static void
take_squeezed(struct domain *dom, bool there)
{
	if (there)
		dom->manager = DOMAIN_SQUEEZED;
	else if (dom->manager == DOMAIN_SQUEEZED)
		dom->manager = DOMAIN_UNMANAGED;
}

static void
take_key(struct domain *dom, enum key key, const struct wire_message *m,
    uint64_t now_ms)
{
	bool there = m->type != WIRE_ERROR;

	if (!there && !wire_is_error(m, "ENOENT")) {
		dom->refused |= BIT(key); /* says nothing: again, later */
		return;
	}
	switch (key) {
	case KEY_NAME: take_name(dom, m); break;
	case KEY_TARGET: dom->ceiling_kb = number(m); break;
	case KEY_MOST: dom->most_kb = number(m); break;
	case KEY_SQUEEZED: take_squeezed(dom, there); break;
	case KEY_MEMINFO: take_meminfo(dom, m, now_ms); break;
	case KEY_SELFTARGET:
		if (dom->says == DOMAIN_OLD)
			dom->record.target = number(m);
		break;
	case KEY_DATA_STAT:
		if (there) {
			take_record(dom, true, m, now_ms);
			break;
		}
		dom->in_data = false;
		dom->stale |= BIT(KEY_MEMORY_STAT);
		break;
	case KEY_MEMORY_STAT:
		if (there)
			take_record(dom, false, m, now_ms);
		else if (!dom->in_data)
			forget_record(dom);
		break;
	case KEYS: break;
	}
}

/* --- all of them at once ----------------------------------------------- */

struct reading {
	struct domains *d;
	uint64_t now_ms;
	unsigned at;
	struct {
		uint16_t at;
		uint8_t key;
	} asked[XENSTORE_DEPTH]; /* in flight, by the request's number */
	char path[64];
};

static bool
ask_key(void *context, unsigned n, struct xenstore_item *item)
{
	struct reading *r = context;
	struct domain *dom;
	unsigned key = 0;

	while (r->at < r->d->count && !r->d->at[r->at].stale)
		r->at++;
	if (r->at == r->d->count)
		return false;
	dom = &r->d->at[r->at];
	while (!(dom->stale & BIT(key)))
		key++;
	dom->stale &= (uint8_t)~BIT(key);
	r->asked[n % XENSTORE_DEPTH].at = (uint16_t)r->at;
	r->asked[n % XENSTORE_DEPTH].key = (uint8_t)key;
	text_cstr(r->path, sizeof(r->path), TOP "/%u/%s", dom->id, keys[key]);
	*item = (struct xenstore_item){WIRE_READ, r->path, NULL, 0};
	return true;
}

static void
take_reply(void *context, unsigned n, const struct wire_message *m)
{
	struct reading *r = context;

	n %= XENSTORE_DEPTH;
	take_key(&r->d->at[r->asked[n].at], (enum key)r->asked[n].key, m,
	    r->now_ms);
}

static void
read_event(void *context, const struct wire_message *m)
{
	domains_event(((struct reading *)context)->d, m);
}

static bool
read_keys(struct domains *d, uint64_t now_ms)
{
	for (unsigned round = 0; round < ROUNDS_MAX; round++) {
		struct reading r = {.d = d, .now_ms = now_ms};
		struct xenstore_batch b = {.ask = ask_key,
		    .reply = take_reply, .event = read_event, .context = &r};
		bool ok = xenstore_ask_all(d->store, &b);

		d->signals |= b.signals;
		if (!ok)
			return false;
	}
	return true;
}

/* The events that are there; false: xenstore was lost. */
static bool
take_events(struct domains *d, uint64_t now_ms)
{
	struct wire_message m;
	enum xenstore_news news = XENSTORE_EVENT;

	for (unsigned i = 0; i < EVENTS_MAX && news == XENSTORE_EVENT; i++) {
		news = xenstore_next(d->store, &m, now_ms);
		if (news == XENSTORE_EVENT)
			domains_event(d, &m);
	}
	return news != XENSTORE_LOST;
}

void
domains_start(struct domains *d, struct xenstore *store, bool watch)
{
	d->store = store;
	d->watch = watch;
	d->watching = d->listed = d->refused = d->too_many = false;
	d->count = d->signals = 0;
}

const char *
domains_gone(const struct domains *d)
{
	return d->refused ? "xenstore does not list the domains: is this "
	    "domain 0?" : "xenstore does not answer";
}

bool
domains_refresh(struct domains *d, uint64_t now_ms)
{
	d->refused = false;
	if (d->store->fd < 0) {
		d->watching = false;
		if (!xenstore_open(d->store))
			return false;
	}
	if (!take_events(d, now_ms))
		return false;
	if (!d->watching) {
		domains_distrust(d);
		if (d->watch && !start_watch(d))
			return false;
	}
	for (unsigned i = 0; i < d->count; i++) {
		d->at[i].stale |= d->at[i].refused;
		d->at[i].refused = 0;
	}
	return (d->listed || list(d)) && read_keys(d, now_ms);
}
