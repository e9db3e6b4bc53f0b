/* SPDX-License-Identifier: 0BSD */
/*
 * The settings of a guest: one table makes the keys, their ranges, their
 * defaults, the members of the struct and the example configuration. Pure.
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/syntax.h"

/* X(NAME, word, meaning): the words of a setting, one row each. */
#define FLOOR_WORDS(X) \
	X(FLOOR_2008, "2008", "the curve of the script of 2008") \
	X(FLOOR_LOW, "low", "what the kernel holds and the reserve")
#define MODE_WORDS(X) \
	X(MODE_COMMITTED, "committed", "Committed_AS leads") \
	X(MODE_WORKINGSET, "workingset", "pressure leads, and refaults")
#define OVERCOMMIT_WORDS(X) \
	X(OVERCOMMIT_ALWAYS, "always", "vm.overcommit_memory 0 becomes 1") \
	X(OVERCOMMIT_KEEP, "keep", "it is left alone")
#define PUBLISH_WORDS(X) \
	X(PUBLISH_AUTO, "auto", "memory/, or data/ where that is forbidden") \
	X(PUBLISH_MEMORY, "memory", "below memory/") \
	X(PUBLISH_DATA, "data", "below data/xenballoon/") \
	X(PUBLISH_OFF, "off", "nowhere")

#define SETTINGS_ENUM(name, word, meaning) name,
enum floor { FLOOR_WORDS(SETTINGS_ENUM) };
enum policy_mode { MODE_WORDS(SETTINGS_ENUM) };
enum overcommit { OVERCOMMIT_WORDS(SETTINGS_ENUM) };
enum publish { PUBLISH_WORDS(SETTINGS_ENUM) };
#undef SETTINGS_ENUM

/* What settings_canary_mb() says beside a number. */
#define CANARY_AUTO 0
#define CANARY_OFF UINT32_MAX
#define CANARY_MB_MAX 1024

#define SETTINGS_INTERVAL_MAX 3600 /* s: an hour unwatched is a mistake */
#define SETTINGS_HYSTERESIS_MAX 10000

/*
 * All settings: the key without XENBALLOON_, the member of struct settings,
 * what is accepted, the default, and the sentence of the example.
 *   SWITCH(KEY, member, default, help)
 *   NUMBER(KEY, member, min, max, default, help)
 *   ONE_OF(KEY, member, words, default, help)
 *   TEXT(KEY, member, default, check, accepted, help)
 */
#define SETTINGS(SWITCH, NUMBER, ONE_OF, TEXT) \
	SWITCH("SELF", self, 0, \
	    "Self-ballooning: the guest gives back what it does not need." \
	    "\n# selfballoon: on unless this says 0; " \
	    "xenballoond: off unless 1.") \
	NUMBER("SELF_INTERVAL", self_interval_s, 1, SETTINGS_INTERVAL_MAX, 1, \
	    "Longest time between two looks, in seconds.") \
	NUMBER("AUTO_DOWNHYSTERESIS", down, 1, SETTINGS_HYSTERESIS_MAX, 10, \
	    "1/n of what is too much goes per interval.") \
	NUMBER("AUTO_UPHYSTERESIS", up, 1, SETTINGS_HYSTERESIS_MAX, 1, \
	    "1/n of what is missing comes back per look.") \
	NUMBER("INTERVAL", interval_s, 1, SETTINGS_INTERVAL_MAX, 1, \
	    "The same with self-ballooning off.") \
	NUMBER("MINMEM", minmem_mb, 0, SYNTAX_MB_MAX, 0, \
	    "MB, never below; 0: by XENBALLOON_FLOOR.") \
	ONE_OF("FLOOR", floor, FLOOR_WORDS, FLOOR_2008, \
	    "2008: the script's curve; low: what the kernel needs.") \
	SWITCH("SEND_MEMINFO", send_meminfo, 1, \
	    "Publish /proc/meminfo to xenstore.") \
	SWITCH("SEND_VMSTAT", send_vmstat, 1, "Publish /proc/vmstat.") \
	SWITCH("SEND_UPTIME", send_uptime, 1, "Publish /proc/uptime.") \
	ONE_OF("POLICY", policy, MODE_WORDS, MODE_COMMITTED, \
	    "committed: Committed_AS leads; workingset: pressure does.") \
	NUMBER("RESERVE", reserve_mb, 0, SYNTAX_MB_MAX, 0, \
	    "MB kept free above the need; 0: by itself.") \
	ONE_OF("OVERCOMMIT", overcommit, OVERCOMMIT_WORDS, OVERCOMMIT_ALWAYS, \
	    "always: vm.overcommit_memory is 1 while ballooned.") \
	NUMBER("STATS_INTERVAL", stats_interval_s, 1, SETTINGS_INTERVAL_MAX, \
	    10, "Shortest time between two reports, in seconds.") \
	ONE_OF("PUBLISH", publish, PUBLISH_WORDS, PUBLISH_AUTO, \
	    "Where reports go in xenstore.") \
	SWITCH("GUARD", guard, 0, \
	    "1: directed by domain 0, but never below what is in use.") \
	TEXT("MAXMEMFILE", maxmem_file, "/run/xenballoon-maxmem", is_path, \
	    "an absolute path of at most 255 bytes", \
	    "Where the largest MemTotal seen is kept.") \
	TEXT("FENCE", fence, "auto", NULL, \
	    "auto, off, or names of cgroups", \
	    "Cgroups that are slowed, not killed, when they grow fast.") \
	TEXT("CANARY", canary, "auto", is_canary, \
	    "auto, off, or 1 to 1024 (MB)", \
	    "Memory in processes that are killed before any other.") \
	TEXT("FREEZE", freeze, "auto", NULL, \
	    "auto, off, or names of cgroups", \
	    "Cgroups that stand still while the guest grows after that.")

/* A number, or an enum of the words above, for each row, or a text. */
#define SETTINGS_MEMBER(key, member, ...) uint32_t member;
#define SETTINGS_TEXT(key, member, ...) char member[SYNTAX_VALUE_MAX];
struct settings {
	SETTINGS(SETTINGS_MEMBER, SETTINGS_MEMBER, SETTINGS_MEMBER,
	    SETTINGS_TEXT)
};
#undef SETTINGS_MEMBER
#undef SETTINGS_TEXT

/*
 * The settings that domain 0 may override, a row each: X(NAME, path, member).
 * path: the key in xenstore, relative to the domain.
 */
#define OVERRIDES(X) \
	X(SELF, "memory/selfballoon", self) \
	X(INTERVAL, "memory/interval", self_interval_s) \
	X(DOWN, "memory/downhysteresis", down) \
	X(UP, "memory/uphysteresis", up)

#define OVERRIDE_ENUM(name, path, member) OVERRIDE_##name,
enum override { OVERRIDES(OVERRIDE_ENUM) OVERRIDE_COUNT };
#undef OVERRIDE_ENUM

/* What domain 0 overrides, and to what value. */
struct overrides {
	bool have[OVERRIDE_COUNT];
	uint32_t value[OVERRIDE_COUNT];
};

void settings_default(struct settings *s);

/* XENBALLOON_CANARY: MB of all canaries, CANARY_AUTO or CANARY_OFF. */
uint32_t settings_canary_mb(const struct settings *s);

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
