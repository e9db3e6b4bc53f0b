/* SPDX-License-Identifier: 0BSD */
#include <stdbool.h>

#include "filter.h"

/*
 * struct sock_filter of the kernel as one number: a code, the steps to skip on
 * a yes and on a no, and K. The codes are those of linux/bpf_common.h.
 */
#define K(k) ((uint64_t)(k) << 32)
#define YES(n) ((n) << 16U)
#define NO(n) ((n) << 24U)
#define LOAD 0x20U    /* BPF_LD | BPF_W | BPF_ABS */
#define IF_EQUAL 0x15U /* BPF_JMP | BPF_JEQ | BPF_K */
#define IF_BITS 0x45U /* BPF_JMP | BPF_JSET | BPF_K */
#define RETURN 0x06U  /* BPF_RET | BPF_K */

static void
put(struct filter *f, uint64_t step)
{
	f->step[f->len++] = step;
}

/*
 * On x86_64 a process may make i386's calls too, which have other numbers: any
 * of another machine ends it.
 */
void
filter_begin(struct filter *f, uint32_t machine)
{
	f->len = f->calls = 0;
	f->last = UINT16_MAX;
	put(f, LOAD | K(FILTER_MACHINE));
	put(f, IF_EQUAL | YES(1U) | K(machine));
	filter_end(f);
}

/*
 * All 32 bits of the number are compared: x32's calls have bit 30 set, and so
 * are in no list.
 */
void
filter_allow(struct filter *f, const struct filter_call *list, size_t count,
    unsigned needs)
{
	for (const struct filter_call *c = list; c < list + count; c++) {
		bool none = c->check & FILTER_NONE_OF;

		if (!(c->needs & needs))
			continue;
		f->calls += c->number != f->last;
		f->last = c->number;
		put(f, LOAD | K(FILTER_NUMBER));
		put(f, IF_EQUAL | NO(3U) | K(c->number));
		put(f, LOAD | K(c->check - none));
		put(f, (none ? IF_BITS | YES(1U) : IF_EQUAL | NO(1U)) |
		    K(c->value));
		put(f, RETURN | K(FILTER_ALLOW));
	}
}

void
filter_end(struct filter *f)
{
	put(f, RETURN | K(FILTER_KILL));
}
