/* SPDX-License-Identifier: 0BSD */
#include "metrics.h"
#include "common/reasons.h"

enum unit {
	KB,
	PAGES,
	COUNT,
	MICROSECONDS,
	SECONDS,
	KB_PER_S,
	PER_S,
	PPM,
};

/* What a unit is called, and how many of Prometheus' base unit it is. */
static const struct {
	char json[10];
	char metric[15];
	bool counter;
	uint16_t scale; /* 0: a millionth */
} units[] = {
    [KB] = {"_kb", "_bytes", false, 1024},
    [PAGES] = {"_pages", "_bytes_total", true, 4096},
    [COUNT] = {"", "_total", true, 1},
    [MICROSECONDS] = {"_us", "_seconds_total", true, 0},
    [SECONDS] = {"_s", "_seconds", false, 1},
    [KB_PER_S] = {"_kb_per_s", "", false, 1},
    [PER_S] = {"_per_s", "", false, 1},
    [PPM] = {"_ppm", "", false, 1},
};

/* Who says it. */
enum source {
	DOMAIN_0, /* and 0 is nothing */
	ANY_DAEMON,
	RECORD_ALONE,
};

static const struct {
	const char *name; /* and behind its NUL the help */
	uint8_t unit;
	uint8_t offset; /* in struct domain */
	uint8_t source;
} figures[FIGURES] = {
#define AT(member) offsetof(struct domain, member)
#define OF(member) AT(record.member)
    {"current\0" "Size now", KB, OF(current), RECORD_ALONE},
    {"target\0" "Size that the balloon goes to", KB, OF(target), ANY_DAEMON},
    {"ceiling\0" "Largest size that domain 0 allows", KB, AT(ceiling_kb),
	DOMAIN_0},
    {"static_max\0" "Largest size ever", KB, AT(most_kb), DOMAIN_0},
    {"floor\0" "Smallest size that the policy goes to", KB, OF(floor),
	RECORD_ALONE},
    {"need\0" "Size wanted", KB, OF(need), RECORD_ALONE},
    {"total\0" "MemTotal", KB, OF(total), ANY_DAEMON},
    {"available\0" "MemAvailable", KB, OF(available), ANY_DAEMON},
    {"committed\0" "Committed_AS", KB, OF(committed), ANY_DAEMON},
    {"swap_in\0" "Read from swap", PAGES, OF(swap_in), RECORD_ALONE},
    {"swap_out\0" "Written to swap", PAGES, OF(swap_out), RECORD_ALONE},
    {"major_faults\0" "Page faults that read", COUNT, OF(major_faults),
	RECORD_ALONE},
    {"oom_kills\0" "Processes killed for memory", COUNT, OF(oom_kills),
	RECORD_ALONE},
    {"pressure\0" "Time in which some task waited for memory", MICROSECONDS,
	OF(pressure_us), RECORD_ALONE},
    {"uptime\0" "Time since the start", SECONDS, OF(uptime_s), RECORD_ALONE},
    {"swap\0", KB_PER_S, AT(swap_kb_s), RECORD_ALONE},
    {"faults\0", PER_S, AT(faults_s), RECORD_ALONE},
    {"pressure\0", PPM, AT(pressure_ppm), RECORD_ALONE},
};

bool
figure(const struct domain *d, enum figure which, uint64_t *n)
{
	*n = *(const uint64_t *)(const void *)
	    ((const char *)d + figures[which].offset);
	switch (figures[which].source) {
	case DOMAIN_0: return *n != 0;
	case ANY_DAEMON: return d->record.total != 0;
	default: return d->record.seq != 0;
	}
}

uint64_t
figures_age(const struct domain *d, uint64_t now_ms)
{
	return now_ms && d->record.total ? now_ms - d->heard_ms
					 : FIGURES_NO_AGE;
}

const char *
figures_state(const struct domain *d, uint64_t age_ms, const char **phrase)
{
	const struct record *r = &d->record;

	switch (d->says) {
	case DOMAIN_NOTHING: *phrase = "says nothing"; return "nothing";
	case DOMAIN_OLD: *phrase = "2008's keys"; return "2008";
	case DOMAIN_LIES: *phrase = "what it says can't be"; return "lies";
	case DOMAIN_RECORD: break;
	}
	*phrase = reason_phrase(r->reason);
	if (age_ms != FIGURES_NO_AGE && age_ms > FIGURES_SILENT_MS)
		return "silent";
	if (!r->self)
		return d->manager == DOMAIN_SQUEEZED ? "squeezed"
		    : d->manager == DOMAIN_QMEMMAN   ? "qmemman"
						     : "off";
	if (r->progress > PROGRESS_MOVING)
		return progress_word(r->progress);
	/* A record of another version may have other numbers. */
	return reason_word(r->reason);
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

static void
put_string(struct text *t, const char *key, const char *value)
{
	text_put(t, ",\"%s\":\"", key);
	put_name(t, value);
}

void
figures_json(struct text *t, const struct domain *d, uint64_t age_ms)
{
	static const char says[] =
	    "nothing\0" "2008\0" "record\0" "lies\0";
	static const char managers[] = "none\0" "squeezed\0" "qmemman\0";
	const char *phrase;
	const char *state = figures_state(d, age_ms, &phrase);
	uint64_t n;

	text_put(t, "{\"domid\":%u", d->id);
	put_string(t, "name", d->name);
	put_string(t, "says", text_nth(says, d->says));
	put_string(t, "manager", text_nth(managers, d->manager));
	put_string(t, "state", state);
	put_string(t, "reason", phrase);
	for (unsigned i = 0; i <= FIGURES; i++) {
		bool age = i == FIGURES;
		bool known = age ? age_ms != FIGURES_NO_AGE
				 : figure(d, (enum figure)i, &n);

		text_put(t, ",\"%s%s\":", age ? "age" : figures[i].name,
		    age ? "_s" : units[figures[i].unit].json);
		if (known)
			text_dec(t, age ? age_ms / 1000 : n);
		else
			text_str(t, "null");
	}
	text_str(t, "}\n");
}

static void
put_metric(struct text *t, const char *before, enum figure which)
{
	text_put(t, "%sxenballoon_%s%s", before, figures[which].name,
	    units[figures[which].unit].metric);
}

void
figures_metric(struct text *t, enum figure which)
{
	put_metric(t, "# HELP ", which);
	text_put(t, " %s", text_nth(figures[which].name, 1));
	put_metric(t, ".\n# TYPE ", which);
	text_str(t, units[figures[which].unit].counter ? " counter\n"
						       : " gauge\n");
}

void
figures_sample(struct text *t, enum figure which, const struct domain *d)
{
	uint64_t scale = units[figures[which].unit].scale;
	uint64_t n;

	if (!figure(d, which, &n))
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
		for (uint64_t unit = 100000; unit; unit /= 10)
			text_dec(t, n / unit % 10);
	}
	text_str(t, "\n");
}
