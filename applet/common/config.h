/* SPDX-License-Identifier: 0BSD */
/* A configuration file: found, read, and told of when it is wrong. */
#ifndef CONFIG_H
#define CONFIG_H

#include "syntax.h"

/*
 * `named`, or when it is NULL the first of `places` (NULL last) that exists;
 * none of them is no error. False: a sentence was said.
 */
bool config_read(const struct syntax *x, void *into, const char *named,
    const char *const *places);

/* -R: all paths hang from `dir`. False: said why. */
bool config_root(const char *dir);

#endif
