/* SPDX-License-Identifier: 0BSD */
/*
 * Settings of the kernel that are changed for a while and put back. What they
 * were is kept in RUN_SYSCTLS meanwhile.
 */
#ifndef SYSCTL_H
#define SYSCTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "run.h"

#define SYSCTL_DIR "/proc/sys/"

struct sysctl {
	const char *name; /* below SYSCTL_DIR */
	uint64_t ours;	  /* the value while it is changed */
	uint64_t before;  /* the value that is put back */
	/*
	 * -1: not changed. Else it stays open until its value is put back: a
	 * copy that began in an initramfs has no /proc at its root any more.
	 */
	int fd;
};

/* The value in force. False: there is no such setting, or it is no number. */
bool sysctl_read(const char *name, uint64_t *value);

/* Writes the value that it has, where the kernel acts on each write. */
void sysctl_rewrite(const char *name);

/*
 * A change is three steps: open, remember, write; whoever is killed between
 * them has left behind what there was. `before` is the value now. False: errno
 * says why.
 */
bool sysctl_open(struct sysctl *c, uint64_t before);
/* Keeps all that are open in RUN_SYSCTLS; none: removes it. */
bool sysctl_remember(const struct sysctl *list, size_t count);
/* False: it is not changed, and closed. */
bool sysctl_write(struct sysctl *c);

/*
 * Puts `before` back, unless somebody else has changed it meanwhile, and closes
 * it. False: it was not open, or can't be read or written now.
 */
bool sysctl_put_back(struct sysctl *c);

/* Opens those that RUN_SYSCTLS names and that still have our value. */
void sysctl_adopt(struct sysctl *list, size_t count);

#endif
