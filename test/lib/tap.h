/* SPDX-License-Identifier: 0BSD */
/*
 * The Test Anything Protocol: OK(condition, name, ...) prints one line, and
 * `return tap_end();` closes main. Output is not buffered, so that a crash
 * leaves behind what came before it.
 */
#ifndef TAP_H
#define TAP_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static unsigned tap_count, tap_failed;

__attribute__((format(printf, 4, 5))) static inline bool
tap_ok(bool good, const char *file, int line, const char *name, ...)
{
	va_list more;

	tap_failed += !good;
	printf("%sok %u - ", good ? "" : "not ", ++tap_count);
	va_start(more, name);
	vprintf(name, more);
	va_end(more);
	if (!good)
		printf("\n# failed at %s:%d", file, line);
	printf("\n");
	fflush(stdout);
	return good;
}

#define OK(condition, ...) \
	tap_ok((condition), __FILE__, __LINE__, __VA_ARGS__)

/* Two numbers that must be the same, shown when they are not. */
#define IS(got, want, name) tap_is((got), (want), __LINE__, __FILE__, (name))

static inline bool
tap_is(
    uint64_t got, uint64_t want, int line, const char *file, const char *name)
{
	if (got != want)
		printf("# got %" PRIu64 ", want %" PRIu64 "\n", got, want);
	return tap_ok(got == want, file, line, "%s", name);
}

static inline int
tap_end(void)
{
	printf("1..%u\n", tap_count);
	return tap_failed ? 1 : 0;
}

#endif
