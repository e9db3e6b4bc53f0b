/* SPDX-License-Identifier: 0BSD */
/*
 * What a look sees: /proc and the balloon driver become g->sample, what is
 * wrong with it g->invalid, and from a valid one the guest's limits are
 * learned: its ceiling, and the largest MemTotal.
 */
#ifndef OBSERVE_H
#define OBSERVE_H

#include "guest.h"

void observe(struct guest *g, const struct wakeup *w);

#endif
