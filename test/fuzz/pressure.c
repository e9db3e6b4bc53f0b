/* SPDX-License-Identifier: 0BSD */
/* link: platform/text applet/common/sample */
/* /proc/pressure/memory: what is taken is what another reading of it says. */
#include "fuzz.h"
#include "common/sample.h"

/* The number can only stand behind the last equals sign of the line. */
static void
parse(struct sample_counters *c, const char *line, size_t len)
{
	static const char total[] = "total=";
	const char *equals = memrchr(line, '=', len);
	size_t head = equals ? (size_t)(equals - line) + 1 : 0;
	uint64_t n;

	if (head < sizeof(total) - 1 || memcmp(line, "some ", 5) ||
	    memcmp(equals + 1 - (sizeof(total) - 1), total, sizeof(total) - 1))
		return;
	if (fuzz_decimal(equals + 1, len - head, UINT64_MAX, &n)) {
		c->pressure_us = n;
		c->have |= HAVE_PRESSURE;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_exact(data, size);
	struct sample_counters got, want;
	size_t next;

	memset(&got, 0, sizeof(got));
	memset(&want, 0, sizeof(want));
	sample_pressure(&got, text, size);
	for (size_t at = 0; at < size; at += next) {
		size_t n = fuzz_line(text + at, size - at, &next);

		if (at + n < size)
			parse(&want, text + at, n);
	}
	HOLD(memcmp(&got, &want, sizeof(got)) == 0);
	free(text);
	return 0;
}
