/* SPDX-License-Identifier: 0BSD */
/* Command-line options, and the table of applets. */
#ifndef ARGS_H
#define ARGS_H

#include <stdbool.h>

/* What --version says: the transport is one of the Makefile's. */
#define VERSION_LINE "xenballoon " VERSION " (xenstore: " TRANSPORT ")\n"

struct applet {
	const char *name;
	const char *old_name; /* of 2008, or its kin */
	const char *usage;    /* what follows the name */
	const char *summary;
	int (*run)(const char *name, char **argv);
};

extern const struct applet applet_selfballoon;
extern const struct applet applet_oneshot;
extern const struct applet applet_monitor;
extern const struct applet applet_balance;

struct args {
	char **argv;	    /* the next word; argv[0] is already passed */
	const char *letter; /* the next of bundled letters, or NULL */
	const char *value;  /* of an option that takes one */
	const char *bad;    /* the word that args_next refused */
};

/*
 * The next option letter, 0 at the first word that is none. `spec` lists the
 * letters, a colon behind those with a value. '?': unknown, or a value is
 * missing; `bad` is the word. "--help" is 'h', "--version" is 'V', and both
 * are always accepted.
 */
int args_next(struct args *a, const char *spec);

#define ARGS_ANSWERED (-1) /* not a status: all is done */

/*
 * Answers -h, --help and --version on stdout (ARGS_ANSWERED) and a wrong
 * option on stderr (EXIT_USAGE).
 */
int args_answer(const struct args *a, int letter, const struct applet *which);

/* The only word left over is one too many: says so; EXIT_USAGE. */
int args_extra(const char *word, const struct applet *which);

#endif
