/* SPDX-License-Identifier: 0BSD */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "log.h"

/* A line on a slow console takes so long; the first that is lost costs it. */
#define LOG_PATIENCE_NS 100000000

static const char *program = "xenballoon";
static bool guarded;  /* poll(2) tells whether a write(2) there waits */
static unsigned lost; /* lines, since the last that was written */

void
log_name(const char *name)
{
	program = name;
	/* Of /dev/kmsg, where poll(2) never says so, it is EINVAL. */
	guarded = syscall(SYS_lseek, STDERR_FILENO, 0, SEEK_CUR) < 0 &&
	    errno == ESPIPE;
}

/* strerror(3) brings 2 kB of sentences that this program never says. */
const char *
log_error(void)
{
	static const uint8_t known[] = {
	    EPERM, ENOENT, EIO, EAGAIN, ENOMEM, EACCES,
	    EBUSY, EEXIST, ENODEV, ENOTDIR, EISDIR, EINVAL,
	    ENOSPC, EROFS, EXDEV, ENAMETOOLONG, ENOSYS, EOPNOTSUPP,
	    ECONNREFUSED,
	};
	static const char words[] =
	    "Operation not permitted\0"
	    "No such file or directory\0"
	    "Input/output error\0"
	    "Resource temporarily unavailable\0"
	    "Cannot allocate memory\0"
	    "Permission denied\0"
	    "Device or resource busy\0"
	    "File exists\0"
	    "No such device\0"
	    "Not a directory\0"
	    "Is a directory\0"
	    "Invalid argument\0"
	    "No space left on device\0"
	    "Read-only file system\0"
	    "Invalid cross-device link\0"
	    "File name too long\0"
	    "Function not implemented\0"
	    "Operation not supported\0"
	    "Connection refused\0";
	static char other[18]; /* a number has 10 digits */

	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i] == errno)
			return text_nth(words, i);
	text_cstr(other, sizeof(other), "error %u", (unsigned)errno);
	return other;
}

bool
put_all(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		}
	}
	return true;
}

bool
put_log(const char *bytes, size_t len)
{
	struct pollfd p = {STDERR_FILENO, POLLOUT, 0};
	struct timespec most = {0, lost ? 0 : LOG_PATIENCE_NS};

	if (guarded && ppoll(&p, 1, &most, NULL) == 0) {
		lost++;
		return false;
	}
	return put_all(STDERR_FILENO, bytes, len);
}

static void
put_line(struct text *t)
{
	t->cap = LOG_LINE; /* the bytes kept back by start() */
	if (t->cut) {
		t->cut = false;
		text_str(t, "...");
	}
	text_str(t, "\n");
	if (put_log(t->at, t->len))
		lost = 0;
}

static void
start(struct text *t, char *line)
{
	*t = (struct text){line, LOG_LINE - 4, 0, false};
	text_put(t, "%s: ", program);
	if (lost)
		text_put(t, "(%u lost) ", lost);
}

static void
vwarn(const char *template, va_list more, const char *why)
{
	char line[LOG_LINE];
	struct text t;

	start(&t, line);
	text_vput(&t, template, more);
	if (why)
		text_put(&t, ": %s", why);
	put_line(&t);
}

void
warn(const char *template, ...)
{
	va_list more;

	va_start(more, template);
	vwarn(template, more, NULL);
	va_end(more);
}

void
warn_why(const char *template, ...)
{
	const char *why = log_error();
	va_list more;

	va_start(more, template);
	vwarn(template, more, why);
	va_end(more);
}

void
die(int status, const char *template, ...)
{
	va_list more;

	va_start(more, template);
	vwarn(template, more, NULL);
	va_end(more);
	_exit(status);
}

void
warn_text(const struct text *message)
{
	char line[LOG_LINE];
	struct text t;

	start(&t, line);
	text_bytes(&t, message->at, message->len);
	t.cut = t.cut || message->cut;
	put_line(&t);
}
