/* SPDX-License-Identifier: 0BSD */
/*
 * The raw transport: xenstored's socket, or the kernel's device. The rules of
 * the device, from drivers/xen/xenbus/xenbus_dev_frontend.c: one message a
 * write(2), one request in flight, never a read(2) of length 0, no POLLOUT,
 * and an error of WATCH comes from write(2) itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "file.h"
#include "names.h"
#include "sandbox.h"
#include "text.h"
#include "wait.h"
#include "xenstore.h"

const struct filter_call xenstore_calls[SANDBOX_XENSTORE] = {
    {SYS_socket, AF_UNIX, FILTER_ARGUMENT(0), SANDBOX_ANY},
    {SYS_connect, FILTER_ANY_ARGUMENT, SANDBOX_ANY},
};

/*
 * Connects to the socket that `probe` (O_PATH) found: its path may lie below
 * another root, or be longer than a socket address can hold.
 */
static int
open_socket(int probe)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd;

	text_cstr(a.sun_path, sizeof(a.sun_path), "/proc/self/fd/%u",
	    (unsigned)probe);
	/* Not socket(3), which makes other calls where this one fails. */
	fd = (int)syscall(SYS_socket, AF_UNIX,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	file_close(fd);
	return -1;
}

/*
 * open(2) of a socket fails with ENXIO, which tells it from a device. *error
 * stays when nothing is there.
 */
static bool
open_path(struct xenstore *x, const char *path, int *error)
{
	int probe;

	x->fd = file_open(path, O_RDWR | O_NONBLOCK);
	x->socket = x->fd < 0 && errno == ENXIO;
	if (x->socket) {
		probe = file_open(path, O_PATH);
		x->fd = probe < 0 ? -1 : open_socket(probe);
		file_close(probe);
	}
	if (x->fd < 0 && errno != ENOENT)
		*error = errno;
	return x->fd >= 0;
}

static bool
open_rundir(struct xenstore *x, int *error)
{
	const char *dir = getenv("XENSTORED_RUNDIR");
	char path[FILE_PATH_MAX];

	return dir && text_cstr(path, sizeof(path), "%s/socket", dir) &&
	    open_path(x, path, error);
}

bool
xenstore_open(struct xenstore *x)
{
	static const char places[] =
	    "/run/xenstored/socket\0" "/dev/xen/xenbus\0" "/proc/xen/xenbus\0";
	const char *named = getenv("XENSTORED_PATH");
	int error = ENOENT;
	bool ok;

	memset(x, 0, offsetof(struct xenstore, rx));
	x->fd = -1;
	ok = named ? open_path(x, named, &error) : open_rundir(x, &error);
	for (unsigned i = 0; !ok && !named && i < 3; i++)
		ok = open_path(x, text_nth(places, i), &error);
	errno = error;
	return ok;
}

void
xenstore_close(struct xenstore *x)
{
	file_close(x->fd);
	x->fd = -1;
	x->waiting = 0;
}

/* Writes what tx has. False: the connection can't be used any more. */
static bool
send_pending(struct xenstore *x)
{
	ssize_t n;

	if (x->sent == x->to_send)
		return true;
	do
		n = write(x->fd, x->tx + x->sent, x->to_send - x->sent);
	while (n < 0 && errno == EINTR);
	if (n >= 0) {
		x->sent += (size_t)n;
		return true;
	}
	return errno == EAGAIN;
}

#define REFUSALS(X) \
	X(E2BIG) X(EEXIST) X(EINVAL) X(ENOSPC) X(EACCES) X(ENOMEM)

/* The error of a write(2) to the device, as xenstored names it. */
static const char *
error_name(int error)
{
#define NUMBER(number) number,
#define NAME(number) #number "\0"
	static const unsigned char numbers[] = {REFUSALS(NUMBER)};
	static const char names[] = REFUSALS(NAME);

	for (unsigned i = 0; i < sizeof(numbers); i++)
		if (numbers[i] == error)
			return text_nth(names, i);
	return NULL;
}

bool
xenstore_request(
    struct xenstore *x, enum wire_type type, const char *path,
    const char *rest, size_t rest_len, uint64_t now_ms)
{
	x->sent = 0;
	x->to_send = wire_request(
	    x->tx, sizeof(x->tx), type, ++x->req_id, path, rest, rest_len);
	if (!x->to_send) {
		errno = E2BIG;
		return false;
	}
	x->waiting = 1;
	x->deadline_ms = now_ms + XENSTORE_REPLY_MS;
	if (!send_pending(x)) {
		x->refused = x->socket ? NULL : error_name(errno);
		x->to_send = x->sent = 0;
		if (!x->refused) {
			xenstore_close(x);
			x->waiting = 1; /* xenstore_next says XENSTORE_LOST */
		}
	}
	return true;
}

/* Reads what has come; false at the end of the connection. */
static bool
receive(struct xenstore *x)
{
	ssize_t n;

	memmove(x->rx, x->rx + x->used, x->have - x->used);
	x->have -= x->used;
	x->used = 0;
	if (x->have == sizeof(x->rx))
		return true;
	do
		n = read(x->fd, x->rx + x->have, sizeof(x->rx) - x->have);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		x->have += (size_t)n;
	return n > 0 || (n < 0 && errno == EAGAIN);
}

static enum xenstore_news
lost(struct xenstore *x)
{
	xenstore_close(x);
	return XENSTORE_LOST;
}

/* A refusal of write(2), in the shape of an error reply. */
static enum xenstore_news
refusal(struct xenstore *x, struct wire_message *m)
{
	m->type = WIRE_ERROR;
	m->req_id = x->req_id;
	m->payload = x->refused;
	m->len = strlen(x->refused) + 1;
	x->refused = NULL;
	x->waiting = 0;
	return XENSTORE_REPLY;
}

/* First what rx has already; then at most one read(2). */
enum xenstore_news
xenstore_next(struct xenstore *x, struct wire_message *m, uint64_t now_ms)
{
	bool received = false;

	if (x->fd < 0)
		return x->waiting ? lost(x) : XENSTORE_NONE;
	if (x->refused)
		return refusal(x, m);
	if (!send_pending(x))
		return lost(x);
	for (;;) {
		size_t size;

		switch (wire_next(
		    x->rx + x->used, x->have - x->used, m, &size)) {
		case WIRE_BROKEN:
			if (!x->take_long || !x->take_long(x))
				return lost(x);
			/* fall through */
		case WIRE_MORE:
			if (received &&
			    !(x->waiting && now_ms >= x->deadline_ms))
				return XENSTORE_NONE;
			if (received || !receive(x))
				return lost(x);
			received = true;
			continue;
		case WIRE_WHOLE: break;
		}
		x->used += size;
		/* Events carry no req_id: the type comes first. */
		if (m->type == WIRE_EVENT)
			return XENSTORE_EVENT;
		if (x->req_id - m->req_id < x->waiting) {
			x->waiting = 0;
			return XENSTORE_REPLY;
		}
	}
}

short
xenstore_poll(const struct xenstore *x)
{
	bool unsent = x->socket && x->sent < x->to_send;

	return (short)(unsent ? POLLIN | POLLOUT : POLLIN);
}

/*
 * Requests `oldest` up to `asked` of a batch are in flight, but for those that
 * are answered: replies come in any order.
 */
struct flight {
	uint32_t first_id; /* req_id of request 0 */
	unsigned asked, oldest;
	uint64_t answered; /* bit n % XENSTORE_DEPTH: request n */
	bool held;	   /* `item` had no room in tx yet */
	struct xenstore_item item;
};

/*
 * To a socket a request goes behind those in tx that are not sent yet; false:
 * tx has no room for it now. The device takes one at a time, by
 * xenstore_request, for write(2) itself says what is wrong with it.
 */
static bool
queue(struct xenstore *x, const struct xenstore_item *i, uint64_t now_ms)
{
	size_t size;

	if (!x->socket)
		return xenstore_request(
		    x, i->type, i->path, i->rest, i->rest_len, now_ms);
	if (x->sent == x->to_send)
		x->sent = x->to_send = 0;
	size = wire_request(x->tx + x->to_send, sizeof(x->tx) - x->to_send,
	    i->type, x->req_id + 1, i->path, i->rest, i->rest_len);
	x->req_id += size != 0;
	x->to_send += size;
	return size != 0;
}

/*
 * Asks for more requests when half of those in flight are answered, so that
 * many go out in one write(2).
 */
static void
fill(struct xenstore *x, struct xenstore_batch *b, struct flight *f,
    uint64_t now_ms)
{
	unsigned depth = x->socket ? XENSTORE_DEPTH : 1;
	bool now = f->asked - f->oldest <= depth / 2;

	while (now && f->asked - f->oldest < depth) {
		if (!f->held)
			f->held = b->ask(b->context, f->asked, &f->item);
		if (!f->held || !queue(x, &f->item, now_ms))
			break;
		f->held = false;
		if (f->asked++ == f->oldest)
			x->deadline_ms = now_ms + XENSTORE_REPLY_MS;
	}
	x->waiting = f->asked - f->oldest;
}

/* Hands out a reply, unless one to the same request came before. */
static void
on_reply(struct xenstore *x, struct xenstore_batch *b, struct flight *f,
    const struct wire_message *m, uint64_t now_ms)
{
	unsigned n = m->req_id - f->first_id;
	uint64_t bit = UINT64_C(1) << n % XENSTORE_DEPTH;

	if (f->answered & bit)
		return;
	f->answered |= bit;
	x->deadline_ms = now_ms + XENSTORE_REPLY_MS;
	b->reply(b->context, n, m);
	while (f->answered & UINT64_C(1) << f->oldest % XENSTORE_DEPTH)
		f->answered &= ~(UINT64_C(1) << f->oldest++ % XENSTORE_DEPTH);
}

/*
 * Reads between its writes: xenstored stops reading from a client that does
 * not.
 */
static bool
ask_all(struct xenstore *x, struct xenstore_batch *b)
{
	struct flight f = {.first_id = x->req_id + 1};
	struct wire_message m;
	uint64_t now = wait_clock_ms();

	for (;;) {
		struct pollfd p;

		fill(x, b, &f, now);
		if (f.asked == f.oldest)
			break;
		switch (xenstore_next(x, &m, now)) {
		case XENSTORE_REPLY: on_reply(x, b, &f, &m, now); continue;
		case XENSTORE_EVENT:
			b->event(b->context, &m);
			now = wait_clock_ms();
			if (now < x->deadline_ms)
				continue;
			xenstore_close(x); /* events without end */
			return false;
		case XENSTORE_LOST: return false;
		case XENSTORE_NONE: break;
		}
		p = (struct pollfd){x->fd, xenstore_poll(x), 0};
		b->signals |= wait_for(&p, 1, x->deadline_ms - now);
		now = wait_clock_ms();
		if (b->signals & SIGNAL_STOP)
			break;
	}
	if (f.held || b->signals & SIGNAL_STOP)
		xenstore_close(x);
	return x->fd >= 0;
}

bool
xenstore_ask_all(struct xenstore *x, struct xenstore_batch *b)
{
	bool ok;

	x->batch = b;
	x->take_long = names_take;
	ok = ask_all(x, b);
	x->take_long = NULL;
	return ok;
}
