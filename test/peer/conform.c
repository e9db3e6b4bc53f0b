/* SPDX-License-Identifier: 0BSD */
/*
 * conform: what the program expects of a xenstored, asked of one
 *
 * usage: conform [-r RECONNECTS] [-c FIFO] guest|dom0
 *   -r  connections that are opened and closed (200)
 *   -c  it is the peer beside this file, which takes its commands there: its
 *       faults are gone through too
 *
 * The store is the one that the program would find; all keys are below
 * data/conform-test. The same list is for the peer, for a real xenstored's
 * socket in domain 0 and for /dev/xen/xenbus in a guest, so that the peer can
 * be believed. What differs between them by right stands in one table.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "../lib/tap.h"
#include "wait.h"
#include "xenstore/xenstore.h"

/* The requests that the program itself never makes. */
enum { GET_PERMS = 3, UNWATCH = 5, MKDIR = 12, RM = 13, REMOVED = 20 };

#define TOP "data/conform-test"
#define EVENTS 16

enum place { DEVICE_GUEST, SOCKET_GUEST, SOCKET_DOM0, PLACES };

enum difference {
	WATCH_AGAIN, UNWATCH_NOTHING, TOO_LONG, NOT_MINE, READ_ALL, LARGE,
	SECOND_REQUEST
};

/* "": it succeeds; a name: the error; two: either. */
static const struct {
	const char *says[PLACES];
	const char *why;
} differences[] = {
    [WATCH_AGAIN] = {{"", "EEXIST", "EEXIST"},
	"the device makes a token of its own of each watch"},
    [UNWATCH_NOTHING] = {{"", "ENOENT", "ENOENT"},
	"the device looks in its own list and says OK"},
    [TOO_LONG] = {{"EINVAL E2BIG", "lost", "lost"},
	"the device has 4096 bytes for a header and payload, and write(2) "
	"refuses; xenstored hangs up on a payload over 4096"},
    [NOT_MINE] = {{"EACCES", "EACCES", ""},
	"domain 0 may do anything"},
    [READ_ALL] = {{"EACCES", "EACCES", ""},
	"domain 0 may do anything"},
    [LARGE] = {{"ENOSPC E2BIG", "ENOSPC E2BIG", ""},
	"domain 0 has no quota"},
    [SECOND_REQUEST] = {{"lost", "", ""},
	"the device takes the first of two requests in one write(2)"},
};

static enum place place;
static struct xenstore x;
static struct wire_message m;
static uint64_t skew_ms; /* added to the clock, to be late at once */
static unsigned long connections = 200;
static int fifo = -1;

static struct {
	char path[128];
	char token[16];
} events[EVENTS];
static unsigned event_count;

/* --- asking ---------------------------------------------- */

static uint64_t
now_ms(void)
{
	return wait_clock_ms() + skew_ms;
}

static void
keep_event(void)
{
	const char *token = wire_event_token(&m);

	if (token && event_count < EVENTS) {
		snprintf(events[event_count].path, 128, "%s", m.payload);
		snprintf(events[event_count].token, 16, "%s", token);
	}
	event_count++;
}

/*
 * Waits for a reply, or for `count` events with none in flight, or until the
 * connection is lost or `ms` are over.
 */
static enum xenstore_news
news(unsigned count, uint64_t ms)
{
	uint64_t end = wait_clock_ms() + ms;

	for (;;) {
		struct pollfd p = {x.fd, xenstore_poll(&x), 0};
		enum xenstore_news n = xenstore_next(&x, &m, now_ms());

		if (n == XENSTORE_EVENT)
			keep_event();
		else if (n != XENSTORE_NONE)
			return n;
		else if (count && event_count >= count)
			return XENSTORE_NONE;
		else if (wait_clock_ms() >= end)
			return XENSTORE_NONE;
		else
			wait_for(&p, 1, skew_ms ? 0 : 20);
	}
}

/* The outcome in a word: "" is success, else an error, "lost" or "silence". */
static const char *
outcome(void)
{
	static char name[32];

	switch (news(0, 20000)) {
	case XENSTORE_LOST: return "lost";
	case XENSTORE_REPLY: break;
	default: return "silence";
	}
	if (m.type != WIRE_ERROR)
		return "";
	snprintf(name, sizeof(name), "%.*s", (int)m.len, m.payload);
	return name;
}

static const char *
ask(int type, const char *path, const char *rest, size_t len)
{
	if (!xenstore_request(
		&x, (enum wire_type)type, path, rest, len, now_ms()))
		return errno == E2BIG ? "ours" : "?";
	return outcome();
}

static const char *
put(const char *path, const char *value)
{
	return ask(WIRE_WRITE, path, value, strlen(value));
}

static const char *
watch(int type, const char *path, const char *token)
{
	return ask(type, path, token, strlen(token) + 1);
}

/* Bytes that xenstore_request would not make. */
static const char *
ask_raw(uint32_t type, const char *bytes, size_t len)
{
	struct wire_header h = {.type = type, .len = (uint32_t)len};
	static char whole[sizeof(h) + 2 * WIRE_REPLY_MAX];

	h.req_id = ++x.req_id;
	memcpy(whole, &h, sizeof(h));
	memcpy(whole + sizeof(h), bytes, len);
	x.waiting = true;
	x.deadline_ms = now_ms() + XENSTORE_REPLY_MS;
	if (write(x.fd, whole, sizeof(h) + len) < 0) {
		x.waiting = false;
		return errno == EINVAL ? "EINVAL"
		    : errno == E2BIG   ? "E2BIG"
		    : errno == EPIPE   ? "lost"
				       : "?";
	}
	return outcome();
}

/* --- checking ---------------------------------------------- */

static bool
says(const char *name, const char *got, const char *want)
{
	bool good = strcmp(got, want) == 0 ||
	    (got[0] && strstr(want, got) != NULL);

	if (!good)
		printf("# got '%s', want '%s'\n", got, want);
	return OK(good, "%s", name);
}

static void
differs(const char *name, const char *got, enum difference which)
{
	if (!says(name, got, differences[which].says[place]))
		printf("# as %s\n", differences[which].why);
}

static bool
holds(const char *bytes, size_t len)
{
	return m.len == len && memcmp(m.payload, bytes, len) == 0;
}

static bool
happened(const char *path, const char *token)
{
	for (unsigned i = 0; i < event_count && i < EVENTS; i++)
		if (strcmp(events[i].path, path) == 0 &&
		    strcmp(events[i].token, token) == 0)
			return true;
	return false;
}

/* Waits for one event at least, and for any that come right behind it. */
static void
settle(void)
{
	news(1, 5000);
	news(0, 100);
}

/* Connects; descriptor and all, it is a new start. */
static bool
reopen(void)
{
	xenstore_close(&x);
	event_count = 0;
	skew_ms = 0;
	return xenstore_open(&x);
}

static bool
in_directory(const char *name)
{
	for (size_t at = 0; at < m.len;) {
		const char *entry = m.payload + at;

		if (!memchr(entry, '\0', m.len - at))
			return false;
		if (strcmp(entry, name) == 0)
			return true;
		at += strlen(entry) + 1;
	}
	return false;
}

static unsigned
descriptors(void)
{
	unsigned count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* --- the list ---------------------------------------------- */

static void
values(void)
{
	static char bytes[2000];

	says("read of a missing key", ask(WIRE_READ, TOP "/no", NULL, 0),
	    "ENOENT");
	says("write", put(TOP "/a", "value"), "");
	OK(holds("OK", 3), "the answer is OK and a NUL");
	says("read", ask(WIRE_READ, TOP "/a", NULL, 0), "");
	OK(holds("value", 5), "the value comes back without a NUL");
	says("write of nothing", put(TOP "/empty", ""), "");
	says("read of it", ask(WIRE_READ, TOP "/empty", NULL, 0), "");
	OK(m.len == 0, "it is empty");
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)i;
	says("write of 2000 bytes of all kinds",
	    ask(WIRE_WRITE, TOP "/long", bytes, sizeof(bytes)), "");
	says("read of them", ask(WIRE_READ, TOP "/long", NULL, 0), "");
	OK(holds(bytes, sizeof(bytes)), "they come back");
	says("write makes parents", put(TOP "/x/y/z", "deep"), "");
	says("which are empty", ask(WIRE_READ, TOP "/x/y", NULL, 0), "");
	OK(m.len == 0, "indeed");
}

static void
sizes(void)
{
	static char bytes[WIRE_REPLY_MAX + 1];
	size_t room = WIRE_REQUEST_MAX - sizeof(TOP "/large");

	memset(bytes, 'x', sizeof(bytes));
	differs("write of 2048 bytes",
	    ask(WIRE_WRITE, TOP "/large", bytes, 2048), LARGE);
	differs("a payload of 4080 bytes reaches the store",
	    ask(WIRE_WRITE, TOP "/large", bytes, room), LARGE);
	says("one more is refused by our own side",
	    ask(WIRE_WRITE, TOP "/large", bytes, room + 1), "ours");
	says("and does no harm", ask(WIRE_READ, TOP "/a", NULL, 0), "");
	bytes[sizeof(bytes) - 1] = '\0';
	differs("a payload of 4097 bytes",
	    ask_raw(WIRE_READ, bytes, sizeof(bytes)), TOO_LONG);
	OK(reopen(), "the next connection is none the worse");
	says("it answers", ask(WIRE_READ, TOP "/a", NULL, 0), "");
}

static void
paths(void)
{
	static const char *const bad[] = {TOP "/a.b", TOP "/a b", TOP "//a",
	    TOP "/a/", TOP "/a:b", TOP "/\303\244", ""};
	static char longer[2101];
	char whole[64], name[64];

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(name, sizeof(name), "'%s' is no key to write",
		    i == 5 ? "a letter of Latin 1" : bad[i]);
		says(name, put(bad[i], "x"), "EINVAL");
	}
	says("nor to read", ask(WIRE_READ, bad[0], NULL, 0), "EINVAL");
	says("nor to list", ask(WIRE_DIRECTORY, bad[0], NULL, 0), "EINVAL");
	says("nor to watch", watch(WIRE_WATCH, bad[0], "t"), "EINVAL");
	memset(longer, 'k', sizeof(longer) - 1);
	says("2100 bytes are no key", ask(WIRE_READ, longer, NULL, 0),
	    "EINVAL");
	if (*ask(WIRE_READ, "domid", NULL, 0)) {
		OK(true, "relative keys # SKIP no domid to compare with");
		return;
	}
	snprintf(whole, sizeof(whole), "/local/domain/%.*s/" TOP "/a",
	    (int)m.len, m.payload);
	says("relative keys are below /local/domain/DOMID",
	    ask(WIRE_READ, whole, NULL, 0), "");
	OK(holds("value", 5), "the same value");
}

static void
shapes(void)
{
	says("read without a NUL", ask_raw(WIRE_READ, TOP, strlen(TOP)),
	    "EINVAL");
	says("read with two", ask_raw(WIRE_READ, TOP "\0", sizeof(TOP) + 1),
	    "EINVAL");
	says("read of no bytes", ask_raw(WIRE_READ, "", 0), "EINVAL");
	says("write without a NUL", ask_raw(WIRE_WRITE, TOP, strlen(TOP)),
	    "EINVAL");
	says("watch without a token",
	    ask_raw(WIRE_WATCH, TOP, sizeof(TOP)), "EINVAL");
	says("watch whose token has no NUL",
	    ask_raw(WIRE_WATCH, TOP "\0t", sizeof(TOP) + 1), "EINVAL");
	says("a type that was removed", ask(REMOVED, TOP, NULL, 0), "ENOSYS");
	says("a type that never was", ask(200, TOP, NULL, 0), "ENOSYS");
	says("and the connection lives", ask(WIRE_READ, TOP "/a", NULL, 0),
	    "");
}

static void
nodes(void)
{
	says("directory", ask(WIRE_DIRECTORY, TOP, NULL, 0), "");
	OK(in_directory("a") && in_directory("x") && in_directory("empty"),
	    "its names");
	OK(!in_directory("y") && !in_directory("no"), "no others");
	says("directory of a leaf", ask(WIRE_DIRECTORY, TOP "/a", NULL, 0),
	    "");
	OK(m.len == 0, "is empty");
	says("directory of nothing", ask(WIRE_DIRECTORY, TOP "/no", NULL, 0),
	    "ENOENT");
	says("mkdir", ask(MKDIR, TOP "/dir", NULL, 0), "");
	says("again", ask(MKDIR, TOP "/dir", NULL, 0), "");
	says("permissions", ask(GET_PERMS, TOP "/dir", NULL, 0), "");
	OK(m.len > 2 && m.payload[0] == 'n', "the owner's first");
	says("rm of a tree", ask(RM, TOP "/x", NULL, 0), "");
	says("all of it is gone", ask(WIRE_READ, TOP "/x/y/z", NULL, 0),
	    "ENOENT");
	says("rm of what is not there", ask(RM, TOP "/x", NULL, 0), "");
	says("nor its parent", ask(RM, TOP "/x/y/z", NULL, 0), "ENOENT");
}

/* --- a list longer than a reply ------------------------------------------ */

#define MANY 700 /* names of 9 bytes with their NULs */

static struct {
	struct xenstore_item item;
	bool asked, refused;
	unsigned names;
	char rest[16];
	unsigned long offset;
} list;

static bool
ask_list(void *context, unsigned n, struct xenstore_item *item)
{
	bool first = !list.asked;

	(void)context;
	(void)n;
	*item = list.item;
	list.asked = true;
	return first;
}

/* Counts the names key-1000 and up; they come in any order. */
static void
count_names(void *context, const struct wire_message *some)
{
	(void)context;
	for (size_t at = 0; at < some->len; at++)
		list.names += at + 9 <= some->len &&
		    strncmp(some->payload + at, "key-", 4) == 0 &&
		    some->payload[at + 8] == '\0';
	list.offset += some->len;
}

/* The last names; or a part: its generation, names, and a NUL more at last. */
static void
last_names(void *context, unsigned n, const struct wire_message *last)
{
	struct wire_message some = *last;
	size_t head = strnlen(last->payload, last->len) + 1;

	(void)n;
	list.refused = last->type == WIRE_ERROR;
	if (list.refused || last->type == WIRE_DIRECTORY) {
		m = *last;
		if (!list.refused)
			count_names(context, last);
		return;
	}
	some.payload += head;
	some.len -= head;
	count_names(context, &some);
	/* Without the last NUL it is asked for again. */
	list.asked = some.len < 2 || some.payload[some.len - 2] == '\0';
	snprintf(list.rest, sizeof(list.rest), "%lu", list.offset);
	list.item.rest_len = strlen(list.rest) + 1;
}

static void
no_event(void *context, const struct wire_message *event)
{
	(void)context;
	(void)event;
}

static bool
list_all(enum wire_type type, const char *rest)
{
	struct xenstore_batch b = {.ask = ask_list, .reply = last_names,
	    .names = count_names, .event = no_event};

	memset(&list, 0, sizeof(list));
	snprintf(list.rest, sizeof(list.rest), "%s", rest);
	list.item = (struct xenstore_item){
	    type, TOP "/many", list.rest, *rest ? strlen(rest) + 1 : 0};
	return xenstore_ask_all(&x, &b);
}

/* A guest's quota lets it have no such list. */
static void
lists(void)
{
	char path[64];
	unsigned written = 0;

	if (place != SOCKET_DOM0)
		return;
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(path, sizeof(path), TOP "/many/key-%u", 1000 + i);
		written += *put(path, "") == '\0';
	}
	IS(written, MANY, "names are made that no one reply has room for");
	OK(list_all(WIRE_DIRECTORY, ""), "their list is answered");
	printf("# %s\n", list.refused ? "E2BIG: as xenstored"
	    : "in one message: as oxenstored");
	if (list.refused) {
		OK(wire_is_error(&m, "E2BIG"), "that is E2BIG");
		OK(list_all(WIRE_DIRECTORY_PART, "0") && !list.refused,
		    "it comes in parts");
	}
	IS(list.names, MANY, "all of them");
	says("and the connection lives", ask(WIRE_READ, TOP "/a", NULL, 0),
	    "");
	says("rm of them", ask(RM, TOP "/many", NULL, 0), "");
}

/* Domain 0 writes nothing here: it would come true. */
static void
permissions(void)
{
	if (place != SOCKET_DOM0) {
		differs("write of what domain 0 keeps for itself",
		    put("memory/conform-test", "x"), NOT_MINE);
		differs("and mkdir", ask(MKDIR, "memory/conform-test", NULL,
		    0), NOT_MINE);
		says("which may be read, and is not there",
		    ask(WIRE_READ, "memory/conform-test", NULL, 0), "ENOENT");
		differs("write at the top", put("conform-test", "x"),
		    NOT_MINE);
	}
	differs("read of domain 0's own",
	    ask(WIRE_READ, "/local/domain/0/name", NULL, 0), READ_ALL);
}

static void
watches(void)
{
	event_count = 0;
	says("watch", watch(WIRE_WATCH, TOP, "t"), "");
	printf("# the first event came %s OK\n",
	    event_count ? "before" : "after");
	settle();
	OK(event_count == 1 && happened(TOP, "t"), "it fires at once");
	event_count = 0;
	put(TOP "/a", "value");
	settle();
	OK(happened(TOP "/a", "t"), "and for an unchanged value below it");
	event_count = 0;
	put(TOP "/p/q", "1");
	settle();
	OK(happened(TOP "/p/q", "t"), "and far below");
	event_count = 0;
	ask(RM, TOP "/p", NULL, 0);
	settle();
	OK(happened(TOP "/p", "t"), "and for rm");
	event_count = 0;
	ask(WIRE_READ, TOP "/a", NULL, 0);
	ask(MKDIR, TOP "/dir", NULL, 0);
	put("data/conform-test2", "1");
	news(0, 200);
	OK(event_count == 0, "not for a read, nor a directory that is there, "
	    "nor its neighbour");
	ask(RM, "data/conform-test2", NULL, 0);
}

static void
more_watches(void)
{
	differs("the same watch again", watch(WIRE_WATCH, TOP, "t"),
	    WATCH_AGAIN);
	says("another token", watch(WIRE_WATCH, TOP, "u"), "");
	says("a key that is not there", watch(WIRE_WATCH, TOP "/no", "n"),
	    "");
	says("a key that is not ours", watch(WIRE_WATCH, "memory/target",
	    "m"), "");
	news(4, 1000);
	news(0, 200);
	OK(happened(TOP, "u") && happened(TOP "/no", "n") &&
		happened("memory/target", "m"), "all fire");
	event_count = 0;
	put(TOP "/no/deep", "1");
	news(3, 1000);
	OK(happened(TOP "/no/deep", "t") && happened(TOP "/no/deep", "u") &&
		happened(TOP "/no/deep", "n"), "each sees it");
	event_count = 0;
	ask(RM, TOP "/no", NULL, 0);
	news(3, 1000);
	OK(happened(TOP "/no", "n"), "and its end");
	says("unwatch", watch(UNWATCH, TOP, "u"), "");
	differs("what is not watched", watch(UNWATCH, TOP, "v"),
	    UNWATCH_NOTHING);
	event_count = 0;
	put(TOP "/a", "value");
	settle();
	OK(happened(TOP "/a", "t") && !happened(TOP "/a", "u"),
	    "the one that was taken back is silent");
}

/* A second connection of the same domain: it sees what the first does. */
static void
two_watchers(void)
{
	struct xenstore other;
	unsigned seen = 0;

	OK(xenstore_open(&other), "a second connection");
	xenstore_request(&other, WIRE_WATCH, TOP "/a", "2", 2, now_ms());
	for (int i = 0; i < 50; i++) {
		struct pollfd p = {other.fd, POLLIN, 0};

		if (i == 20)
			put(TOP "/a", "value");
		while (xenstore_next(&other, &m, now_ms()) == XENSTORE_EVENT)
			seen++;
		wait_for(&p, 1, 10);
	}
	OK(seen == 2, "it has its first event and one more");
	xenstore_close(&other);
	event_count = 0;
	put(TOP "/a", "value");
	settle();
	OK(happened(TOP "/a", "t"), "the first lives on without it");
}

/* The quota of watches, and that it is given back. */
static void
many_watches(void)
{
	const char *said = "";
	unsigned count = 0;
	char token[16];

	if (place == SOCKET_DOM0)
		return;
	while (!*said && count < 200) {
		snprintf(token, sizeof(token), "w%u", count++);
		said = watch(WIRE_WATCH, TOP "/a", token);
	}
	printf("# watch %u: %s\n", count, said);
	OK(count > 90, "there is room for watches");
	says("and an end of it", said, "E2BIG ENOSPC EQUOTA");
	says("which harms none", ask(WIRE_READ, TOP "/a", NULL, 0), "");
	OK(reopen(), "a new connection");
	usleep(200000);
	says("has room again", watch(WIRE_WATCH, TOP "/a", "t"), "");
}

static void
two_at_once(void)
{
	char both[256];
	size_t first = wire_request(
	    both, sizeof(both), WIRE_READ, 1001, TOP "/a", NULL, 0);
	size_t second = wire_request(both + first, sizeof(both) - first,
	    WIRE_READ, 1002, TOP "/a", NULL, 0);

	reopen();
	x.req_id = 1001;
	x.waiting = true;
	x.deadline_ms = now_ms() + XENSTORE_REPLY_MS;
	OK(write(x.fd, both, first + second) == (ssize_t)(first + second),
	    "two requests in one write(2)");
	says("the first is answered", outcome(), "");
	x.req_id = 1002;
	x.waiting = true;
	x.deadline_ms = now_ms() + 1000;
	differs("the second", outcome(), SECOND_REQUEST);
	OK(reopen(), "and a new connection");
	says("is as good as any", ask(WIRE_READ, TOP "/a", NULL, 0), "");
}

/* A request each, and every other with a watch that dies with it. */
static void
reconnects(void)
{
	unsigned before = descriptors();
	unsigned long good = 0;

	for (unsigned long i = 0; i < connections; i++)
		good += reopen() &&
		    (i % 2 ? !*ask(WIRE_READ, TOP "/a", NULL, 0)
			   : !*watch(WIRE_WATCH, TOP "/a", "t"));
	printf("# %lu connections\n", connections);
	OK(good == connections, "each new connection answers");
	IS(descriptors(), before, "and leaves no descriptor behind");
}

/* --- the faults of the peer ---------------------------------------------- */

/* Told before the next request; see take_commands in peer.c. */
static void
tell(const char *words, unsigned n)
{
	char line[64];
	int len = snprintf(line, sizeof(line), words, n);

	line[len++] = '\n';
	if (write(fifo, line, (size_t)len) != len)
		perror("conform: fifo");
}

/* On a new connection; late: the time limit is over at once. */
static const char *
ask_with(const char *words, unsigned n, bool late)
{
	const char *got;

	tell(words, n);
	reopen();
	xenstore_request(&x, WIRE_READ, TOP "/a", NULL, 0, now_ms());
	if (late) {
		news(0, 20); /* what does come has come */
		skew_ms = XENSTORE_REPLY_MS;
	}
	got = outcome();
	skew_ms = 0;
	return got;
}

/* A reply is 16 bytes and "value". */
static void
at_each_byte(void)
{
	char name[64];

	for (unsigned n = 0; n < 21; n++) {
		snprintf(name, sizeof(name), "hung up after %u bytes", n);
		says(name, ask_with("fault hangup=%u@1", n, false), "lost");
		OK(x.fd < 0, "and closed");
	}
	says("hung up after all", ask_with("fault hangup=%u", 21, false), "");
	OK(news(0, 1000) == XENSTORE_LOST, "lost then");
	for (unsigned n = 0; n < 21; n++) {
		snprintf(name, sizeof(name), "%u bytes and no more", n);
		says(name, ask_with("fault hang=%u@1", n, true), "lost");
		OK(x.fd < 0, "and closed");
	}
}

static void
pieces(void)
{
	static const char *const words[] = {
	    "fault slow", "fault split", "fault join", "fault early"};

	for (unsigned i = 0; i < 4; i++) {
		says(words[i], ask_with(words[i], 0, false), "");
		OK(holds("value", 5), "the value is whole");
		event_count = 0;
		says("a watch", watch(WIRE_WATCH, TOP, "t"), "");
		put(TOP "/a", "value");
		news(2, 5000);
		OK(happened(TOP, "t"), "its first event");
		news(3, 1000);
		OK(happened(TOP "/a", "t"), "and the next");
	}
}

static void
nonsense(void)
{
	static const char *const names[] = {"EINVAL", "EACCES", "EEXIST",
	    "EISDIR", "ENOENT", "ENOMEM", "ENOSPC", "EIO", "ENOTEMPTY",
	    "ENOSYS", "EROFS", "EBUSY", "EAGAIN", "EISCONN", "E2BIG",
	    "EPERM", "EQUOTA"};
	char words[32];

	says("another request's reply", ask_with("fault wrong-id", 0, true),
	    "lost");
	says("silence", ask_with("fault silent", 0, true), "lost");
	says("a length of 4097", ask_with("fault oversize=4097", 0, false),
	    "lost");
	says("of 4 GB", ask_with("fault oversize", 0, false), "lost");
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(words, sizeof(words), "fault error=%s", names[i]);
		says(words, ask_with(words, 0, false), names[i]);
	}
	event_count = 0;
	says("a storm", ask_with("fault storm=%u", 20000, false), "");
	IS(event_count, 20000, "of events, all seen");
	OK(holds("value", 5), "and the reply behind it");
}

static void
faults(void)
{
	unsigned before = descriptors();

	at_each_byte();
	pieces();
	nonsense();
	tell("fault none", 0);
	OK(reopen(), "well again");
	says("it answers", ask(WIRE_READ, TOP "/a", NULL, 0), "");
	IS(descriptors(), before, "no descriptor was left behind");
}

/* ------------------------------------------------------------------------ */

static void
options(int argc, char **argv)
{
	int letter;

	while ((letter = getopt(argc, argv, "r:c:")) != -1)
		if (letter == 'r')
			connections = strtoul(optarg, NULL, 10);
		else if (letter == 'c')
			fifo = open(optarg, O_WRONLY | O_CLOEXEC);
	if (optind + 1 != argc) {
		fputs("usage: conform [-r RECONNECTS] [-c FIFO] guest|dom0\n",
		    stderr);
		exit(2);
	}
	place = strcmp(argv[optind], "dom0") == 0 ? SOCKET_DOM0
						  : SOCKET_GUEST;
}

int
main(int argc, char **argv)
{
	options(argc, argv);
	signal(SIGPIPE, SIG_IGN);
	if (!OK(file_root("/") && reopen(), "a connection"))
		return tap_end();
	if (!x.socket)
		place = DEVICE_GUEST;
	printf("# a %s\n", x.socket ? "socket" : "device");
	ask(RM, TOP, NULL, 0);
	values();
	sizes();
	paths();
	shapes();
	nodes();
	lists();
	permissions();
	watches();
	more_watches();
	two_watchers();
	many_watches();
	two_at_once();
	reconnects();
	if (fifo >= 0)
		faults();
	says("rm of all", ask(RM, TOP, NULL, 0), "");
	return tap_end();
}
