/* SPDX-License-Identifier: 0BSD */
/* link: platform/text platform/xenstore/wire platform/xenstore/names */
/*
 * The raw transport on a stream that a stranger writes: platform/xenstore/raw.c
 * itself, its system calls turned to a xenstored in here. Input: 1 byte: a
 * socket or a device, one request at a time or many; then what happens at each
 * read: see produce().
 */
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fuzz.h"
#include "wait.h"
#include "xenstore/xenstore.h"

#define ASKED_MAX 150 /* more than twice what is in flight at once */
#define QUIET_MAX 400 /* messages of 16 bytes that rx has, and 5 s */
#define STEPS_MAX 20000 /* of a run: more means that it does not end */

static struct fuzz in;
static uint64_t clock_ms;
static unsigned steps;

/* What was asked for, as the bytes of write(2) have it. */
static char sent[WIRE_HEADER + WIRE_REQUEST_MAX];
static size_t sent_len;
static uint32_t ids[STEPS_MAX];
static unsigned ids_first, ids_end;

/* What is on its way back. */
static char back[16384];
static size_t back_len;
static bool wild; /* bytes that no xenstored writes were among it */
static bool gone;

static ssize_t fuzz_write(int fd, const void *at, size_t len);
static ssize_t fuzz_read(int fd, void *at, size_t len);

#define read fuzz_read
#define write fuzz_write
#include "../../platform/xenstore/raw.c"
#undef read
#undef write

void
file_close(int fd)
{
	HOLD(fd == 5 || fd == -1);
}

int
file_open(const char *path, int flags)
{
	(void)path;
	(void)flags;
	errno = ENOENT;
	return -1;
}

uint64_t
wait_clock_ms(void)
{
	HOLD(steps++ < STEPS_MAX);
	return clock_ms;
}

/* --- the other side -------------------------------------------------------- */

static void
give(uint32_t type, uint32_t id, const char *payload, size_t len)
{
	struct wire_header h = {type, id, 0, (uint32_t)len};

	if (back_len + sizeof(h) + len > sizeof(back))
		return;
	memcpy(back + back_len, &h, sizeof(h));
	memcpy(back + back_len + sizeof(h), payload, len);
	back_len += sizeof(h) + len;
}

/* The reply to a request says its number: that is checked. */
static void
give_reply(unsigned which)
{
	unsigned left = ids_end - ids_first;
	uint32_t id;

	if (!left)
		return;
	which = ids_first + which % left;
	id = ids[which];
	ids[which] = ids[ids_first++];
	give(WIRE_READ, id, (const char *)&id, sizeof(id));
}

/* A second reply to a request, or one to nothing that was asked. */
static void
give_stray(unsigned which)
{
	uint32_t id = which % 2 || !ids_end ? 0x80000000 | which
					    : ids[which / 2 % ids_end];

	give(WIRE_READ, id, (const char *)&id, sizeof(id));
}

static void
produce(void)
{
	size_t len;
	const char *at;

	switch (fuzz_byte(&in) % 8) {
	case 0: give_reply(0); break;
	case 1: give_reply(fuzz_byte(&in)); break;
	case 2: give(WIRE_EVENT, fuzz_byte(&in), "memory/target\0a", 16); break;
	case 3:
		len = fuzz_byte(&in);
		at = fuzz_take(&in, &len);
		give(WIRE_EVENT, 0, at, len);
		break;
	case 4: give_stray(fuzz_byte(&in)); break;
	case 5:
		len = fuzz_byte(&in);
		at = fuzz_take(&in, &len);
		if (back_len + len <= sizeof(back)) {
			memcpy(back + back_len, at, len);
			back_len += len;
			wild |= len != 0;
		}
		break;
	case 6: clock_ms += fuzz_byte(&in) * 40u; break;
	default: gone = fuzz_byte(&in) % 4 == 0;
	}
}

static ssize_t
fuzz_read(int fd, void *at, size_t len)
{
	size_t most;

	HOLD(fd == 5 && len > 0 && steps++ < STEPS_MAX);
	if (in.left)
		produce();
	most = in.left ? fuzz_byte(&in) * 16u + 1 : sizeof(back);
	if (!back_len) {
		errno = gone ? ECONNRESET : most % 32 == 17 ? EINTR : EAGAIN;
		return gone && most % 32 == 1 ? 0 : -1;
	}
	len = len < back_len ? len : back_len;
	len = len < most ? len : most;
	memcpy(at, back, len);
	memmove(back, back + len, back_len - len);
	back_len -= len;
	return (ssize_t)len;
}

/* Whole requests are taken out of what is sent. */
static ssize_t
fuzz_write(int fd, const void *at, size_t len)
{
	static const int errors[] = {EAGAIN, EINTR, E2BIG, EPIPE, EIO};
	unsigned kind = fuzz_byte(&in) % 16;
	struct wire_message m;
	size_t used;

	HOLD(fd == 5 && len > 0 && steps++ < STEPS_MAX);
	if (kind < 5) {
		errno = errors[kind];
		return -1;
	}
	if (kind == 5 && len > 1)
		len /= 2;
	HOLD(sent_len + len <= sizeof(sent));
	memcpy(sent + sent_len, at, len);
	sent_len += len;
	while (wire_next(sent, sent_len, &m, &used) == WIRE_WHOLE) {
		HOLD(ids_end < sizeof(ids) / sizeof(ids[0]));
		ids[ids_end++] = m.req_id;
		sent_len -= used;
		memmove(sent, sent + used, sent_len);
	}
	return (ssize_t)len;
}

unsigned
wait_for(struct pollfd *fds, unsigned count, uint64_t ms)
{
	HOLD(count == 1 && fds->fd == 5 && ms <= XENSTORE_REPLY_MS);
	HOLD(steps++ < STEPS_MAX);
	if (!in.left && !back_len)
		clock_ms += ms;
	return in.left && fuzz_byte(&in) == 255 ? SIGNAL_STOP : 0;
}

/* --- this side ------------------------------------------------------------- */

static struct xenstore x;
static bool answered[ASKED_MAX];
static unsigned asked;
static uint32_t first_id;

static void
check_state(void)
{
	HOLD(x.used <= x.have && x.have <= sizeof(x.rx));
	HOLD(x.sent <= x.to_send && x.to_send <= sizeof(x.tx));
}

static void
check_payload(const struct wire_message *m)
{
	if (m->payload != x.refused && m->type != WIRE_ERROR)
		HOLD(m->payload >= x.rx &&
		    m->payload + m->len <= x.rx + x.have);
	HOLD(m->len <= WIRE_REPLY_MAX);
}

static bool
ask(void *context, unsigned n, struct xenstore_item *item)
{
	HOLD(context == &asked);
	if (n >= ASKED_MAX)
		return false;
	HOLD(n == asked || n + 1 == asked);
	asked = n + 1;
	*item = (struct xenstore_item){WIRE_READ, "/local/domain/1/name",
	    NULL, 0};
	return true;
}

static void
reply(void *context, unsigned n, const struct wire_message *m)
{
	uint32_t id = first_id + n;

	HOLD(context == &asked && n < asked && !answered[n]);
	answered[n] = true;
	check_state();
	check_payload(m);
	HOLD(m->req_id == id);
	if (!wild && m->type != WIRE_ERROR)
		HOLD(m->len == sizeof(id) && !memcmp(m->payload, &id, m->len));
}

static void
event(void *context, const struct wire_message *m)
{
	HOLD(context == &asked && m->type == WIRE_EVENT);
	check_payload(m);
	wire_event_token(m);
}

/* True: all was answered. */
static void
many(void)
{
	struct xenstore_batch b = {.ask = ask, .reply = reply, .event = event,
	    .context = &asked};
	bool ok;

	first_id = x.req_id + 1;
	ok = xenstore_ask_all(&x, &b);
	HOLD(ok == (x.fd >= 0));
	for (unsigned i = 0; ok && i < ASKED_MAX; i++)
		HOLD(answered[i]);
}

/* One in flight; a reply is that to the last request, or a loss. */
static void
single(void)
{
	bool waiting = false;

	/* Behind the input there are seconds of silence. */
	for (unsigned quiet = 0; quiet < QUIET_MAX;) {
		struct wire_message m;

		quiet += !in.left && !back_len;
		if (!waiting && x.fd >= 0)
			waiting = xenstore_request(
			    &x, WIRE_READ, "memory/target", NULL, 0, clock_ms);
		switch (xenstore_next(&x, &m, clock_ms)) {
		case XENSTORE_NONE: clock_ms += in.left ? 0 : 1000; break;
		case XENSTORE_REPLY:
			HOLD(waiting && m.req_id == x.req_id);
			check_payload(&m);
			if (!wild && m.type != WIRE_ERROR)
				HOLD(m.len == 4 &&
				    !memcmp(m.payload, &x.req_id, 4));
			waiting = false;
			break;
		case XENSTORE_EVENT:
			HOLD(m.type == WIRE_EVENT);
			check_payload(&m);
			break;
		case XENSTORE_LOST: HOLD(x.fd < 0); return;
		}
		check_state();
		HOLD((xenstore_poll(&x) & POLLIN) != 0);
	}
	HOLD(!"a request that nobody answers comes to an end");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t kind;

	in = (struct fuzz){data, size};
	kind = fuzz_byte(&in);
	clock_ms = 1000;
	steps = ids_first = ids_end = asked = 0;
	sent_len = back_len = 0;
	wild = gone = false;
	memset(answered, 0, sizeof(answered));
	memset(&x, 0, sizeof(x));
	x.fd = 5;
	x.socket = kind & 1;
	x.req_id = kind & 4 ? UINT32_MAX - 40 : 0;
	if (kind & 2)
		many();
	else
		single();
	return 0;
}
