/* SPDX-License-Identifier: 0BSD */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "file.h"
#include "log.h"

/* A line on a slow console takes so long; only the first lost one waits. */
#define LOG_PATIENCE_NS 100000000

static const char *program = "xenballoon";
static bool pollable; /* ppoll(2) tells whether standard error has room */
static unsigned lost; /* lines since the last one that was written */

void
log_name(const char *name)
{
	program = name;
	/* A pipe, socket or terminal; not /dev/kmsg, which is never ready. */
	pollable = syscall(SYS_lseek, STDERR_FILENO, 0, SEEK_CUR) < 0 &&
	    errno == ESPIPE;
}

/* X(number, sentence): the errors that are met, a row each. */
#define ERRORS(X) \
	X(EPERM, "Operation not permitted") \
	X(ENOENT, "No such file or directory") \
	X(EIO, "Input/output error") \
	X(EAGAIN, "Resource temporarily unavailable") \
	X(ENOMEM, "Cannot allocate memory") \
	X(EACCES, "Permission denied") \
	X(EBUSY, "Device or resource busy") \
	X(EEXIST, "File exists") \
	X(ENODEV, "No such device") \
	X(ENOTDIR, "Not a directory") \
	X(EISDIR, "Is a directory") \
	X(EINVAL, "Invalid argument") \
	X(ENOSPC, "No space left on device") \
	X(EROFS, "Read-only file system") \
	X(EXDEV, "Invalid cross-device link") \
	X(ENAMETOOLONG, "File name too long") \
	X(ENOSYS, "Function not implemented") \
	X(EOPNOTSUPP, "Operation not supported") \
	X(ECONNREFUSED, "Connection refused")

#define NUMBER(number, sentence) number,
#define SENTENCE(number, sentence) sentence "\0"
static const unsigned char numbers[] = {ERRORS(NUMBER)};
static const char sentences[] = ERRORS(SENTENCE);

/*
 * Not strerror(3): its sentences are not the same in each C library, and a
 * number that is in no row says more than "No error information".
 */
const char *
errno_text(void)
{
	static char other[18]; /* a number has 10 digits */

	for (unsigned i = 0; i < sizeof(numbers); i++)
		if (numbers[i] == errno)
			return text_nth(sentences, i);
	text_cstr(other, sizeof(other), "error %u", (unsigned)errno);
	return other;
}

bool
log_lines(const char *bytes, size_t len)
{
	struct pollfd p = {STDERR_FILENO, POLLOUT, 0};
	struct timespec limit = {0, lost ? 0 : LOG_PATIENCE_NS};

	if (pollable && ppoll(&p, 1, &limit, NULL) == 0) {
		lost++;
		return false;
	}
	return write_all(STDERR_FILENO, bytes, len);
}

static void
end_line(struct text *t)
{
	t->cap = LOG_LINE; /* with the bytes that begin_line() kept back */
	if (t->cut) {
		t->cut = false;
		text_str(t, "...");
	}
	text_str(t, "\n");
	if (log_lines(t->at, t->len))
		lost = 0;
}

static void
begin_line(struct text *t, char *line)
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

	begin_line(&t, line);
	text_vput(&t, template, more);
	if (why)
		text_put(&t, ": %s", why);
	end_line(&t);
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
	const char *why = errno_text();
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

	begin_line(&t, line);
	text_bytes(&t, message->at, message->len);
	t.cut = t.cut || message->cut;
	end_line(&t);
}
