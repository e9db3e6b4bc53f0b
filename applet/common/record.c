/* SPDX-License-Identifier: 0BSD */
#include <string.h>

#include "record.h"

/* Those that xenballoon-monitor of 2008 reads, or that tell of a shortage. */
static const char read_first[] =
    "MemTotal\0" "MemFree\0" "MemAvailable\0" "Committed_AS\0"
    "SwapTotal\0" "SwapFree\0" "pswpin\0" "pswpout\0" "pgpgin\0"
    "pgpgout\0" "pgmajfault\0" "oom_kill\0" "workingset_refault\0";

static bool
is_read_first(const char *line, size_t len)
{
	for (const char *f = read_first; *f; f = text_nth(f, 1))
		if (text_begins(line, len, f))
			return true;
	return false;
}

/* The lines that are read first, or all the others. */
static void
put_lines(struct text *t, const char *text, size_t len, bool first)
{
	const char *at = text;
	const char *line;
	size_t n;

	while (text_line(&at, text + len, false, &line, &n))
		if (is_read_first(line, n) == first)
			text_bytes(t, line, n + 1);
}

size_t
record_lines(char *out, size_t cap, const char *text, size_t len)
{
	struct text t = {out, cap, 0, false};

	if (len <= cap) {
		memcpy(out, text, len);
		return len;
	}
	put_lines(&t, text, len, true);
	put_lines(&t, text, len, false);
	return t.len;
}

#define NAME(member, name, meaning) name "\0"
static const char names[] = RECORD_FIELDS(NAME);

/* The n-th name is that of the n-th number: both are of the same table. */
#define FIELD(member, name, meaning) FIELD_##member,
enum { RECORD_FIELDS(FIELD) FIELD_COUNT };
_Static_assert(sizeof(struct record) == FIELD_COUNT * sizeof(uint64_t),
    "a record is numbers alone");

void
record_write(struct text *t, const struct record *r)
{
	const uint64_t *n = (const void *)r;

	text_str(t, "1");
	for (const char *name = names; *name; name = text_nth(name, 1))
		text_put(t, " %s=%ju", name, *n++);
}

/* "name=number" */
static bool
read_field(struct record *r, const char *at, size_t len)
{
	const char *equals = memchr(at, '=', len);
	size_t name_len;
	uint64_t n;
	int which;

	if (!equals)
		return false;
	name_len = (size_t)(equals - at);
	if (!text_number(equals + 1, len - name_len - 1, UINT64_MAX, &n))
		return false;
	which = text_which(names, at, name_len);
	if (which >= 0)
		((uint64_t *)(void *)r)[which] = n;
	return true;
}

bool
record_read(struct record *r, const char *at, size_t len)
{
	const char *end = at + len;

	memset(r, 0, sizeof(*r));
	if (len < 2 || at[0] != '1' || at[1] != ' ')
		return false;
	for (at += 2; at < end;) {
		const char *blank = memchr(at, ' ', (size_t)(end - at));
		const char *stop = blank ? blank : end;

		if (!read_field(r, at, (size_t)(stop - at)))
			return false;
		at = blank ? stop + 1 : stop;
	}
	return true;
}
