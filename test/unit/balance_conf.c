/* SPDX-License-Identifier: 0BSD */
/* link: platform/text applet/common/syntax applet/dom0/balance_conf */
#include <stdlib.h>
#include <string.h>

#include "dom0/balance_conf.h"
#include "../lib/tap.h"

static char message[1024];
static struct balance_conf conf;

/* The whole text, in a block that ends where it ends. */
static bool
read_text(const char *text, struct text *error)
{
	size_t len = strlen(text);
	char *copy = malloc(len ? len : 1);
	unsigned gone;
	bool good;

	memcpy(copy, text, len);
	*error = (struct text){message, sizeof(message), 0, false};
	balance_conf_default(&conf);
	good = syntax_text(
	    &balance_conf_syntax, &conf, "f", copy, len, error, &gone);
	free(copy);
	return good;
}

#define WORDS16 "a b c d e f g h i j k l m n %d %m"

static const struct {
	const char *text;
	const char *error; /* NULL: accepted */
} sentences[] = {
    {"", NULL},
    {"# XENBALLOON_GUEST=\n\n", NULL},
    {"XENBALLOON_POOL=640", NULL},
    {"XENBALLOON_POOL='640' # MB", NULL},
    {"XENBALLOON_POOL=16777216", NULL},
    {"XENBALLOON_POOL_RESERVE=0", NULL},
    {"XENBALLOON_GUEST=web", NULL},
    {"XENBALLOON_GUEST=\"web floor=64 ceiling=512 weight=3\" # the web", NULL},
    {"XENBALLOON_GUEST='a\tweight=1  '", NULL},
    {"XENBALLOON_GUEST='0123456789012345678901234567890 floor=0'", NULL},
    {"XENBALLOON_POOL_COMMAND='xl mem-set %d %mM'", NULL},
    {"XENBALLOON_POOL_COMMAND='  " WORDS16 "  '", NULL},
    {"XENBALLOON_POOL_COMMAND='/bin/x --id=%d %k 100%%'", NULL},
    {"XENBALLOON_POOL_COMMAND='" WORDS16 "'", NULL},
    {"XENBALLOON_POOL=0",
	"f:1: 'XENBALLOON_POOL': '0' is not accepted; "
	"accepted: 1 to 16777216"},
    {"\nXENBALLOON_POOL=640M",
	"f:2: 'XENBALLOON_POOL': '640M' is not accepted; "
	"accepted: 1 to 16777216"},
    {"XENBALLOON_POOL=18446744073709551616",
	"f:1: 'XENBALLOON_POOL': '18446744073709551616' is not accepted; "
	"accepted: 1 to 16777216"},
    {"XENBALLOON_POOL_INTERVAL=0",
	"f:1: 'XENBALLOON_POOL_INTERVAL': '0' is not accepted; "
	"accepted: 1 to 3600"},
    {"XENBALLOON_GUEST_WEIGHT=0",
	"f:1: 'XENBALLOON_GUEST_WEIGHT': '0' is not accepted; "
	"accepted: 1 to 10000"},
    {"XENBALLOON_GUESTS=web", "f:1: 'XENBALLOON_GUESTS': unknown setting"},
    {"XENBALLOON_SELF=1", "f:1: 'XENBALLOON_SELF': unknown setting"},
    {"POOL=1", "f:1: 'POOL': unknown setting"},
    {"XENBALLOON_GUEST=",
	"f:1: guest '' is no name; "
	"accepted: 1 to 31 bytes from ! to ~, and no ="},
    {"XENBALLOON_GUEST=\"web", /* no quote at the end */
	"f:1: guest '' is no name; "
	"accepted: 1 to 31 bytes from ! to ~, and no ="},
    {"XENBALLOON_GUEST=web floor=1",
	"f:1: guest '' is no name; "
	"accepted: 1 to 31 bytes from ! to ~, and no ="},
    {"XENBALLOON_GUEST='floor=1 web'",
	"f:1: guest 'floor=1' is no name; "
	"accepted: 1 to 31 bytes from ! to ~, and no ="},
    {"XENBALLOON_GUEST=01234567890123456789012345678901",
	"f:1: guest '01234567890123456789012345678901' is no name; "
	"accepted: 1 to 31 bytes from ! to ~, and no ="},
    {"XENBALLOON_GUEST=w\303\274b", /* the table has w??b */
	"f:1: guest 'w??b' is no name; "
	"accepted: 1 to 31 bytes from ! to ~, and no ="},
    {"XENBALLOON_GUEST=w\177b",
	"f:1: guest 'w?b' is no name; "
	"accepted: 1 to 31 bytes from ! to ~, and no ="},
    {"XENBALLOON_GUEST='web floor=-1'",
	"f:1: guest 'web': 'floor': '-1' is not accepted; "
	"accepted: 0 to 16777216"},
    {"XENBALLOON_GUEST='web weight=10001'",
	"f:1: guest 'web': 'weight': '10001' is not accepted; "
	"accepted: 1 to 10000"},
    {"XENBALLOON_GUEST='web share=1'",
	"f:1: guest 'web': 'share': unknown setting"},
    {"XENBALLOON_GUEST='web 64'",
	"f:1: guest 'web': '64': not of the form KEY=VALUE"},
    {"XENBALLOON_GUEST=web\nXENBALLOON_GUEST='web floor=1'",
	"f:2: guest 'web' has a line above"},
#define NO_COMMAND(text) \
    {"XENBALLOON_POOL_COMMAND='" text "'", \
	"f:1: 'XENBALLOON_POOL_COMMAND': ''" text "'' is not accepted; " \
	"accepted: at most 16 words, with %d and one of %m and %k, under 256 " \
	"bytes, no .."}
    NO_COMMAND(""),
    NO_COMMAND("xl mem-set %d"),
    NO_COMMAND("xl mem-set 7 %mM"),
    NO_COMMAND("xl mem-set %n %mM"),
    NO_COMMAND("xl mem-set %d %mM %n"),
    NO_COMMAND("xl mem-set %d %m %"),
    NO_COMMAND("xl mem-set %%d %%m"),
    NO_COMMAND("o " WORDS16),
};

static void
test_sentences(void)
{
	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++) {
		const char *want = sentences[i].error;
		struct text error;
		bool good = read_text(sentences[i].text, &error);

		OK(want ? !good && text_is(error.at, error.len, want)
			: good && error.len == 0,
		    "line %zu: %s", i, want ? want : "accepted");
		if (want ? good || !text_is(error.at, error.len, want) : !good)
			printf("# said: %.*s\n", (int)error.len, error.at);
	}
}

static void
test_guests(void)
{
	struct balance_conf_guest g;
	struct text error;

	read_text("", &error);
	g = balance_conf_guest(&conf, "web");
	OK(g.floor_mb == 64 && g.ceiling_mb == 0 && g.weight == 100 &&
		conf.interval_s == 10 && conf.pool_mb == 0 &&
		conf.reserve_mb == 0 && !conf.command[0], "defaults");
	read_text("XENBALLOON_GUEST='web weight=3'\n"
		  "XENBALLOON_GUEST_FLOOR=80\nXENBALLOON_GUEST_CEILING=400\n"
		  "XENBALLOON_GUEST='db floor=0 ceiling=0'\n", &error);
	g = balance_conf_guest(&conf, "web");
	OK(g.floor_mb == 80 && g.ceiling_mb == 400 && g.weight == 3,
	    "a named guest: its own, and defaults that come later");
	g = balance_conf_guest(&conf, "db");
	OK(g.floor_mb == 0 && g.ceiling_mb == 0 && g.weight == 100,
	    "a named guest: 0 is a value");
	g = balance_conf_guest(&conf, "d");
	OK(g.floor_mb == 80 && g.ceiling_mb == 400 && g.weight == 100,
	    "part of a name is no name");
}

static void
test_too_many(void)
{
	static char text[32 * BALANCE_GUESTS_MAX];
	struct text t = TEXT_ON(text), error;

	for (unsigned i = 0; i < BALANCE_GUESTS_MAX; i++) {
		text_str(&t, "XENBALLOON_GUEST=g");
		text_dec(&t, i);
		text_str(&t, "\n");
	}
	text[t.len] = '\0';
	OK(read_text(text, &error) && conf.count == BALANCE_GUESTS_MAX,
	    "as many guests as there can be");
	text_bytes(&t, "XENBALLOON_GUEST=x", sizeof("XENBALLOON_GUEST=x"));
	OK(!read_text(text, &error) && text_is(error.at, error.len,
	    "f:257: guest 'x': more than 256 guests"), "and one more");
}

/* It would hide what is behind it. */
static void
test_nul(void)
{
	static const char line[] = "XENBALLOON_GUEST=a\0b";
	struct text error = {message, sizeof(message), 0, false};
	bool gone;

	balance_conf_default(&conf);
	OK(!syntax_line(&balance_conf_syntax, &conf, line, sizeof(line) - 1,
	       &error, &gone) && conf.count == 0 && text_is(error.at, error.len,
	    "guest 'a?b' is no name; "
	    "accepted: 1 to 31 bytes from ! to ~, and no ="), "a NUL in a name");
}

static const struct {
	char letter;
	const char *value;
	const char *error;
} options[] = {
    {'p', "640", NULL},
    {'p', "0", "'0' is not accepted; accepted: 1 to 16777216"},
    {'w', "5", NULL},
    {'w', "x", "'x' is not accepted; accepted: 1 to 3600"},
    {'x', "xl mem-set %d %mM", NULL},
    {'x', "", "'' is not accepted; accepted: at most 16 words, with %d and "
	"one of %m and %k, under 256 bytes, no .."},
    {'x', "x %d %m \n", "'x %d %m ?' is not accepted; accepted: at most 16 "
	"words, with %d and one of %m and %k, under 256 bytes, no .."},
};

static void
test_options(void)
{
	balance_conf_default(&conf);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		struct text error = {message, sizeof(message), 0, false};
		const char *want = options[i].error;
		bool good = balance_conf_option(
		    &conf, options[i].letter, options[i].value, &error);

		OK(want ? !good && text_is(error.at, error.len, want)
			: good && error.len == 0, "-%c '%s'",
		    options[i].letter, want ? want : options[i].value);
	}
	OK(conf.pool_mb == 640 && conf.interval_s == 5 &&
		!strcmp(conf.command, "xl mem-set %d %mM"),
	    "options: what was accepted is in force");
}

static void
test_words(void)
{
	static char out[BALANCE_COMMAND_MAX];
	char *argv[BALANCE_ARGS_MAX + 1];
	char longest[SYNTAX_VALUE_MAX];

	strcpy(conf.command, "  xl mem-set\t%d %mM a%%d%kz ");
	balance_conf_argv(&conf, 7, 163840, out, argv);
	OK(!strcmp(argv[0], "xl") && !strcmp(argv[1], "mem-set") &&
		!strcmp(argv[2], "7") && !strcmp(argv[3], "160M") &&
		!strcmp(argv[4], "a%d163840z") && !argv[5], "words");
	strcpy(conf.command, WORDS16);
	balance_conf_argv(&conf, 32751, 1024, out, argv);
	OK(!strcmp(argv[15], "1") && !argv[16], "words: 16 of them");
	for (unsigned i = 0; i < SYNTAX_VALUE_MAX - 2; i += 2)
		memcpy(longest + i, "%k", 3);
	strcpy(conf.command, longest);
	balance_conf_argv(&conf, 65535, UINT64_C(1) << 34, out, argv);
	OK(strlen(argv[0]) == 127 * 11 && !argv[1],
	    "words: the longest fits");
}

int
main(void)
{
	test_sentences();
	test_guests();
	test_too_many();
	test_nul();
	test_options();
	test_words();
	return tap_end();
}
