/* SPDX-License-Identifier: 0BSD */
/* Messages to standard error: one line, one write(2), the program's name. */
#ifndef LOG_H
#define LOG_H

#include "text.h"

#define LOG_LINE 512 /* bytes of one message; a longer one is cut and marked */

/*
 * The name in front of each message; the string must stay. From here on a
 * message for which standard error has no room within a tenth of a second is
 * left out: a logger that hangs must not stop ballooning. The next message
 * says how many were.
 */
void log_name(const char *name);

/* One message; the template is text_put's. */
void warn(const char *template, ...) __attribute__((format(printf, 1, 2)));
/* As warn, and ": " and what errno means. */
void warn_why(const char *template, ...)
    __attribute__((format(printf, 1, 2)));
/* As warn, then exit(status). */
_Noreturn void die(int status, const char *template, ...)
    __attribute__((format(printf, 2, 3)));
/* A message that was built in `t`. */
void warn_text(const struct text *t);

/*
 * Lines of text without the name in front, at most what a pipe takes at once:
 * 4096 bytes. False: not written.
 */
bool log_lines(const char *bytes, size_t len);

/* What errno means; "error 71" for one that this program does not meet. */
const char *errno_text(void);

#endif
