/* SPDX-License-Identifier: 0BSD */
/*
 * Files below /run in which this program leaves what it found changed, for
 * whoever comes after a kill -9.
 */
#ifndef RUN_H
#define RUN_H

/* memory.high of the fenced groups: a name, a blank and bytes on each line. */
#define RUN_FENCE "/run/xenballoon-fence"
/* Of sysctl.h: a path, a blank and the value on each line. */
#define RUN_SYSCTLS "/run/xenballoon-sysctls"
/*
 * 1 on the first line while groups are frozen, else 0; then a name on each
 * line, up to an empty one. It is there before, and written in place: while
 * groups are frozen there may be no page for a new file.
 */
#define RUN_FROZEN "/run/xenballoon-frozen"

#endif
