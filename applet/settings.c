/* SPDX-License-Identifier: 0BSD */
#include <string.h>

#include "settings.h"

#define PREFIX "XENBALLOON_"

static const char *const booleans[] = {"0", "1", "false", "true", "", NULL};
static const char *const floors[] = {"2008", "low", NULL};
static const char *const policies[] = {"committed", "workingset", NULL};
static const char *const overcommits[] = {"always", "keep", NULL};
static const char *const publishes[] = {
    "auto", "memory", "data", "off", NULL};

struct setting {
	const char *key; /* without PREFIX */
	size_t offset;
	const char *const *words; /* NULL: a number, or text */
	uint32_t min, max;
	uint32_t initial;
	const char *text; /* initial; NULL: no text */
	const char *store; /* where domain 0 may override it */
};

#define NUMBER(key, member, min, max, initial, store) \
	{(key), offsetof(struct settings, member), NULL, (min), (max), \
	    (initial), NULL, (store)}
#define WORDS(key, member, words, initial, store) \
	{(key), offsetof(struct settings, member), (words), 0, 0, (initial), \
	    NULL, (store)}
#define TEXT(key, member, initial) \
	{(key), offsetof(struct settings, member), NULL, 0, 0, 0, (initial), \
	    NULL}

#define INTERVAL_MAX 3600 /* s: a guest unwatched for an hour is a mistake */
#define HYSTERESIS_MAX 10000
#define MB_MAX (1 << 24) /* 16 TiB */

/* The first OVERRIDE_COUNT rows stand in the order of enum override. */
static const struct setting table[] = {
    WORDS("SELF", self, booleans, 0, "memory/selfballoon"),
    NUMBER("SELF_INTERVAL", self_interval_s, 1, INTERVAL_MAX, 1,
	"memory/interval"),
    NUMBER("AUTO_DOWNHYSTERESIS", down, 1, HYSTERESIS_MAX, 10,
	"memory/downhysteresis"),
    NUMBER("AUTO_UPHYSTERESIS", up, 1, HYSTERESIS_MAX, 1,
	"memory/uphysteresis"),
    NUMBER("INTERVAL", interval_s, 1, INTERVAL_MAX, 1, NULL),
    NUMBER("MINMEM", minmem_mb, 0, MB_MAX, 0, NULL),
    WORDS("FLOOR", floor, floors, FLOOR_2008, NULL),
    WORDS("SEND_MEMINFO", send_meminfo, booleans, 1, NULL),
    WORDS("SEND_VMSTAT", send_vmstat, booleans, 1, NULL),
    WORDS("SEND_UPTIME", send_uptime, booleans, 1, NULL),
    WORDS("POLICY", policy, policies, POLICY_COMMITTED, NULL),
    NUMBER("RESERVE", reserve_mb, 0, MB_MAX, 0, NULL),
    WORDS("OVERCOMMIT", overcommit, overcommits, OVERCOMMIT_ALWAYS, NULL),
    NUMBER("STATS_INTERVAL", stats_interval_s, 1, INTERVAL_MAX, 10, NULL),
    WORDS("PUBLISH", publish, publishes, PUBLISH_AUTO, NULL),
    WORDS("GUARD", guard, booleans, 0, NULL),
    TEXT("MAXMEMFILE", maxmem_file, "/run/xenballoon-maxmem"),
    TEXT("FENCE", fence, "auto"),
};

#define COUNT (sizeof(table) / sizeof(table[0]))

/* The two texts differ by their form: the first is a path. */
static bool
is_path(const struct setting *row)
{
	return row->text && row->text[0] == '/';
}

static uint32_t *
slot(struct settings *s, const struct setting *row)
{
	return (uint32_t *)(void *)((char *)s + row->offset);
}

void
settings_default(struct settings *s)
{
	memset(s, 0, sizeof(*s));
	for (size_t i = 0; i < COUNT; i++) {
		char *at = (char *)s + table[i].offset;

		if (table[i].text)
			memcpy(at, table[i].text, strlen(table[i].text) + 1);
		else
			*slot(s, &table[i]) = table[i].initial;
	}
}

/* What a row accepts, for a message. */
static void
accepted(struct text *error, const struct setting *row)
{
	text_str(error, "; accepted: ");
	if (is_path(row)) {
		text_str(error, "an absolute path of at most 255 bytes");
	} else if (row->text) {
		text_str(error, "auto, off, or names of cgroups");
	} else if (row->words == booleans) {
		text_str(error, "0, 1, false or true");
	} else if (row->words) {
		for (size_t i = 0; row->words[i]; i++) {
			text_str(error, i ? ", " : "");
			text_str(error, row->words[i]);
		}
	} else {
		text_dec(error, row->min);
		text_str(error, " to ");
		text_dec(error, row->max);
	}
}

static bool
word(const struct setting *row, const char *at, size_t len, uint32_t *out)
{
	for (uint32_t i = 0; row->words[i]; i++) {
		if (!text_is(at, len, row->words[i]))
			continue;
		/*
		 * In 2008 SEND_*= with no value meant no: the test was for
		 * an empty string.
		 */
		*out = row->words == booleans ? i & 1 : i;
		return true;
	}
	return false;
}

/* A value of one row into *out; false when it is not accepted. */
static bool
value(const struct setting *row, const char *at, size_t len, uint32_t *out)
{
	uint64_t n;

	if (row->words)
		return word(row, at, len, out);
	if (!text_number(at, len, row->max, &n) || n < row->min)
		return false;
	*out = (uint32_t)n;
	return true;
}

/* Printable, no step upwards, and a path absolute. */
static bool
text(const struct setting *row, struct settings *s, const char *at, size_t len)
{
	char *out = (char *)s + row->offset;

	if (len == 0 || len >= SETTINGS_WORD_MAX ||
	    (is_path(row) && at[0] != '/'))
		return false;
	for (size_t i = 0; i < len; i++)
		if (at[i] < ' ' || at[i] > '~' ||
		    (i && at[i] == '.' && at[i - 1] == '.'))
			return false;
	memcpy(out, at, len);
	out[len] = '\0';
	return true;
}

static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* What the shell would see as the value: quotes and a comment taken away. */
static bool
unquote(const char **at, size_t *len)
{
	const char *p = *at;
	const char *end = p + *len;
	const char *close = NULL;

	if (p < end && (*p == '"' || *p == '\'')) {
		close = memchr(p + 1, *p, (size_t)(end - p - 1));
		if (!close)
			return false;
		*at = p + 1;
		*len = (size_t)(close - *at);
		p = close + 1;
	} else {
		while (p < end && !blank(*p))
			p++;
		*len = (size_t)(p - *at);
	}
	while (p < end && blank(*p))
		p++;
	return p == end || (*p == '#' && blank(p[-1]));
}

static const struct setting *
find(const char *key, size_t len)
{
	for (size_t i = 0; i < COUNT; i++)
		if (text_is(key, len, table[i].key))
			return &table[i];
	return NULL;
}

/* Settings of transcendent memory, which left Xen in 4.13. */
static bool
is_gone(const char *key, size_t len)
{
	return (len >= 8 && memcmp(key, "PRESWAP_", 8) == 0) ||
	    text_is(key, len, "SEND_PRESWAP");
}

static bool
refuse(struct text *error, const char *key, size_t key_len, const char *at,
    size_t len, const struct setting *row)
{
	text_quote(error, key, key_len);
	if (!row) {
		text_str(error, ": unknown setting");
		return false;
	}
	text_str(error, ": ");
	text_quote(error, at, len);
	text_str(error, " is not accepted");
	accepted(error, row);
	return false;
}

static bool
assign(struct settings *s, const char *key, size_t key_len, const char *at,
    size_t len, struct text *error, bool *gone)
{
	const size_t skip = sizeof(PREFIX) - 1;
	const char *raw = at;
	size_t raw_len = len;
	const struct setting *row;
	bool ok;

	if (key_len < skip || memcmp(key, PREFIX, skip) != 0)
		return refuse(error, key, key_len, at, len, NULL);
	if (is_gone(key + skip, key_len - skip)) {
		*gone = true;
		return true;
	}
	row = find(key + skip, key_len - skip);
	if (!row)
		return refuse(error, key, key_len, at, len, NULL);
	if (!unquote(&at, &len))
		ok = false;
	else if (row->text)
		ok = text(row, s, at, len);
	else
		ok = value(row, at, len, slot(s, row));
	return ok || refuse(error, key, key_len, raw, raw_len, row);
}

bool
settings_line(
    struct settings *s, const char *line, size_t len, struct text *error,
    bool *gone)
{
	const char *equals;

	while (len && blank(line[0]))
		line++, len--;
	while (len && blank(line[len - 1]))
		len--;
	if (len == 0 || line[0] == '#')
		return true;
	equals = memchr(line, '=', len);
	if (!equals) {
		text_quote(error, line, len);
		text_str(error, ": not of the form KEY=VALUE");
		return false;
	}
	return assign(s, line, (size_t)(equals - line), equals + 1,
	    (size_t)(line + len - equals - 1), error, gone);
}

bool
settings_text(
    struct settings *s, const char *name, const char *bytes, size_t len,
    struct text *error, unsigned *gone)
{
	struct settings made = *s;
	const char *at = bytes;
	const char *line;
	size_t line_len;

	*gone = 0;
	for (unsigned n = 1;
	     text_line(&at, bytes + len, true, &line, &line_len); n++) {
		size_t mark = error->len;
		bool old = false;

		text_str(error, name);
		text_str(error, ":");
		text_dec(error, n);
		text_str(error, ": ");
		if (!settings_line(&made, line, line_len, error, &old))
			return false;
		error->len = mark;
		if (old)
			*gone = n;
	}
	*s = made;
	return true;
}

const char *
settings_override_path(enum override which)
{
	return table[which].store;
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
	if (len && value(row, bytes, len, &o->value[which])) {
		o->have[which] = true;
		return true;
	}
	text_str(error, row->store);
	text_str(error, ": ");
	text_quote(error, bytes, len);
	text_str(error, " is not accepted");
	accepted(error, row);
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
			*slot(out, &table[i]) = o->value[i];
	if (o->have[OVERRIDE_INTERVAL])
		out->interval_s = o->value[OVERRIDE_INTERVAL];
}
