/* SPDX-License-Identifier: 0BSD */
#include <stdbool.h>
#include <string.h>

#include "report.h"
#include "text.h"

/* Read by xenballoon-monitor of 2008, or telling how a guest fares. */
static const char *const first[] = {
    "MemTotal", "MemFree", "MemAvailable", "Committed_AS", "SwapTotal",
    "SwapFree", "pswpin", "pswpout", "pgpgin", "pgpgout", "pgmajfault",
    "oom_kill", "workingset_refault",
};

static bool
comes_first(const char *line, size_t len)
{
	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
		size_t n = strlen(first[i]);

		if (len > n && memcmp(line, first[i], n) == 0)
			return true;
	}
	return false;
}

static void
pass(struct text *t, const char *text, size_t len, bool wanted)
{
	const char *at = text;
	const char *line;
	size_t n;

	while (text_line(&at, text + len, false, &line, &n)) {
		if (comes_first(line, n) != wanted)
			continue;
		text_bytes(t, line, n + 1);
	}
}

size_t
report_lines(char out[REPORT_VALUE_MAX], const char *text, size_t len)
{
	struct text t = {out, REPORT_VALUE_MAX, 0, false};

	if (len <= REPORT_VALUE_MAX) {
		memcpy(out, text, len);
		return len;
	}
	pass(&t, text, len, true);
	pass(&t, text, len, false);
	return t.len;
}
