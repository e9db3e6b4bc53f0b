/* SPDX-License-Identifier: 0BSD */
#include <string.h>

#include "balance_conf.h"

#define INTERVAL_MAX 3600
#define WEIGHT_MAX 10000
#define FLOOR_MB 64 /* no Linux of today lives in less */
#define UNSET UINT32_MAX

#define NUMBER(...) SYNTAX_NUMBER(struct balance_conf, __VA_ARGS__)

/*
 * Words with blanks between; %d and one of %m and %k are in it, %% may be, and
 * no other % is. The guest's name can't be had: it could be read as an option.
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
	return words <= BALANCE_ARGS_MAX && id && size && !percent;
}

/* X(letter, setting): the letter is the option's, 0 where there is none. */
#define SETTINGS(X) \
	X('p', NUMBER("POOL", pool_mb, 1, SYNTAX_MB_MAX, 0)) \
	X('w', NUMBER("POOL_INTERVAL", interval_s, 1, INTERVAL_MAX, 10)) \
	X('x', SYNTAX_TEXT(struct balance_conf, "POOL_COMMAND", command, "", \
	    is_command, "at most 16 words, with %d and one of %m and %k, " \
	    "under 256 bytes, no ..")) \
	X(0, NUMBER("POOL_RESERVE", reserve_mb, 0, SYNTAX_MB_MAX, 0)) \
	X(0, NUMBER("GUEST_FLOOR", other.floor_mb, 0, SYNTAX_MB_MAX, \
	    FLOOR_MB)) \
	X(0, NUMBER("GUEST_CEILING", other.ceiling_mb, 0, SYNTAX_MB_MAX, 0)) \
	X(0, NUMBER("GUEST_WEIGHT", other.weight, 1, WEIGHT_MAX, 100))

#define ROW(letter, setting) setting,
static const struct setting rows[] = {SETTINGS(ROW)};

#define LETTER(letter, setting) letter,
static const char letters[] = {SETTINGS(LETTER)};

#define GUEST(...) SYNTAX_NUMBER(struct balance_conf_guest, __VA_ARGS__)

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

/* A name that struct domain can have: any other byte is a ? there. */
static bool
is_name(const char *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (at[i] <= ' ' || at[i] > '~' || at[i] == '=')
			return false;
	return len && len < DOMAIN_NAME_MAX;
}

/* "NAME floor=MB ceiling=MB weight=N", all but the name optional. */
static bool
read_guest(
    struct balance_conf *c, const char *at, size_t len, struct text *error)
{
	struct balance_conf_guest *g = &c->guest[c->count];
	const char *end = at + len;
	size_t size = next_word(&at, end);
	const char *name = at;
	bool gone; /* no key of a guest ever is */

	if (c->count == BALANCE_GUESTS_MAX)
		return refused(error, at, size, ": more than 256 guests");
	if (!is_name(at, size))
		return refused(error, at, size, " is no name; accepted: "
		    "1 to 31 bytes from ! to ~, and no =");
	*g = (struct balance_conf_guest){.name = ""};
	memcpy(g->name, name, size);
	for (unsigned i = 0; i < c->count; i++)
		if (strcmp(c->guest[i].name, g->name) == 0)
			return refused(error, name, size, " has a line above");
	syntax_default(&guest_syntax, g);
	for (at += size; (len = next_word(&at, end)) != 0; at += len) {
		size_t mark = error->len;

		refused(error, name, size, ": ");
		if (!syntax_line(&guest_syntax, g, at, len, error, &gone))
			return false;
		error->len = mark;
	}
	c->count++;
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

const struct syntax balance_conf_syntax = {
    "XENBALLOON_", rows, sizeof(rows) / sizeof(rows[0]), other};

void
balance_conf_default(struct balance_conf *c)
{
	c->count = 0;
	c->other.name[0] = '\0';
	syntax_default(&balance_conf_syntax, c);
}

bool
balance_conf_option(
    struct balance_conf *c, int letter, const char *value, struct text *error)
{
	const char *at = memchr(letters, letter, sizeof(letters));
	const struct setting *row = &rows[at - letters];
	size_t len = strlen(value);

	return syntax_set(row, c, value, len) ||
	    (syntax_refuse(error, row, value, len), false);
}

struct balance_conf_guest
balance_conf_guest(const struct balance_conf *c, const char *name)
{
	struct balance_conf_guest g = c->other;

	for (unsigned i = 0; i < c->count; i++) {
		const struct balance_conf_guest *own = &c->guest[i];

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

/* Adds one word of the command, with its numbers and a NUL. */
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
balance_conf_argv(const struct balance_conf *c, uint32_t id, uint64_t kb,
    char out[BALANCE_COMMAND_MAX], char *argv[BALANCE_ARGS_MAX + 1])
{
	struct text t = {out, BALANCE_COMMAND_MAX, 0, false};
	const char *at = c->command;
	const char *end = at + strlen(at);
	unsigned n = 0;
	size_t len;

	for (; (len = next_word(&at, end)) != 0; at += len) {
		argv[n++] = out + t.len;
		expand(&t, at, len, id, kb);
	}
	argv[n] = NULL;
}
