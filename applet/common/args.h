/* SPDX-License-Identifier: 0BSD */
/* Command-line options, and the table of applets. */
#ifndef ARGS_H
#define ARGS_H

#include <stdbool.h>

/* What is accepted, and what --help says of it. */
struct args_option {
	const char *letter; /* a string of one */
	const char *value; /* what its value is called, as FILE; NULL: none */
	const char *help;  /* what the option does, beginning with a verb */
};

/* The last row of a list. */
#define ARGS_END {NULL, NULL, NULL}

struct applet {
	const char *name;
	const char *alias;   /* what it is called by too */
	const char *summary; /* one line */
	const struct args_option *options;
	int (*run)(const char *name, char **argv); /* ARGS_ANSWERED: 0 */
};

extern const struct applet applet_selfballoon;
extern const struct applet applet_oneshot;
extern const struct applet applet_monitor;
extern const struct applet applet_balance;

struct args {
	const struct applet *which;
	char **argv;	    /* the next argument, behind the program's name */
	const char *letter; /* the next of bundled letters, or NULL */
	const char *value;  /* of an option that takes one */
	int status;	    /* when args_next returns 0 */
};

#define ARGS_ANSWERED (-1) /* not a status: all is done */

/*
 * The letter of the next option. 0: no more of them, and a->status is
 * EXIT_DONE; or ARGS_ANSWERED after -h, --help or --version; or another status
 * after a message: an option is unknown, an argument is left over.
 * Each applet accepts -h, --help, --version and -R, which are done here.
 */
int args_next(struct args *a);

/* --version: the transport is one of the Makefile's. False: not written. */
bool args_print_version(void);

#endif
