/* SPDX-License-Identifier: 0BSD */
/* link: platform/text */
/*
 * Numbers and the text that is built. Input: 8 bytes of maximum, a width, a
 * capacity, then what may be a number.
 */
#include "fuzz.h"
#include "text.h"

static void
read_number(const char *at, size_t len, uint64_t max)
{
	uint64_t got = 1, want = 1; /* stay so when it is refused */
	bool good = text_number(at, len, max, &got);

	HOLD(good == fuzz_decimal(at, len, max, &want));
	HOLD(got == want);
}

/* In a store of `cap` bytes: whole, or nothing of it. */
static void
build(const char *at, size_t len, uint64_t n, uint8_t width, uint8_t cap)
{
	char *store = malloc(cap ? cap : 1), want[400];
	struct text t;
	int size;

	t = (struct text){store, cap, 0, false};
	text_dec(&t, n);
	size = snprintf(want, sizeof(want), "%" PRIu64, n);
	HOLD(t.cut == (size > cap));
	HOLD(t.len == (t.cut ? 0 : (size_t)size));
	HOLD(memcmp(store, want, t.len) == 0);
	t = (struct text){store, cap, 0, false};
	text_dec_right(&t, n, width);
	size = snprintf(want, sizeof(want), "%*" PRIu64, width, n);
	HOLD(t.cut == (size > cap));
	HOLD(memcmp(store, want, t.len) == 0);
	t = (struct text){store, cap, 0, false};
	text_quote(&t, at, len);
	HOLD(t.len <= cap && fuzz_printable(store, t.len));
	HOLD(t.cut || t.len <= 64 + 5);
	HOLD(t.cut || t.len >= 2 + (len < 64 ? len : 64));
	HOLD(t.cut || (store[0] == '\'' && store[t.len - 1] == '\''));
	free(store);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {data, size};
	uint64_t max = fuzz_number(&f, 8);
	uint8_t width = fuzz_byte(&f), cap = fuzz_byte(&f);
	char *rest = fuzz_exact(f.at, f.left);

	read_number(rest, f.left, max);
	read_number(rest, f.left, UINT64_MAX);
	read_number(rest, f.left, max >> 32);
	build(rest, f.left, max, width, cap);
	free(rest);
	return 0;
}
