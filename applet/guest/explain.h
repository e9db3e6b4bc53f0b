/* SPDX-License-Identifier: 0BSD */
/* A decision in words and figures, for people. Pure. */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include "guest.h"
#include "text.h"

#define EXPLAIN_MAX 3072 /* bytes: 22 lines of at most 80, and room to grow */

/* The table of `oneshot -n` and SIGUSR1. */
void explain(struct text *t, const struct guest *g);

#endif
