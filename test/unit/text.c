/* SPDX-License-Identifier: 0BSD */
/* link: platform/text */
#include <string.h>

#include "../lib/tap.h"
#include "text.h"

#define MAX UINT64_MAX

static const struct {
	const char *name;
	const char *in;
	size_t len; /* 0: strlen */
	uint64_t max;
	bool good;
	uint64_t want;
} numbers[] = {
    {"0", "0", 0, MAX, true, 0},
    {"one digit", "7", 0, MAX, true, 7},
    {"at the maximum", "100", 0, 100, true, 100},
    {"one above it", "101", 0, 100, false, 0},
    {"0 with a maximum of 0", "0", 0, 0, true, 0},
    {"1 with a maximum of 0", "1", 0, 0, false, 0},
    {"9 with a maximum of 5", "9", 0, 5, false, 0},
    {"2^40", "1099511627776", 0, MAX, true, UINT64_C(1) << 40},
    {"2^40 + 1 with that maximum", "1099511627777", 0, UINT64_C(1) << 40,
	false, 0},
    {"2^64 - 1", "18446744073709551615", 0, MAX, true, MAX},
    {"2^64", "18446744073709551616", 0, MAX, false, 0},
    {"2^64 + 5, which wraps to 5", "18446744073709551621", 0, MAX, false, 0},
    {"20 nines", "99999999999999999999", 0, MAX, false, 0},
    {"21 digits", "100000000000000000000", 0, MAX, false, 0},
    {"forty digits", "1234567890123456789012345678901234567890", 0, MAX,
	false, 0},
    {"nothing", "", 0, MAX, false, 0},
    {"a minus", "-1", 0, MAX, false, 0},
    {"a plus", "+1", 0, MAX, false, 0},
    {"hexadecimal", "0x10", 0, MAX, false, 0},
    {"what strtoul would take for octal", "010", 0, MAX, false, 0},
    {"two zeros", "00", 0, MAX, false, 0},
    {"a blank before", " 1", 0, MAX, false, 0},
    {"a blank behind", "1 ", 0, MAX, false, 0},
    {"a newline behind", "1\n", 0, MAX, false, 0},
    {"CR behind", "1\r", 0, MAX, false, 0},
    {"garbage behind", "12kB", 0, MAX, false, 0},
    {"a point", "1.5", 0, MAX, false, 0},
    {"an exponent", "1e3", 0, MAX, false, 0},
    {"a NUL inside", "1\0002", 3, MAX, false, 0},
    {"a NUL behind", "12", 3, MAX, false, 0},
    {"only the given bytes", "1234", 2, MAX, true, 12},
    {"a byte above 127", "1\xb2", 0, MAX, false, 0},
    {"the sign before 0", "/", 0, MAX, false, 0},
    {"the sign behind 9", ":", 0, MAX, false, 0},
};

static void
test_numbers(void)
{
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		uint64_t got = 4711;
		size_t len = numbers[i].len ? numbers[i].len
					    : strlen(numbers[i].in);
		bool good =
		    text_number(numbers[i].in, len, numbers[i].max, &got);

		OK(good == numbers[i].good &&
			got == (good ? numbers[i].want : 4711),
		    "number: %s", numbers[i].name);
	}
}

static bool
line_is(const char **at, const char *end, bool partial, const char *want)
{
	const char *line;
	size_t len;

	if (!text_line(at, end, partial, &line, &len))
		return want == NULL;
	return want && text_is(line, len, want);
}

static void
test_lines(void)
{
	static const char text[] = "one\n\ntwo\r\nthree";
	const char *end = text + sizeof(text) - 1;
	const char *at = text;

	OK(line_is(&at, end, false, "one"), "line: the first");
	OK(line_is(&at, end, false, ""), "line: an empty one");
	OK(line_is(&at, end, false, "two\r"), "line: CR belongs to it");
	OK(line_is(&at, end, false, NULL), "line: a cut-off one is none");
	OK(line_is(&at, end, true, "three"), "line: unless it is asked for");
	OK(line_is(&at, end, true, NULL), "line: the end");
	at = text;
	OK(line_is(&at, text, true, NULL), "line: nothing of nothing");
	at = text;
	OK(line_is(&at, text + 2, true, "on"), "line: not beyond the end");
}

static bool
holds(const struct text *t, const char *want)
{
	return text_is(t->at, t->len, want);
}

static void
test_building(void)
{
	char buf[12];
	struct text t = TEXT_ON(buf);

	text_str(&t, "a");
	text_dec(&t, 0);
	text_dec_right(&t, 42, 4);
	text_pad(&t, "bc", 3);
	OK(holds(&t, "a0  42bc ") && !t.cut, "build: pieces in a row");
	text_str(&t, "xyz");
	OK(holds(&t, "a0  42bc xyz") && !t.cut, "build: full to the brim");
	text_str(&t, "");
	OK(!t.cut, "build: nothing fits always");
	text_str(&t, "!");
	OK(t.cut && t.len == 12, "build: one byte more is cut");
}

static void
test_cutting(void)
{
	char buf[8];
	struct text t = TEXT_ON(buf);

	text_str(&t, "123456");
	text_dec(&t, 789);
	OK(t.cut && holds(&t, "123456"), "cut: no half of a number");
	text_str(&t, "7");
	OK(holds(&t, "123456"), "cut: nothing is taken after it");
	t = (struct text){buf, 0, 0, false};
	text_str(&t, "x");
	OK(t.cut && t.len == 0, "cut: no room at all");
	t = (struct text)TEXT_ON(buf);
	text_bytes(&t, "x", SIZE_MAX);
	OK(t.cut && t.len == 0, "cut: a length that would wrap");
}

static void
test_decimal(void)
{
	char buf[64];
	struct text t = TEXT_ON(buf);

	text_dec(&t, UINT64_MAX);
	OK(holds(&t, "18446744073709551615"), "decimal: 2^64 - 1");
	t.len = 0;
	text_dec_right(&t, 12345, 3);
	OK(holds(&t, "12345"), "decimal: wider than its field");
	t.len = 0;
	text_pad(&t, "abcdef", 3);
	OK(holds(&t, "abcdef"), "pad: wider than its field");
}

static void
test_quotes(void)
{
	char buf[128], foreign[100];
	struct text t = TEXT_ON(buf);

	text_quote(&t, "a'b\"c", 5);
	OK(holds(&t, "'a'b\"c'"), "quote: plain bytes as they are");
	t.len = 0;
	text_quote(&t, "\033[2J\0\n\177\xff", 8);
	OK(holds(&t, "'?[2J\?\?\?\?'"), "quote: nothing for a terminal");
	t.len = 0;
	text_quote(&t, "", 0);
	OK(holds(&t, "''"), "quote: nothing");
	memset(foreign, 'x', sizeof(foreign));
	t.len = 0;
	text_quote(&t, foreign, 64);
	OK(t.len == 66, "quote: 64 bytes are whole");
	t.len = 0;
	text_quote(&t, foreign, 65);
	OK(t.len >= 66 && t.len < 72 && !memcmp(&buf[t.len - 4], "...'", 4),
	    "quote: 65 are cut and marked");
}

/* Whether `want` is all that was built. */
static bool
is(const struct text *t, const char *want)
{
	return text_is(t->at, t->len, want);
}

static void
test_templates(void)
{
	char buf[64], word[8];
	struct text t = TEXT_ON(buf);

	text_put(&t, "%s", "");
	OK(is(&t, "") && !t.cut, "template: nothing of nothing");
	text_put(&t, "%s %u-%ju, %s%ju", "a", UINT32_MAX, UINT64_MAX, "b",
	    UINT64_C(0));
	OK(is(&t, "a 4294967295-18446744073709551615, b0"),
	    "template: strings and numbers, none between");
	t = (struct text)TEXT_ON(word);
	text_put(&t, "ab%s", "%s%ju");
	OK(is(&t, "ab%s%ju"), "template: a string is no template");
	text_put(&t, "x%sy", "z");
	OK(is(&t, "ab%s%jux") && t.cut, "template: cut between pieces");
	OK(text_cstr(word, sizeof(word), "%s/%u", "abc", 123u) == 8 &&
		strcmp(word, "abc/123") == 0, "word: one that just fits");
	OK(text_cstr(word, sizeof(word), "%s/%u", "abc", 1234u) == 0,
	    "word: no room for the NUL");
	OK(text_cstr(word, sizeof(word), "%s", "") == 1 && word[0] == '\0',
	    "word: an empty one is its NUL");
}

static void
test_lists(void)
{
	static const char list[] = "2008\0" "low\0" "l\0";

	OK(strcmp(text_nth(list, 0), "2008") == 0 &&
		strcmp(text_nth(list, 2), "l") == 0, "list: a word by number");
	OK(strcmp(text_known(list, 2), "l") == 0 &&
		strcmp(text_known(list, 3), "unknown") == 0,
	    "list: a word by number, or unknown");
	OK(*text_nth(list, 3) == '\0' && *text_nth(list, MAX) == '\0',
	    "list: there are not so many");
	OK(text_which(list, "low!", 3) == 1 && text_which(list, "l", 1) == 2,
	    "list: the number of a word");
	OK(text_which(list, "lo", 2) == -1 && text_which(list, "", 0) == -1,
	    "list: none of them");
}

static void
test_labels(void)
{
	static const struct {
		const char *name;
		const char *in;
		bool good;
		uint64_t want;
	} rows[] = {
	    {"the only line", "high 12\n", true, 12},
	    {"blanks, and a unit", "low 1\nhigh    34 kB\n", true, 34},
	    {"no blank", "high7\n", true, 7},
	    {"the first that has a number", "high x\nhigh 5\nhigh 6\n", true,
		5},
	    {"not in the middle of a line", "a high 5\n", false, 0},
	    {"a longer word", "higher 5\n", false, 0},
	    {"half a line", "high 5", false, 0},
	    {"no number", "high\nhigh \n", false, 0},
	    {"behind a shorter line", "hi\nhigh 5\n", true, 5},
	    {"a shorter line at the end", "h\n", false, 0},
	    {"above the maximum", "high 101\n", false, 0},
	    {"nothing", "", false, 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t got = 4711;
		bool good = text_labelled(
		    rows[i].in, strlen(rows[i].in), "high", 100, &got);

		OK(good == rows[i].good && (!good || got == rows[i].want),
		    rows[i].name);
	}
}

int
main(void)
{
	test_labels();
	test_lists();
	test_templates();
	test_numbers();
	test_lines();
	test_building();
	test_cutting();
	test_decimal();
	test_quotes();
	OK(text_is("abc", 3, "abc") && !text_is("abc", 2, "abc") &&
		!text_is("abcd", 4, "abc") && !text_is("a\0c", 3, "abc"),
	    "is: length and bytes");
	return tap_end();
}
