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

#define LINES_FIELD(label, have, member) \
	{(label), (have), offsetof(struct sample, member)}

/* "LABEL  NUMBER[ kB]" without its newline, as a C string. */
static inline void
lines_take(struct sample *s, const struct lines_field *fields, size_t count,
    uint64_t max, char *line)
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
	for (size_t i = 0; i < count; i++)
		if (strcmp(fields[i].label, line) == 0 &&
		    fuzz_decimal(at, len, max, &n)) {
			memcpy((char *)s + fields[i].offset, &n, sizeof(n));
			s->have |= fields[i].have;
		}
}

/* Up to the line that completes `enough`. */
static inline void
lines_read(struct sample *s, const struct lines_field *fields, size_t count,
    uint64_t max, uint32_t enough, const char *text, size_t len)
{
	size_t next;

	for (size_t at = 0; at < len; at += next) {
		size_t n = fuzz_line(text + at, len - at, &next);
		char *line = calloc(1, n + 1);

		memcpy(line, text + at, n);
		if (at + n < len && strlen(line) == n &&
		    (!enough || (s->have & enough) != enough))
			lines_take(s, fields, count, max, line);
		free(line);
	}
}

/* `parse` takes from the bytes what lines_read does: what that is. */
static inline struct sample
lines_agree(void (*parse)(struct sample *, const char *, size_t),
    const struct lines_field *fields, size_t count, uint64_t max,
    uint32_t enough, const uint8_t *data, size_t size)
{
	char *text = fuzz_exact(data, size);
	struct sample got, want;

	memset(&got, 0, sizeof(got));
	memset(&want, 0, sizeof(want));
	parse(&got, text, size);
	lines_read(&want, fields, count, max, enough, text, size);
	HOLD(memcmp(&got, &want, sizeof(got)) == 0);
	free(text);
	return got;
}

#endif
