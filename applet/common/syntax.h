/* SPDX-License-Identifier: 0BSD */
/*
 * The syntax of the configuration files, that of 2008: lines of KEY=VALUE,
 * quotes and a comment allowed, against a table. Pure.
 */
#ifndef SYNTAX_H
#define SYNTAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

#define SYNTAX_TEXT_MAX 16384 /* bytes of a file: that of 2008 has 3 kB */
#define SYNTAX_WORD_MAX 256   /* bytes of a text value, with its NUL */
#define SYNTAX_MB_MAX (1 << 24) /* 16 TiB */

/* A member of a struct: a uint32_t, or a char[SYNTAX_WORD_MAX]. */
struct setting {
	const char *key; /* without the prefix */
	/*
	 * text_nth's list of what is accepted; or of a text the initial one,
	 * and behind its NUL a note of what is accepted.
	 */
	const char *words;
	union {
		struct {
			uint32_t min, max; /* of a number */
		};
		/* Of a text. Printable and without ".." it is anyway. */
		bool (*check)(const char *at, size_t len);
	};
	uint32_t initial; /* a number, or that of a word */
	uint16_t offset;
	uint8_t kind;
};

enum { SYNTAX_IS_NUMBER, SYNTAX_IS_WORD, SYNTAX_IS_TEXT };

#define SYNTAX_NUMBER(type, name, member, low, high, value) \
	{.key = (name), .offset = offsetof(type, member), .min = (low), \
	    .max = (high), .initial = (value), .kind = SYNTAX_IS_NUMBER}
#define SYNTAX_WORDS(type, name, member, list, value) \
	{.key = (name), .offset = offsetof(type, member), .words = (list), \
	    .initial = (value), .kind = SYNTAX_IS_WORD}
#define SYNTAX_TEXT(type, name, member, value, good, accepted) \
	{.key = (name), .offset = offsetof(type, member), .check = (good), \
	    .words = value "\0" accepted, .kind = SYNTAX_IS_TEXT}

/* The words of a boolean: even ones mean no. So does none at all. */
extern const char syntax_booleans[];

enum syntax_other { OTHER_UNKNOWN, OTHER_GONE, OTHER_TAKEN, OTHER_REFUSED };

struct syntax {
	const char *prefix; /* of each key */
	const struct setting *rows;
	unsigned count;
	/*
	 * A key, without its prefix, that no row has; at: the value without
	 * quotes, NULL when it is not well-formed. NULL: all are unknown.
	 */
	enum syntax_other (*other)(void *into, const char *key, size_t key_len,
	    const char *at, size_t len, struct text *error);
};

void syntax_default(const struct syntax *x, void *into);

/*
 * One line; a blank one and a comment are true. False: `error` got the key,
 * the token and the accepted range. *gone is set when the key has no meaning
 * any more.
 */
bool syntax_line(const struct syntax *x, void *into, const char *line,
    size_t len, struct text *error, bool *gone);

/*
 * A whole file. False: `error` got "NAME:LINE: ..." and *into is half filled.
 * *gone is the number of the last line with a key that is gone, or 0.
 */
bool syntax_text(const struct syntax *x, void *into, const char *name,
    const char *bytes, size_t len, struct text *error, unsigned *gone);

/* A number or a word of one row; false when it is not accepted. */
bool syntax_value(const struct setting *row, const char *at, size_t len,
    uint32_t *out);

/* A value of any row to where it belongs. */
bool syntax_put(const struct setting *row, void *into, const char *at,
    size_t len);

/* "'VALUE' is not accepted; accepted: ..." */
void syntax_refuse(struct text *error, const struct setting *row,
    const char *at, size_t len);

/* Where the number of a row is. */
uint32_t *syntax_slot(const struct setting *row, void *into);

bool syntax_blank(char c);

#endif
