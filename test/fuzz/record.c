/* SPDX-License-Identifier: 0BSD */
/* link: platform/text applet/common/record */
/*
 * The record `stat`, read and written, and the lines that are sent of a file
 * of /proc. Input: 2 bytes of capacity for the lines, then the text.
 */
#include "fuzz.h"
#include "common/record.h"

static const struct {
	const char *name;
	size_t offset;
} fields[] = {
#define FIELD(member) {#member, offsetof(struct record, member)}
    FIELD(seq), FIELD(uptime_s), FIELD(self), FIELD(current), FIELD(target),
    FIELD(ceiling), FIELD(floor), FIELD(need), FIELD(total), FIELD(available),
    FIELD(committed), FIELD(swap_in), FIELD(swap_out), FIELD(major_faults),
    FIELD(oom_kills), FIELD(pressure_us), FIELD(reason), FIELD(progress),
};

#define FIELDS (sizeof(fields) / sizeof(fields[0]))

/* "name=number" as a C string. */
static bool
read_word(struct record *r, char *word)
{
	char *equals = strchr(word, '=');
	uint64_t n;

	if (!equals || !fuzz_decimal(
	    equals + 1, strlen(equals + 1), UINT64_MAX, &n))
		return false;
	*equals = '\0';
	for (size_t i = 0; i < FIELDS; i++)
		if (strcmp(word, fields[i].name) == 0)
			memcpy((char *)r + fields[i].offset, &n, sizeof(n));
	return true;
}

/*
 * The same by another way: a copy, cut at its blanks. A NUL is no better and
 * no worse than any other byte that is no digit.
 */
static bool
read_again(struct record *r, const char *at, size_t len)
{
	char *copy = calloc(1, len + 2);
	char *word, *next = copy + 2;
	bool good;

	memset(r, 0, sizeof(*r));
	if (len)
		memcpy(copy, at, len);
	for (size_t i = 0; i < len; i++)
		if (copy[i] == '\0')
			copy[i] = '\1';
	good = len >= 2 && strncmp(copy, "1 ", 2) == 0;
	/* One blank at the end is none too many. */
	while (good && next < copy + len) {
		word = next;
		next += strcspn(word, " ");
		*next++ = '\0';
		good = read_word(r, word);
	}
	free(copy);
	return good;
}

static void
round_trip(const struct record *r)
{
	char bytes[RECORD_MAX];
	struct text t = TEXT_ON(bytes);
	struct record back;

	record_write(&t, r);
	HOLD(!t.cut && fuzz_printable(bytes, t.len));
	HOLD(record_read(&back, bytes, t.len));
	HOLD(memcmp(&back, r, sizeof(back)) == 0);
}

/* How often the line stands in the text. */
static unsigned
times(const char *line, size_t n, const char *text, size_t len)
{
	unsigned count = 0;
	size_t next;

	for (size_t at = 0; at < len; at += next)
		count += fuzz_line(text + at, len - at, &next) == n &&
		    at + n < len && memcmp(text + at, line, n) == 0;
	return count;
}

/* All of it, or whole lines of it, none more often than it was there. */
static void
check_lines(const char *text, size_t len, size_t cap)
{
	char *out = malloc(cap ? cap : 1);
	size_t got, next;

	got = record_lines(out, cap, text, len);
	HOLD(got <= cap);
	if (len <= cap)
		HOLD(got == len && memcmp(out, text, len) == 0);
	else
		for (size_t at = 0; at < got; at += next) {
			size_t n = fuzz_line(out + at, got - at, &next);

			HOLD(at + n < got);
			HOLD(times(out + at, n, out, got) <=
			    times(out + at, n, text, len));
		}
	free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {data, size};
	size_t cap = fuzz_number(&f, 2) % (RECORD_VALUE_MAX + 1);
	size_t len = f.left;
	char *text = fuzz_exact(f.at, len);
	struct record got, want;
	bool good = record_read(&got, text, len);

	HOLD(good == read_again(&want, text, len));
	if (good)
		HOLD(memcmp(&got, &want, sizeof(got)) == 0);
	if (good)
		round_trip(&got);
	check_lines(text, len, cap);
	for (size_t i = 0; i < sizeof(got); i++)
		((uint8_t *)&got)[i] = fuzz_byte(&f);
	round_trip(&got);
	free(text);
	return 0;
}
