/* SPDX-License-Identifier: 0BSD */
#include <string.h>

#include "syntax.h"

/* Of a switch: those with an odd number mean yes. */
static const char switch_words[] = "0\0" "1\0" "false\0" "true\0";

uint32_t *
syntax_slot(const struct setting *row, void *into)
{
	return (uint32_t *)(void *)((char *)into + row->offset);
}

void
syntax_default(const struct syntax *x, void *into)
{
	for (unsigned i = 0; i < x->count; i++) {
		const struct setting *row = &x->rows[i];

		if (row->kind == SYNTAX_IS_TEXT)
			memcpy((char *)into + row->offset, row->initial_text,
			    strlen(row->initial_text) + 1);
		else
			*syntax_slot(row, into) = row->initial;
	}
}

static void
put_list(struct text *t, const char *words)
{
	for (const char *w = words; *w; w = text_nth(w, 1))
		text_put(t, "%s%s", w == words ? "" : ", ", w);
}

void
syntax_refuse(struct text *error, const struct setting *row, const char *at,
    size_t len)
{
	text_quote(error, at, len);
	text_str(error, " is not accepted; accepted: ");
	switch (row->kind) {
	case SYNTAX_IS_SWITCH: text_str(error, "0, 1, false or true"); break;
	case SYNTAX_IS_NUMBER:
		text_put(error, "%u to %u", row->min, row->max);
		break;
	case SYNTAX_IS_ONE_OF: put_list(error, row->words); break;
	case SYNTAX_IS_TEXT: text_str(error, row->accepted); break;
	}
}

/* In 2008 SEND_*= with no value meant no: the test was for an empty string. */
static bool
parse_switch(const char *at, size_t len, uint32_t *out)
{
	int which = len ? text_which(switch_words, at, len) : 0;

	if (which >= 0)
		*out = which & 1;
	return which >= 0;
}

static bool
parse_word(const char *words, const char *at, size_t len, uint32_t *out)
{
	int which = text_which(words, at, len);

	if (which >= 0)
		*out = (uint32_t)which;
	return which >= 0;
}

static bool
parse_number(
    const struct setting *row, const char *at, size_t len, uint32_t *out)
{
	uint64_t n;

	if (!text_number(at, len, row->max, &n) || n < row->min)
		return false;
	*out = (uint32_t)n;
	return true;
}

bool
syntax_parse(const struct setting *row, const char *at, size_t len,
    uint32_t *out)
{
	switch (row->kind) {
	case SYNTAX_IS_SWITCH: return parse_switch(at, len, out);
	case SYNTAX_IS_NUMBER: return parse_number(row, at, len, out);
	case SYNTAX_IS_ONE_OF: return parse_word(row->words, at, len, out);
	case SYNTAX_IS_TEXT: break;
	}
	return false;
}

/* Printable, without "..", and as the row wants it. */
static bool
copy_text(const struct setting *row, char *out, const char *at, size_t len)
{
	if (len == 0 || len >= SYNTAX_VALUE_MAX ||
	    (row->check && !row->check(at, len)))
		return false;
	for (size_t i = 0; i < len; i++)
		if (at[i] < ' ' || at[i] > '~' ||
		    (i && at[i] == '.' && at[i - 1] == '.'))
			return false;
	memcpy(out, at, len);
	out[len] = '\0';
	return true;
}

bool
syntax_set(const struct setting *row, void *into, const char *at, size_t len)
{
	return row->kind == SYNTAX_IS_TEXT
	    ? copy_text(row, (char *)into + row->offset, at, len)
	    : syntax_parse(row, at, len, syntax_slot(row, into));
}

bool
syntax_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* What the shell would see as the value: quotes and a comment taken away. */
static bool
unquote(const char **at, size_t *len)
{
	const char *p = *at;
	const char *end = p + *len;
	const char *close = NULL;

	if (p < end && (*p == '"' || *p == '\'')) {
		close = memchr(p + 1, *p, (size_t)(end - p - 1));
		if (!close)
			return false;
		*at = p + 1;
		*len = (size_t)(close - *at);
		p = close + 1;
	} else {
		while (p < end && !syntax_is_blank(*p))
			p++;
		*len = (size_t)(p - *at);
	}
	while (p < end && syntax_is_blank(*p))
		p++;
	return p == end || (*p == '#' && syntax_is_blank(p[-1]));
}

static const struct setting *
find(const struct syntax *x, const char *key, size_t len)
{
	for (unsigned i = 0; i < x->count; i++)
		if (text_is(key, len, x->rows[i].key))
			return &x->rows[i];
	return NULL;
}

static bool
unknown(struct text *error, const char *key, size_t len)
{
	text_quote(error, key, len);
	text_str(error, ": unknown setting");
	return false;
}

/* A key that no row has. `at` is NULL when its value is not well-formed. */
static bool
assign_other(const struct syntax *x, void *into, const char *key,
    size_t key_len, const char *at, size_t len, struct text *error,
    bool *obsolete)
{
	size_t skip = strlen(x->prefix);
	enum syntax_other o = !x->other ? OTHER_UNKNOWN
	    : x->other(into, key + skip, key_len - skip, at, len, error);

	if (o == OTHER_OBSOLETE)
		*obsolete = true;
	return o == OTHER_UNKNOWN ? unknown(error, key, key_len)
				  : o != OTHER_REFUSED;
}

static bool
assign(const struct syntax *x, void *into, const char *key, size_t key_len,
    const char *raw, size_t raw_len, struct text *error, bool *obsolete)
{
	size_t skip = strlen(x->prefix);
	const struct setting *row;
	const char *at = raw;
	size_t len = raw_len;
	bool ok = unquote(&at, &len);

	if (!text_begins(key, key_len, x->prefix))
		return unknown(error, key, key_len);
	row = find(x, key + skip, key_len - skip);
	if (!row)
		return assign_other(x, into, key, key_len, ok ? at : NULL, len,
		    error, obsolete);
	if (ok && syntax_set(row, into, at, len))
		return true;
	text_quote(error, key, key_len);
	text_str(error, ": ");
	syntax_refuse(error, row, raw, raw_len);
	return false;
}

bool
syntax_line(const struct syntax *x, void *into, const char *line, size_t len,
    struct text *error, bool *obsolete)
{
	const char *equals;

	while (len && syntax_is_blank(line[0]))
		line++, len--;
	while (len && syntax_is_blank(line[len - 1]))
		len--;
	if (len == 0 || line[0] == '#')
		return true;
	equals = memchr(line, '=', len);
	if (!equals) {
		text_quote(error, line, len);
		text_str(error, ": not of the form KEY=VALUE");
		return false;
	}
	return assign(x, into, line, (size_t)(equals - line), equals + 1,
	    (size_t)(line + len - equals - 1), error, obsolete);
}

bool
syntax_text(const struct syntax *x, void *into, const char *name,
    const char *bytes, size_t len, struct text *error, unsigned *obsolete)
{
	const char *at = bytes;
	const char *line;
	size_t line_len;

	*obsolete = 0;
	for (unsigned n = 1;
	     text_line(&at, bytes + len, true, &line, &line_len); n++) {
		size_t mark = error->len;
		bool old = false;

		text_put(error, "%s:%u: ", name, n);
		if (!syntax_line(x, into, line, line_len, error, &old))
			return false;
		error->len = mark;
		if (old)
			*obsolete = n;
	}
	return true;
}
