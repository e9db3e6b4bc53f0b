/* SPDX-License-Identifier: 0BSD */
/*
 * The kernel's settings that a ballooned guest needs otherwise, changed while
 * self-ballooning is on and put back after it.
 */
#ifndef SYSCTLS_H
#define SYSCTLS_H

#include "settings.h"

/* Takes over what a daemon that was killed left changed. Before the others. */
void sysctls_adopt(void);
/*
 * Changes them, once; logs what can't be changed. canaries: they stand, or are
 * to: vm.oom_dump_tasks follows that.
 */
void sysctls_set(const struct settings *s, bool canaries);
/* Puts back what was changed, if nobody else has changed it since. */
void sysctls_restore(void);

#endif
