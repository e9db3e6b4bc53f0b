/* SPDX-License-Identifier: 0BSD */
/* What holds of every configuration that was read, and of every refusal. */
#ifndef SYNTAX_FUZZ_H
#define SYNTAX_FUZZ_H

#include "fuzz.h"
#include "common/syntax.h"

#define SYNTAX_MESSAGE 512 /* LOG_LINE: a longer one would be cut */

/* One sentence with the file's name and the line's number before it. */
static inline void
syntax_check_error(const struct text *error, const char *bytes, size_t len)
{
	char head[32];
	size_t n;
	unsigned lines = 1;

	for (size_t i = 0; i < len; i++)
		lines += bytes[i] == '\n';
	HOLD(!error->cut && error->len > 2);
	HOLD(fuzz_printable(error->at, error->len));
	for (; lines; lines--) {
		n = (size_t)snprintf(head, sizeof(head), "f:%u: ", lines);
		if (error->len > n && memcmp(error->at, head, n) == 0)
			return;
	}
	HOLD(!"f:LINE: is in front of the message");
}

/* Each row's value is one that the row accepts. */
static inline void
syntax_check_rows(const struct syntax *x, const void *into)
{
	for (unsigned i = 0; i < x->count; i++) {
		const struct setting *row = &x->rows[i];
		const char *at = (const char *)into + row->offset;
		bool is_text = row->kind == SYNTAX_IS_TEXT;
		size_t len = is_text ? strnlen(at, SYNTAX_VALUE_MAX) : 0;
		uint32_t n, least = 0, most = 0;

		if (is_text) {
			HOLD(len < SYNTAX_VALUE_MAX && fuzz_printable(at, len));
			HOLD(!strstr(at, ".."));
			HOLD(!strcmp(at, row->initial_text) || !row->check ||
			    row->check(at, len));
			continue;
		}
		memcpy(&n, at, sizeof(n));
		if (row->kind == SYNTAX_IS_NUMBER) {
			least = row->min;
			most = row->max;
		} else if (row->kind == SYNTAX_IS_SWITCH) {
			most = 1;
		} else {
			while (*text_nth(row->words, most + 1))
				most++;
		}
		HOLD(n == row->initial || (n >= least && n <= most));
	}
}

/* The rows as a file that says the same. */
static inline size_t
syntax_write(const struct syntax *x, const void *into, char *out, size_t cap)
{
	size_t len = 0;

	for (unsigned i = 0; i < x->count; i++) {
		const struct setting *row = &x->rows[i];
		const char *at = (const char *)into + row->offset;
		const char *quote = strchr(at, '"') ? "'" : "\"";
		bool is_text = row->kind == SYNTAX_IS_TEXT;
		uint32_t n;

		memcpy(&n, at, sizeof(n));
		if (is_text ? !strcmp(at, row->initial_text) : n == row->initial)
			continue;
		if (is_text && !strchr(at, ' ') && !strchr("'\"", *at))
			quote = "";
		len += (size_t)(is_text
		    ? snprintf(out + len, cap - len, "%s%s=%s%s%s\n",
			x->prefix, row->key, quote, at, quote)
		    : row->kind == SYNTAX_IS_ONE_OF
		    ? snprintf(out + len, cap - len, "%s%s=%s\n", x->prefix,
			row->key, text_nth(row->words, n))
		    : snprintf(out + len, cap - len, "%s%s=%" PRIu32 "\n",
			x->prefix, row->key, n));
		HOLD(len < cap);
	}
	return len;
}

#endif
