/* SPDX-License-Identifier: 0BSD */
/* link: platform/text applet/common/syntax applet/dom0/balance_conf */
/*
 * The configuration of the balancer, and the command that it makes. Input: the
 * file, which is tried as the value of each option too.
 */
#include "dom0/balance_conf.h"
#include "syntax_fuzz.h"

static char message[SYNTAX_MESSAGE];
static struct balance_conf conf;

static void
check_guests(void)
{
	HOLD(conf.count <= BALANCE_GUESTS_MAX);
	for (unsigned i = 0; i < conf.count; i++) {
		const char *name = conf.guest[i].name;
		struct balance_conf_guest g = balance_conf_guest(&conf, name);
		size_t len = strnlen(name, DOMAIN_NAME_MAX);

		HOLD(len > 0 && len < DOMAIN_NAME_MAX);
		HOLD(strcspn(name, " \t\r\n=") == len);
		HOLD(g.floor_mb <= SYNTAX_MB_MAX);
		HOLD(g.ceiling_mb <= SYNTAX_MB_MAX);
		HOLD(g.weight >= 1 && g.weight <= 10000);
		for (unsigned k = 0; k < i; k++)
			HOLD(strcmp(name, conf.guest[k].name) != 0);
	}
}

/* Each %d %m %k is a number, %% is one %, and the words are as written. */
static void
check_word(const char *from, size_t len, const char *word)
{
	char want[BALANCE_COMMAND_MAX];
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (from[i] != '%') {
			want[n++] = from[i];
			continue;
		}
		switch (from[++i]) {
		case 'd': n += (size_t)sprintf(want + n, "65535"); break;
		case 'm': n += (size_t)sprintf(want + n, "16777216"); break;
		case 'k': n += (size_t)sprintf(want + n, "17179869184"); break;
		case '%': want[n++] = '%'; break;
		default: HOLD(!"another letter behind %");
		}
	}
	want[n] = '\0';
	HOLD(strcmp(word, want) == 0);
}

static void
check_command(void)
{
	char *argv[BALANCE_ARGS_MAX + 1];
	char *bytes = malloc(BALANCE_COMMAND_MAX);
	const char *at = conf.command;
	unsigned n = 0;

	if (*at)
		balance_conf_argv(
		    &conf, 65535, UINT64_C(16777216) * 1024, bytes, argv);
	while (*(at += strspn(at, " "))) {
		HOLD(n < BALANCE_ARGS_MAX);
		check_word(at, strcspn(at, " "), argv[n++]);
		at += strcspn(at, " ");
	}
	HOLD(!*conf.command || (n && !argv[n]));
	free(bytes);
}

static void
check_options(const char *at, size_t len)
{
	char *value = calloc(1, len + 1);

	memcpy(value, at, len);
	for (const char *letter = "pwx"; *letter; letter++) {
		struct text error = TEXT_ON(message);
		bool good = balance_conf_option(&conf, *letter, value, &error);

		HOLD(good == (error.len == 0) && !error.cut);
		HOLD(fuzz_printable(error.at, error.len));
	}
	syntax_check_rows(&balance_conf_syntax, &conf);
	check_command();
	free(value);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = fuzz_exact(data, size);
	struct text error = TEXT_ON(message);
	unsigned gone;

	balance_conf_default(&conf);
	if (syntax_text(
		&balance_conf_syntax, &conf, "f", bytes, size, &error, &gone)) {
		HOLD(error.len == 0 && gone == 0);
		syntax_check_rows(&balance_conf_syntax, &conf);
		check_guests();
		check_command();
	} else {
		syntax_check_error(&error, bytes, size);
		balance_conf_default(&conf);
	}
	if (size)
		check_options(bytes, size);
	free(bytes);
	return 0;
}
