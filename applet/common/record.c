/* SPDX-License-Identifier: 0BSD */
#include <string.h>

#include "record.h"

/* Read by xenballoon-monitor of 2008, or telling how a guest fares. */
static const char first[] =
    "MemTotal\0" "MemFree\0" "MemAvailable\0" "Committed_AS\0"
    "SwapTotal\0" "SwapFree\0" "pswpin\0" "pswpout\0" "pgpgin\0"
    "pgpgout\0" "pgmajfault\0" "oom_kill\0" "workingset_refault\0";

static bool
comes_first(const char *line, size_t len)
{
	for (const char *f = first; *f; f = text_nth(f, 1)) {
		size_t n = strlen(f);

		if (len > n && memcmp(line, f, n) == 0)
			return true;
	}
	return false;
}

static void
pass(struct text *t, const char *text, size_t len, bool wanted)
{
	const char *at = text;
	const char *line;
	size_t n;

	while (text_line(&at, text + len, false, &line, &n)) {
		if (comes_first(line, n) != wanted)
			continue;
		text_bytes(t, line, n + 1);
	}
}

size_t
report_lines(char *out, size_t cap, const char *text, size_t len)
{
	struct text t = {out, cap, 0, false};

	if (len <= cap) {
		memcpy(out, text, len);
		return len;
	}
	pass(&t, text, len, true);
	pass(&t, text, len, false);
	return t.len;
}

/* The members of struct record, each a uint64_t, in their order. */
static const char fields[] =
    "seq\0" "uptime_s\0" "self\0" "current\0" "target\0" "ceiling\0"
    "floor\0" "need\0" "total\0" "available\0" "committed\0" "swap_in\0"
    "swap_out\0" "major_faults\0" "oom_kills\0" "pressure_us\0" "reason\0"
    "progress\0";

void
report_record(struct text *t, const struct record *r)
{
	const uint64_t *n = (const void *)r;

	text_str(t, "1");
	for (const char *f = fields; *f; f = text_nth(f, 1))
		text_put(t, " %s=%ju", f, *n++);
}

/* "name=number" */
static bool
read_field(struct record *r, const char *at, size_t len)
{
	const char *equals = memchr(at, '=', len);
	size_t name;
	uint64_t n;
	int which;

	if (!equals)
		return false;
	name = (size_t)(equals - at);
	if (!text_number(equals + 1, len - name - 1, UINT64_MAX, &n))
		return false;
	which = text_which(fields, at, name);
	if (which >= 0)
		((uint64_t *)(void *)r)[which] = n;
	return true;
}

bool
report_read_record(struct record *r, const char *at, size_t len)
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
