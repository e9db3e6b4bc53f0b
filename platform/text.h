/* SPDX-License-Identifier: 0BSD */
/*
 * Bounded text: numbers in, numbers and strings out, nothing allocated.
 * Pure: no system call, no mutable global.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A string being built in the caller's storage. A piece that does not fit is
 * left out and sets `cut`; nothing is added any more then, so that what is
 * there is whole pieces. No NUL ends it: its length is `len`.
 */
struct text {
	char *at;
	size_t cap;
	size_t len;
	bool cut;
};

#define TEXT_ON(array) {(array), sizeof(array), 0, false}

void text_bytes(struct text *t, const char *bytes, size_t len);
void text_str(struct text *t, const char *s);
void text_dec(struct text *t, uint64_t n);
/*
 * Adds what a template of printf(3) makes, with %s for a string, %u for an
 * unsigned, %ju for a uint64_t, and no other %.
 */
void text_put(struct text *t, const char *template, ...)
    __attribute__((format(printf, 2, 3)));
void text_vput(struct text *t, const char *template, va_list more);
/*
 * The same into `out`, with a NUL at its end: a path, say. Its length with that
 * NUL; 0 when it has no room.
 */
size_t text_cstr(char *out, size_t cap, const char *template, ...)
    __attribute__((format(printf, 3, 4)));
/* Right-aligned in a field of `width` columns. */
void text_dec_right(struct text *t, uint64_t n, unsigned width);
/* Left-aligned, padded with blanks to `width` columns. */
void text_pad(struct text *t, const char *s, unsigned width);
/* In quotes, control and non-ASCII bytes as `?`, of at most 64 bytes. */
void text_quote(struct text *t, const char *bytes, size_t len);

/*
 * A decimal number that fills all of [at, at + len): no sign, no blank, no
 * leading zero but "0" itself, no trailing garbage, at most `max`.
 */
bool text_number(const char *at, size_t len, uint64_t max, uint64_t *out);

/*
 * The next line of [*at, end), without its newline; advances *at past it.
 * False at the end. A last line without a newline counts as a line only when
 * `partial` says so: a cut-off number must not be taken for a smaller one.
 */
bool text_line(
    const char **at, const char *end, bool partial, const char **line,
    size_t *len);

/*
 * "LABEL   number[ more]": the number of the first whole line that begins with
 * `label` and has one of at most `max`. False: there is none.
 */
bool text_labelled(const char *at, size_t len, const char *label,
    uint64_t max, uint64_t *out);

/*
 * A list of words in one string: each ends with its NUL, and an empty one ends
 * the list. A table's X-macro makes it: WORD "\0" of each row.
 * text_nth: the n-th from 0 on; "" when there are not so many.
 * text_known: the same, but "unknown": of a number that somebody else sent.
 * text_which: the number of the word [at, at + len); -1: it is none of them.
 */
const char *text_nth(const char *list, uint64_t n);
const char *text_known(const char *list, uint64_t n);
int text_which(const char *list, const char *at, size_t len);

/* [at, at + len) is exactly the string `s`; begins with it. */
bool text_is(const char *at, size_t len, const char *s);
bool text_begins(const char *at, size_t len, const char *s);

#endif
