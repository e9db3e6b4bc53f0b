/* SPDX-License-Identifier: 0BSD */
/*
 * What domain 0 orders, by keys in xenstore: read once, and followed by
 * watches, or where those are refused, as by a quota, by reading again. A guest
 * takes struct orders over as it takes a sample.
 */
#ifndef ORDERS_H
#define ORDERS_H

#include "link.h"
#include "settings.h"

/*
 * After restore and migration every watch fires, within this time: the store
 * is another one and knows nothing of this guest.
 */
#define ORDERS_RESUME_MS 2000
/*
 * A key whose watch was refused is read again at a look, at most so often:
 * while what the kernel has heard may still be news, HISTORY_FOREIGN_MS.
 */
#define ORDERS_POLL_MS 2000

/*
 * The keys that are read after those of OVERRIDES, a row each:
 * X(NAME, path relative to the domain, whether it is watched).
 * The last two say who else sizes this guest: enum manager.
 */
#define STORE_KEYS(X) \
	X(TARGET, "memory/target", true) \
	X(STATIC_MAX, "memory/static-max", false) \
	X(XAPI, "memory/dynamic-min", false) \
	X(QUBES, "memory/meminfo", false)

#define KEY_OF_OVERRIDE(name, path, member) KEY_##name,
#define KEY_OF_ROW(name, path, watched) KEY_##name,
enum store_key { OVERRIDES(KEY_OF_OVERRIDE) STORE_KEYS(KEY_OF_ROW) KEY_COUNT };
#undef KEY_OF_OVERRIDE
#undef KEY_OF_ROW
#define KEY_BIT(key) (1u << (key))

/*
 * Who else sizes this guest, and is not to be fought with:
 * X(NAME, name in messages).
 */
#define MANAGERS(X) \
	X(NONE, "nobody else") \
	X(XAPI, "XAPI's squeezed") \
	X(QUBES, "Qubes' qmemman")

#define MANAGER_ENUM(name, words) MANAGER_##name,
enum manager { MANAGERS(MANAGER_ENUM) };
#undef MANAGER_ENUM

/* What domain 0 says. */
struct orders {
	/*
	 * One more with each reading that matters: a change, and a target
	 * even if it is the same, since the balloon driver has read it too.
	 */
	unsigned serial;

	struct overrides overrides;
	uint64_t target_kb;	/* memory/target; 0: not known */
	uint64_t static_max_kb; /* memory/static-max; 0: not known */
	enum manager manager;
};

/* How far the keys of the orders are read and watched: sets of KEY_BIT()s. */
struct order_keys {
	unsigned stale;		 /* to be read */
	unsigned unwatched;	 /* to be watched */
	unsigned watch_new;	 /* fires once, because it is new */
	unsigned refusal_logged; /* that it can't be watched */

	/* After a refusal: not before, and the pause after the next one. */
	uint64_t read_at_ms, watch_at_ms;
	uint64_t pause_ms, watch_pause_ms;
	uint64_t poll_at_ms; /* what is not watched is read again */

	unsigned fired;	   /* watches that fired within ORDERS_RESUME_MS */
	uint64_t fired_ms; /* when the first of them did */
};

const char *orders_manager_name(enum manager who);

/* Nothing is read or watched on this connection. */
void orders_on_connected(struct order_keys *k);

/*
 * Sends the next request that the keys need. REQUEST_NONE: none now; else
 * `*key` is what it asks for.
 */
enum store_request orders_send(struct order_keys *k, struct link *l,
    enum store_key *key, uint64_t now_ms);

/* The reply to a read of `key`. */
void orders_on_read(struct orders *o, struct order_keys *k,
    enum store_key key, const struct wire_message *m, uint64_t now_ms);

/* The reply to a watch of `key`. */
void orders_on_watched(struct order_keys *k, enum store_key key,
    const struct wire_message *m, uint64_t now_ms);

/* A watch fired. True: all of them did, the guest was resumed. */
bool orders_on_event(
    struct order_keys *k, const struct wire_message *m, uint64_t now_ms);

/* Whether all that can be read is read, and watched. */
bool orders_are_complete(const struct order_keys *k);

#endif
