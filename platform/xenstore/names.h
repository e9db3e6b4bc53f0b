/* SPDX-License-Identifier: 0BSD */
/*
 * Lists that are longer than a reply may be, for both transports: see `names`
 * of struct xenstore_batch.
 */
#ifndef NAMES_H
#define NAMES_H

#include "xenstore.h"

/*
 * The message in rx is longer than rx: the names of it that have come go to
 * x->batch. What is left of it has not all come yet, or rx would have it all.
 * False: it may not be so long, is of no request in flight, or nobody takes it.
 */
bool names_take(struct xenstore *x);

#endif
