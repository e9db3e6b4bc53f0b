/* SPDX-License-Identifier: 0BSD */
/*
 * The transport that is libxenstore. Its archive, unlike its shared object,
 * has no thread that reads, and then it waits for a reply without a limit,
 * hangs up when an event comes before the reply, and shows poll(2) nothing.
 * So its system calls are renamed (lib.syms) and come here: read(2) has a time
 * limit and gives it whole messages of the kind that it waits for, and paths
 * hang from the root of -R.
 *
 * These calls get no connection as an argument: there can be one at a time,
 * and `lib` has what belongs to it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "arena.h"
#include "exit.h"
#include "file.h"
#include "log.h"
#include "names.h"
#include "sandbox.h"
#include "text.h"
#include "wait.h"
#include "xenstore.h"

const struct filter_call xenstore_calls[SANDBOX_XENSTORE] = {
    {SYS_socket, AF_UNIX, FILTER_ARGUMENT(0), SANDBOX_ANY},
    {SYS_connect, FILTER_ANY_ARGUMENT, SANDBOX_ANY},
    {SYS_fcntl, F_SETFL, FILTER_ARGUMENT(1), SANDBOX_ANY},
    {SYS_fstat, FILTER_ANY_ARGUMENT, SANDBOX_ANY},
    {SYS_eventfd2, FILTER_ANY_ARGUMENT, SANDBOX_ANY},
    /* Around each write(2) libxenstore ignores SIGPIPE. */
    {SYS_rt_sigaction, SIGPIPE, FILTER_ARGUMENT(0), SANDBOX_ANY},
};

/*
 * How long a reply may take: twice what a busy domain 0 needs. It is less than
 * with the raw transport, for the whole daemon waits here.
 */
#define LIMIT_MS 2000
#define LIB_ID 0 /* req_id of all its requests */
/* Bytes of events before a reply; with more the connection is lost. */
#define EARLY_MAX 4096
#define EVENTS_MAX 256 /* between two requests: more than EARLY_MAX can hold */
#define LIST_REQUEST_MAX 256 /* bytes of one that is not left to libxenstore */

/* The system's xenstore.h, as far as it is used: soname 4. */
struct xs_handle;
struct xs_handle *xs_open(unsigned long flags);
void xs_close(struct xs_handle *h);
void *xs_read(struct xs_handle *h, uint32_t tx, const char *path,
    unsigned *len);
bool xs_write(struct xs_handle *h, uint32_t tx, const char *path,
    const void *bytes, unsigned len);
bool xs_watch(struct xs_handle *h, const char *path, const char *token);
char **xs_check_watch(struct xs_handle *h);

/* What lib.syms puts in the place of the C library's. */
int lib_access(const char *path, int mode);
int lib_stat(const char *path, struct stat *s);
int lib_open(const char *path, int flags, ...);
int lib_connect(int fd, const struct sockaddr *to, socklen_t len);
int lib_fcntl(int fd, int command, ...);
ssize_t lib_read(int fd, void *bytes, size_t len);
ssize_t lib_write(int fd, const void *bytes, size_t len);
int lib_close(int fd);
int lib_snprintf(char *out, size_t cap, const char *format, ...);
int lib_snprintf_chk(char *out, size_t cap, int flag, size_t size,
    const char *format, ...);
_Noreturn void lib_assert_fail(const char *what, const char *file,
    unsigned line, const char *function);
_Noreturn void lib_unused(void);

#define UNUSED __attribute__((alias("lib_unused"), noreturn))
UNUSED void lib_strdup(void);
UNUSED void lib_sprintf(void);
UNUSED void lib_sprintf_chk(void);
UNUSED void lib_sscanf(void);
UNUSED void lib_isoc99_sscanf(void);
UNUSED void lib_isoc23_sscanf(void);

static struct {
	struct xenstore *x;
	struct xs_handle *handle;
	int fd;	       /* the connection's own; -1: it is closed */
	int ready_fd;  /* is always readable; -1: not made yet */
	int error;     /* why it could not be opened */
	bool in_reply; /* a request is being made: events wait */

	/* The rest of the message that libxenstore reads now. */
	const char *feed;
	size_t feed_len;
	/* The payload that xenstore_next handed out last: of the arena. */
	void *held;
	/* The reply to the last request, when xenstore_next has it to give. */
	bool have_result;
	struct wire_message result;

	/* Events that came before a reply: early_used bytes are handed out. */
	size_t early_have, early_used;
	char early[EARLY_MAX];
} lib = {.fd = -1, .ready_fd = -1};

/* False: not within the limit, or at once when no reply is waited for. */
static bool
wait_until(short events)
{
	uint64_t now = wait_clock_ms();
	struct pollfd p = {lib.fd, events, 0};
	struct timespec t;

	errno = EAGAIN;
	if (!lib.in_reply || now >= lib.x->deadline_ms)
		return false;
	/* Not poll(2): after a SIGSTOP that one calls restart_syscall(2). */
	t = wait_timespec(lib.x->deadline_ms - now);
	return ppoll(&p, 1, &t, NULL) > 0 || errno == EINTR;
}

/* Reads more into rx; false: errno is EAGAIN, or the connection is over. */
static bool
receive(void)
{
	struct xenstore *x = lib.x;
	ssize_t n;

	memmove(x->rx, x->rx + x->used, x->have - x->used);
	x->have -= x->used;
	x->used = 0;
	do
		n = read(lib.fd, x->rx + x->have, sizeof(x->rx) - x->have);
	while (n < 0 && (errno == EINTR ||
	    (errno == EAGAIN && wait_until(POLLIN))));
	if (n > 0)
		x->have += (size_t)n;
	if (n == 0)
		errno = ECONNRESET;
	return n > 0;
}

/* Keeps an event until libxenstore has its reply. */
static bool
keep_event(const char *message, size_t size)
{
	memmove(lib.early, lib.early + lib.early_used,
	    lib.early_have - lib.early_used);
	lib.early_have -= lib.early_used;
	lib.early_used = 0;
	if (size > sizeof(lib.early) - lib.early_have) {
		errno = ENOBUFS;
		return false;
	}
	memcpy(lib.early + lib.early_have, message, size);
	lib.early_have += size;
	return true;
}

/* The error of a write(2) to the device, in the shape of an error reply. */
static void
feed_refusal(void)
{
	static struct {
		struct wire_header head;
		char name[8];
	} reply;
	size_t len = strlen(lib.x->refused) + 1;

	reply.head = (struct wire_header){WIRE_ERROR, 0, 0, (uint32_t)len};
	memcpy(reply.name, lib.x->refused, len);
	lib.feed = (const char *)&reply;
	lib.feed_len = WIRE_HEADER + len;
	lib.x->refused = NULL;
}

static bool
feed_early(void)
{
	struct wire_message m;

	lib.feed = lib.early + lib.early_used;
	if (lib.in_reply || wire_next(lib.feed,
	    lib.early_have - lib.early_used, &m, &lib.feed_len) != WIRE_WHOLE)
		return false;
	lib.early_used += lib.feed_len;
	return true;
}

/*
 * The next message for libxenstore: the reply while a request is made, else
 * an event. A reply that is not to this request is dropped.
 */
static bool
feed_next(void)
{
	struct xenstore *x = lib.x;
	struct wire_message m;
	size_t size;

	if (feed_early())
		return true;
	for (;;) {
		const char *at = x->rx + x->used;

		switch (wire_next(at, x->have - x->used, &m, &size)) {
		case WIRE_BROKEN:
			if (!names_take(x)) {
				errno = EPROTO;
				return false;
			}
			/* fall through */
		case WIRE_MORE:
			if (!receive())
				return false;
			continue;
		case WIRE_WHOLE: break;
		}
		x->used += size;
		if (m.type == WIRE_EVENT ? !lib.in_reply
			: lib.in_reply && m.req_id == LIB_ID) {
			lib.feed = at;
			lib.feed_len = size;
			return true;
		}
		if (m.type == WIRE_EVENT && !keep_event(at, size))
			return false;
	}
}

static bool
feed(void)
{
	if (!lib.x->refused)
		return feed_next();
	feed_refusal();
	return true;
}

ssize_t
lib_read(int fd, void *bytes, size_t len)
{
	(void)fd;
	if (lib.fd < 0) {
		errno = EBADF;
		return -1;
	}
	if (!lib.feed_len && !feed()) {
		lib.feed_len = 0;
		return -1;
	}
	if (len > lib.feed_len)
		len = lib.feed_len;
	memcpy(bytes, lib.feed, len);
	lib.feed += len;
	lib.feed_len -= len;
	return (ssize_t)len;
}

/* The name that xenstored gave an error: libxenstore has made errno of it. */
static const char *
error_name(int error)
{
	static const struct {
		int error;
		const char *name;
	} names[] = {
	    {EINVAL, "EINVAL"}, {EACCES, "EACCES"}, {EEXIST, "EEXIST"},
	    {ENOENT, "ENOENT"}, {ENOMEM, "ENOMEM"}, {ENOSPC, "ENOSPC"},
	    {E2BIG, "E2BIG"}, {EPERM, "EPERM"}, {EISDIR, "EISDIR"},
	    {EIO, "EIO"}, {ENOTEMPTY, "ENOTEMPTY"}, {ENOSYS, "ENOSYS"},
	    {EROFS, "EROFS"}, {EBUSY, "EBUSY"}, {EAGAIN, "EAGAIN"},
	    {EISCONN, "EISCONN"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].error == error)
			return names[i].name;
	return "EINVAL"; /* as libxenstore has it */
}

/* The device refuses a WATCH in write(2) itself, and stays usable. */
static bool
is_refusal(int error)
{
	return !lib.x->socket &&
	    (error == E2BIG || error == EEXIST || error == EINVAL ||
		error == ENOSPC || error == EACCES || error == ENOMEM);
}

ssize_t
lib_write(int fd, const void *bytes, size_t len)
{
	ssize_t n;

	if (lib.x->refused)
		return (ssize_t)len;
	do
		n = write(fd, bytes, len);
	while (n < 0 && (errno == EINTR ||
	    (errno == EAGAIN && lib.x->socket && wait_until(POLLOUT))));
	if (n >= 0 || !is_refusal(errno))
		return n;
	lib.x->refused = error_name(errno);
	return (ssize_t)len;
}

int
lib_close(int fd)
{
	if (fd < 0)
		return 0;
	if (fd == lib.fd)
		lib.fd = -1;
	return close(fd);
}

/* Keeps why something that is there can't be opened, for xenstore_open. */
static int
note_error(int result)
{
	if (result < 0 && errno != ENOENT)
		lib.error = errno;
	return result;
}

int
lib_stat(const char *path, struct stat *s)
{
	int fd = note_error(file_open(path, O_PATH));
	int result;

	if (fd < 0)
		return -1;
	result = fstat(fd, s);
	close(fd);
	return result;
}

int
lib_access(const char *path, int mode)
{
	struct stat s;

	(void)mode;
	return lib_stat(path, &s);
}

int
lib_open(const char *path, int flags, ...)
{
	lib.fd = note_error(file_open(path, flags | O_NONBLOCK));
	lib.x->socket = false;
	return lib.fd;
}

/* A socket below another root: see open_socket of raw.c. */
int
lib_connect(int fd, const struct sockaddr *to, socklen_t len)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int probe = file_open(((const struct sockaddr_un *)to)->sun_path,
	    O_PATH);
	int result;

	(void)len;
	if (note_error(probe) < 0)
		return -1;
	text_cstr(a.sun_path, sizeof(a.sun_path), "/proc/self/fd/%u",
	    (unsigned)probe);
	result = fcntl(fd, F_SETFL, O_NONBLOCK);
	if (result == 0)
		result = note_error(
		    connect(fd, (struct sockaddr *)&a, sizeof(a)));
	close(probe);
	lib.fd = result == 0 ? fd : -1;
	lib.x->socket = true;
	return result;
}

/* It switches O_NONBLOCK, which stays on: read(2) above does the waiting. */
int
lib_fcntl(int fd, int command, ...)
{
	(void)fd;
	(void)command;
	return 0;
}

/* Paths and numbers are all that it makes; printf(3) would be 12 kB. */
static int
format_text(char *out, size_t cap, const char *format, va_list more)
{
	struct text t = {out, cap ? cap - 1 : 0, 0, false};

	for (const char *at = format; *at; at++) {
		if (*at != '%')
			text_bytes(&t, at, 1);
		else if (*++at == 's')
			text_str(&t, va_arg(more, const char *));
		else if (*at == 'u')
			text_dec(&t, va_arg(more, unsigned));
		else
			die(EXIT_REFUSED,
			    "libxenstore: %s: an unknown format", format);
	}
	if (cap)
		out[t.len] = '\0';
	return (int)(t.cut ? cap : t.len);
}

int
lib_snprintf(char *out, size_t cap, const char *format, ...)
{
	va_list more;
	int len;

	va_start(more, format);
	len = format_text(out, cap, format, more);
	va_end(more);
	return len;
}

int
lib_snprintf_chk(char *out, size_t cap, int flag, size_t size,
    const char *format, ...)
{
	va_list more;
	int len;

	(void)flag;
	va_start(more, format);
	len = format_text(out, cap < size ? cap : size, format, more);
	va_end(more);
	return len;
}

void
lib_assert_fail(const char *what, const char *file, unsigned line,
    const char *function)
{
	(void)file;
	(void)line;
	(void)function;
	die(EXIT_REFUSED, "libxenstore: %s: is not so", what);
}

void
lib_unused(void)
{
	die(EXIT_REFUSED, "libxenstore: a call that is not provided");
}

static void
release(void)
{
	arena_free(lib.held);
	lib.held = NULL;
}

bool
xenstore_open(struct xenstore *x)
{
	memset(x, 0, offsetof(struct xenstore, rx));
	lib.early_have = lib.early_used = 0;
	lib.x = x;
	lib.error = ENOENT;
	lib.feed_len = 0;
	lib.have_result = false;
	if (lib.ready_fd < 0)
		lib.ready_fd = note_error(eventfd(1, EFD_CLOEXEC));
	if (lib.ready_fd >= 0)
		lib.handle = xs_open(0);
	x->fd = lib.fd;
	errno = lib.error;
	return x->fd >= 0;
}

void
xenstore_close(struct xenstore *x)
{
	release();
	xs_close(lib.handle);
	lib.handle = NULL;
	x->fd = -1;
	x->waiting = 0;
	lib.have_result = false;
}

/* The strings of a list lie one behind the other: count them all. */
static size_t
strings_len(char **list, unsigned count)
{
	char *last = count ? list[count - 1] : NULL;

	return last ? (size_t)(last + strlen(last) + 1 - list[0]) : 0;
}

/*
 * DIRECTORY and DIRECTORY_PART, as they are: libxenstore takes no list that is
 * longer than a reply, and puts all parts together in a block that has no
 * bound.
 */
static const char *
call_list(enum wire_type type, const char *path, const char *rest,
    size_t rest_len, size_t *len)
{
	struct wire_message *m = &lib.result;
	char bytes[LIST_REQUEST_MAX];
	size_t size = wire_request(
	    bytes, sizeof(bytes), type, LIB_ID, path, rest, rest_len);
	bool ok = size && lib_write(lib.fd, bytes, size) == (ssize_t)size &&
	    feed() &&
	    wire_next(lib.feed, lib.feed_len, m, &size) == WIRE_WHOLE;

	lib.feed_len = 0;
	if (!ok) {
		xenstore_close(lib.x);
		return NULL;
	}
	*len = m->len;
	return m->payload;
}

/* The payload of the reply; NULL: errno is its error. */
static const char *
call(enum wire_type type, const char *path, const char *rest,
    size_t rest_len, size_t *reply_len)
{
	unsigned len = 0;
	bool ok;

	if (type == WIRE_READ) {
		lib.held = xs_read(lib.handle, 0, path, &len);
		*reply_len = len;
		return lib.held;
	}
	if (type == WIRE_DIRECTORY || type == WIRE_DIRECTORY_PART)
		return call_list(type, path, rest, rest_len, reply_len);
	ok = type == WIRE_WATCH
	    ? xs_watch(lib.handle, path, rest)
	    : xs_write(lib.handle, 0, path, rest, (unsigned)rest_len);
	*reply_len = sizeof("OK");
	return ok ? "OK" : NULL;
}

bool
xenstore_request(
    struct xenstore *x, enum wire_type type, const char *path,
    const char *rest, size_t rest_len, uint64_t now_ms)
{
	struct wire_message *m = &lib.result;
	unsigned full = arena_refusals();

	(void)now_ms; /* this call waits: that time is over */
	if (rest_len > WIRE_REQUEST_MAX ||
	    strlen(path) + 1 + rest_len > WIRE_REQUEST_MAX) {
		errno = E2BIG;
		return false;
	}
	release();
	x->waiting = 1;
	x->deadline_ms = wait_clock_ms() + LIMIT_MS;
	x->refused = NULL;
	lib.in_reply = true;
	m->type = type;
	m->payload = call(type, path, rest, rest_len, &m->len);
	lib.in_reply = false;
	if (!m->payload) {
		m->type = WIRE_ERROR;
		m->payload = error_name(errno);
		m->len = strlen(m->payload) + 1;
	}
	lib.have_result = true;
	x->fd = lib.ready_fd;
	if (lib.fd < 0 || arena_refusals() != full) {
		xenstore_close(x);
		x->waiting = 1; /* xenstore_next says XENSTORE_LOST */
	}
	return true;
}

static enum xenstore_news
lost(struct xenstore *x)
{
	xenstore_close(x);
	return XENSTORE_LOST;
}

enum xenstore_news
xenstore_next(struct xenstore *x, struct wire_message *m, uint64_t now_ms)
{
	size_t size;
	char **event;

	(void)now_ms;
	if (x->fd < 0)
		return x->waiting ? lost(x) : XENSTORE_NONE;
	if (lib.have_result) {
		*m = lib.result;
		lib.have_result = false;
		x->waiting = 0;
		x->fd = lib.fd;
		return XENSTORE_REPLY;
	}
	release();
	do
		if (!feed_next()) {
			lib.feed_len = 0;
			return errno == EAGAIN ? XENSTORE_NONE : lost(x);
		}
	while (wire_next(lib.feed, lib.feed_len, m, &size) != WIRE_WHOLE ||
	    !wire_event_token(m));
	event = xs_check_watch(lib.handle);
	if (!event)
		return lost(x);
	lib.held = event;
	m->payload = event[0];
	m->len = strings_len(event, 2);
	return XENSTORE_EVENT;
}

/* A reply is there at once: fd is then one that is always readable. */
short
xenstore_poll(const struct xenstore *x)
{
	(void)x;
	return POLLIN;
}

/* Hands out what came with a reply. False: the connection is lost. */
static bool
hand_out_events(struct xenstore *x, struct xenstore_batch *b)
{
	struct wire_message m;
	enum xenstore_news news = XENSTORE_EVENT;

	for (unsigned i = 0; news == XENSTORE_EVENT && i < EVENTS_MAX; i++) {
		news = xenstore_next(x, &m, 0);
		if (news == XENSTORE_EVENT)
			b->event(b->context, &m);
	}
	return news != XENSTORE_LOST;
}

static bool
ask_all(struct xenstore *x, struct xenstore_batch *b)
{
	struct xenstore_item i;
	struct wire_message m;

	for (unsigned n = 0; b->ask(b->context, n, &i); n++) {
		if (!xenstore_request(
			x, i.type, i.path, i.rest, i.rest_len, 0)) {
			xenstore_close(x);
			return false;
		}
		if (xenstore_next(x, &m, 0) != XENSTORE_REPLY)
			return false;
		b->reply(b->context, n, &m);
		if (!hand_out_events(x, b))
			return false;
		b->signals |= wait_for(NULL, 0, 0);
		if (b->signals & SIGNAL_STOP) {
			xenstore_close(x);
			return false;
		}
	}
	return true;
}

bool
xenstore_ask_all(struct xenstore *x, struct xenstore_batch *b)
{
	bool ok;

	x->batch = b;
	ok = ask_all(x, b);
	x->batch = NULL;
	return ok;
}
