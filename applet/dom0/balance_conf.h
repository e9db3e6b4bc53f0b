/* SPDX-License-Identifier: 0BSD */
/* The settings of domain 0's balancer. Pure. */
#ifndef BALANCE_CONF_H
#define BALANCE_CONF_H

#include "common/syntax.h"
#include "domain.h"

/* Guests with a line of their own: no more such lines fit into 16 kB. */
#define BALANCE_GUESTS_MAX 256
#define BALANCE_ARGS_MAX 16 /* of a command, its name included */
/* Bytes of a command with its numbers: a %k becomes 11 digits at most. */
#define BALANCE_COMMAND_MAX (SYNTAX_VALUE_MAX * 6)

struct balance_conf_guest {
	char name[DOMAIN_NAME_MAX];
	uint32_t floor_mb, ceiling_mb; /* ceiling 0: memory/static-max */
	uint32_t weight;
};

struct balance_conf {
	uint32_t pool_mb;
	uint32_t reserve_mb;
	uint32_t interval_s;
	char command[SYNTAX_VALUE_MAX]; /* "": memory/target is written */
	struct balance_conf_guest other; /* of those without a line */
	unsigned count;
	struct balance_conf_guest guest[BALANCE_GUESTS_MAX];
};

extern const struct syntax balance_conf_syntax;

void balance_conf_default(struct balance_conf *c);

/*
 * The value of an option that stands for a setting: 'p', 'w' or 'x'. False:
 * `error` says why.
 */
bool balance_conf_option(struct balance_conf *c, int letter,
    const char *value, struct text *error);

/* What holds for the guest `name`; what its line leaves out is `other`'s. */
struct balance_conf_guest balance_conf_guest(
    const struct balance_conf *c, const char *name);

/*
 * The command that sets a guest's target: its words in `argv`, NULL last, their
 * bytes in `out`. Nothing in them was a guest's choice.
 */
void balance_conf_argv(const struct balance_conf *c, uint32_t id, uint64_t kb,
    char out[BALANCE_COMMAND_MAX], char *argv[BALANCE_ARGS_MAX + 1]);

#endif
