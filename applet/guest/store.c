/* SPDX-License-Identifier: 0BSD */
#include "store.h"
#include "wait.h"

#define MESSAGES_MAX 64 /* read in one turn: a flood must not hold it here */

static void
on_connected(struct store *st)
{
	st->in_flight.request = REQUEST_NONE;
	orders_on_connected(&st->keys);
	publish_on_new_store(&st->publisher);
}

static void
on_lost(struct store *st, uint64_t now_ms)
{
	link_on_lost(&st->link, now_ms);
	if (st->in_flight.request == REQUEST_READ)
		st->keys.stale |= KEY_BIT(st->in_flight.key);
	st->in_flight.request = REQUEST_NONE;
}

static void
on_reply(struct store *st, const struct wire_message *m, uint64_t now_ms)
{
	struct in_flight f = st->in_flight;

	st->in_flight.request = REQUEST_NONE;
	link_on_reply(&st->link);
	switch (f.request) {
	case REQUEST_READ:
		orders_on_read(&st->orders, &st->keys, f.key, m, now_ms);
		break;
	case REQUEST_WATCH:
		orders_on_watched(&st->keys, f.key, m, now_ms);
		break;
	case REQUEST_WRITE:
		publish_on_written(&st->publisher, f.value, m);
		break;
	case REQUEST_NONE: break;
	}
}

static void
on_event(struct store *st, const struct wire_message *m, uint64_t now_ms)
{
	if (orders_on_event(&st->keys, m, now_ms))
		publish_on_new_store(&st->publisher);
}

/* Orders go before reports. */
static void
send_next(struct store *st, uint64_t now_ms)
{
	struct in_flight *f = &st->in_flight;

	f->request = orders_send(&st->keys, &st->link, &f->key, now_ms);
	if (f->request == REQUEST_NONE)
		f->request = publish_send(
		    &st->publisher, &st->link, &f->value, now_ms);
}

/* False: the connection is lost. */
static bool
read_messages(struct store *st, uint64_t now_ms)
{
	struct wire_message m;

	st->more = true; /* until there is nothing left */
	for (unsigned i = 0; i < MESSAGES_MAX; i++) {
		switch (xenstore_next(&st->link.xenstore, &m, now_ms)) {
		case XENSTORE_EVENT: on_event(st, &m, now_ms); break;
		case XENSTORE_REPLY: on_reply(st, &m, now_ms); break;
		case XENSTORE_LOST: on_lost(st, now_ms); return false;
		case XENSTORE_NONE: st->more = false; return true;
		}
	}
	return true;
}

void
store_turn(struct store *st, uint64_t now_ms)
{
	if (link_connect(&st->link, now_ms))
		on_connected(st);
	if (read_messages(st, now_ms) && st->link.xenstore.fd >= 0 &&
	    st->in_flight.request == REQUEST_NONE)
		send_next(st, now_ms);
}

struct pollfd
store_poll(const struct store *st, uint64_t ms)
{
	const struct xenstore *x = &st->link.xenstore;
	struct pollfd p = {x->fd, xenstore_poll(x), 0};

	/*
	 * The reply to a write can wait for a look that is near: the daemon
	 * sleeps through. Until a far one the rest of the report can't, nor
	 * can domain 0's orders.
	 */
	if (ms <= STORE_SHORT_SLEEP_MS && !(p.events & POLLOUT) &&
	    st->in_flight.request == REQUEST_WRITE)
		p.fd = -1;
	return p;
}

/* The orders are known, or can't be had. */
static bool
is_settled(const struct store *st)
{
	return st->link.xenstore.fd < 0 ||
	    (st->link.answered && st->in_flight.request == REQUEST_NONE &&
		orders_are_complete(&st->keys));
}

unsigned
store_settle(struct store *st)
{
	uint64_t start = wait_clock_ms();
	unsigned signals = 0;

	*st = (struct store){0};
	link_init(&st->link);
	for (;;) {
		uint64_t now = wait_clock_ms();
		struct pollfd p;

		store_turn(st, now);
		if (is_settled(st) || now - start >= XENSTORE_REPLY_MS ||
		    signals & SIGNAL_STOP)
			return signals;
		p = store_poll(st, XENSTORE_REPLY_MS);
		signals |= wait_for(&p, 1, XENSTORE_REPLY_MS / 10);
	}
}

bool
store_target_is_stale(const struct store *st)
{
	return (st->keys.stale & KEY_BIT(KEY_TARGET)) ||
	    (st->in_flight.request == REQUEST_READ &&
		st->in_flight.key == KEY_TARGET);
}

bool
store_is_busy(const struct store *st)
{
	const struct xenstore *x = &st->link.xenstore;

	return x->fd < 0 || x->waiting || st->more ||
	    !orders_are_complete(&st->keys) ||
	    publish_is_pending(&st->publisher);
}
