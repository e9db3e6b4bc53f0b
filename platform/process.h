/* SPDX-License-Identifier: 0BSD */
/* What the daemon asks of the kernel for itself. */
#ifndef PROCESS_H
#define PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Never the OOM killer's choice, never waiting for a page of its own, first
 * when the processor is short: the process that ends a shortage of memory
 * must not starve in it. Each part that fails is said once; none is fatal.
 */
void process_protect(void);

/*
 * One process of a kind: an exclusive lock on the file `path`, opened to be
 * written and never written, or where it can't be on the directory `other`.
 * Held until exit. False: errno is EWOULDBLOCK when another process has it.
 */
bool process_lock(const char *path, const char *other);

/* Whoever started this program left it `fd`: it is none of our own. */
bool process_was_given(int fd);

/*
 * One newline to `fd`: the supervisor's readiness sign. Then it is closed, but
 * for standard ones, whose numbers nothing else may get.
 */
void process_ready(int fd);

/*
 * Asks an early copy to end: its argv[0] begins with '@', which also tells
 * systemd to spare it at switch_root. False: it is none, or about gone.
 */
bool process_retire(pid_t pid);

/* Descriptors 0 to 2 exist, so that no file opened later becomes stderr. */
void process_descriptors(void);

#endif
