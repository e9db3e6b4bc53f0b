/* SPDX-License-Identifier: 0BSD */
#include <string.h>

#include "balance_conf.h"

#define INTERVAL_MAX 3600
#define WEIGHT_MAX 10000
#define FLOOR_MB 64 /* no Linux of today lives in less */
#define UNSET UINT32_MAX

#define NUMBER(...) SYNTAX_NUMBER(struct pool, __VA_ARGS__)

/*
 * Words with blanks between; %d and one of %m and %k are in it, and nothing
 * else that begins with a %. A name is refused: it could be read as an option.
 */
static bool
is_command(const char *at, size_t len)
{
	unsigned words = 0;
	bool id = false, size = false, percent = false;

	for (size_t i = 0; i < len; i++) {
		bool starts = i == 0 || syntax_is_blank(at[i - 1]);

		words += starts && !syntax_is_blank(at[i]);
		if (percent) {
			id |= at[i] == 'd';
			size |= at[i] == 'm' || at[i] == 'k';
			if (!memchr("dmk%", at[i], 4))
				return false;
		}
		percent = !percent && at[i] == '%';
	}
	return words <= POOL_WORDS_MAX && id && size && !percent;
}

/* The first ones have a letter too. */
static const struct setting rows[] = {
    NUMBER("POOL", pool_mb, 1, SYNTAX_MB_MAX, 0),
    NUMBER("POOL_INTERVAL", interval_s, 1, INTERVAL_MAX, 10),
    SYNTAX_TEXT(struct pool, "POOL_COMMAND", command, "", is_command,
	"at most 16 words, with %d and one of %m and %k, under 256 "
	"bytes, no .."),
    NUMBER("POOL_RESERVE", reserve_mb, 0, SYNTAX_MB_MAX, 0),
    NUMBER("GUEST_FLOOR", other.floor_mb, 0, SYNTAX_MB_MAX, FLOOR_MB),
    NUMBER("GUEST_CEILING", other.ceiling_mb, 0, SYNTAX_MB_MAX, 0),
    NUMBER("GUEST_WEIGHT", other.weight, 1, WEIGHT_MAX, 100),
};

static const char letters[] = "pwx";

#define GUEST(...) SYNTAX_NUMBER(struct pool_guest, __VA_ARGS__)

static const struct setting guest_rows[] = {
    GUEST("floor", floor_mb, 0, SYNTAX_MB_MAX, UNSET),
    GUEST("ceiling", ceiling_mb, 0, SYNTAX_MB_MAX, UNSET),
    GUEST("weight", weight, 1, WEIGHT_MAX, UNSET),
};

static const struct syntax guest_syntax = {
    "", guest_rows, sizeof(guest_rows) / sizeof(guest_rows[0]), NULL};

/* The next word of [*at, end); an empty one is the end. */
static size_t
next_word(const char **at, const char *end)
{
	const char *p;

	while (*at < end && syntax_is_blank(**at))
		++*at;
	for (p = *at; p < end && !syntax_is_blank(*p);)
		p++;
	return (size_t)(p - *at);
}

static bool
refused(struct text *error, const char *at, size_t len, const char *why)
{
	text_str(error, "guest ");
	text_quote(error, at, len);
	text_str(error, why);
	return false;
}

/* One that the table of domains can have: any other byte is a ? in it. */
static bool
is_name(const char *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (at[i] <= ' ' || at[i] > '~' || at[i] == '=')
			return false;
	return len && len < POOL_NAME_MAX;
}

/* "NAME floor=MB ceiling=MB weight=N", all but the name optional. */
static bool
read_guest(struct pool *p, const char *at, size_t len, struct text *error)
{
	struct pool_guest *g = &p->guest[p->count];
	const char *end = at + len;
	size_t size = next_word(&at, end);
	const char *name = at;
	bool gone;

	if (p->count == POOL_GUESTS_MAX)
		return refused(error, at, size, ": more than 256 guests");
	if (!is_name(at, size))
		return refused(error, at, size, " is no name; accepted: "
		    "1 to 31 bytes from ! to ~, and no =");
	*g = (struct pool_guest){.name = ""};
	memcpy(g->name, name, size);
	for (unsigned i = 0; i < p->count; i++)
		if (strcmp(p->guest[i].name, g->name) == 0)
			return refused(error, name, size, " has a line above");
	syntax_default(&guest_syntax, g);
	for (at += size; (len = next_word(&at, end)) != 0; at += len) {
		size_t mark = error->len;

		refused(error, name, size, ": ");
		if (!syntax_line(&guest_syntax, g, at, len, error, &gone))
			return false;
		error->len = mark;
	}
	p->count++;
	return true;
}

static enum syntax_other
other(void *into, const char *key, size_t key_len, const char *at, size_t len,
    struct text *error)
{
	if (!text_is(key, key_len, "GUEST"))
		return OTHER_UNKNOWN;
	return read_guest(into, at ? at : "", at ? len : 0, error)
	    ? OTHER_ACCEPTED : OTHER_REFUSED;
}

const struct syntax pool_syntax = {
    "XENBALLOON_", rows, sizeof(rows) / sizeof(rows[0]), other};

void
pool_default(struct pool *p)
{
	p->count = 0;
	p->other.name[0] = '\0';
	syntax_default(&pool_syntax, p);
}

bool
pool_option(struct pool *p, int letter, const char *value, struct text *error)
{
	const char *at = memchr(letters, letter, sizeof(letters) - 1);
	const struct setting *row = &rows[at - letters];
	size_t len = strlen(value);

	return syntax_set(row, p, value, len) ||
	    (syntax_refuse(error, row, value, len), false);
}

struct pool_guest
pool_find(const struct pool *p, const char *name)
{
	struct pool_guest g = p->other;

	for (unsigned i = 0; i < p->count; i++) {
		const struct pool_guest *own = &p->guest[i];

		if (strcmp(own->name, name) != 0)
			continue;
		if (own->floor_mb != UNSET)
			g.floor_mb = own->floor_mb;
		if (own->ceiling_mb != UNSET)
			g.ceiling_mb = own->ceiling_mb;
		if (own->weight != UNSET)
			g.weight = own->weight;
	}
	return g;
}

/* One word, and its NUL. */
static void
expand(struct text *t, const char *at, size_t len, uint32_t id, uint64_t kb)
{
	for (; len; at++, len--) {
		if (*at != '%') {
			text_bytes(t, at, 1);
			continue;
		}
		at++, len--;
		if (*at == '%')
			text_str(t, "%");
		else
			text_dec(t, *at == 'd' ? id
				: *at == 'm'   ? kb / 1024
					       : kb);
	}
	text_bytes(t, "", 1);
}

void
pool_words(const struct pool *p, uint32_t id, uint64_t kb,
    char out[POOL_COMMAND_MAX], char *words[POOL_WORDS_MAX + 1])
{
	struct text t = {out, POOL_COMMAND_MAX, 0, false};
	const char *at = p->command;
	const char *end = at + strlen(at);
	unsigned n = 0;
	size_t len;

	for (; (len = next_word(&at, end)) != 0; at += len) {
		words[n++] = out + t.len;
		expand(&t, at, len, id, kb);
	}
	words[n] = NULL;
}
