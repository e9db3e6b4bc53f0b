/* SPDX-License-Identifier: 0BSD */
/*
 * The settings: one table makes the keys, their ranges, their defaults and
 * their xenstore names. Pure: text in, values or one sentence out.
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/syntax.h"

#define SETTINGS_WORD_MAX SYNTAX_WORD_MAX /* of a path or a list */

enum floor { FLOOR_2008, FLOOR_LOW };
enum lead { POLICY_COMMITTED, POLICY_WORKINGSET };
enum overcommit { OVERCOMMIT_ALWAYS, OVERCOMMIT_KEEP };
enum publish { PUBLISH_AUTO, PUBLISH_MEMORY, PUBLISH_DATA, PUBLISH_OFF };

struct settings {
	uint32_t self; /* a boolean */
	uint32_t self_interval_s;
	uint32_t interval_s;
	uint32_t down; /* 1/down of the gap is given back per interval */
	uint32_t up;
	uint32_t minmem_mb; /* 0: the formula of `floor` */
	uint32_t floor;
	uint32_t send_meminfo, send_vmstat, send_uptime;
	uint32_t policy;
	uint32_t reserve_mb; /* 0: auto, reserve_kb() of policy.c */
	uint32_t overcommit;
	uint32_t stats_interval_s;
	uint32_t publish;
	uint32_t guard; /* a boolean */
	char maxmem_file[SETTINGS_WORD_MAX];
	char fence[SETTINGS_WORD_MAX]; /* "auto", "off", or names of cgroups */
};

#define SETTINGS_INTERVAL_MAX 3600 /* s: an hour unwatched is a mistake */
#define SETTINGS_HYSTERESIS_MAX 10000

/*
 * The settings that domain 0 may override, a row each: X(NAME, path, setting).
 * path: the key in xenstore, relative to the domain; setting: its row in the
 * table of settings.c, by the macros that are there.
 */
#define OVERRIDES(X) \
	X(SELF, "memory/selfballoon", \
	    WORDS("SELF", self, syntax_booleans, 0)) \
	X(INTERVAL, "memory/interval", \
	    NUMBER("SELF_INTERVAL", self_interval_s, 1, SETTINGS_INTERVAL_MAX, \
		1)) \
	X(DOWN, "memory/downhysteresis", \
	    NUMBER("AUTO_DOWNHYSTERESIS", down, 1, SETTINGS_HYSTERESIS_MAX, \
		10)) \
	X(UP, "memory/uphysteresis", \
	    NUMBER("AUTO_UPHYSTERESIS", up, 1, SETTINGS_HYSTERESIS_MAX, 1))

#define OVERRIDE_ENUM(name, path, setting) OVERRIDE_##name,
enum override { OVERRIDES(OVERRIDE_ENUM) OVERRIDE_COUNT };
#undef OVERRIDE_ENUM

/* What domain 0 overrides, and to what value. */
struct overrides {
	bool have[OVERRIDE_COUNT];
	uint32_t value[OVERRIDE_COUNT];
};

void settings_default(struct settings *s);

/* What the configuration file and -o say, into a struct settings. */
extern const struct syntax settings_syntax;

/* The xenstore path of an override, relative to the domain. */
const char *settings_override_path(enum override which);

/*
 * Domain 0's value of an override; NULL bytes: it was removed. False: `error`
 * got the reason and the last good value stays.
 */
bool settings_override(
    struct overrides *o, enum override which, const char *bytes, size_t len,
    struct text *error);

/* The settings in force: the file's, under domain 0's. */
void settings_effective(
    struct settings *out, const struct settings *file,
    const struct overrides *o);

#endif
