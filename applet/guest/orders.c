/* SPDX-License-Identifier: 0BSD */
#include <string.h>

#include "balloon.h"
#include "log.h"
#include "orders.h"

/* The keys that are watched: of all overrides, and of some rows. */
#define OVERRIDE_WATCH(name, path, setting) | KEY_BIT(KEY_##name)
#define WATCH(name, path, watched) | (unsigned)(watched) << KEY_##name
#define ALL_WATCHES (0u OVERRIDES(OVERRIDE_WATCH) STORE_KEYS(WATCH))

_Static_assert((unsigned)KEY_TARGET == (unsigned)OVERRIDE_COUNT,
    "the first keys are the overrides, by the same numbers");
_Static_assert(KEY_COUNT <= 'z' - 'a' + 1, "a token is one letter");

static const char *
path_of(enum store_key key)
{
#define PATH(name, path, watched) path "\0"
	static const char paths[] = STORE_KEYS(PATH);

	return key < KEY_TARGET ? settings_override_path((enum override)key)
				: text_nth(paths, key - KEY_TARGET);
}

const char *
orders_manager_name(enum manager who)
{
#define NAME(name, words) words "\0"
	static const char names[] = MANAGERS(NAME);

	return text_nth(names, who);
}

static bool
is_watched(unsigned key)
{
	return ALL_WATCHES >> key & 1;
}

/* KEY_COUNT: the set is empty. */
static enum store_key
first_of(unsigned keys)
{
	return (enum store_key)__builtin_ctz(keys | KEY_BIT(KEY_COUNT));
}

void
orders_on_connected(struct order_keys *k)
{
	k->pause_ms = k->watch_pause_ms = LINK_PAUSE_MS;
	k->read_at_ms = k->watch_at_ms = 0;
	k->unwatched = ALL_WATCHES;
	k->stale = KEY_BIT(KEY_COUNT) - 1;
}

bool
orders_are_complete(const struct order_keys *k)
{
	return !(k->stale | k->unwatched);
}

/* The token of a watch is one letter: 'a' is the first key. */
static enum store_request
send_watch(struct order_keys *k, struct link *l, enum store_key key,
    uint64_t now_ms)
{
	char token[2] = {(char)('a' + (unsigned)key)};

	k->unwatched &= ~KEY_BIT(key);
	k->watch_new |= KEY_BIT(key);
	xenstore_request(&l->xenstore, WIRE_WATCH, path_of(key), token,
	    sizeof(token), now_ms);
	return REQUEST_WATCH;
}

static enum store_request
send_read(struct order_keys *k, struct link *l, enum store_key key,
    uint64_t now_ms)
{
	k->stale &= ~KEY_BIT(key);
	xenstore_request(
	    &l->xenstore, WIRE_READ, path_of(key), NULL, 0, now_ms);
	return REQUEST_READ;
}

/* What no watch tells of is read again. */
static void
poll_unwatched(struct order_keys *k, uint64_t now_ms)
{
	if (now_ms < k->poll_at_ms)
		return;
	k->poll_at_ms = now_ms + ORDERS_POLL_MS;
	k->stale |= k->unwatched;
}

/*
 * The first request on a connection is a read: WATCH on the kernel's device
 * waits inside write(2), so it is tried only where xenstored answers.
 */
enum store_request
orders_send(struct order_keys *k, struct link *l, enum store_key *key,
    uint64_t now_ms)
{
	poll_unwatched(k, now_ms);
	*key = first_of(k->unwatched);
	if (l->answered && *key < KEY_COUNT && now_ms >= k->watch_at_ms)
		return send_watch(k, l, *key, now_ms);
	*key = l->answered ? first_of(k->stale) : KEY_TARGET;
	if (*key < KEY_COUNT && now_ms >= k->read_at_ms)
		return send_read(k, l, *key, now_ms);
	return REQUEST_NONE;
}

static void
parse_override(struct orders *o, enum override which,
    const struct wire_message *m)
{
	char message[LOG_LINE];
	struct text error = TEXT_ON(message);
	const char *bytes = m->type == WIRE_ERROR ? NULL : m->payload;
	const char *path = settings_override_path(which);
	struct overrides before = o->overrides;

	if (!settings_override(&o->overrides, which, bytes, m->len, &error)) {
		text_str(&error, "; the last good value stays");
		warn_text(&error);
		return;
	}
	if (before.have[which] == o->overrides.have[which] &&
	    before.value[which] == o->overrides.value[which])
		return;
	if (bytes)
		warn("%s is %u: domain 0 overrides the configuration", path,
		    o->overrides.value[which]);
	else
		warn("%s is gone: back to the configuration", path);
	o->serial++;
}

static void
parse_size(struct orders *o, uint64_t *size_kb, enum store_key key,
    const struct wire_message *m)
{
	uint64_t kb;

	if (m->type == WIRE_ERROR)
		return;
	if (!text_number(m->payload, m->len, BALLOON_KB_MAX, &kb) || !kb) {
		warn("%s: not a size in kB", path_of(key));
		return;
	}
	o->serial += kb != *size_kb;
	*size_kb = kb;
}

/*
 * XAPI's key is there, whatever it says. Qubes' one is made empty, and a number
 * later: a text there is what this guest has published.
 */
static void
parse_manager(
    struct orders *o, enum manager who, const struct wire_message *m)
{
	uint64_t n;

	if (m->type == WIRE_ERROR || o->manager == who ||
	    (who == MANAGER_QUBES && m->len &&
		!text_number(m->payload, m->len, UINT64_MAX, &n)))
		return;
	o->manager = who;
	o->serial++;
}

/*
 * A key that is not there has the error ENOENT. Any other error says nothing
 * of it: the last good value stays, and it is read again. One that is not
 * watched is not worth that: an error means that it is not there.
 */
static bool
is_readable(enum store_key key, const struct wire_message *m)
{
	return m->type != WIRE_ERROR || wire_is_error(m, "ENOENT") ||
	    !is_watched(key);
}

void
orders_on_read(struct orders *o, struct order_keys *k, enum store_key key,
    const struct wire_message *m, uint64_t now_ms)
{
	if (!is_readable(key, m)) {
		k->stale |= KEY_BIT(key);
		k->read_at_ms = now_ms + back_off(&k->pause_ms);
		return;
	}
	k->pause_ms = LINK_PAUSE_MS;
	switch (key) {
	case KEY_TARGET:
		/* Where a watch fired the driver has read it too. */
		o->serial += !(k->unwatched & KEY_BIT(KEY_TARGET));
		parse_size(o, &o->target_kb, key, m);
		break;
	case KEY_STATIC_MAX: parse_size(o, &o->static_max_kb, key, m); break;
	case KEY_XAPI: parse_manager(o, MANAGER_XAPI, m); break;
	case KEY_QUBES: parse_manager(o, MANAGER_QUBES, m); break;
	default: parse_override(o, (enum override)key, m); break;
	}
}

void
orders_on_watched(struct order_keys *k, enum store_key key,
    const struct wire_message *m, uint64_t now_ms)
{
	if (m->type != WIRE_ERROR || wire_is_error(m, "EEXIST")) {
		k->refusal_logged &= ~KEY_BIT(key);
		return;
	}
	if (!(k->refusal_logged & KEY_BIT(key)))
		link_log_refusal(path_of(key), m, "not watched");
	k->refusal_logged |= KEY_BIT(key);
	k->unwatched |= KEY_BIT(key);
	k->watch_at_ms = now_ms + back_off(&k->watch_pause_ms);
}

/* The key whose watch has this token; KEY_COUNT: it is none of ours. */
static enum store_key
key_of_token(const char *token)
{
	unsigned key = token ? (unsigned)(unsigned char)token[0] - 'a' : 0;

	if (!token || key >= KEY_COUNT || !is_watched(key) || token[1] != '\0')
		return KEY_COUNT;
	return (enum store_key)key;
}

bool
orders_on_event(
    struct order_keys *k, const struct wire_message *m, uint64_t now_ms)
{
	enum store_key key = key_of_token(wire_event_token(m));

	if (key == KEY_COUNT)
		return false;
	k->stale |= KEY_BIT(key);
	if (k->watch_new & KEY_BIT(key)) {
		k->watch_new &= ~KEY_BIT(key);
		return false;
	}
	if (now_ms - k->fired_ms > ORDERS_RESUME_MS) {
		k->fired = 0;
		k->fired_ms = now_ms;
	}
	k->fired |= KEY_BIT(key);
	if (k->fired != ALL_WATCHES)
		return false;
	k->fired = 0;
	return true;
}
