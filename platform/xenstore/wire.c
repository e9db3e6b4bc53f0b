/* SPDX-License-Identifier: 0BSD */
#include <string.h>

#include "text.h"
#include "wire.h"

size_t
wire_request(
    char *out, size_t cap, enum wire_type type, uint32_t req_id,
    const char *path, const char *rest, size_t rest_len)
{
	size_t path_len = strlen(path) + 1;
	struct wire_header h = {.type = type, .req_id = req_id};
	size_t len = path_len + rest_len;

	if (rest_len > WIRE_REQUEST_MAX || len > WIRE_REQUEST_MAX ||
	    WIRE_HEADER + len > cap)
		return 0;
	h.len = (uint32_t)len;
	memcpy(out, &h, WIRE_HEADER);
	memcpy(out + WIRE_HEADER, path, path_len);
	if (rest_len)
		memcpy(out + WIRE_HEADER + path_len, rest, rest_len);
	return WIRE_HEADER + len;
}

enum wire_status
wire_next(const char *buf, size_t have, struct wire_message *m, size_t *used)
{
	struct wire_header h;

	if (have < WIRE_HEADER)
		return WIRE_MORE;
	memcpy(&h, buf, WIRE_HEADER);
	if (h.len > WIRE_REPLY_MAX)
		return WIRE_BROKEN;
	if (have - WIRE_HEADER < h.len)
		return WIRE_MORE;
	m->type = h.type;
	m->req_id = h.req_id;
	m->payload = buf + WIRE_HEADER;
	m->len = h.len;
	*used = WIRE_HEADER + h.len;
	return WIRE_WHOLE;
}

/* The names go to where the header was, and it goes behind them. */
enum wire_status
wire_names(char *buf, size_t have, struct wire_message *m, size_t *used)
{
	size_t len = have - WIRE_HEADER;
	struct wire_header h;

	memcpy(&h, buf, WIRE_HEADER);
	if (h.type != WIRE_DIRECTORY || h.len > WIRE_LIST_MAX)
		return WIRE_BROKEN;
	while (len && buf[WIRE_HEADER + len - 1] != '\0')
		len--;
	if (!len)
		return have - WIRE_HEADER < WIRE_REPLY_MAX
		    ? WIRE_MORE : WIRE_BROKEN;
	*m = (struct wire_message){h.type, h.req_id, buf, len};
	*used = len;
	memmove(buf, buf + WIRE_HEADER, len);
	h.len -= (uint32_t)len;
	memcpy(buf + len, &h, WIRE_HEADER);
	return WIRE_WHOLE;
}

const char *
wire_event_token(const struct wire_message *m)
{
	const char *end = memchr(m->payload, '\0', m->len);
	const char *token;

	if (!end)
		return NULL;
	token = end + 1;
	if (!memchr(token, '\0', (size_t)(m->payload + m->len - token)))
		return NULL;
	return token;
}

bool
wire_is_error(const struct wire_message *m, const char *name)
{
	size_t len = m->len;

	if (m->type != WIRE_ERROR)
		return false;
	if (len && m->payload[len - 1] == '\0')
		len--;
	return text_is(m->payload, len, name);
}
