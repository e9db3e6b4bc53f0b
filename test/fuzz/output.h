/* SPDX-License-Identifier: 0BSD */
/* What the monitor may print: JSON, Prometheus' text, a table, all plain. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include "dom0/metrics.h"
#include "common/sample.h"
#include "fuzz.h"
#include "dom0/screen.h"

/* A string with its quotes; \" and \\ are its only escapes. Its end. */
static inline const char *
output_string(const char *at, char *out, size_t cap)
{
	size_t n = 0;

	HOLD(*at == '"');
	for (at++; *at != '"'; at++) {
		if (*at == '\\') {
			at++;
			HOLD(*at == '"' || *at == '\\');
		}
		HOLD(*at >= ' ' && *at <= '~' && n < cap - 1);
		out[n++] = *at;
	}
	out[n] = '\0';
	return at + 1;
}

/* As RFC 8259 has it: no leading zero. */
static inline const char *
output_number(const char *at)
{
	size_t n = strspn(at, "0123456789");

	HOLD(n >= 1 && n <= 20 && (n == 1 || *at != '0'));
	return at + n;
}

/* One object in one line: flat, no key twice. */
static inline void
output_json(const struct domain *d, uint64_t age_ms)
{
	char bytes[METRICS_LINE_MAX + 1], keys[64][32], value[64];
	struct text t = {bytes, METRICS_LINE_MAX, 0, false};
	const char *at = bytes;
	unsigned n = 0;

	metrics_json(&t, d, age_ms);
	HOLD(!t.cut);
	bytes[t.len] = '\0';
	HOLD(*at++ == '{');
	do {
		HOLD(n < 64);
		at = output_string(at, keys[n], sizeof(keys[n]));
		for (unsigned i = 0; i < n; i++)
			HOLD(strcmp(keys[i], keys[n]) != 0);
		HOLD(*at++ == ':');
		if (*at == '"')
			at = output_string(at, value, sizeof(value));
		else if (*at == 'n')
			HOLD(memcmp(at, "null", 4) == 0), at += 4;
		else
			at = output_number(at);
		HOLD(strcmp(keys[n], "name") || !strcmp(value, d->name));
		n++;
	} while (*at++ == ',');
	HOLD(strcmp(at - 1, "}\n") == 0);
}

/* xenballoon_NAME{domid="N",name="..."} N[.N], or nothing. */
static inline void
output_metric(const struct domain *d, enum metric which)
{
	char bytes[METRICS_LINE_MAX + 1], name[64];
	struct text t = {bytes, METRICS_LINE_MAX, 0, false};
	const char *at = bytes;

	metrics_line(&t, which, d);
	HOLD(!t.cut);
	bytes[t.len] = '\0';
	if (!t.len)
		return;
	HOLD(strncmp(at, "xenballoon_", 11) == 0);
	at += strspn(at, "abcdefghijklmnopqrstuvwxyz_");
	HOLD(strncmp(at, "{domid=\"", 8) == 0);
	at = output_number(at + 8);
	HOLD(strncmp(at, "\",name=", 7) == 0);
	at = output_string(at + 7, name, sizeof(name));
	HOLD(strcmp(name, d->name) == 0);
	HOLD(strncmp(at, "} ", 2) == 0);
	at = output_number(at + 2);
	if (*at == '.') {
		HOLD(strspn(at + 1, "0123456789") == 6);
		at += 7;
	}
	HOLD(strcmp(at, "\n") == 0);
}

static inline void
output_line(const struct text *t, const struct screen *s)
{
	HOLD(!t->cut && t->len <= s->columns);
	HOLD(fuzz_printable(t->at, t->len));
}

/* The table; each domain is in it once. */
static inline void
output_table(struct screen *s)
{
	static bool seen[DOMAINS_MAX];
	char bytes[SCREEN_COLUMNS_MAX * 2];
	struct text t = TEXT_ON(bytes);

	screen_sort(s);
	screen_head(&t, s);
	output_line(&t, s);
	memset(seen, 0, s->domains->count);
	for (unsigned i = 0; i < s->domains->count; i++) {
		HOLD(s->order[i] < s->domains->count && !seen[s->order[i]]);
		seen[s->order[i]] = true;
		t.len = 0;
		screen_row(&t, s, i);
		output_line(&t, s);
	}
	t.len = 0;
	screen_sums(&t, s);
	output_line(&t, s);
	t.len = 0;
	screen_host(&t, s);
	output_line(&t, s);
}

/* All that the monitor has for a table of domains; of some, line by line. */
#define OUTPUT_MOST 4
static inline void
output_all(struct screen *s)
{
	for (unsigned i = 0; i < s->domains->count && i < OUTPUT_MOST; i++) {
		const struct domain *d = &s->domains->at[i];

		output_json(d, domain_age(d, s->now_ms));
		for (unsigned f = 0; f < METRIC_COUNT; f++)
			output_metric(d, (enum metric)f);
	}
	output_table(s);
}

#endif
