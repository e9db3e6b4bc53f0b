/* SPDX-License-Identifier: 0BSD */
/*
 * One test for both transports: a xenstored in a child plays what a request
 * asks it for by its path. Linked with arena.o (WITH_ARENA) it tells of the
 * high-water mark.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/tap.h"
#include "file.h"
#include "wait.h"
#include "xenstore/xenstore.h"
#ifdef WITH_ARENA
#include "xenstore/arena.h"
#endif

#define FUZZ_RUNS 3000

static struct xenstore x;
static struct wire_message m;
static struct sockaddr_un address = {.sun_family = AF_UNIX};

static bool
get(int fd, void *bytes, size_t len)
{
	return recv(fd, bytes, len, MSG_WAITALL) == (ssize_t)len;
}

static void
put(int fd, struct wire_header h, uint32_t type, const char *bytes, size_t len)
{
	h.type = type;
	h.len = (uint32_t)len;
	send(fd, &h, sizeof(h), MSG_NOSIGNAL);
	if (len)
		send(fd, bytes, len, MSG_NOSIGNAL);
}

static void
put_events(int fd, unsigned count)
{
	struct wire_header h = {0};

	while (count--)
		put(fd, h, WIRE_EVENT, "a/b\0c", 6);
}

/* Names of one letter, as many as a reply can hold. */
static void
put_names(int fd, struct wire_header h)
{
	char names[WIRE_REPLY_MAX];

	for (size_t i = 0; i < sizeof(names); i++)
		names[i] = (char)(i % 2 ? '\0' : 'n');
	put(fd, h, h.type, names, sizeof(names));
}

/*
 * A list as oxenstored's, of so many bytes, in a message, in pieces that know
 * nothing of names; with a byte less where it is to be cut.
 */
static void
put_list(int fd, struct wire_header h, size_t len, bool cut)
{
	static char names[WIRE_LIST_MAX];
	size_t piece = 1;

	for (size_t i = 0; i < sizeof(names); i++)
		names[i] = "12345"[i % 6];
	h.len = (uint32_t)len;
	send(fd, &h, sizeof(h), MSG_NOSIGNAL);
	len -= cut;
	for (size_t at = 0; at < len; at += piece) {
		piece = 1 + (piece * 7 + 500) % 5000;
		piece = piece < len - at ? piece : len - at;
		send(fd, names + at, piece, MSG_NOSIGNAL);
	}
	if (cut)
		shutdown(fd, SHUT_RDWR);
}

/* Anything at all; what looks like a size is often a good one. */
static void
put_noise(int fd, struct wire_header h)
{
	static unsigned seed;
	char noise[64];
	size_t len;

	srand(seed++);
	len = (size_t)rand() % sizeof(noise);
	for (size_t i = 0; i < len; i++)
		noise[i] = (char)(rand() % 4 ? rand() : 0);
	if (rand() % 2)
		put_events(fd, (unsigned)rand() % 3);
	if (rand() % 2)
		put(fd, h, (uint32_t)rand() % 18, noise, len);
	else
		send(fd, noise, len, MSG_NOSIGNAL);
	if (rand() % 2)
		put(fd, h, h.type, noise, len);
	shutdown(fd, SHUT_RDWR);
}

/* A request that is answered behind the next one. */
static struct wire_header later;

static void
answer(int fd, struct wire_header h, const char *path)
{
	static char value[WIRE_LIST_MAX + 1];

	if (strcmp(path, "later") == 0) {
		later = h;
		return;
	}
	if (strcmp(path, "early") == 0)
		put_events(fd, 2);
	if (strcmp(path, "flood") == 0)
		put_events(fd, 5000);
	if (strcmp(path, "bent") == 0)
		put(fd, (struct wire_header){0}, WIRE_EVENT, "a/b", 3);
	if (strcmp(path, "large") == 0)
		put(fd, h, h.type, value, WIRE_REPLY_MAX);
	else if (strcmp(path, "names") == 0)
		put_names(fd, h);
	else if (strcmp(path, "list") == 0)
		put_list(fd, h, 60000, false);
	else if (strcmp(path, "longest") == 0)
		put_list(fd, h, WIRE_LIST_MAX, false);
	else if (strcmp(path, "cut") == 0)
		put_list(fd, h, 60000, true);
	else if (strcmp(path, "beyond") == 0)
		put(fd, h, h.type, value, WIRE_LIST_MAX + 1);
	else if (strcmp(path, "nameless") == 0)
		put(fd, h, h.type, memset(value, 'x', 5000), 5000);
	else if (strcmp(path, "long") == 0)
		put(fd, h, WIRE_ERROR, "E2BIG", 6);
	else if (strcmp(path, "absent") == 0)
		put(fd, h, WIRE_ERROR, "ENOENT", 7);
	else if (strcmp(path, "empty") == 0)
		put(fd, h, h.type, "", 0);
	else if (strcmp(path, "half") == 0)
		send(fd, &h, 7, MSG_NOSIGNAL);
	else if (strcmp(path, "noise") == 0)
		put_noise(fd, h);
	else if (h.type == WIRE_READ)
		put(fd, h, h.type, "value", 5);
	else
		put(fd, h, h.type, "OK", 3);
	if (strcmp(path, "late") == 0)
		put_events(fd, 1);
	if (strcmp(path, "twice") == 0)
		put(fd, h, h.type, "again", 5);
	if (later.type)
		put(fd, later, later.type, "value", 5);
	later.type = 0;
}

static _Noreturn void
xenstored(int listener)
{
	static char payload[WIRE_REPLY_MAX + 1];
	struct wire_header h;

	for (;;) {
		int fd = accept(listener, NULL, NULL);

		while (get(fd, &h, sizeof(h)) && h.len < sizeof(payload) &&
		    get(fd, payload, h.len))
			answer(fd, h, payload);
		close(fd);
	}
}

/* Asks; events on the way are counted. */
static enum xenstore_news
ask(enum wire_type type, const char *path, unsigned *events)
{
	*events = 0;
	if (x.fd < 0 && !xenstore_open(&x))
		return XENSTORE_LOST;
	if (!xenstore_request(&x, type, path, type == WIRE_WATCH ? "c" : NULL,
		type == WIRE_WATCH ? 2 : 0, wait_clock_ms()))
		return XENSTORE_NONE;
	for (;;) {
		enum xenstore_news news =
		    xenstore_next(&x, &m, wait_clock_ms());
		struct pollfd p = {x.fd, xenstore_poll(&x), 0};

		if (news == XENSTORE_EVENT)
			++*events;
		else if (news != XENSTORE_NONE)
			return news;
		else
			poll(&p, 1, 100);
	}
}

static bool
reply_is(const char *bytes, size_t len)
{
	return m.len == len && memcmp(m.payload, bytes, len) == 0;
}

/* The connection is as good as ever, at most a few openings later. */
static bool
recovers(void)
{
	unsigned n;

	for (unsigned i = 0; i < 100; i++) {
		if (ask(WIRE_READ, "any", &n) == XENSTORE_REPLY)
			return reply_is("value", 5);
		poll(NULL, 0, 20);
	}
	printf("# it does not: %s\n", strerror(errno));
	return false;
}

/* The events that are there, or come within a second. */
static unsigned
count_events(unsigned want)
{
	unsigned count = 0;

	for (unsigned i = 0; i < 20; i++) {
		struct pollfd p = {x.fd, xenstore_poll(&x), 0};

		while (xenstore_next(&x, &m, wait_clock_ms()) ==
		    XENSTORE_EVENT)
			count += reply_is("a/b\0c", 6) &&
			    strcmp(wire_event_token(&m), "c") == 0;
		if (count >= want)
			break;
		poll(&p, 1, 50);
	}
	return count;
}

static void
tell_arena(const char *when)
{
#ifdef WITH_ARENA
	printf("# arena: %zu of %u bytes, %s\n", arena_high_water(),
	    ARENA_SIZE, when);
#else
	(void)when;
#endif
}

static void
test_replies(void)
{
	unsigned n;

	OK(ask(WIRE_READ, "any", &n) == XENSTORE_REPLY &&
	    m.type == WIRE_READ && reply_is("value", 5), "READ");
	OK(ask(WIRE_READ, "empty", &n) == XENSTORE_REPLY && m.len == 0 &&
	    m.type == WIRE_READ, "READ of an empty value");
	OK(ask(WIRE_READ, "large", &n) == XENSTORE_REPLY &&
	    m.len == WIRE_REPLY_MAX, "READ of the largest value");
	OK(ask(WIRE_READ, "absent", &n) == XENSTORE_REPLY &&
	    wire_is_error(&m, "ENOENT"), "READ of nothing");
	OK(ask(WIRE_WRITE, "any", &n) == XENSTORE_REPLY &&
	    m.type == WIRE_WRITE && reply_is("OK", 3), "WRITE");
	tell_arena("for the largest value");
	OK(ask(WIRE_DIRECTORY, "names", &n) == XENSTORE_REPLY &&
	    m.len == WIRE_REPLY_MAX && memcmp(m.payload, "n\0n", 4) == 0,
	    "DIRECTORY of 2048 names");
	OK(ask(WIRE_DIRECTORY, "empty", &n) == XENSTORE_REPLY && m.len == 0 &&
	    m.type == WIRE_DIRECTORY, "DIRECTORY of nothing");
	OK(ask(WIRE_DIRECTORY, "long", &n) == XENSTORE_REPLY &&
	    wire_is_error(&m, "E2BIG"), "DIRECTORY too long for a reply");
	OK(ask(WIRE_READ, "any", &n) == XENSTORE_REPLY &&
	    reply_is("value", 5), "and the connection is as good as before");
}

static void
test_limits(void)
{
	static char path[WIRE_REQUEST_MAX + 1];
	unsigned n;

	memset(path, 'p', WIRE_REQUEST_MAX);
	errno = 0;
	OK(!xenstore_request(&x, WIRE_READ, path, NULL, 0, wait_clock_ms()) &&
	    errno == E2BIG, "a byte too many is no request");
	path[WIRE_REQUEST_MAX - 1] = '\0';
	OK(ask(WIRE_READ, path, &n) == XENSTORE_REPLY && reply_is("value", 5),
	    "the longest request");
	OK(!xenstore_request(&x, WIRE_WRITE, "a", path, SIZE_MAX,
		wait_clock_ms()), "nor is a size that wraps");
}

static void
test_events(void)
{
	unsigned n;

	OK(ask(WIRE_WATCH, "late", &n) == XENSTORE_REPLY && count_events(1),
	    "an event behind the reply");
	OK(ask(WIRE_WATCH, "early", &n) == XENSTORE_REPLY &&
	    m.type == WIRE_WATCH, "events before the reply: it comes");
	IS(n + count_events(2 - n), 2, "and so do they");
	OK(ask(WIRE_READ, "bent", &n) == XENSTORE_REPLY &&
	    reply_is("value", 5), "an event without a token does no harm");
	while (xenstore_next(&x, &m, wait_clock_ms()) == XENSTORE_EVENT)
		;
	OK(x.fd >= 0, "and nothing is lost");
	ask(WIRE_READ, "flood", &n);
	OK(ask(WIRE_READ, "any", &n) != XENSTORE_NONE,
	    "a flood of events before a reply");
	OK(recovers(), "has an end");
}

/* A batch: so many of each path, in turn. */
static struct batch {
	const char *path[4];
	unsigned count, replies[4], refused, wrong, events;
	bool answered[4000];
} batch;

static bool
next_item(void *context, unsigned n, struct xenstore_item *item)
{
	struct batch *b = context;

	*item = (struct xenstore_item){
	    strcmp(b->path[n % 4], "empty") ? WIRE_READ : WIRE_DIRECTORY_PART,
	    b->path[n % 4], "0", strcmp(b->path[n % 4], "empty") ? 0 : 2};
	return n < b->count;
}

static void
take_reply(void *context, unsigned n, const struct wire_message *reply)
{
	struct batch *b = context;
	const char *path = b->path[n % 4];

	b->wrong += n >= b->count || b->answered[n];
	b->answered[n] = true;
	b->replies[n % 4]++;
	b->refused += reply->type == WIRE_ERROR;
	if (strcmp(path, "large") == 0)
		b->wrong += reply->len != WIRE_REPLY_MAX;
	else if (strcmp(path, "empty") == 0)
		b->wrong += reply->len != 0;
	else if (strcmp(path, "absent") == 0)
		b->wrong += !wire_is_error(reply, "ENOENT");
	else
		b->wrong += reply->len != 5 ||
		    memcmp(reply->payload, "value", 5) != 0;
}

static void
take_event(void *context, const struct wire_message *reply)
{
	(void)reply;
	((struct batch *)context)->events++;
}

static bool
run_batch(unsigned count, const char *a, const char *b, const char *c,
    const char *d)
{
	struct xenstore_batch many = {.ask = next_item,
	    .reply = take_reply, .event = take_event, .context = &batch};

	batch = (struct batch){.path = {a, b, c, d}, .count = count};
	return (x.fd >= 0 || xenstore_open(&x)) &&
	    xenstore_ask_all(&x, &many);
}

static void
test_batch(void)
{
	OK(run_batch(0, "any", "any", "any", "any"), "a batch of nothing");
	OK(run_batch(4000, "any", "large", "absent", "empty") &&
		!batch.wrong && batch.replies[0] == 1000 &&
		batch.replies[3] == 1000 && batch.refused == 1000,
	    "a batch of 4000, more than any buffer holds");
	OK(run_batch(400, "early", "any", "any", "late") && !batch.wrong,
	    "events in a batch");
	IS(batch.events + count_events(300 - batch.events), 300,
	    "all of them");
#ifndef WITH_ARENA
	OK(run_batch(400, "later", "any", "any", "any") && !batch.wrong &&
		batch.replies[0] == 100, "replies out of order");
	OK(run_batch(400, "twice", "any", "any", "any") && !batch.wrong &&
		batch.replies[0] == 100, "replies that come twice");
#endif
	OK(!run_batch(9, "any", "any", "half", "any") && x.fd < 0 &&
		batch.replies[0] == 1, "half a reply in it: lost");
	OK(!run_batch(9, "any", "noise", "any", "any") && x.fd < 0,
	    "hung up in it: lost");
	OK(recovers(), "after it: as before");
}

/* One list: how many of its bytes came, each name whole. */
static struct list {
	struct xenstore_item item;
	bool asked, replied, wrong;
	size_t len;
} list;

static bool
next_list(void *context, unsigned n, struct xenstore_item *item)
{
	struct list *l = context;
	bool first = !l->asked;

	*item = l->item;
	l->asked = true;
	return first && n == 0;
}

static void
take_names(void *context, const struct wire_message *some)
{
	struct list *l = context;

	for (size_t i = 0; i < some->len; i++)
		l->wrong |= some->payload[i] != "12345"[i % 6];
	l->wrong |= some->type != WIRE_DIRECTORY || some->len % 6 != 0 ||
	    some->len > WIRE_REPLY_MAX;
	l->len += some->len;
}

static void
take_rest(void *context, unsigned n, const struct wire_message *reply)
{
	(void)n;
	((struct list *)context)->replied = true;
	take_names(context, reply);
}

/* The bytes of the list that came; 0: it was lost. */
static size_t
list_of(enum wire_type type, const char *path, bool with_names)
{
	struct xenstore_batch one = {.ask = next_list, .reply = take_rest,
	    .event = take_event, .context = &list};
	bool ok;

	if (with_names)
		one.names = take_names;
	list = (struct list){.item = {type, path, NULL, 0}};
	ok = (x.fd >= 0 || xenstore_open(&x)) && xenstore_ask_all(&x, &one);
	return ok && list.replied && !list.wrong ? list.len : 0;
}

static void
test_lists(void)
{
	IS(list_of(WIRE_DIRECTORY, "list", true), 60000, "a list of 60 kB");
	IS(list_of(WIRE_DIRECTORY, "longest", true), WIRE_LIST_MAX,
	    "the longest");
	OK(ask(WIRE_READ, "any", &(unsigned){0}) == XENSTORE_REPLY &&
		reply_is("value", 5), "and on the same connection a value");
	IS(list_of(WIRE_DIRECTORY, "cut", true), 0, "a list that is cut");
	OK(x.fd < 0, "is a connection lost");
	IS(list_of(WIRE_DIRECTORY, "beyond", true), 0, "a longer one");
	OK(x.fd < 0, "is lost too");
	IS(list_of(WIRE_DIRECTORY, "nameless", true), 0, "a name of 5 kB");
	IS(list_of(WIRE_READ, "list", true), 0, "a value as long as a list");
	IS(list_of(WIRE_DIRECTORY, "list", false), 0, "a list nobody takes");
	OK(ask(WIRE_DIRECTORY, "list", &(unsigned){0}) == XENSTORE_LOST,
	    "outside of a batch: lost");
	OK(recovers(), "after it: as before");
}

static void
test_lost(void)
{
	uint64_t start = wait_clock_ms();
	unsigned n, news[5] = {0};

	IS(ask(WIRE_READ, "half", &n), XENSTORE_LOST, "half a reply: lost");
	OK(wait_clock_ms() - start < XENSTORE_REPLY_MS + 500, "in time");
	IS(xenstore_next(&x, &m, wait_clock_ms()), XENSTORE_NONE,
	    "and told once");
	OK(ask(WIRE_READ, "any", &n) == XENSTORE_REPLY &&
	    reply_is("value", 5), "opened again: as before");
	for (unsigned i = 0; i < FUZZ_RUNS; i++)
		news[ask(i % 2 ? WIRE_READ : WIRE_DIRECTORY, "noise", &n)]++;
	printf("# noise: %u replies, %u times lost\n", news[XENSTORE_REPLY],
	    news[XENSTORE_LOST]);
	OK(news[XENSTORE_LOST] > 0 && news[XENSTORE_NONE] == 0, "noise");
	OK(recovers(), "after it: as before");
}

/* /dev/full refuses in write(2), as Xen's device does; the other fails. */
static void
test_device(const char *path)
{
	char dir[sizeof(address.sun_path)];
	unsigned n;

	xenstore_close(&x);
	setenv("XENSTORED_PATH", "/dev/full", 1);
	OK(ask(WIRE_WATCH, "any", &n) == XENSTORE_REPLY &&
	    wire_is_error(&m, "ENOSPC"), "device: refused in write(2)");
#ifndef WITH_ARENA /* it looks for events, and zeros have no end */
	OK(run_batch(9, "any", "any", "any", "any") && batch.refused == 9,
	    "device: one at a time");
#endif
	xenstore_close(&x);
	setenv("XENSTORED_PATH", "/proc/self/mem", 1);
	OK(ask(WIRE_READ, "any", &n) == XENSTORE_LOST && x.fd < 0,
	    "device: EIO is no reply");
	unsetenv("XENSTORED_PATH");
	strcpy(dir, path);
	*strrchr(dir, '/') = '\0';
	setenv("XENSTORED_RUNDIR", dir, 1);
	OK(recovers(), "the socket of $XENSTORED_RUNDIR");
}

int
main(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : "socket";
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	pid_t peer;

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	unlink(path);
	bind(listener, (struct sockaddr *)&address, sizeof(address));
	listen(listener, 5);
	peer = fork();
	if (peer == 0)
		xenstored(listener);
	close(listener);
	signal(SIGPIPE, SIG_IGN);
	setenv("XENSTORED_PATH", path, 1);
	x.fd = -1;
	OK(file_root("/") && xenstore_open(&x), "opens");
	test_replies();
	test_limits();
	test_events();
	test_batch();
	test_lists();
	test_lost();
	test_device(path);
	kill(peer, SIGKILL);
	waitpid(peer, NULL, 0);
	xenstore_close(&x);
	OK(!xenstore_open(&x) && errno == ECONNREFUSED && x.fd < 0,
	    "nobody there: refused");
	tell_arena("in all");
#ifdef WITH_ARENA
	IS(arena_refusals(), 0, "the arena was never full");
	OK(arena_alloc(ARENA_SIZE - 64), "and is empty again");
#endif
	return tap_end();
}
