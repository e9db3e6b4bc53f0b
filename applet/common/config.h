/* SPDX-License-Identifier: 0BSD */
/* A configuration file: found and read; what is wrong with it is logged. */
#ifndef CONFIG_H
#define CONFIG_H

#include "syntax.h"

/*
 * Reads `named`, or when it is NULL the first of `places` (NULL last) that
 * exists; that none does is no error. False: one line was logged.
 */
bool config_read(const struct syntax *x, void *into, const char *named,
    const char *const *places);

#endif
