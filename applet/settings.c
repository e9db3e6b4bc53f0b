/* SPDX-License-Identifier: 0BSD */
#include <string.h>

#include "settings.h"

static const char *const floors[] = {"2008", "low", NULL};
static const char *const policies[] = {"committed", "workingset", NULL};
static const char *const overcommits[] = {"always", "keep", NULL};
static const char *const publishes[] = {
    "auto", "memory", "data", "off", NULL};

#define NUMBER(...) SYNTAX_NUMBER(struct settings, __VA_ARGS__)
#define WORDS(...) SYNTAX_WORDS(struct settings, __VA_ARGS__)
#define TEXT(...) SYNTAX_TEXT(struct settings, __VA_ARGS__)

static bool
is_path(const char *at, size_t len)
{
	return len && at[0] == '/';
}

#define INTERVAL_MAX 3600 /* s: a guest unwatched for an hour is a mistake */
#define HYSTERESIS_MAX 10000

/* The first OVERRIDE_COUNT rows stand in the order of enum override. */
static const struct setting table[] = {
    WORDS("SELF", self, syntax_booleans, 0, "memory/selfballoon"),
    NUMBER("SELF_INTERVAL", self_interval_s, 1, INTERVAL_MAX, 1,
	"memory/interval"),
    NUMBER("AUTO_DOWNHYSTERESIS", down, 1, HYSTERESIS_MAX, 10,
	"memory/downhysteresis"),
    NUMBER("AUTO_UPHYSTERESIS", up, 1, HYSTERESIS_MAX, 1,
	"memory/uphysteresis"),
    NUMBER("INTERVAL", interval_s, 1, INTERVAL_MAX, 1, NULL),
    NUMBER("MINMEM", minmem_mb, 0, SYNTAX_MB_MAX, 0, NULL),
    WORDS("FLOOR", floor, floors, FLOOR_2008, NULL),
    WORDS("SEND_MEMINFO", send_meminfo, syntax_booleans, 1, NULL),
    WORDS("SEND_VMSTAT", send_vmstat, syntax_booleans, 1, NULL),
    WORDS("SEND_UPTIME", send_uptime, syntax_booleans, 1, NULL),
    WORDS("POLICY", policy, policies, POLICY_COMMITTED, NULL),
    NUMBER("RESERVE", reserve_mb, 0, SYNTAX_MB_MAX, 0, NULL),
    WORDS("OVERCOMMIT", overcommit, overcommits, OVERCOMMIT_ALWAYS, NULL),
    NUMBER("STATS_INTERVAL", stats_interval_s, 1, INTERVAL_MAX, 10, NULL),
    WORDS("PUBLISH", publish, publishes, PUBLISH_AUTO, NULL),
    WORDS("GUARD", guard, syntax_booleans, 0, NULL),
    TEXT("MAXMEMFILE", maxmem_file, "/run/xenballoon-maxmem", is_path,
	"an absolute path of at most 255 bytes"),
    TEXT("FENCE", fence, "auto", NULL, "auto, off, or names of cgroups"),
};

#define COUNT (sizeof(table) / sizeof(table[0]))

/* Settings of transcendent memory, which left Xen in 4.13. */
static enum syntax_other
other(void *into, const char *key, size_t key_len, const char *at, size_t len,
    struct text *error)
{
	(void)into;
	(void)at;
	(void)len;
	(void)error;
	return (key_len >= 8 && memcmp(key, "PRESWAP_", 8) == 0) ||
		text_is(key, key_len, "SEND_PRESWAP")
	    ? OTHER_GONE : OTHER_UNKNOWN;
}

const struct syntax settings_syntax = {
    "XENBALLOON_", table, COUNT, other};

void
settings_default(struct settings *s)
{
	memset(s, 0, sizeof(*s));
	syntax_default(&settings_syntax, s);
}

const char *
settings_override_path(enum override which)
{
	return table[which].note;
}

bool
settings_override(
    struct overrides *o, enum override which, const char *bytes, size_t len,
    struct text *error)
{
	const struct setting *row = &table[which];

	if (!bytes) {
		o->have[which] = false;
		return true;
	}
	if (len && syntax_value(row, bytes, len, &o->value[which])) {
		o->have[which] = true;
		return true;
	}
	text_str(error, row->note);
	text_str(error, ": ");
	syntax_refuse(error, row, bytes, len);
	return false;
}

void
settings_effective(
    struct settings *out, const struct settings *file,
    const struct overrides *o)
{
	*out = *file;
	for (unsigned i = 0; i < OVERRIDE_COUNT; i++)
		if (o->have[i])
			*syntax_slot(&table[i], out) = o->value[i];
	if (o->have[OVERRIDE_INTERVAL])
		out->interval_s = o->value[OVERRIDE_INTERVAL];
}
