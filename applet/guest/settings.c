/* SPDX-License-Identifier: 0BSD */
#include <string.h>

#include "settings.h"

static const char floors[] = "2008\0" "low\0";
static const char policies[] = "committed\0" "workingset\0";
static const char overcommits[] = "always\0" "keep\0";
static const char publishes[] = "auto\0" "memory\0" "data\0" "off\0";

#define NUMBER(...) SYNTAX_NUMBER(struct settings, __VA_ARGS__)
#define WORDS(...) SYNTAX_WORDS(struct settings, __VA_ARGS__)
#define TEXT(...) SYNTAX_TEXT(struct settings, __VA_ARGS__)

static bool
is_path(const char *at, size_t len)
{
	(void)len; /* not 0 */
	return at[0] == '/';
}

#define PATH(name, path, setting) path "\0"
static const char override_paths[] = OVERRIDES(PATH);

/* Those that domain 0 may override stand first: a row's place is its enum. */
static const struct setting table[] = {
#define ROW(name, path, setting) setting,
    OVERRIDES(ROW)
    NUMBER("INTERVAL", interval_s, 1, SETTINGS_INTERVAL_MAX, 1),
    NUMBER("MINMEM", minmem_mb, 0, SYNTAX_MB_MAX, 0),
    WORDS("FLOOR", floor, floors, FLOOR_2008),
    WORDS("SEND_MEMINFO", send_meminfo, syntax_booleans, 1),
    WORDS("SEND_VMSTAT", send_vmstat, syntax_booleans, 1),
    WORDS("SEND_UPTIME", send_uptime, syntax_booleans, 1),
    WORDS("POLICY", policy, policies, POLICY_COMMITTED),
    NUMBER("RESERVE", reserve_mb, 0, SYNTAX_MB_MAX, 0),
    WORDS("OVERCOMMIT", overcommit, overcommits, OVERCOMMIT_ALWAYS),
    NUMBER("STATS_INTERVAL", stats_interval_s, 1, SETTINGS_INTERVAL_MAX, 10),
    WORDS("PUBLISH", publish, publishes, PUBLISH_AUTO),
    WORDS("GUARD", guard, syntax_booleans, 0),
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
	return text_nth(override_paths, which);
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
	text_str(error, settings_override_path(which));
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
