/* SPDX-License-Identifier: 0BSD */
/*
 * The names that the program goes by: links to it in one folder. -R does not
 * move them.
 */
#ifndef INSTALL_H
#define INSTALL_H

#include <stdbool.h>
#include <stddef.h>

/* The path of the program that runs. False: errno says why. */
bool install_program(char *path, size_t cap);

/* The folder that install_link makes links in. False: errno says why. */
bool install_folder(const char *dir);

/*
 * Makes a link to `program`, symbolic or hard, under another name, and renames
 * it over what has `name`: that stays where it fails. False: errno says why.
 */
bool install_link(const char *program, const char *name, bool symbolic);

#endif
