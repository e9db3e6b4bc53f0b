/* SPDX-License-Identifier: 0BSD */
/*
 * One batch lists the domains, one reads their keys. After that a watch on all
 * of /local/domain marks what is stale, and the rest is left alone.
 */
#include <string.h>

#include "domains.h"

#define TOP "/local/domain"
#define ID_MAX 65535	/* above Xen's DOMID_IDLE */
#define PARTS_TRIES 5	/* readings of a list that changes meanwhile */
#define EVENTS_MAX 65536 /* of one refresh: a flood of events has an end */
/*
 * Batches of one refresh, since replies make further keys stale: 1 reads what
 * was stale, 2 memory/stat where data/ has no record, 3 memory/meminfo or
 * memory/selftarget of a domain without one. What is stale after that is read
 * by the next refresh.
 */
#define ROUNDS_MAX 3

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
		domain_distrust(&d->at[i]);
}

/* --- the watch --------------------------------------------------------- */

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
		domain_distrust(dom);
	else if (dom)
		domain_changed(dom, at + 1);
}

/* --- the watch and the list: one request after the other ----------------- */

struct listing {
	struct domains *d;
	struct xenstore_item item;
	bool busy; /* a request is in flight */
	bool done; /* there is none to follow it */
	unsigned tries; /* PARTS_TRIES: there is no list */
	/* A list too long for one reply comes in parts. */
	bool in_parts;
	uint64_t offset, generation; /* of the next part, of those before */
	char rest[24]; /* the offset as text, or the watch's token */
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
listing_event(void *context, const struct wire_message *m)
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
	dom->listed = true;
	domain_distrust(dom);
}

/* Nothing is known of the list: it is read from its start. */
static void
start_list(struct listing *l)
{
	l->offset = 0;
	l->d->too_many = false;
	for (unsigned i = 0; i < l->d->count; i++)
		l->d->at[i].listed = false;
}

/* Names with their NULs; an empty one ends the list. */
static void
parse_names(struct listing *l, const char *at, const char *end)
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
	l->done |= at == start; /* a part without names is the last */
}

/*
 * "generation\0name\0name\0"; another generation than in the parts before: the
 * list has changed meanwhile.
 */
static void
parse_part(struct listing *l, const struct wire_message *m)
{
	const char *end = m->payload + m->len;
	const char *nul = memchr(m->payload, '\0', m->len);
	uint64_t generation;

	if (!nul || !text_number(m->payload, (size_t)(nul - m->payload),
	    UINT64_MAX, &generation)) {
		l->done = true;
		l->tries = PARTS_TRIES;
	} else if (l->offset && generation != l->generation) {
		start_list(l);
		l->done = ++l->tries == PARTS_TRIES;
	} else {
		l->generation = generation;
		parse_names(l, nul + 1, end);
	}
}

static void
on_list(void *context, unsigned n, const struct wire_message *m)
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
		parse_part(l, m);
	else if (m->type == WIRE_DIRECTORY)
		parse_names(l, m->payload, m->payload + m->len);
}

/* oxenstored sends a list in one message, however long. */
static void
on_names(void *context, const struct wire_message *m)
{
	struct listing *l = context;

	if (!l->in_parts)
		parse_names(l, m->payload, m->payload + m->len);
}

/* Asks for the item, and for what is to follow it. */
static bool
run_listing(struct listing *l)
{
	struct xenstore_batch b = {.ask = ask_list, .reply = on_list,
	    .names = on_names, .event = listing_event, .context = l};
	bool ok = xenstore_ask_all(l->d->store, &b);

	l->d->signals |= b.signals;
	return ok;
}

static bool
start_watch(struct domains *d)
{
	struct listing l = {.d = d, .rest = "d", .item = {
	    WIRE_WATCH, TOP, l.rest, 2}};
	bool ok = run_listing(&l);

	d->watching = ok && l.tries == 0;
	return ok;
}

/* Where the list is refused, or changes too often, the table stays as it is. */
static bool
read_list(struct domains *d)
{
	struct listing l = {.d = d, .item = {WIRE_DIRECTORY, TOP, NULL, 0}};
	unsigned kept = 0;

	start_list(&l);
	if (!run_listing(&l))
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
	/*
	 * Entries that are gone now kept others out: with too_many the list is
	 * read once more.
	 */
	d->listed = !d->too_many || kept == d->count;
	d->count = kept;
	return true;
}

/* --- the keys: as many requests at once as the connection carries --------- */

struct reading {
	struct domains *d;
	uint64_t now_ms;
	unsigned at; /* the entry whose keys are asked for */
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
	while (!(dom->stale & DOMAIN_KEY_BIT(key)))
		key++;
	dom->stale &= (uint8_t)~DOMAIN_KEY_BIT(key);
	r->asked[n % XENSTORE_DEPTH].at = (uint16_t)r->at;
	r->asked[n % XENSTORE_DEPTH].key = (uint8_t)key;
	text_cstr(r->path, sizeof(r->path), TOP "/%u/%s", dom->id,
	    domain_key_path((enum domain_key)key));
	*item = (struct xenstore_item){WIRE_READ, r->path, NULL, 0};
	return true;
}

static void
on_reply(void *context, unsigned n, const struct wire_message *m)
{
	struct reading *r = context;

	n %= XENSTORE_DEPTH;
	domain_on_reply(&r->d->at[r->asked[n].at],
	    (enum domain_key)r->asked[n].key, m, r->now_ms);
}

static void
reading_event(void *context, const struct wire_message *m)
{
	domains_event(((struct reading *)context)->d, m);
}

static bool
read_keys(struct domains *d, uint64_t now_ms)
{
	for (unsigned round = 0; round < ROUNDS_MAX; round++) {
		struct reading r = {.d = d, .now_ms = now_ms};
		struct xenstore_batch b = {.ask = ask_key,
		    .reply = on_reply, .event = reading_event, .context = &r};
		bool ok = xenstore_ask_all(d->store, &b);

		d->signals |= b.signals;
		if (!ok)
			return false;
	}
	return true;
}

/* Reads the events that have come; false: the connection was lost. */
static bool
read_events(struct domains *d, uint64_t now_ms)
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
domains_error(const struct domains *d)
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
	if (!read_events(d, now_ms))
		return false;
	if (!d->watching) { /* nothing told of what has changed */
		domains_distrust(d);
		if (d->watch && !start_watch(d))
			return false;
	}
	for (unsigned i = 0; i < d->count; i++) { /* asked for again */
		d->at[i].stale |= d->at[i].refused;
		d->at[i].refused = 0;
	}
	return (d->listed || read_list(d)) && read_keys(d, now_ms);
}
