/* SPDX-License-Identifier: 0BSD */
/* link: platform/text applet/common/record */
#include <stdlib.h>
#include <string.h>

#include "common/record.h"
#include "../lib/tap.h"

static char out[RECORD_VALUE_MAX + 64];

/* The lines of a copy that ends where the bytes end. */
static size_t
lines_of(const char *text, size_t len)
{
	char *copy = malloc(len ? len : 1);
	char value[RECORD_VALUE_MAX];
	size_t got;

	memcpy(copy, text, len);
	got = record_lines(value, RECORD_VALUE_MAX, copy, len);
	memset(out, 0, sizeof(out));
	if (got <= sizeof(value))
		memcpy(out, value, got);
	free(copy);
	return got;
}

static void
test_short(void)
{
	static char text[RECORD_VALUE_MAX];

	OK(lines_of("", 0) == 0, "nothing");
	OK(lines_of("MemTotal: 1 kB\n", 15) == 15 &&
		!strcmp(out, "MemTotal: 1 kB\n"), "a short text is whole");
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 20 == 19 ? '\n' : 'x';
	OK(lines_of(text, sizeof(text)) == sizeof(text) &&
		!memcmp(out, text, sizeof(text)), "2000 bytes are whole");
}

/* Lines that monitors read stand behind 200 others. */
static size_t
long_text(char *text, size_t cap)
{
	size_t len = 0;

	for (unsigned i = 0; i < 200; i++)
		len += (size_t)snprintf(text + len, cap - len,
		    "nr_filler_%03u 18446744073709551615\n", i);
	len += (size_t)snprintf(text + len, cap - len,
	    "pswpin 11\npswpout 12\npgpgin 13\npgpgout 14\npgmajfault 15\n"
	    "oom_kill 16\nlast_of_all 1\n");
	return len;
}

static void
test_long(void)
{
	static char text[16384];
	size_t len = long_text(text, sizeof(text));
	size_t got = lines_of(text, len);
	unsigned broken = 0;

	OK(got > 1900 && got <= RECORD_VALUE_MAX, "a long text fills a value");
	OK(got && out[got - 1] == '\n', "a long text ends with a whole line");
	OK(strstr(out, "pswpin 11\n") && strstr(out, "pswpout 12\n") &&
		strstr(out, "pgpgin 13\n") && strstr(out, "pgpgout 14\n") &&
		strstr(out, "pgmajfault 15\n") && strstr(out, "oom_kill 16\n"),
	    "what monitors read is in it, however far behind");
	OK(strstr(out, "pswpin 11\n") < strstr(out, "nr_filler_000 "),
	    "what monitors read comes first");
	OK(strstr(out, "nr_filler_000 ") < strstr(out, "nr_filler_001 "),
	    "the rest keeps its order");
	for (char *at = out; at < out + got; at = strchr(at, '\n') + 1)
		broken += strncmp(at, "nr_filler_", 10) == 0 &&
		    strncmp(at + 13, " 18446744073709551615\n", 22) != 0;
	OK(broken == 0, "no line of a long text is cut");
}

static void
test_hostile(void)
{
	static char text[5000];
	size_t got;

	memset(text, 'x', sizeof(text));
	OK(lines_of(text, sizeof(text)) == 0, "no newline in 5000 bytes");
	memset(text, '\n', sizeof(text));
	OK(lines_of(text, sizeof(text)) <= RECORD_VALUE_MAX, "newlines alone");
	memset(text, 'x', sizeof(text));
	memcpy(text, "MemTotal: 1 kB\n", 15);
	got = lines_of(text, sizeof(text));
	OK(got == 15 && !strcmp(out, "MemTotal: 1 kB\n"),
	    "a line that is cut off is left out");
	memset(text, 0, sizeof(text));
	OK(lines_of(text, sizeof(text)) == 0, "NULs");
}

static bool
read_back(struct record *r, const char *text, size_t len)
{
	char *copy = malloc(len ? len : 1); /* ends where the bytes end */
	bool good;

	memcpy(copy, text, len);
	good = record_read(r, copy, len);
	free(copy);
	return good;
}

static void
test_record(void)
{
	char buf[RECORD_MAX];
	struct text t = TEXT_ON(buf);
	struct record r, back;
	unsigned wrong = 0;

	memset(&r, 0xff, sizeof(r)); /* every number is 2^64 - 1 */
	record_write(&t, &r);
	OK(!t.cut && t.len > 100, "record: fits with every number at 2^64 - 1");
	OK(read_back(&back, buf, t.len) && !memcmp(&r, &back, sizeof(r)),
	    "record: reads back as it was");
	OK(!memchr(buf, '\n', t.len) && t.len && !memcmp(buf, "1 ", 2),
	    "record: one line, version first");
	r = (struct record){.seq = 3, .total = 467008, .target = 157696};
	t.len = 0;
	record_write(&t, &r);
	for (size_t len = 0; len < t.len; len++)
		if (read_back(&back, buf, len))
			wrong += back.total != 0 && back.total != 467008 &&
			    buf[len] == ' ';
	OK(wrong == 0, "record: cut at each byte, nothing is read beyond");
}

static const struct {
	const char *name, *text;
	size_t len; /* 0: strlen */
	bool good;
} records[] = {
    {"an unknown name is passed over", "1 colour=5 total=7", 0, true},
    {"a name twice", "1 total=5 total=7", 0, true},
    {"nothing", "", 0, false},
    {"a version alone", "1", 0, false},
    {"version 2", "2 total=7", 0, false},
    {"version 10", "10 total=7", 0, false},
    {"no number", "1 total=", 0, false},
    {"no equals sign", "1 total", 0, false},
    {"negative", "1 total=-7", 0, false},
    {"hexadecimal", "1 total=0x7", 0, false},
    {"octal-looking", "1 total=07", 0, false},
    {"2^64", "1 total=18446744073709551616", 0, false},
    {"two equals signs", "1 total=7=7", 0, false},
    {"two blanks", "1  total=7", 0, false},
    {"a newline behind", "1 total=7\n", 0, false},
    {"a NUL behind", "1 total=7", 10, false},
    {"a control byte", "1 total=7 \033[2J=1 x", 0, false},
};

static void
test_records(void)
{
	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		const char *text = records[i].text;
		struct record r;
		bool good = read_back(&r, text,
		    records[i].len ? records[i].len : strlen(text));

		OK(good == records[i].good && (!good || r.total == 7),
		    "record: %s", records[i].name);
	}
}

int
main(void)
{
	test_short();
	test_long();
	test_hostile();
	test_record();
	test_records();
	return tap_end();
}
