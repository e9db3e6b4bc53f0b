/* SPDX-License-Identifier: 0BSD */
/*
 * A list of system calls as a program of the kernel's BPF, for seccomp(2):
 * those of the list are let through, anything else ends the process. Pure.
 */
#ifndef FILTER_H
#define FILTER_H

#include <stddef.h>
#include <stdint.h>

#define FILTER_ROWS 23 /* of all lists: sandbox.c sees to it */
#define FILTER_STEPS (4 + 5 * FILTER_ROWS)

/* struct seccomp_data of the kernel: its number, the machine's, arguments. */
#define FILTER_NUMBER 0
#define FILTER_MACHINE 4
/* The lower half of an argument: both machines are little-endian. */
#define FILTER_ARGUMENT(n) (16 + 8 * (n))
/* It need not be the value: none of the value's bits may be set in it. */
#define FILTER_NONE_OF 1
/* None of no bits: any will do. */
#define FILTER_FREE 0, FILTER_NONE_OF

#define FILTER_ALLOW 0x7fff0000
/*
 * The whole process (Linux 4.14); an older kernel does not see the upper bit
 * and ends the thread, which is the same here.
 */
#define FILTER_KILL 0x80000000

struct filter_call {
	uint16_t number; /* SYS_... */
	uint16_t value;	 /* that the argument at `check` is to have */
	uint8_t check;	 /* FILTER_ARGUMENT, FILTER_NONE_OF */
	uint8_t needs;	 /* those of SANDBOX_... that it is there for */
};

struct filter {
	unsigned calls; /* let through, each counted once */
	unsigned len;
	uint16_t last;
	uint64_t step[FILTER_STEPS];
};

/* An empty one, for the machine that audit(7) knows by this number. */
void filter_begin(struct filter *f, uint32_t machine);

/* Those of the list that `needs` asks for; rows of one call are neighbours. */
void filter_allow(struct filter *f, const struct filter_call *list,
    size_t count, unsigned needs);

void filter_end(struct filter *f);

#endif
