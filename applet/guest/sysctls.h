/* SPDX-License-Identifier: 0BSD */
/*
 * The kernel's settings that a ballooned guest needs otherwise, changed while
 * self-ballooning is on and put back after it.
 */
#ifndef SYSCTLS_H
#define SYSCTLS_H

#include "settings.h"

/* Takes over what a dead daemon left changed. Before the others. */
void tuning_adopt(void);
/* Changes them, once; says what can't be changed. */
void tuning_on(const struct settings *s);
/* Puts back what tuning_on changed, if nobody else has changed it since. */
void tuning_off(void);

#endif
