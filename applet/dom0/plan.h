/* SPDX-License-Identifier: 0BSD */
/* What a step of the balancer comes to, as a table: balance -n. Pure. */
#ifndef PLAN_H
#define PLAN_H

#include "share.h"
#include "text.h"

/* Each is a whole line; a row is that of a guest and its name. */
#define PLAN_LINE_MAX 160
void plan_head(struct text *t);
void plan_row(struct text *t, const struct share_guest *g, const char *name);
void plan_sum(struct text *t, const struct share_result *r, uint32_t pool_mb);

#endif
