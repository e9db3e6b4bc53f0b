/* SPDX-License-Identifier: 0BSD */
/* link: platform/xenstore/wire platform/text */
#include <stdlib.h>
#include <string.h>

#include "../lib/tap.h"
#include "xenstore/wire.h"

static size_t
put(char *out, uint32_t type, uint32_t id, uint32_t len, const char *payload,
    size_t bytes)
{
	uint32_t header[4] = {type, id, 0, len};

	memcpy(out, header, sizeof(header));
	memcpy(out + sizeof(header), payload, bytes);
	return sizeof(header) + bytes;
}

static void
test_layout(void)
{
	char got[64], want[64];
	size_t len, want_len;

	len = wire_request(got, sizeof(got), WIRE_READ, 7, "memory/target",
	    NULL, 0);
	want_len = put(want, 2, 7, 14, "memory/target", 14);
	OK(len == want_len && !memcmp(got, want, len),
	    "request: READ is header, path, NUL");
	len = wire_request(got, sizeof(got), WIRE_WRITE, 0xfffffffe, "a/b",
	    "12", 2);
	want_len = put(want, 11, 0xfffffffe, 6, "a/b\00012", 6);
	OK(len == want_len && !memcmp(got, want, len),
	    "request: WRITE stores no NUL behind the value");
	len = wire_request(got, sizeof(got), WIRE_WATCH, 1, "x", "t", 2);
	want_len = put(want, 4, 1, 4, "x\0t", 4);
	OK(len == want_len && !memcmp(got, want, len),
	    "request: WATCH has a token with its NUL");
	len = wire_request(got, sizeof(got), WIRE_WRITE, 1, "x", "", 0);
	OK(len == 18, "request: an empty value");
}

static void
test_limits(void)
{
	static char out[8192], value[8192];

	OK(wire_request(out, sizeof(out), WIRE_WRITE, 1, "abc", value,
	       4080 - 4) == 4096, "limit: 4080 bytes of payload fit");
	OK(wire_request(out, sizeof(out), WIRE_WRITE, 1, "abc", value,
	       4081 - 4) == 0, "limit: 4081 do not");
	OK(wire_request(out, sizeof(out), WIRE_WRITE, 1, "abc", value,
	       SIZE_MAX) == 0, "limit: a length that would wrap");
	OK(wire_request(out, sizeof(out), WIRE_WRITE, 1, "abc", value,
	       SIZE_MAX - 3) == 0, "limit: one that would wrap to 0");
	OK(wire_request(out, 21, WIRE_WRITE, 1, "abc", value, 2) == 0,
	    "limit: one byte too few to build it in");
	OK(wire_request(out, 22, WIRE_WRITE, 1, "abc", value, 2) == 22,
	    "limit: just enough");
	memset(value, 'p', 5000);
	OK(wire_request(out, sizeof(out), WIRE_READ, 1, value, NULL, 0) == 0,
	    "limit: a path of 5000 bytes");
}

/* A copy that ends where the bytes end: reading beyond them is seen. */
static enum wire_status
next_of(const char *bytes, size_t have, struct wire_message *m, size_t *used)
{
	static char *copy;

	free(copy);
	copy = malloc(have ? have : 1);
	memcpy(copy, bytes, have);
	return wire_next(copy, have, m, used);
}

static void
test_split(void)
{
	char stream[64];
	size_t len = put(stream, 2, 9, 6, "524288", 6);
	struct wire_message m;
	size_t used = 0;
	unsigned early = 0;

	for (size_t have = 0; have < len; have++)
		early += next_of(stream, have, &m, &used) != WIRE_MORE;
	OK(early == 0, "reply: not whole at any byte before its last");
	OK(next_of(stream, len, &m, &used) == WIRE_WHOLE && used == len &&
		m.type == 2 && m.req_id == 9 && m.len == 6 &&
		!memcmp(m.payload, "524288", 6), "reply: whole at its last");
	len += put(stream + len, 15, 0, 4, "a\0b", 4);
	OK(next_of(stream, len, &m, &used) == WIRE_WHOLE && used == 22,
	    "reply: the one behind it stays");
	OK(next_of(stream + 22, len - 22, &m, &used) == WIRE_WHOLE &&
		used == 20 && m.type == WIRE_EVENT, "reply: and comes next");
	len = put(stream, 2, 1, 0, "", 0);
	OK(next_of(stream, len, &m, &used) == WIRE_WHOLE && m.len == 0 &&
		used == WIRE_HEADER, "reply: an empty value");
}

static void
test_size(void)
{
	static char stream[WIRE_HEADER + WIRE_REPLY_MAX];
	struct wire_message m;
	size_t used;

	put(stream, 2, 1, WIRE_REPLY_MAX, "", 0);
	OK(next_of(stream, sizeof(stream), &m, &used) == WIRE_WHOLE &&
		used == sizeof(stream), "size: the largest reply");
	OK(next_of(stream, sizeof(stream) - 1, &m, &used) == WIRE_MORE,
	    "size: a byte of it is missing");
	put(stream, 2, 1, WIRE_REPLY_MAX + 1, "", 0);
	OK(next_of(stream, WIRE_HEADER, &m, &used) == WIRE_BROKEN,
	    "size: one byte above the protocol's limit");
	put(stream, 2, 1, UINT32_MAX, "", 0);
	OK(next_of(stream, WIRE_HEADER, &m, &used) == WIRE_BROKEN,
	    "size: 2^32 - 1");
	put(stream, 2, 1, UINT32_C(1) << 31, "", 0);
	OK(next_of(stream, sizeof(stream), &m, &used) == WIRE_BROKEN,
	    "size: 2^31, negative to some");
}

/*
 * Names that make `size` bytes as a stream, read through a window of `window`
 * bytes that gets `step` more each time. True: wire_next and wire_names gave
 * them all, each whole, and in their order.
 */
static bool
streams(const char *names, size_t size, size_t window, size_t step)
{
	static char buf[WIRE_HEADER + WIRE_REPLY_MAX];
	size_t have = WIRE_HEADER, in = 0, out = 0, used = 0;
	enum wire_status status = WIRE_MORE;

	put(buf, WIRE_DIRECTORY, 9, (uint32_t)size, "", 0);
	for (;;) {
		struct wire_message m;
		bool whole;

		status = wire_next(buf, have, &m, &used);
		whole = status == WIRE_WHOLE;
		if (status == WIRE_BROKEN)
			status = wire_names(buf, have, &m, &used);
		if (status == WIRE_WHOLE) {
			if (m.type != WIRE_DIRECTORY || m.req_id != 9 ||
			    m.len > size - out ||
			    memcmp(m.payload, names + out, m.len) != 0 ||
			    (m.len && m.payload[m.len - 1] != '\0'))
				return false;
			out += m.len;
			memmove(buf, buf + used, have -= used);
			if (whole)
				return out == size && !have;
		} else if (status == WIRE_BROKEN || have == window ||
		    in == size) {
			return false;
		}
		used = window - have < step ? window - have : step;
		if (used > size - in)
			used = size - in;
		memcpy(buf + have, names + in, used);
		have += used;
		in += used;
	}
}

static void
test_names(void)
{
	static char names[WIRE_LIST_MAX];
	static char buf[WIRE_HEADER + WIRE_REPLY_MAX];
	const size_t steps[] = {1, 5, 7, 100, 4096, SIZE_MAX};
	struct wire_message m;
	size_t used, full = WIRE_HEADER + WIRE_REPLY_MAX;

	for (size_t i = 0; i < sizeof(names); i += 6)
		memcpy(names + i, "12345", 6);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		OK(streams(names, 4098, full, steps[i]) &&
			streams(names, 60000, full, steps[i]),
		    "names: come in steps of %zu", steps[i]);
	OK(streams(names, sizeof(names), full, 1000), "names: the longest");
	put(buf, WIRE_DIRECTORY, 1, WIRE_LIST_MAX + 1, "1", 2);
	OK(wire_names(buf, WIRE_HEADER + 2, &m, &used) == WIRE_BROKEN,
	    "names: a list longer than that");
	put(buf, WIRE_DIRECTORY, 1, UINT32_MAX, "1", 2);
	OK(wire_names(buf, WIRE_HEADER + 2, &m, &used) == WIRE_BROKEN,
	    "names: of 2^32 - 1");
	put(buf, WIRE_READ, 1, 5000, "1", 2);
	OK(wire_names(buf, WIRE_HEADER + 2, &m, &used) == WIRE_BROKEN,
	    "names: not of a value");
	put(buf, WIRE_DIRECTORY, 1, 5000, "12", 2);
	OK(wire_names(buf, WIRE_HEADER + 2, &m, &used) == WIRE_MORE &&
		wire_names(buf, WIRE_HEADER, &m, &used) == WIRE_MORE,
	    "names: none has come whole");
	memset(buf + WIRE_HEADER, 'x', WIRE_REPLY_MAX);
	OK(wire_names(buf, full, &m, &used) == WIRE_BROKEN,
	    "names: one that fills the window");
}

static const struct {
	const char *name, *payload;
	size_t len;
	const char *token; /* NULL: malformed */
} events[] = {
    {"path and token", "memory/target\0e", 16, "e"},
    {"an empty path", "\0e", 3, "e"},
    {"an empty token", "p\0", 3, ""},
    {"with something behind it", "p\0t\0junk", 9, "t"},
    {"nothing at all", "", 0, NULL},
    {"a path with no end", "path", 4, NULL},
    {"no token", "path", 5, NULL},
    {"a token with no end", "p\0tok", 5, NULL},
};

static void
test_events(void)
{
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		char *copy = malloc(events[i].len ? events[i].len : 1);
		struct wire_message m = {WIRE_EVENT, 0, copy, events[i].len};
		const char *got;

		memcpy(copy, events[i].payload, events[i].len);
		got = wire_event_token(&m);
		OK(events[i].token ? got && !strcmp(got, events[i].token)
				   : !got, "event: %s", events[i].name);
		free(copy);
	}
}

static const struct {
	const char *name;
	struct wire_message m;
	bool is; /* EIO */
} errors[] = {
    {"with its NUL", {WIRE_ERROR, 0, "EIO", 4}, true},
    {"without", {WIRE_ERROR, 0, "EIO", 3}, true},
    {"of another name", {WIRE_ERROR, 0, "EINVAL", 7}, false},
    {"of none", {WIRE_ERROR, 0, "", 0}, false},
    {"a NUL alone", {WIRE_ERROR, 0, "", 1}, false},
    {"no error at all", {WIRE_READ, 0, "EIO", 4}, false},
};

static void
test_errors(void)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		OK(wire_is_error(&errors[i].m, "EIO") == errors[i].is,
		    "error: %s", errors[i].name);
}

int
main(void)
{
	test_layout();
	test_limits();
	test_split();
	test_size();
	test_names();
	test_events();
	test_errors();
	return tap_end();
}
