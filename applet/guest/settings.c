/* SPDX-License-Identifier: 0BSD */
#include <string.h>

#include "settings.h"

static bool
is_path(const char *at, size_t len)
{
	(void)len; /* at least 1 */
	return at[0] == '/';
}

/* False: it is none of what XENBALLOON_CANARY accepts. */
static bool
parse_canary(const char *at, size_t len, uint32_t *mb)
{
	uint64_t n = text_is(at, len, "off") ? CANARY_OFF : CANARY_AUTO;
	bool word = n == CANARY_OFF || text_is(at, len, "auto");

	if (!word && (!text_number(at, len, CANARY_MB_MAX, &n) || n == 0))
		return false;
	*mb = (uint32_t)n;
	return true;
}

static bool
is_canary(const char *at, size_t len)
{
	uint32_t mb;

	return parse_canary(at, len, &mb);
}

#define PATH(name, path, member) path "\0"
static const char override_paths[] = OVERRIDES(PATH);

#define MEMBER(name, path, member) offsetof(struct settings, member),
static const size_t override_members[] = {OVERRIDES(MEMBER)};

#define SWITCH(key, member, value, help) \
	SYNTAX_SWITCH(struct settings, key, member, value),
#define NUMBER(key, member, low, high, value, help) \
	SYNTAX_NUMBER(struct settings, key, member, low, high, value),
#define WORD(name, word, meaning) word "\0"
#define ONE_OF(key, member, words, value, help) \
	SYNTAX_ONE_OF(struct settings, key, member, words(WORD), value),
#define TEXT(key, member, value, check, accepted, help) \
	SYNTAX_TEXT(struct settings, key, member, value, check, accepted),

static const struct setting table[] = {
    SETTINGS(SWITCH, NUMBER, ONE_OF, TEXT)};

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
	return text_begins(key, key_len, "PRESWAP_") ||
		text_is(key, key_len, "SEND_PRESWAP")
	    ? OTHER_OBSOLETE : OTHER_UNKNOWN;
}

const struct syntax settings_syntax = {
    "XENBALLOON_", table, COUNT, other};

void
settings_default(struct settings *s)
{
	memset(s, 0, sizeof(*s));
	syntax_default(&settings_syntax, s);
}

uint32_t
settings_canary_mb(const struct settings *s)
{
	uint32_t mb = CANARY_AUTO;

	parse_canary(s->canary, strlen(s->canary), &mb);
	return mb;
}

/* The setting that an override is one of. */
static const struct setting *
row_of(enum override which)
{
	const struct setting *row = table;

	while (row->offset != override_members[which])
		row++;
	return row;
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
	const struct setting *row = row_of(which);

	if (!bytes) {
		o->have[which] = false;
		return true;
	}
	if (len && syntax_parse(row, bytes, len, &o->value[which])) {
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
			*syntax_slot(row_of((enum override)i), out) =
			    o->value[i];
	if (o->have[OVERRIDE_INTERVAL])
		out->interval_s = o->value[OVERRIDE_INTERVAL];
}
