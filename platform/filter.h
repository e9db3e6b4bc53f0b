/* SPDX-License-Identifier: 0BSD */
/*
 * A list of system calls as a program of the kernel's BPF, for seccomp(2):
 * those of the list are let through, anything else ends the process. Pure.
 */
#ifndef FILTER_H
#define FILTER_H

#include <stddef.h>
#include <stdint.h>

#define FILTER_ROWS 33 /* of all lists: sandbox.c asserts it */
#define FILTER_STEPS (4 + 5 * FILTER_ROWS)

/* struct seccomp_data of the kernel: its number, the machine's, arguments. */
#define FILTER_NUMBER 0
#define FILTER_MACHINE 4
/* The lower half of an argument: both machines are little-endian. */
#define FILTER_ARGUMENT(n) (16 + 8 * (n))
/*
 * Added to FILTER_ARGUMENT: the argument passes when no bit of `value` is set
 * in it, instead of when it is `value`.
 */
#define FILTER_NONE_OF 1
/* `value` and `check` that every argument passes: no bit of 0 is set. */
#define FILTER_ANY_ARGUMENT 0, FILTER_NONE_OF

#define FILTER_ALLOW 0x7fff0000
/*
 * The whole process (Linux 4.14); an older kernel does not see the upper bit
 * and ends the thread, which is the same here.
 */
#define FILTER_KILL 0x80000000

struct filter_call {
	uint16_t number; /* SYS_... */
	uint16_t value;	 /* what the argument at `check` is compared with */
	uint8_t check;	 /* FILTER_ARGUMENT(n), perhaps with FILTER_NONE_OF */
	uint8_t needs;	 /* SANDBOX_... bits: let through for any of them */
};

struct filter {
	unsigned calls; /* let through, each counted once */
	uint16_t last;	/* number of the call that was let through last */
	unsigned len;	/* steps so far */
	uint64_t step[FILTER_STEPS];
};

/* Lets nothing through yet; `machine` is an AUDIT_ARCH_... of the kernel. */
void filter_begin(struct filter *f, uint32_t machine);

/* Lets through the rows of `needs`. Rows of one call stand together. */
void filter_allow(struct filter *f, const struct filter_call *list,
    size_t count, unsigned needs);

/* Ends the process at any other call. */
void filter_end(struct filter *f);

#endif
