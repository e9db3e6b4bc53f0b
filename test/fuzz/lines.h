/* SPDX-License-Identifier: 0BSD */
/* /proc/meminfo and /proc/vmstat, read a second time in another way. */
#ifndef LINES_H
#define LINES_H

#include "fuzz.h"
#include "common/sample.h"

struct lines_field {
	const char *label;
	uint32_t have;
	size_t offset;
};

struct lines {
	const struct lines_field *fields;
	size_t count;
	uint64_t max;
	uint32_t enough; /* up to the line that completes it; 0: to the end */
	void *part;
	uint32_t *have;
};

/* "LABEL  NUMBER[ kB]" without its newline, as a C string. */
static inline void
lines_parse(const struct lines *l, char *line)
{
	size_t label = strcspn(line, " ");
	char *at = line + label + strspn(line + label, " ");
	size_t len = strlen(at);
	uint64_t n;

	if (!line[label])
		return;
	line[label] = '\0';
	if (len > 3 && strcmp(at + len - 3, " kB") == 0)
		len -= 3;
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->fields[i].label, line) == 0 &&
		    fuzz_decimal(at, len, l->max, &n)) {
			memcpy((char *)l->part + l->fields[i].offset, &n,
			    sizeof(n));
			*l->have |= l->fields[i].have;
		}
}

static inline void
lines_read(const struct lines *l, const char *text, size_t len)
{
	size_t next;

	for (size_t at = 0; at < len; at += next) {
		size_t n = fuzz_line(text + at, len - at, &next);
		char *line = calloc(1, n + 1);

		memcpy(line, text + at, n);
		if (at + n < len && strlen(line) == n &&
		    (!l->enough || (*l->have & l->enough) != l->enough))
			lines_parse(l, line);
		free(line);
	}
}

#endif
