/* SPDX-License-Identifier: 0BSD */
/* link: platform/text platform/xenstore/wire applet/common/record */
/* link: applet/common/sample applet/common/reasons applet/dom0/domain */
/* link: applet/dom0/metrics applet/dom0/screen */
#include <stdlib.h>
#include <string.h>

#include "dom0/metrics.h"
#include "guest/policy.h"
#include "common/sample.h"
#include "dom0/screen.h"
#include "../lib/tap.h"

static struct domains domains;
static struct screen screen;
static char buf[SCREEN_COLUMNS_MAX + 200];

static struct domain *
plant(unsigned i, uint32_t id, const char *name)
{
	struct domain *d = &domains.at[i];

	memset(d, 0, sizeof(*d));
	d->id = id;
	for (size_t k = 0; name[k] && k < DOMAIN_NAME_MAX - 1; k++)
		d->name[k] = name[k];
	d->says = DOMAIN_RECORD;
	d->record = (struct record){.seq = 1, .self = 1, .total = 180000,
	    .current = 204800, .target = 204800, .available = 102400,
	    .need = 153600};
	d->ceiling_kb = 409600;
	return d;
}

/* The line that `put` makes, with columns as asked for. */
static const char *
line(void (*put)(struct text *, const struct screen *), unsigned columns)
{
	struct text t = {buf, sizeof(buf) - 1, 0, false};

	screen.columns = columns;
	put(&t, &screen);
	buf[t.cut ? 0 : t.len] = '\0';
	return buf;
}

static void
put_first(struct text *t, const struct screen *s)
{
	screen_row(t, s, 0);
}

/* At every width: no longer than that, no byte that steers a terminal. */
static void
test_widths(const char *name)
{
	unsigned wrong = 0;

	for (unsigned w = 1; w <= SCREEN_COLUMNS_MAX; w++) {
		wrong += strlen(line(screen_head, w)) > w;
		wrong += strlen(line(screen_sums, w)) > w;
		wrong += strlen(line(screen_host, w)) > w;
		wrong += strlen(line(put_first, w)) > w;
		for (const char *c = buf; *c; c++)
			wrong += *c < ' ' || *c > '~';
	}
	OK(wrong == 0, "%s: no line is longer than the screen", name);
}

static void
test_row(void)
{
	struct domain *d = plant(0, 3, "web");

	domains.count = 1;
	screen.domains = &domains;
	screen_sort(&screen);
	OK(!strcmp(line(put_first, 80),
	    "    3 web             200    200     400   150   100    0    0   0"
	    "   - rest"), "a row");
	OK(!strcmp(line(screen_head, 80),
	    "   id name        current target ceiling  need  free swap flts pr%"
	    " age state"), "its head");
	OK(strlen(line(screen_head, 80)) <= 80, "80 columns are enough");
	d->static_max_kb = 819200;
	/* 14 columns: 13 of 819200 kB; use 102400, size 204800, ceiling. */
	OK(strlen(line(put_first, 94)) <= 94 &&
		!strcmp(strrchr(buf, ' '), " ##==---"), "a bar");
	OK(strstr(line(put_first, 200), " at rest "), "wide: the reason");
	d->record_ms = 1000;
	screen.now_ms = 1000 + DOMAIN_SILENT_MS + 1;
	OK(strstr(line(put_first, 80), "  4m silent"), "silent after 4 minutes");
	screen.now_ms--;
	OK(strstr(line(put_first, 80), "  4m rest"), "and not before");
	screen.now_ms = 1000 + 59999;
	OK(strstr(line(put_first, 80), " 59s rest"), "a minute is not over");
	screen.now_ms = 0;
	d->says = (enum domain_says)(DOMAIN_LIES + 1);
	OK(strstr(line(put_first, 80), "- rest"), "a kind of no name");
	d->says = DOMAIN_RECORD;
	test_widths("plain");
	d->record.current = UINT64_C(99999) << 10;
	d->record.target = UINT64_C(100000) << 10;
	d->record.need = SAMPLE_KB_MAX;
	d->swap_kb_s = 9999;
	d->faults_s = 1000000;
	OK(strstr(line(put_first, 80), " 99999    97G     400    1P   100 9999   1M "), "large numbers");
	memset(d->name, 'x', DOMAIN_NAME_MAX - 1);
	OK(strstr(line(put_first, 80), " xxxxxxxxxxx   99999 "),
	    "a long name keeps to its column");
	*d = (struct domain){.id = 65535, .says = DOMAIN_NOTHING};
	OK(!strcmp(line(put_first, 80),
	    "65535                   -      -       -     -     -    -    -   -"
	    "   - nothing"), "nothing is known");
	test_widths("nothing");
}

/* The longest bar without static-max is the largest ceiling of all. */
static void
test_no_static_max(void)
{
	plant(0, 1, "a");
	plant(1, 2, "b")->ceiling_kb = 819200;
	plant(2, 3, "c");
	domains.count = 3;
	screen_sort(&screen);
	OK(strlen(line(put_first, 94)) <= 94 &&
		!strcmp(strrchr(buf, ' '), " ##==---"),
	    "a bar: to another's ceiling");
	domains.count = 1;
}

/* The line of the host. */
static void
test_host(void)
{
	OK(!strcmp(line(screen_host, 80), "1 domains"), "the host: unknown");
	screen.total_kb = 4096 << 10;
	screen.available_kb = 1000 << 10;
	domains.too_many = true;
	OK(!strcmp(line(screen_host, 80), "1 domains and more; "
	    "domain 0 has 4096 MB, available 1000 MB"), "the host");
	screen.total_kb = 0;
	domains.too_many = false;
}

static const struct {
	const char *want;
	struct domain d;
} states[] = {
    {"2008", {.says = DOMAIN_2008}},
    {"off", {.says = DOMAIN_RECORD}},
    {"squeezed", {.says = DOMAIN_RECORD, .manager = MANAGER_SQUEEZED}},
    {"qmemman", {.says = DOMAIN_RECORD, .manager = MANAGER_QMEMMAN}},
    {"hotplug", {.says = DOMAIN_RECORD,
		    .record = {.self = 1, .progress = PROGRESS_HOTPLUG}}},
    {"grows", {.says = DOMAIN_RECORD,
		  .record = {.self = 1, .reason = REASON_GROW}}},
    {"unknown", {.says = DOMAIN_RECORD,
		    .record = {.self = 1, .reason = 99}}},
};

static void
test_states(void)
{
	const char *phrase;

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		OK(!strcmp(domain_state(&states[i].d, DOMAIN_NO_AGE,
		       &phrase), states[i].want),
		    "state: %s", states[i].want);
	OK(domain_age(&states[0].d, 5) == DOMAIN_NO_AGE,
	    "age: of who says nothing");
}

/* Each number as large as it can be, or larger. */
static void
test_limits(void)
{
	static const uint64_t values[] = {SAMPLE_KB_MAX, UINT64_MAX};

	for (unsigned i = 0; i < 2; i++) {
		struct domain *d = plant(0, UINT32_MAX,
		    "012345678901234567890123456789\"\\x");
		uint64_t v = values[i];
		const char *phrase;

		memset(d, i ? 0xff : 0, sizeof(*d));
		d->name[0] = '\0';
		d->says = DOMAIN_RECORD;
		d->manager = MANAGER_NONE;
		d->record = (struct record){v, v, v, v, v, v, v, v, v, v, v,
		    v, v, v, v, v, v, v, v, v, v, v};
		d->ceiling_kb = d->static_max_kb = v;
		d->record_ms = 0;
		screen.now_ms = v;
		test_widths(i ? "2^64 - 1" : "2^40");
		OK(domain_state(d, DOMAIN_NO_AGE, &phrase) && phrase,
		    "an unknown reason has a word");
	}
	screen.now_ms = 0;
}

static void
test_json(void)
{
	struct domain *d = plant(0, 7, "a\"b\\c");
	static const char head[] =
	    "{\"domid\":7,\"name\":\"a\\\"b\\\\c\",\"says\":\"record\",";
	struct text t = {buf, 100, 0, false};
	char large[METRICS_LINE_MAX];
	struct text all = TEXT_ON(large);

	metrics_json(&t, d, DOMAIN_NO_AGE);
	OK(t.cut, "JSON: a text too small is seen");
	metrics_json(&all, d, 5999);
	OK(!all.cut && large[all.len - 1] == '\n' &&
		!strncmp(large, head, sizeof(head) - 1),
	    "JSON: quotes and backslashes");
	large[all.len - 1] = '\0';
	OK(strstr(large, ",\"age_s\":5}") && strstr(large,
	    "\"static_max_kb\":null,"), "JSON: null is not known");
	memset(&d->record, 0xff, sizeof(d->record));
	memset(d->name, '"', DOMAIN_NAME_MAX - 1);
	d->ceiling_kb = d->static_max_kb = d->swap_kb_s = d->faults_s =
	    d->pressure_ppm = UINT64_MAX;
	d->id = UINT32_MAX;
	all.len = 0;
	metrics_json(&all, d, UINT64_MAX - 1);
	OK(!all.cut, "JSON: the longest line fits");
	printf("# %zu bytes\n", all.len);
}

static void
test_metrics(void)
{
	struct domain *d = plant(0, 7, "a\"b\\c");
	struct text t = {buf, sizeof(buf) - 1, 0, false};

	d->record.pressure_us = 1000001;
	d->record.swap_in = UINT64_MAX;
	metrics_head(&t, METRIC_PRESSURE);
	metrics_line(&t, METRIC_PRESSURE, d);
	buf[t.len] = '\0';
	OK(!strcmp(buf, "# HELP xenballoon_pressure_seconds_total Time in "
	    "which some task waited for memory.\n"
	    "# TYPE xenballoon_pressure_seconds_total counter\n"
	    "xenballoon_pressure_seconds_total{domid=\"7\","
	    "name=\"a\\\"b\\\\c\"} 1.000001\n"), "a metric");
	t.len = 0;
	metrics_line(&t, METRIC_SWAP_IN, d);
	buf[t.len] = '\0';
	OK(strstr(buf, " 18446744073709551615\n"), "it does not wrap");
	t.len = 0;
	metrics_head(&t, METRIC_TOTAL);
	metrics_line(&t, METRIC_TOTAL, d);
	buf[t.len] = '\0';
	OK(strstr(buf, "# TYPE xenballoon_total_bytes gauge\n") &&
		strstr(buf, " 184320000\n"), "a size is a gauge, in bytes");
	t.len = 0;
	metrics_line(&t, METRIC_STATIC_MAX, d);
	OK(t.len == 0, "what is not known has no line");
}

static const struct {
	char key;
	const char *order; /* ids */
} sorts[] = {
    {'i', "1234"}, {'n', "4321"}, {'c', "2143"}, {'f', "1423"},
    {'a', "1234"}, {'s', "4312"}, {'r', "1234"}, {'i', "4321"}, {'r', "1234"},
};

static void
test_sort(void)
{
	for (unsigned i = 0; i < 4; i++)
		plant(i, i + 1, (const char *[]){"d", "c", "b", "a"}[i]);
	domains.at[1].record.current = 999999;
	domains.at[1].record.available = 1;
	domains.at[2].says = DOMAIN_NOTHING;
	domains.at[2].record = (struct record){.available = 7};
	domains.at[3].says = DOMAIN_LIES;
	domains.count = 4;
	for (unsigned i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++) {
		char got[5] = "";
		bool good = screen_key(&screen, sorts[i].key);

		screen_sort(&screen);
		for (unsigned k = 0; k < 4; k++)
			got[k] = (char)('0' + domains.at[screen.order[k]].id);
		OK(good && !strcmp(got, sorts[i].order), "key %c: %s",
		    sorts[i].key, got);
	}
	OK(!screen_key(&screen, '\0') && !screen_key(&screen, 'x') &&
		!screen_key(&screen, '\033'), "other keys are none");
}

int
main(void)
{
	test_row();
	test_no_static_max();
	test_host();
	test_states();
	test_limits();
	test_json();
	test_metrics();
	test_sort();
	return tap_end();
}
