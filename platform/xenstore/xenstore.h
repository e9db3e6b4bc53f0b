/* SPDX-License-Identifier: 0BSD */
/*
 * A connection to xenstored. Nothing here waits but xenstore_ask_all: a request
 * is sent, and xenstore_next has its reply when that has come. One request is
 * in flight at a time, which is all that the kernel's device can carry.
 *
 * With XENSTORE=lib a request waits for its reply, 2 s at most, and one
 * connection can be open at a time. fd is for poll(2), and not always the
 * connection itself.
 */
#ifndef XENSTORE_H
#define XENSTORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire.h"

/*
 * A reply later than this means a connection that is lost: xenstored answers
 * in well under 1 ms, and a busy domain 0 in a second.
 */
#define XENSTORE_REPLY_MS 5000

struct xenstore {
	int fd;	     /* -1 when closed */
	bool socket; /* a socket of xenstored's; false: the kernel's device */

	/* Requests whose replies have not come: the last so many. */
	uint32_t waiting;
	uint32_t req_id;      /* of the last request */
	uint64_t deadline_ms; /* wait_clock_ms at which the reply is overdue */
	/* The error, as "ENOSPC", with which the device refused a request. */
	const char *refused;

	/* What rx has: the first `used` bytes were handed out. */
	size_t have, used;
	/* Whose requests are in flight; NULL: of none. */
	const struct xenstore_batch *batch;
	/*
	 * XENSTORE=raw alone: names_take() while a batch is made, so that a
	 * program without one does not have it. NULL: no reply is longer.
	 */
	bool (*take_long)(struct xenstore *x);

	/* What tx has to be written; XENSTORE=raw alone. */
	size_t to_send, sent;

	/* xenstore_open clears what is above. */
	char rx[WIRE_HEADER + WIRE_REPLY_MAX];
	char tx[WIRE_HEADER + WIRE_REQUEST_MAX];
};

/*
 * $XENSTORED_PATH and no other where that is set; else the first that opens of
 * $XENSTORED_RUNDIR/socket, /run/xenstored/socket, /dev/xen/xenbus,
 * /proc/xen/xenbus. False: errno is that of the last one tried that exists, or
 * ENOENT.
 */
bool xenstore_open(struct xenstore *x);
void xenstore_close(struct xenstore *x);

/*
 * Sends a request: see wire_request for `rest`. False when it is too large
 * for one message (errno E2BIG); every other failure comes as XENSTORE_LOST
 * or as an error reply from xenstore_next.
 */
bool xenstore_request(
    struct xenstore *x, enum wire_type type, const char *path,
    const char *rest, size_t rest_len, uint64_t now_ms);

enum xenstore_news {
	XENSTORE_NONE,	/* nothing more now */
	XENSTORE_REPLY, /* to the request in flight; WIRE_ERROR: refused */
	XENSTORE_EVENT, /* a watch fired */
	XENSTORE_LOST,	/* hung up, overdue or broken: it is closed now */
};

/* The next message; its payload is good until the next call. */
enum xenstore_news xenstore_next(
    struct xenstore *x, struct wire_message *m, uint64_t now_ms);

/* The events that poll(2) is to wait for. */
short xenstore_poll(const struct xenstore *x);

/*
 * Requests in flight at a time when a tool that has nothing else to do asks for
 * many: on a socket. The device and libxenstore carry one. As many as struct
 * flight of raw.c has bits.
 */
#define XENSTORE_DEPTH 64

struct xenstore_item {
	enum wire_type type;
	const char *path; /* both stay until the next item is asked for */
	const char *rest;
	size_t rest_len;
};

struct xenstore_batch {
	/*
	 * The n-th request, from 0 on. False: none now; it is asked for again
	 * after each reply, and the batch ends when none is in flight.
	 */
	bool (*ask)(void *context, unsigned n, struct xenstore_item *item);
	/* The reply to the n-th; WIRE_ERROR: refused. */
	void (*reply)(
	    void *context, unsigned n, const struct wire_message *m);
	/*
	 * Names of a list longer than WIRE_REPLY_MAX, as they come, before
	 * `reply` has the last of them. NULL: such a list is one too long.
	 */
	void (*names)(void *context, const struct wire_message *m);
	void (*event)(void *context, const struct wire_message *m);
	void *context;
	unsigned signals; /* those of wait_for that came meanwhile */
};

/*
 * Makes all requests of a batch and waits for the replies, for each at most
 * XENSTORE_REPLY_MS. False, and the connection is closed, when it was lost, a
 * request is too large for one message, or SIGNAL_STOP came.
 */
bool xenstore_ask_all(struct xenstore *x, struct xenstore_batch *b);

#endif
