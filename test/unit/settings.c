/* SPDX-License-Identifier: 0BSD */
/* link: platform/text applet/common/syntax applet/guest/settings */
#include <stdlib.h>
#include <string.h>

#include "guest/settings.h"
#include "../lib/tap.h"

static char message[1024];

static struct text
empty(void)
{
	return (struct text){message, sizeof(message), 0, false};
}

static bool
line(struct settings *s, const char *text, struct text *error)
{
	size_t len = strlen(text);
	char *copy = malloc(len ? len : 1); /* ends where the bytes end */
	bool gone = false, good;

	memcpy(copy, text, len);
	*error = empty();
	good = syntax_line(&settings_syntax, s, copy, len, error, &gone);
	free(copy);
	return good;
}

static const struct {
	const char *text;
	const char *error; /* NULL: accepted */
} sentences[] = {
    {"", NULL},
    {"   \t ", NULL},
    {"# XENBALLOON_SELF=7", NULL},
    {"   # a comment", NULL},
    {"XENBALLOON_MINMEM=64", NULL},
    {"  XENBALLOON_MINMEM=64\t ", NULL},
    {"XENBALLOON_MINMEM=64\r", NULL},
    {"XENBALLOON_MINMEM=\"64\"", NULL},
    {"XENBALLOON_MINMEM='64' # MB", NULL},
    {"XENBALLOON_MINMEM=64 # MB", NULL},
    {"XENBALLOON_SELF=", NULL},
    {"XENBALLOON_SELF=\"true\"", NULL},
    {"XENBALLOON_PRESWAP_HYSTERESIS=whatever", NULL},
    {"XENBALLOON_SEND_PRESWAP=1", NULL},
    {"XENBALLOON_MINMEM=16777216", NULL},
    {"XENBALLOON_INTERVAL=3600", NULL},
    {"XENBALLOON_MINMEM=16777217",
	"'XENBALLOON_MINMEM': '16777217' is not accepted; "
	"accepted: 0 to 16777216"},
    {"XENBALLOON_MINMEM=-1",
	"'XENBALLOON_MINMEM': '-1' is not accepted; accepted: 0 to 16777216"},
    {"XENBALLOON_MINMEM=64M",
	"'XENBALLOON_MINMEM': '64M' is not accepted; accepted: 0 to 16777216"},
    {"XENBALLOON_MINMEM=0x40",
	"'XENBALLOON_MINMEM': '0x40' is not accepted; "
	"accepted: 0 to 16777216"},
    {"XENBALLOON_MINMEM=064",
	"'XENBALLOON_MINMEM': '064' is not accepted; accepted: 0 to 16777216"},
    {"XENBALLOON_MINMEM=",
	"'XENBALLOON_MINMEM': '' is not accepted; accepted: 0 to 16777216"},
    {"XENBALLOON_MINMEM= 64",
	"'XENBALLOON_MINMEM': ' 64' is not accepted; accepted: 0 to 16777216"},
    {"XENBALLOON_MINMEM=64 65",
	"'XENBALLOON_MINMEM': '64 65' is not accepted; "
	"accepted: 0 to 16777216"},
    {"XENBALLOON_MINMEM=64#65",
	"'XENBALLOON_MINMEM': '64#65' is not accepted; "
	"accepted: 0 to 16777216"},
    {"XENBALLOON_MINMEM=\"64",
	"'XENBALLOON_MINMEM': '\"64' is not accepted; "
	"accepted: 0 to 16777216"},
    {"XENBALLOON_MINMEM=\"64\"65",
	"'XENBALLOON_MINMEM': '\"64\"65' is not accepted; "
	"accepted: 0 to 16777216"},
    {"XENBALLOON_MINMEM=\"64\"#65",
	"'XENBALLOON_MINMEM': '\"64\"#65' is not accepted; "
	"accepted: 0 to 16777216"},
    {"XENBALLOON_MINMEM=\"",
	"'XENBALLOON_MINMEM': '\"' is not accepted; accepted: 0 to 16777216"},
    {"XENBALLOON_MINMEM=18446744073709551617",
	"'XENBALLOON_MINMEM': '18446744073709551617' is not accepted; "
	"accepted: 0 to 16777216"},
    {"XENBALLOON_MINMEM=$(reboot)",
	"'XENBALLOON_MINMEM': '$(reboot)' is not accepted; "
	"accepted: 0 to 16777216"},
    {"XENBALLOON_SELF_INTERVAL=0",
	"'XENBALLOON_SELF_INTERVAL': '0' is not accepted; "
	"accepted: 1 to 3600"},
    {"XENBALLOON_INTERVAL=3601",
	"'XENBALLOON_INTERVAL': '3601' is not accepted; accepted: 1 to 3600"},
    {"XENBALLOON_AUTO_DOWNHYSTERESIS=0",
	"'XENBALLOON_AUTO_DOWNHYSTERESIS': '0' is not accepted; "
	"accepted: 1 to 10000"},
    {"XENBALLOON_AUTO_UPHYSTERESIS=0",
	"'XENBALLOON_AUTO_UPHYSTERESIS': '0' is not accepted; "
	"accepted: 1 to 10000"},
    {"XENBALLOON_SELF=yes",
	"'XENBALLOON_SELF': 'yes' is not accepted; "
	"accepted: 0, 1, false or true"},
    {"XENBALLOON_SELF=2",
	"'XENBALLOON_SELF': '2' is not accepted; "
	"accepted: 0, 1, false or true"},
    {"XENBALLOON_FLOOR=high",
	"'XENBALLOON_FLOOR': 'high' is not accepted; accepted: 2008, low"},
    {"XENBALLOON_OVERCOMMIT=never",
	"'XENBALLOON_OVERCOMMIT': 'never' is not accepted; "
	"accepted: always, keep"},
    {"XENBALLOON_PUBLISH=on",
	"'XENBALLOON_PUBLISH': 'on' is not accepted; "
	"accepted: auto, memory, data, off"},
    {"XENBALLOON_MAXMEMFILE=run/x",
	"'XENBALLOON_MAXMEMFILE': 'run/x' is not accepted; "
	"accepted: an absolute path of at most 255 bytes"},
    {"XENBALLOON_MAXMEMFILE=",
	"'XENBALLOON_MAXMEMFILE': '' is not accepted; "
	"accepted: an absolute path of at most 255 bytes"},
    {"XENBALLOON_MAXMEMFILE=/a\177",
	"'XENBALLOON_MAXMEMFILE': '/a?' is not accepted; "
	"accepted: an absolute path of at most 255 bytes"},
    {"XENBALLOON_FENCE='system.slice a.b'", NULL},
    {"XENBALLOON_FENCE=a/../b",
	"'XENBALLOON_FENCE': 'a/../b' is not accepted; "
	"accepted: auto, off, or names of cgroups"},
    {"XENBALLOON_MINNEM=64", "'XENBALLOON_MINNEM': unknown setting"},
    {"XENBALLOON_=64", "'XENBALLOON_': unknown setting"},
    {"MINMEM=64", "'MINMEM': unknown setting"},
    {"xenballoon_minmem=64", "'xenballoon_minmem': unknown setting"},
    {"XENBALLOON_MINMEM =64", "'XENBALLOON_MINMEM ': unknown setting"},
    {"=64", "'': unknown setting"},
    {"=", "'': unknown setting"},
    {"export XENBALLOON_SELF=1", "'export XENBALLOON_SELF': unknown setting"},
    {"XENBALLOON_SELF", "'XENBALLOON_SELF': not of the form KEY=VALUE"},
    {"\033]0;x\007=1", "'?]0;x?': unknown setting"},
};

static void
test_sentences(void)
{
	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++) {
		const char *want = sentences[i].error;
		struct settings s;
		struct text error;
		bool good;

		settings_default(&s);
		good = line(&s, sentences[i].text, &error);
		OK(want ? !good && text_is(error.at, error.len, want)
			: good && error.len == 0,
		    "line %zu: %s", i, want ? want : "accepted");
		if (want && !text_is(error.at, error.len, want))
			printf("# said: %.*s\n", (int)error.len, error.at);
	}
}

static void
test_defaults(void)
{
	struct settings s;

	settings_default(&s);
	OK(s.self == 0, "default: off, as in 2008");
	OK(s.self_interval_s == 1 && s.interval_s == 1,
	    "default: a look a second");
	OK(s.down == 10 && s.up == 1, "default: 1/10 down, all of it up");
	OK(s.minmem_mb == 0 && s.floor == FLOOR_2008,
	    "default: the floor of 2008");
	OK(s.send_meminfo == 1 && s.send_vmstat == 1 && s.send_uptime == 1,
	    "default: all is published");
	OK(s.reserve_mb == 0 && s.overcommit == OVERCOMMIT_ALWAYS &&
		s.stats_interval_s == 10 && s.publish == PUBLISH_AUTO,
	    "default: what 2008 did not have");
	OK(strcmp(s.maxmem_file, "/run/xenballoon-maxmem") == 0,
	    "default: the high-water file");
}

static void
test_values(void)
{
	char path[512] = "XENBALLOON_MAXMEMFILE=/";
	size_t key = strlen(path), longest = SYNTAX_VALUE_MAX - 1;
	struct settings s;
	struct text error;

	settings_default(&s);
	line(&s, "XENBALLOON_SELF=true", &error);
	OK(s.self == 1, "value: true");
	line(&s, "XENBALLOON_SELF='0'", &error);
	OK(s.self == 0, "value: 0 in quotes");
	line(&s, "XENBALLOON_SELF=1", &error);
	OK(s.self == 1, "value: 1");
	line(&s, "XENBALLOON_SEND_VMSTAT=0", &error);
	OK(s.send_vmstat == 0, "value: SEND_* of 0 means no");
	line(&s, "XENBALLOON_SEND_UPTIME=\"\"", &error);
	OK(s.send_uptime == 0, "value: SEND_* of nothing means no, as in 2008");
	line(&s, "XENBALLOON_FLOOR=low", &error);
	OK(s.floor == FLOOR_LOW, "value: a word");
	line(&s, "XENBALLOON_FLOOR=2008", &error);
	OK(s.floor == FLOOR_2008, "value: a word of digits");
	line(&s, "XENBALLOON_MAXMEMFILE=\"/var/a b#c\" # x", &error);
	OK(strcmp(s.maxmem_file, "/var/a b#c") == 0,
	    "value: blanks and # in quotes");
	memset(path + key, 'x', longest - 1);
	OK(line(&s, path, &error) && strlen(s.maxmem_file) == longest,
	    "value: the longest path");
	path[key + longest - 1] = 'x';
	OK(!line(&s, path, &error) && strlen(s.maxmem_file) == longest,
	    "value: one byte more is refused, and the last one stays");
}

static void
test_gone(void)
{
	static const char old[] =
	    "XENBALLOON_SELF=1\nXENBALLOON_SEND_PRESWAP=1\n\n"
	    "XENBALLOON_PRESWAP_INERTIA=4\nXENBALLOON_MINMEM=9";
	struct text error = empty();
	struct settings s;
	unsigned gone;

	settings_default(&s);
	OK(syntax_text(&settings_syntax, &s, "f", old, sizeof(old) - 1, &error, &gone) &&
		gone == 4, "gone: PRESWAP is taken, and its last line told");
	OK(s.minmem_mb == 9, "file: a last line without a newline counts");
	OK(syntax_text(&settings_syntax, &s, "f", "", 0, &error, &gone) && gone == 0,
	    "file: an empty one");
}

static const struct {
	const char *name, *text;
	size_t len;
	const char *error;
} files[] = {
    {"the line of the fault", "# a\n\nXENBALLOON_SELF=1\nXENBALLOON_UP=1\n",
	0, "/etc/x.conf:4: 'XENBALLOON_UP': unknown setting"},
    {"the first of two faults", "a=1\nb\n", 0,
	"/etc/x.conf:1: 'a': unknown setting"},
    {"a NUL in a value", "XENBALLOON_MINMEM=1\0002\n", 22,
	"/etc/x.conf:1: 'XENBALLOON_MINMEM': '1?2' is not accepted; "
	"accepted: 0 to 16777216"},
    {"a NUL in a path", "\nXENBALLOON_MAXMEMFILE=/a\0b", 27,
	"/etc/x.conf:2: 'XENBALLOON_MAXMEMFILE': '/a?b' is not accepted; "
	"accepted: an absolute path of at most 255 bytes"},
    {"a line of NULs", "\0\0\0\n", 4,
	"/etc/x.conf:1: '\?\?\?': not of the form KEY=VALUE"},
};

static void
test_files(void)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		size_t len = files[i].len ? files[i].len
					  : strlen(files[i].text);
		struct settings s;
		struct text error = empty();
		unsigned gone;
		bool good;

		settings_default(&s);
		good = syntax_text(&settings_syntax, 
		    &s, "/etc/x.conf", files[i].text, len, &error, &gone);
		OK(!good && text_is(error.at, error.len, files[i].error),
		    "file: %s", files[i].name);
	}
}

static void
test_2008(void)
{
	static char bytes[SYNTAX_FILE_MAX];
	FILE *f = fopen("test/unit/xenballoon-2008.conf", "r");
	size_t len = f ? fread(bytes, 1, sizeof(bytes), f) : 0;
	struct settings s, want;
	struct text error = empty();
	unsigned gone = 1;

	if (f)
		fclose(f);
	settings_default(&s);
	settings_default(&want);
	strcpy(want.maxmem_file, "/var/run/xenballoon-maxmem");
	OK(len > 0 && syntax_text(&settings_syntax, &s, "2008", bytes, len, &error, &gone) &&
		gone == 0, "2008: its file is taken as it is");
	OK(memcmp(&s, &want, sizeof(s)) == 0,
	    "2008: its values are the defaults");
}

static const struct {
	const char *name;
	enum override which;
	const char *bytes;
	size_t len;
	bool good;
	uint32_t want;
} overrides[] = {
    {"on", OVERRIDE_SELF, "1", 1, true, 1},
    {"off", OVERRIDE_SELF, "0", 1, true, 0},
    {"true", OVERRIDE_SELF, "true", 4, true, 1},
    {"2 is neither", OVERRIDE_SELF, "2", 1, false, 1},
    {"nothing is neither", OVERRIDE_SELF, "", 0, false, 1},
    {"a newline is too much", OVERRIDE_SELF, "0\n", 2, false, 1},
    {"a NUL is too much", OVERRIDE_SELF, "0\0", 2, false, 1},
    {"an interval", OVERRIDE_INTERVAL, "5", 1, true, 5},
    {"no interval of 0", OVERRIDE_INTERVAL, "0", 1, false, 5},
    {"none of 2^32", OVERRIDE_INTERVAL, "4294967296", 10, false, 5},
    {"none of 2^32 + 1", OVERRIDE_INTERVAL, "4294967297", 10, false, 5},
    {"hysteresis", OVERRIDE_DOWN, "8", 1, true, 8},
    {"never a hysteresis of 0", OVERRIDE_DOWN, "0", 1, false, 8},
    {"nor a negative one", OVERRIDE_DOWN, "-1", 2, false, 8},
    {"nor nonsense", OVERRIDE_DOWN, "banana", 6, false, 8},
    {"up", OVERRIDE_UP, "3", 1, true, 3},
    {"never up by 0", OVERRIDE_UP, "0", 1, false, 3},
    {"nor by 10001", OVERRIDE_UP, "10001", 5, false, 3},
};

static void
test_overrides(void)
{
	struct overrides o = {0};

	for (size_t i = 0; i < sizeof(overrides) / sizeof(overrides[0]); i++) {
		enum override which = overrides[i].which;
		struct text error = empty();
		bool good = settings_override(&o, which, overrides[i].bytes,
		    overrides[i].len, &error);

		OK(good == overrides[i].good && o.have[which] &&
			o.value[which] == overrides[i].want,
		    "override: %s", overrides[i].name);
		OK(good == (error.len == 0), "override: %s: a sentence "
		    "when it is refused", overrides[i].name);
	}
}

static void
test_override_sentence(void)
{
	struct text error = empty();
	struct overrides o = {0};

	settings_override(&o, OVERRIDE_DOWN, "\0330", 2, &error);
	OK(text_is(error.at, error.len, "memory/downhysteresis: '?0' is not "
	    "accepted; accepted: 1 to 10000"), "override: the sentence");
	OK(!o.have[OVERRIDE_DOWN], "override: nonsense as the first value");
	OK(!strcmp(settings_override_path(OVERRIDE_SELF),
	       "memory/selfballoon") &&
		!strcmp(settings_override_path(OVERRIDE_INTERVAL),
		    "memory/interval") &&
		!strcmp(settings_override_path(OVERRIDE_DOWN),
		    "memory/downhysteresis") &&
		!strcmp(settings_override_path(OVERRIDE_UP),
		    "memory/uphysteresis"), "override: the keys of 2008");
}

static void
test_effective(void)
{
	struct overrides o = {0};
	struct text error = empty();
	struct settings file, got;

	settings_default(&file);
	settings_effective(&got, &file, &o);
	OK(!memcmp(&got, &file, sizeof(got)), "in force: the file alone");
	settings_override(&o, OVERRIDE_SELF, "1", 1, &error);
	settings_override(&o, OVERRIDE_INTERVAL, "7", 1, &error);
	settings_override(&o, OVERRIDE_UP, "4", 1, &error);
	settings_effective(&got, &file, &o);
	OK(got.self == 1 && got.self_interval_s == 7 && got.interval_s == 7 &&
		got.up == 4 && got.down == 10, "in force: domain 0's word");
	settings_override(&o, OVERRIDE_SELF, NULL, 0, &error);
	settings_override(&o, OVERRIDE_INTERVAL, NULL, 0, &error);
	settings_effective(&got, &file, &o);
	OK(got.self == 0 && got.interval_s == 1 && got.up == 4,
	    "in force: a word that was taken back");
}

int
main(void)
{
	test_sentences();
	test_defaults();
	test_values();
	test_gone();
	test_files();
	test_2008();
	test_overrides();
	test_override_sentence();
	test_effective();
	return tap_end();
}
