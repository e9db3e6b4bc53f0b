/* SPDX-License-Identifier: 0BSD */
#include <string.h>

#include "report.h"

/* Read by xenballoon-monitor of 2008, or telling how a guest fares. */
static const char *const first[] = {
    "MemTotal", "MemFree", "MemAvailable", "Committed_AS", "SwapTotal",
    "SwapFree", "pswpin", "pswpout", "pgpgin", "pgpgout", "pgmajfault",
    "oom_kill", "workingset_refault",
};

static bool
comes_first(const char *line, size_t len)
{
	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
		size_t n = strlen(first[i]);

		if (len > n && memcmp(line, first[i], n) == 0)
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

static const struct {
	const char *name;
	size_t offset;
} fields[] = {
#define FIELD(member) {#member, offsetof(struct record, member)}
    FIELD(seq), FIELD(uptime_s), FIELD(self), FIELD(current), FIELD(target),
    FIELD(ceiling), FIELD(floor), FIELD(need), FIELD(total), FIELD(available),
    FIELD(committed), FIELD(swap_in), FIELD(swap_out), FIELD(major_faults),
    FIELD(oom_kills), FIELD(pressure_us), FIELD(reason), FIELD(progress),
#undef FIELD
};

#define FIELDS (sizeof(fields) / sizeof(fields[0]))

void
report_record(struct text *t, const struct record *r)
{
	text_str(t, "1");
	for (size_t i = 0; i < FIELDS; i++) {
		uint64_t n;

		memcpy(&n, (const char *)r + fields[i].offset, sizeof(n));
		text_put(t, " %s=%ju", fields[i].name, n);
	}
}

/* "name=number" */
static bool
read_field(struct record *r, const char *at, size_t len)
{
	const char *equals = memchr(at, '=', len);
	size_t name;
	uint64_t n;

	if (!equals)
		return false;
	name = (size_t)(equals - at);
	if (!text_number(equals + 1, len - name - 1, UINT64_MAX, &n))
		return false;
	for (size_t i = 0; i < FIELDS; i++)
		if (text_is(at, name, fields[i].name))
			memcpy((char *)r + fields[i].offset, &n, sizeof(n));
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
