/* SPDX-License-Identifier: 0BSD */
#include "common/reasons.h"
#include "metrics.h"

/*
 * X(NAME, json, prometheus, type, scale): suffixes of a metric's name; type of
 * Prometheus'; how many of its base unit one is, 0: a millionth.
 */
#define METRIC_UNITS(X) \
	X(KB, "_kb", "_bytes", "gauge", 1024) \
	X(PAGES, "_pages", "_bytes_total", "counter", 4096) \
	X(COUNT, "", "_total", "counter", 1) \
	X(NUMBER, "", "", "gauge", 1) \
	X(MICROSECONDS, "_us", "_seconds_total", "counter", 0) \
	X(SECONDS, "_s", "_seconds", "gauge", 1) \
	X(KB_PER_S, "_kb_per_s", "", "gauge", 1) \
	X(PER_S, "_per_s", "", "gauge", 1) \
	X(PPM, "_ppm", "", "gauge", 1)

#define UNIT_ENUM(name, json, prometheus, type, scale) UNIT_##name,
enum { METRIC_UNITS(UNIT_ENUM) };

static const struct unit {
	const char *json, *prometheus, *type;
	uint16_t scale;
} units[] = {
#define UNIT_ROW(name, json, prometheus, type, scale) \
	{json, prometheus, type, scale},
    METRIC_UNITS(UNIT_ROW)
};

enum from {
	FROM_DOMAIN_0,	 /* the toolstack's key: 0 is not known */
	FROM_ANY_DAEMON, /* also that of 2008 */
	FROM_A_RECORD,	 /* xenballoon's record alone */
};

static const struct {
	const char *name;
	const char *help;
	uint16_t offset; /* of a uint64_t in struct domain */
	uint8_t unit;
	uint8_t from;
} metrics[] = {
#define METRIC_ROW(name, word, unit, from, member, help) \
	{word, help, offsetof(struct domain, member), UNIT_##unit, \
	    FROM_##from},
    ALL_METRICS(METRIC_ROW)
};

_Static_assert(sizeof(metrics) / sizeof(metrics[0]) == METRIC_COUNT,
    "a row for each metric");

static const struct unit *
unit_of(enum metric which)
{
	return &units[metrics[which].unit];
}

bool
metric_value(const struct domain *d, enum metric which, uint64_t *n)
{
	*n = *(const uint64_t *)(const void *)
	    ((const char *)d + metrics[which].offset);
	switch (metrics[which].from) {
	case FROM_DOMAIN_0: return *n != 0;
	case FROM_ANY_DAEMON: return d->record.total != 0;
	default: return d->record.seq != 0;
	}
}

/* JSON and Prometheus escape the same; names are printable already. */
static void
put_name(struct text *t, const char *name)
{
	for (; *name; name++) {
		if (*name == '"' || *name == '\\')
			text_str(t, "\\");
		text_bytes(t, name, 1);
	}
	text_str(t, "\"");
}

/* --- JSON ----------------------------------------------------------------- */

static void
put_string(struct text *t, const char *key, const char *value)
{
	text_put(t, ",\"%s\":\"", key);
	put_name(t, value);
}

static void
put_number(struct text *t, const char *key, const char *suffix, bool known,
    uint64_t n)
{
	text_put(t, ",\"%s%s\":", key, suffix);
	if (known)
		text_dec(t, n);
	else
		text_str(t, "null");
}

void
metrics_json(struct text *t, const struct domain *d, uint64_t age_ms)
{
	const char *phrase;
	const char *state = domain_state(d, age_ms, &phrase);
	uint64_t n;

	text_put(t, "{\"domid\":%u", d->id);
	put_string(t, "name", d->name);
	put_string(t, "says", domain_says_word(d->says));
	put_string(t, "manager", domain_manager_word(d->manager));
	put_string(t, "state", state);
	put_string(t, "reason", phrase);
	put_string(t, "protection", d->says == DOMAIN_RECORD
		? protection_word(d->record.protection) : "unknown");
	for (unsigned i = 0; i < METRIC_COUNT; i++) {
		bool known = metric_value(d, (enum metric)i, &n);

		put_number(t, metrics[i].name, unit_of((enum metric)i)->json,
		    known, n);
	}
	put_number(t, "age", "_s", age_ms != DOMAIN_NO_AGE, age_ms / 1000);
	text_str(t, "}\n");
}

/* --- Prometheus' text ----------------------------------------------------- */

static void
put_metric(struct text *t, const char *before, enum metric which)
{
	text_put(t, "%sxenballoon_%s%s", before, metrics[which].name,
	    unit_of(which)->prometheus);
}

void
metrics_head(struct text *t, enum metric which)
{
	if (!metrics[which].help)
		return;
	put_metric(t, "# HELP ", which);
	text_put(t, " %s", metrics[which].help);
	put_metric(t, ".\n# TYPE ", which);
	text_put(t, " %s\n", unit_of(which)->type);
}

void
metrics_line(struct text *t, enum metric which, const struct domain *d)
{
	uint64_t scale = unit_of(which)->scale;
	uint64_t n;

	if (!metrics[which].help || !metric_value(d, which, &n))
		return;
	put_metric(t, "", which);
	text_put(t, "{domid=\"%u\",name=\"", d->id);
	put_name(t, d->name);
	text_str(t, "} ");
	if (scale) {
		text_dec(t, n > UINT64_MAX / scale ? UINT64_MAX : n * scale);
	} else {
		text_dec(t, n / 1000000);
		text_str(t, ".");
		for (uint64_t digit = 100000; digit; digit /= 10)
			text_dec(t, n / digit % 10);
	}
	text_str(t, "\n");
}
