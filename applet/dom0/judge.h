/* SPDX-License-Identifier: 0BSD */
/*
 * One guest at the start of a step of share.h: what of its record is believed,
 * whether it follows its target, and within which bounds a new one is. Pure.
 */
#ifndef JUDGE_H
#define JUDGE_H

#include "share.h"

/*
 * From g->seen and g->limits: fills in g->step but for the goal, the reason in
 * g->answer (SHARE_REST, SHARE_DOUBT, or why it is left alone) with the target
 * that it has, and what is new in g->learned.
 */
void judge_guest(
    struct share_guest *g, const struct share_pool *p, uint64_t now_ms);

#endif
