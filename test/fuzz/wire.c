/* SPDX-License-Identifier: 0BSD */
/* link: platform/text platform/xenstore/wire */
/*
 * The wire: a stream that comes in pieces gives the messages that it gives in
 * one. Input: a byte that says how long the pieces are, then the stream.
 */
#include "fuzz.h"
#include "xenstore/wire.h"

static uint32_t
word(const char *at)
{
	uint32_t n;

	memcpy(&n, at, sizeof(n));
	return n;
}

/* Split by hand: two C strings that fill the payload, or more behind them. */
static void
check_event(const struct wire_message *m)
{
	size_t path = strnlen(m->payload, m->len);
	size_t token = path < m->len
	    ? strnlen(m->payload + path + 1, m->len - path - 1) : 0;
	bool good = path < m->len && path + 1 + token < m->len;

	HOLD(wire_event_token(m) == (good ? m->payload + path + 1 : NULL));
}

static void
check_error(const struct wire_message *m)
{
	static const char *const names[] = {"ENOENT", "E2BIG", "EACCES", ""};

	for (size_t i = 0; i < 4; i++) {
		size_t len = strlen(names[i]);
		bool same = m->type == WIRE_ERROR &&
		    (m->len == len ||
			(m->len == len + 1 && m->payload[len] == '\0')) &&
		    memcmp(m->payload, names[i], len) == 0;

		HOLD(wire_is_error(m, names[i]) == same);
	}
}

/* A message by itself, in a block that ends where it ends. */
static void
check_message(const char *at, size_t size)
{
	char *copy = fuzz_exact(at, size);
	struct wire_message m;
	size_t used = 0;

	HOLD(wire_next(copy, size, &m, &used) == WIRE_WHOLE && used == size);
	HOLD(m.payload == copy + WIRE_HEADER && m.len == size - WIRE_HEADER);
	HOLD(m.type == word(copy) && m.req_id == word(copy + 4));
	HOLD(m.len == word(copy + 12) && m.len <= WIRE_REPLY_MAX);
	check_event(&m);
	check_error(&m);
	free(copy);
}

/* Names of a list that is too long for a message, and a shorter one. */
static void
check_names(const char *at, size_t have)
{
	char *copy = fuzz_exact(at, have);
	size_t size = word(at + 12), used;
	struct wire_message m;
	enum wire_status status = wire_names(copy, have, &m, &used);

	if (word(at) != WIRE_DIRECTORY || size > WIRE_LIST_MAX)
		HOLD(status == WIRE_BROKEN);
	if (status == WIRE_WHOLE) {
		HOLD(m.payload == copy && m.len == used && used);
		HOLD(used + WIRE_HEADER <= have && !copy[used - 1]);
		HOLD(memcmp(copy, at + WIRE_HEADER, used) == 0);
		HOLD(memcmp(copy + used, at, 12) == 0);
		HOLD(word(copy + used + 12) == size - used);
		HOLD(memcmp(copy + used + WIRE_HEADER,
		    at + WIRE_HEADER + used, have - WIRE_HEADER - used) == 0);
	}
	free(copy);
}

/* A path and a rest as a request, and read again. */
static void
check_request(const char *at, size_t len)
{
	char path[300] = "", out[WIRE_HEADER + WIRE_REPLY_MAX];
	size_t path_len = len < 255 ? len : 255, size, used;
	struct wire_message m;

	memcpy(path, at, path_len);
	path_len = strlen(path) + 1;
	size = wire_request(
	    out, sizeof(out), WIRE_WRITE, 7, path, at, len);
	HOLD((size == 0) == (path_len + len > WIRE_REQUEST_MAX));
	HOLD(!wire_request(
	    out, WIRE_HEADER + path_len + len - 1, WIRE_WRITE, 7, path, at,
	    len));
	if (!size)
		return;
	HOLD(size == WIRE_HEADER + path_len + len);
	HOLD(wire_next(out, size, &m, &used) == WIRE_WHOLE && used == size);
	HOLD(m.type == WIRE_WRITE && m.req_id == 7 && word(out + 8) == 0);
	HOLD(strcmp(m.payload, path) == 0);
	HOLD(memcmp(m.payload + path_len, at, len) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {data, size};
	size_t step = fuzz_byte(&f) + 1u;
	const char *at = (const char *)f.at;
	size_t have = 0, start = 0;

	check_request(at, f.left);
	while (have < f.left) {
		enum wire_status status;
		struct wire_message m;
		size_t used, want;
		char *piece;

		have = have + step < f.left ? have + step : f.left;
		while (start < have) {
			piece = fuzz_exact(at + start, have - start);
			status = wire_next(piece, have - start, &m, &used);
			free(piece);
			if (status != WIRE_WHOLE)
				break;
			check_message(at + start, used);
			start += used;
		}
		if (start == have)
			continue;
		want = have - start < WIRE_HEADER ? 0 : word(at + start + 12);
		HOLD((status == WIRE_BROKEN) == (want > WIRE_REPLY_MAX));
		if (status == WIRE_BROKEN) {
			if (have - start <= WIRE_HEADER + WIRE_REPLY_MAX)
				check_names(at + start, have - start);
			break;
		}
		HOLD(have - start < WIRE_HEADER + want);
	}
	return 0;
}
