/* SPDX-License-Identifier: 0BSD */
/*
 * One domain as domain 0 sees it in xenstore. What guests say is hostile: when
 * it leaves here the name is printable ASCII, numbers are in range, and a
 * record that is not valid as a whole is none. Pure.
 */
#ifndef DOMAIN_H
#define DOMAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/record.h"
#include "xenstore/wire.h"

/*
 * What is read of each domain, below /local/domain/ID/. X(NAME, path, first):
 * first is 1 for what is always read, 0 for what a reply asks for: memory/stat
 * where data/ has no record, memory/selftarget where there are only the keys of
 * 2008. A row is asked for before those below it: the record before
 * memory/meminfo, which is of use only where there is no record.
 */
#define DOMAIN_KEYS(X) \
	X(NAME, "name", 1) \
	X(TARGET, "memory/target", 1) \
	X(STATIC_MAX, "memory/static-max", 1) \
	X(DYNAMIC_MIN, "memory/dynamic-min", 1) \
	X(DATA_STAT, "data/xenballoon/stat", 1) \
	X(MEMINFO, "memory/meminfo", 1) \
	X(MEMORY_STAT, "memory/stat", 0) \
	X(SELFTARGET, "memory/selftarget", 0)

#define DOMAIN_KEY_ENUM(name, path, first) KEY_##name,
enum domain_key { DOMAIN_KEYS(DOMAIN_KEY_ENUM) };
#undef DOMAIN_KEY_ENUM

#define DOMAIN_KEY_ONE(name, path, first) + 1
enum { DOMAIN_KEY_COUNT = 0 DOMAIN_KEYS(DOMAIN_KEY_ONE) };
#undef DOMAIN_KEY_ONE

#define DOMAIN_KEY_BIT(key) (uint8_t)(1u << (key))
_Static_assert(DOMAIN_KEY_COUNT <= 8, "a bit each in a uint8_t");

/*
 * What a domain publishes. X(NAME, word, phrase, meaning): word is that of
 * `says` in JSON and of the monitor's column `state`, phrase that of `reason`
 * and of the column `why`; NULL: both are as the record says.
 */
#define DOMAIN_SAYS(X) \
	X(NOTHING, "nothing", "says nothing", "none of the keys") \
	X(2008, "2008", "2008's keys", \
	    "target, total, available, committed alone") \
	X(RECORD, "record", NULL, "the record `stat`") \
	X(LIES, "lies", "what it says can't be", \
	    "a record that can't be true; the last true one stays")

#define DOMAIN_ENUM(name, word, phrase, meaning) DOMAIN_##name,
enum domain_says { DOMAIN_SAYS(DOMAIN_ENUM) };
#undef DOMAIN_ENUM

/* Balancers other than ours, by what they write. X(NAME, word, sign). */
#define DOMAIN_MANAGERS(X) \
	X(NONE, "none", "") \
	X(SQUEEZED, "squeezed", "memory/dynamic-min is there") \
	X(QMEMMAN, "qmemman", "memory/meminfo is one number")

#define MANAGER_ENUM(name, word, sign) MANAGER_##name,
enum domain_manager { DOMAIN_MANAGERS(MANAGER_ENUM) };
#undef MANAGER_ENUM

#define DOMAIN_NAME_MAX 32 /* bytes kept of a name, with its NUL */

struct domain {
	uint32_t id;
	char name[DOMAIN_NAME_MAX];

	/* What the toolstack says of it. 0: not there. */
	enum domain_manager manager;
	uint64_t ceiling_kb;	/* memory/target */
	uint64_t static_max_kb; /* memory/static-max */

	/* For domains.c: keys to read and keys that were refused, as bits. */
	uint8_t stale, refused;
	bool listed; /* it is in the list of ids that is being read */

	/* What it publishes. */
	bool in_data; /* below data/xenballoon/, not memory/ */
	enum domain_says says;
	struct record record;
	uint64_t record_ms; /* wait_clock_ms when `record` last changed */
	/* Of the last two records of one daemon, per second; 0 at first. */
	uint64_t swap_kb_s, faults_s, pressure_ppm;
};

/* All keys are to be read: those with `first`. */
void domain_distrust(struct domain *d);

/*
 * A watch fired for `path`, below the domain's own: that key is to be read, or
 * all keys below it.
 */
void domain_changed(struct domain *d, const char *path);

const char *domain_key_path(enum domain_key key);

/*
 * xenstore's answer to a READ of `key`. Further keys may become stale for it.
 * After an error other than ENOENT what is known stays, and the key becomes one
 * of those that were refused.
 */
void domain_on_reply(struct domain *d, enum domain_key key,
    const struct wire_message *m, uint64_t now_ms);

/* Time since it published something new; now_ms 0: it can't be known. */
#define DOMAIN_NO_AGE UINT64_MAX
uint64_t domain_age(const struct domain *d, uint64_t now_ms);

/*
 * A record older than this is called silent: four times as long as a daemon
 * with the default interval writes nothing when nothing changes.
 */
#define DOMAIN_SILENT_MS 240000

/* How it fares: in a word, and in *phrase. */
const char *domain_state(
    const struct domain *d, uint64_t age_ms, const char **phrase);

/* The words of DOMAIN_SAYS and of DOMAIN_MANAGERS. */
const char *domain_says_word(enum domain_says says);
const char *domain_manager_word(enum domain_manager manager);

#endif
