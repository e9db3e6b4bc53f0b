/* SPDX-License-Identifier: 0BSD */
/* The settings of domain 0's balancer. Pure. */
#ifndef BALANCE_CONF_H
#define BALANCE_CONF_H

#include "common/syntax.h"

#define POOL_GUESTS_MAX 256 /* named ones: a line each of 16 kB has no more */
#define POOL_NAME_MAX 32 /* bytes of a name with its NUL: as domains.h */
#define POOL_WORDS_MAX 16 /* of a command */
/* Bytes of a command with its numbers: a %k becomes 11 digits at most. */
#define POOL_COMMAND_MAX (SYNTAX_VALUE_MAX * 6)

struct pool_guest {
	char name[POOL_NAME_MAX];
	uint32_t floor_mb, ceiling_mb; /* ceiling 0: memory/static-max */
	uint32_t weight;
};

struct pool {
	uint32_t pool_mb;
	uint32_t reserve_mb;
	uint32_t interval_s;
	char command[SYNTAX_VALUE_MAX]; /* "": memory/target is written */
	struct pool_guest other; /* those that are not named */
	unsigned count;
	struct pool_guest guest[POOL_GUESTS_MAX];
};

extern const struct syntax pool_syntax;

void pool_default(struct pool *p);

/* The options that stand for a setting: 'p', 'w' and 'x'. False: `error`. */
bool pool_option(
    struct pool *p, int letter, const char *value, struct text *error);

/* What holds for the guest `name`; unset ones are taken from `other`. */
struct pool_guest pool_find(const struct pool *p, const char *name);

/*
 * The words of the command for a guest: in `words`, NULL last, their bytes in
 * `out`. Nothing in them was a guest's choice.
 */
void pool_words(const struct pool *p, uint32_t id, uint64_t kb,
    char out[POOL_COMMAND_MAX], char *words[POOL_WORDS_MAX + 1]);

#endif
