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
	int (*run)(const char *name, char **argv); /* ARGS_ANSWERED: 0 */
};

extern const struct applet applet_selfballoon;
extern const struct applet applet_oneshot;
extern const struct applet applet_monitor;
extern const struct applet applet_balance;

struct args {
	const struct applet *which;
	char **argv;	    /* the next word; argv[0] is already passed */
	const char *letter; /* the next of bundled letters, or NULL */
	const char *value;  /* of an option that takes one */
	int status;	    /* when args_next says 0 */
};

#define ARGS_ANSWERED (-1) /* not a status: all is done */

/*
 * The next option letter; `spec` lists the letters, a colon behind those with
 * a value. 0: no more of them, and a->status is EXIT_DONE; or ARGS_ANSWERED,
 * after -h, --help or --version, which are always accepted; or EXIT_USAGE,
 * when an option is unknown or a word is left over: said so.
 */
int args_next(struct args *a, const char *spec);

#endif
