/* SPDX-License-Identifier: 0BSD */
/* What a guest tells domain 0, as text. Pure. */
#ifndef REPORT_H
#define REPORT_H

#include <stddef.h>

/*
 * Bytes of a value: xenstored's node-size quota of 2048 covers names and
 * permissions too; 2015 was the largest that Xen 4.17 took.
 */
#define REPORT_VALUE_MAX 2000

/*
 * The text of /proc/meminfo or /proc/vmstat as far as whole lines fit into
 * `out`, those that monitors read first, the rest in their order. Returns the
 * length.
 */
size_t report_lines(
    char out[REPORT_VALUE_MAX], const char *text, size_t len);

#endif
