/* SPDX-License-Identifier: 0BSD */
#include <string.h>

#include "text.h"

#define QUOTE_MAX 64 /* bytes of a foreign string echoed in a message */
#define DEC_MAX 20   /* digits of 2^64 - 1 */

void
text_bytes(struct text *t, const char *bytes, size_t len)
{
	if (t->cut || len > t->cap - t->len) {
		t->cut = true;
		return;
	}
	memcpy(t->at + t->len, bytes, len);
	t->len += len;
}

void
text_str(struct text *t, const char *s)
{
	text_bytes(t, s, strlen(s));
}

static size_t
digits(char out[DEC_MAX], uint64_t n)
{
	char rev[DEC_MAX];
	size_t len = 0;

	do {
		rev[len++] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	for (size_t i = 0; i < len; i++)
		out[i] = rev[len - 1 - i];
	return len;
}

void
text_dec(struct text *t, uint64_t n)
{
	char d[DEC_MAX];

	text_bytes(t, d, digits(d, n));
}

void
text_vput(struct text *t, const char *template, va_list more)
{
	for (;;) {
		size_t plain = 0;

		while (template[plain] && template[plain] != '%')
			plain++;
		text_bytes(t, template, plain);
		template += plain;
		if (!*template++)
			return;
		if (*template == 's')
			text_str(t, va_arg(more, const char *));
		else if (*template == 'u')
			text_dec(t, va_arg(more, unsigned));
		else
			template++, text_dec(t, va_arg(more, uint64_t));
		template++;
	}
}

void
text_put(struct text *t, const char *template, ...)
{
	va_list more;

	va_start(more, template);
	text_vput(t, template, more);
	va_end(more);
}

size_t
text_cstr(char *out, size_t cap, const char *template, ...)
{
	struct text t = {out, cap, 0, false};
	va_list more;

	va_start(more, template);
	text_vput(&t, template, more);
	va_end(more);
	text_bytes(&t, "", 1);
	return t.cut ? 0 : t.len;
}

void
text_dec_right(struct text *t, uint64_t n, unsigned width)
{
	char d[DEC_MAX];
	size_t len = digits(d, n);

	for (size_t i = len; i < width; i++)
		text_bytes(t, " ", 1);
	text_bytes(t, d, len);
}

void
text_pad(struct text *t, const char *s, unsigned width)
{
	size_t len = strlen(s);

	text_bytes(t, s, len);
	for (; len < width; len++)
		text_bytes(t, " ", 1);
}

void
text_quote(struct text *t, const char *bytes, size_t len)
{
	bool more = len > QUOTE_MAX;

	text_bytes(t, "'", 1);
	for (size_t i = 0; i < (more ? QUOTE_MAX : len); i++) {
		bool plain = bytes[i] >= ' ' && bytes[i] <= '~';

		text_bytes(t, plain ? &bytes[i] : "?", 1);
	}
	text_str(t, more ? "...'" : "'");
}

bool
text_number(const char *at, size_t len, uint64_t max, uint64_t *out)
{
	uint64_t n = 0;

	if (len == 0 || len > DEC_MAX || (at[0] == '0' && len > 1))
		return false;
	for (size_t i = 0; i < len; i++) {
		unsigned d = (unsigned)(unsigned char)at[i] - '0';

		if (d > 9 || n > (max - d) / 10 || d > max)
			return false;
		n = n * 10 + d;
	}
	*out = n;
	return true;
}

bool
text_line(
    const char **at, const char *end, bool partial, const char **line,
    size_t *len)
{
	const char *start = *at;
	const char *nl;

	if (start >= end)
		return false;
	nl = memchr(start, '\n', (size_t)(end - start));
	if (!nl && !partial)
		return false;
	*line = start;
	*len = (size_t)((nl ? nl : end) - start);
	*at = nl ? nl + 1 : end;
	return true;
}

bool
text_is(const char *at, size_t len, const char *s)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] == '\0' || s[i] != at[i])
			return false;
	return s[len] == '\0';
}

bool
text_begins(const char *at, size_t len, const char *s)
{
	size_t n = strlen(s);

	return len >= n && memcmp(at, s, n) == 0;
}

const char *
text_nth(const char *list, uint64_t n)
{
	for (; n && *list; n--)
		list += strlen(list) + 1;
	return list;
}

const char *
text_known(const char *list, uint64_t n)
{
	const char *word = text_nth(list, n);

	return *word ? word : "unknown";
}

int
text_which(const char *list, const char *at, size_t len)
{
	for (int n = 0; *list; n++, list = text_nth(list, 1))
		if (text_is(at, len, list))
			return n;
	return -1;
}

bool
text_labelled(const char *at, size_t len, const char *label, uint64_t max,
    uint64_t *out)
{
	const char *end = at + len;
	const char *line;
	size_t skip = strlen(label);

	while (text_line(&at, end, false, &line, &len)) {
		size_t start = skip, stop;

		if (!text_begins(line, len, label))
			continue;
		while (start < len && line[start] == ' ')
			start++;
		for (stop = start; stop < len && line[stop] != ' ';)
			stop++;
		if (text_number(line + start, stop - start, max, out))
			return true;
	}
	return false;
}
