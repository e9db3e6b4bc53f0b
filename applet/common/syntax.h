/* SPDX-License-Identifier: 0BSD */
/*
 * The syntax of the configuration files, that of 2008: lines of KEY=VALUE,
 * quotes and a comment allowed. A table says which keys there are. Pure.
 */
#ifndef SYNTAX_H
#define SYNTAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

#define SYNTAX_FILE_MAX 16384 /* bytes of a file: that of 2008 has 3 kB */
#define SYNTAX_VALUE_MAX 256  /* bytes of a text value, with its NUL */
#define SYNTAX_MB_MAX (1 << 24) /* 16 TiB */

enum syntax_kind {
	SYNTAX_IS_SWITCH, /* 0, 1, false, true; no value at all is false */
	SYNTAX_IS_NUMBER,
	SYNTAX_IS_ONE_OF, /* of a few words */
	SYNTAX_IS_TEXT,
};

/* What a key sets: a member of a struct, and what that member may be. */
struct setting {
	const char *key; /* without the prefix */
	/*
	 * Where the member is: a uint32_t, of SYNTAX_IS_ONE_OF the number of
	 * the word; of SYNTAX_IS_TEXT a char[SYNTAX_VALUE_MAX].
	 */
	uint32_t offset;
	enum syntax_kind kind;
	uint32_t initial; /* the default, but of a text */

	union { /* by its kind */
		struct {
			uint32_t min, max;
		};
		const char *words; /* a list as text_nth has them */
		/* Printable and without ".." in any case. */
		struct {
			const char *initial_text;
			/* NULL: nothing more */
			bool (*check)(const char *at, size_t len);
			const char *accepted; /* for a message */
		};
	};
};

#define SYNTAX_SWITCH(type, name, member, value) \
	{.key = (name), .kind = SYNTAX_IS_SWITCH, \
	    .offset = offsetof(type, member), .initial = (value)}
#define SYNTAX_NUMBER(type, name, member, low, high, value) \
	{.key = (name), .kind = SYNTAX_IS_NUMBER, \
	    .offset = offsetof(type, member), .initial = (value), \
	    .min = (low), .max = (high)}
#define SYNTAX_ONE_OF(type, name, member, list, value) \
	{.key = (name), .kind = SYNTAX_IS_ONE_OF, \
	    .offset = offsetof(type, member), .initial = (value), \
	    .words = (list)}
#define SYNTAX_TEXT(type, name, member, value, good, note) \
	{.key = (name), .kind = SYNTAX_IS_TEXT, \
	    .offset = offsetof(type, member), .initial_text = (value), \
	    .check = (good), .accepted = (note)}

/* What became of a key that no row has. */
enum syntax_other {
	OTHER_UNKNOWN,
	OTHER_OBSOLETE, /* it has no meaning any more: passed over */
	OTHER_ACCEPTED,
	OTHER_REFUSED, /* its value is wrong, and `error` says how */
};

struct syntax {
	const char *prefix; /* of each key */
	const struct setting *rows;
	unsigned count;
	/*
	 * Asked about a key, without its prefix, that no row has. [at, at +
	 * len): its value without quotes; at is NULL when that is not
	 * well-formed. A pointer that is NULL: all those keys are unknown.
	 */
	enum syntax_other (*other)(void *into, const char *key, size_t key_len,
	    const char *at, size_t len, struct text *error);
};

/* Each member that has a row becomes its default. */
void syntax_default(const struct syntax *x, void *into);

/*
 * Reads one line; a blank one and a comment are accepted. False: `error` got
 * the key, the value and what would be accepted. *obsolete is set when the key
 * has no meaning any more.
 */
bool syntax_line(const struct syntax *x, void *into, const char *line,
    size_t len, struct text *error, bool *obsolete);

/*
 * Reads a whole file. False: `error` got "NAME:LINE: ..." and *into is half
 * filled. *obsolete is the number of the last line with an obsolete key, or 0.
 */
bool syntax_text(const struct syntax *x, void *into, const char *name,
    const char *bytes, size_t len, struct text *error, unsigned *obsolete);

/*
 * The value of a row that is no text, as the number that its member would
 * have. False: it is not accepted.
 */
bool syntax_parse(const struct setting *row, const char *at, size_t len,
    uint32_t *out);

/* Sets the member of any row. False: the value is not accepted. */
bool syntax_set(const struct setting *row, void *into, const char *at,
    size_t len);

/* Adds "'VALUE' is not accepted; accepted: ..." */
void syntax_refuse(struct text *error, const struct setting *row,
    const char *at, size_t len);

/* The member of a row that is no text. */
uint32_t *syntax_slot(const struct setting *row, void *into);

bool syntax_is_blank(char c);

#endif
