/* SPDX-License-Identifier: 0BSD */
/*
 * What the fuzz harnesses share: HOLD(condition) ends the run with a sentence
 * when it is not true, and the input is taken piece by piece.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOLD(condition) \
	((condition) ? (void)0 : fuzz_fail(#condition, __FILE__, __LINE__))

static inline _Noreturn void
fuzz_fail(const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy that ends where the bytes end: reading beyond them is seen. */
static inline char *
fuzz_exact(const void *at, size_t len)
{
	char *copy = malloc(len ? len : 1);

	if (len)
		memcpy(copy, at, len);
	return copy;
}

/* The input; behind its end there are zeros. */
struct fuzz {
	const uint8_t *at;
	size_t left;
};

static inline uint8_t
fuzz_byte(struct fuzz *f)
{
	if (!f->left)
		return 0;
	f->left--;
	return *f->at++;
}

static inline uint64_t
fuzz_number(struct fuzz *f, unsigned bytes)
{
	uint64_t n = 0;

	while (bytes--)
		n = n << 8 | fuzz_byte(f);
	return n;
}

/* So many bytes, or what is left of them. */
static inline const char *
fuzz_take(struct fuzz *f, size_t *len)
{
	const char *at = (const char *)f->at;

	if (*len > f->left)
		*len = f->left;
	f->at += *len;
	f->left -= *len;
	return at;
}

/* What text_number must say, by way of the C library and back. */
static inline bool
fuzz_decimal(const char *at, size_t len, uint64_t max, uint64_t *out)
{
	char bytes[24] = "", back[24];
	unsigned long long n;

	if (len == 0 || len >= sizeof(bytes))
		return false;
	memcpy(bytes, at, len);
	errno = 0;
	n = strtoull(bytes, NULL, 10);
	snprintf(back, sizeof(back), "%llu", n);
	if (errno || n > max || len != strlen(back) || memcmp(at, back, len))
		return false;
	*out = n;
	return true;
}

static inline bool
fuzz_printable(const char *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (at[i] < ' ' || at[i] > '~')
			return false;
	return true;
}

/* Every line but the last one, which has no newline. */
static inline size_t
fuzz_line(const char *at, size_t len, size_t *next)
{
	size_t n = 0;

	while (n < len && at[n] != '\n')
		n++;
	*next = n + 1;
	return n;
}

#endif
