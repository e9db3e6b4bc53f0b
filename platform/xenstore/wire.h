/* SPDX-License-Identifier: 0BSD */
/*
 * The xenstore wire protocol as bytes: xen/include/public/io/xs_wire.h and
 * docs/misc/xenstore.txt of the Xen tree. Pure: no system call, no state.
 */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_HEADER 16 /* bytes: type, req_id, tx_id, len; native endian */
/*
 * Largest reply payload (XENSTORE_PAYLOAD_MAX). A request through the
 * kernel's device shares 4096 bytes with its header.
 */
#define WIRE_REPLY_MAX 4096
#define WIRE_REQUEST_MAX (4096 - WIRE_HEADER)
/*
 * oxenstored sends a list over its socket in one message, however long. The
 * longest that is taken: all of 65536 domain ids, with five digits and a NUL.
 */
#define WIRE_LIST_MAX (65536 * 6)

enum wire_type {
	WIRE_DIRECTORY = 1,
	WIRE_READ = 2,
	WIRE_WATCH = 4,
	WIRE_WRITE = 11,
	WIRE_EVENT = 15,
	WIRE_ERROR = 16,
	WIRE_DIRECTORY_PART = 22,
};

struct wire_header {
	uint32_t type;
	uint32_t req_id;
	uint32_t tx_id;
	uint32_t len; /* bytes of payload that follow */
};

struct wire_message {
	uint32_t type;
	uint32_t req_id;
	const char *payload; /* inside the caller's buffer */
	size_t len;
};

/*
 * A whole request in `out`: header, `path`, NUL, then `rest`. WRITE: the
 * value as it is; WATCH: the token with its NUL; DIRECTORY_PART: the offset
 * with its NUL; READ: nothing. Returns its size, 0 when it does not fit in
 * `cap` or in WIRE_REQUEST_MAX.
 */
size_t wire_request(
    char *out, size_t cap, enum wire_type type, uint32_t req_id,
    const char *path, const char *rest, size_t rest_len);

enum wire_status { WIRE_MORE, WIRE_WHOLE, WIRE_BROKEN };

/*
 * The message at the start of [buf, buf + have). WIRE_WHOLE: *m is it and
 * *used its size with the header. WIRE_BROKEN: an impossible length.
 */
enum wire_status
wire_next(const char *buf, size_t have, struct wire_message *m, size_t *used);

/*
 * Of what wire_next calls broken: a list longer than WIRE_REPLY_MAX.
 * WIRE_WHOLE: *m has those of its names that have come whole, and the list is
 * *used bytes shorter: buf + *used is now the start of a message of the rest.
 * WIRE_MORE: no name is whole yet. WIRE_BROKEN: it is not a list, or is longer
 * than WIRE_LIST_MAX, or has a name longer than WIRE_REPLY_MAX.
 */
enum wire_status
wire_names(char *buf, size_t have, struct wire_message *m, size_t *used);

/*
 * The token of a watch event (payload "path\0token\0"); NULL when malformed.
 */
const char *wire_event_token(const struct wire_message *m);

/* True when reply `m` is the error `name`, as "ENOENT". */
bool wire_is_error(const struct wire_message *m, const char *name);

#endif
