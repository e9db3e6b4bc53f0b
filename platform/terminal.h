/* SPDX-License-Identifier: 0BSD */
/* The terminal on standard input and output, for a tool of full screen. */
#ifndef TERMINAL_H
#define TERMINAL_H

#include <stdbool.h>

/* Standard output is one; so is standard input, which keys come from. */
bool terminal_is_output(void);
bool terminal_is_input(void);

/* Its size; false: it does not say. */
bool terminal_size(unsigned *columns, unsigned *lines);

/* Keys come at once and are not shown; SIGINT stays. False: errno. */
bool terminal_take(void);
/* As it was before. */
void terminal_give_back(void);

#endif
