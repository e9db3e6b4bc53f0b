/* SPDX-License-Identifier: 0BSD */
/* The terminal on standard input and output, for a tool that draws a screen. */
#ifndef TERMINAL_H
#define TERMINAL_H

#include <stdbool.h>

/* Whether standard output, and standard input for the keys, is a terminal. */
bool terminal_is_output(void);
bool terminal_is_input(void);

/* The terminal's size; false: it does not tell. */
bool terminal_size(unsigned *columns, unsigned *lines);

/*
 * cbreak mode: each key comes at once and is not shown; of the keys that send
 * signals SIGINT's alone is left. False: errno.
 */
bool terminal_cbreak(void);
/* The mode before terminal_cbreak. */
void terminal_restore(void);

#endif
