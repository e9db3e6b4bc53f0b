/* SPDX-License-Identifier: 0BSD */
/* link: platform/filter */
#include <string.h>

#include "filter.h"
#include "../lib/tap.h"

#define MACHINE 0xc000003e
#define OTHER 0x40000003 /* the 32-bit one of the same processor */
#define X32 0x40000000

/* As the kernel has it. */
struct data {
	uint32_t number, machine;
	uint64_t address, argument[6];
};

static const struct filter_call list[] = {
    {10, FILTER_ANY_ARGUMENT, 1},
    {11, FILTER_ANY_ARGUMENT, 2},
    {12, 7, FILTER_ARGUMENT(1), 3},
    {12, 9, FILTER_ARGUMENT(1), 3},
    {13, FILTER_ANY_ARGUMENT, 4},
    {14, 0x40, FILTER_ARGUMENT(5) | FILTER_NONE_OF, 1},
    {0, 0, 0, 0}, /* fills */
    {65535, FILTER_ANY_ARGUMENT, 1},
};

#define ROWS (sizeof(list) / sizeof(list[0]))

static uint32_t
word(const struct data *d, uint32_t offset)
{
	uint32_t w;

	memcpy(&w, (const char *)d + offset, sizeof(w));
	return w;
}

/* What the kernel does with it; 1: it would refuse the program. */
static uint32_t
run(const struct filter *f, const struct data *d)
{
	uint32_t a = 0;

	for (unsigned at = 0; at < f->len; at++) {
		uint64_t step = f->step[at];
		uint32_t k = (uint32_t)(step >> 32);
		unsigned yes = step >> 16 & 255, no = step >> 24 & 255;

		switch (step & 65535) {
		case 0x20:
			if (k % 4 || k >= sizeof(*d))
				return 1;
			a = word(d, k);
			break;
		case 0x15: at += a == k ? yes : no; break;
		case 0x45: at += a & k ? yes : no; break;
		case 0x06: return k;
		default: return 1;
		}
	}
	return 1;
}

static void
make(struct filter *f, unsigned needs)
{
	filter_begin(f, MACHINE);
	filter_allow(f, list, ROWS, needs);
	filter_end(f);
}

static bool
lets(const struct filter *f, uint32_t number)
{
	struct data d = {.number = number, .machine = MACHINE};
	uint32_t says = run(f, &d);

	if (says != FILTER_ALLOW && says != FILTER_KILL)
		OK(false, "%u: the program is wrong", number);
	return says == FILTER_ALLOW;
}

static bool
lets_with(const struct filter *f, uint32_t number, unsigned n, uint64_t value)
{
	struct data d = {.number = number, .machine = MACHINE};

	d.argument[n] = value;
	return run(f, &d) == FILTER_ALLOW;
}

static void
test_numbers(void)
{
	struct filter f;
	unsigned first = 0, others = 0, x32 = 0;

	make(&f, 1);
	for (uint32_t n = 0; n < 70000; n++) {
		if (n == 10 || n == 14 || n == 65535)
			first += lets(&f, n);
		else
			others += lets(&f, n);
		x32 += lets(&f, n | X32);
	}
	IS(first, 3, "those of the list, where no argument is wrong");
	IS(others, 0, "no other number");
	IS(x32, 0, "and none of x32");
	OK(!lets(&f, UINT32_MAX), "nor the last that there is");
	IS(f.calls, 4, "a call of two rows counts once");
}

static void
test_needs(void)
{
	struct filter f;

	make(&f, 2 | 4);
	OK(!lets(&f, 10), "what nobody needs is not there");
	OK(lets(&f, 11) && lets(&f, 13), "what is needed is");
	IS(f.calls, 3, "three");
	make(&f, 0);
	OK(!lets(&f, 0), "rows of zeros are none");
	IS(f.calls, 0, "none at all");
	IS(f.len, 4, "which is a whole program too");
}

static void
test_arguments(void)
{
	struct filter f;

	make(&f, 1);
	OK(!lets(&f, 12), "an argument with another value");
	OK(lets_with(&f, 12, 1, 7), "with the first");
	OK(lets_with(&f, 12, 1, 9), "with the second");
	OK(!lets_with(&f, 12, 1, 8), "between them");
	OK(!lets_with(&f, 12, 0, 7), "in another place");
	OK(lets_with(&f, 12, 1, 7 | UINT64_C(1) << 32),
	    "the kernel takes an int, so its upper half is none's business");
	OK(lets_with(&f, 14, 5, 0xffffffbf), "all bits but one");
	OK(!lets_with(&f, 14, 5, 0x40), "that one");
	OK(!lets_with(&f, 14, 5, 0x80043), "and that one among others");
	OK(lets(&f, 65535), "what comes behind them in the list");
}

static void
test_machine(void)
{
	struct filter f;
	unsigned allowed = 0;

	make(&f, 255);
	for (uint32_t n = 0; n < 1000; n++) {
		struct data d = {.number = n, .machine = OTHER};

		allowed += run(&f, &d) != FILTER_KILL;
	}
	IS(allowed, 0, "another machine's numbers are other calls");
}

static void
test_most(void)
{
	struct filter_call all[FILTER_ROWS];
	struct filter f;

	for (uint16_t i = 0; i < FILTER_ROWS; i++)
		all[i] = (struct filter_call){i, 1, FILTER_ARGUMENT(0), 1};
	filter_begin(&f, MACHINE);
	filter_allow(&f, all, FILTER_ROWS, 1);
	filter_end(&f);
	IS(f.len, FILTER_STEPS, "as many rows as may be fill it");
	OK(lets_with(&f, FILTER_ROWS - 1, 0, 1), "the last one counts");
}

int
main(void)
{
	test_numbers();
	test_needs();
	test_arguments();
	test_machine();
	test_most();
	return tap_end();
}
