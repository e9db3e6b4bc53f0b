/* SPDX-License-Identifier: 0BSD */
/* link: platform/text applet/common/syntax applet/dom0/balance_conf */
/*
 * The configuration of the balancer, and the command that it makes. Input: the
 * file, which is tried as the value of each option too.
 */
#include "dom0/balance_conf.h"
#include "syntax_fuzz.h"

static char message[SYNTAX_MESSAGE];
static struct pool pool;

static void
check_guests(void)
{
	HOLD(pool.count <= POOL_GUESTS_MAX);
	for (unsigned i = 0; i < pool.count; i++) {
		const char *name = pool.guest[i].name;
		struct pool_guest g = pool_find(&pool, name);
		size_t len = strnlen(name, POOL_NAME_MAX);

		HOLD(len > 0 && len < POOL_NAME_MAX);
		HOLD(strcspn(name, " \t\r\n=") == len);
		HOLD(g.floor_mb <= SYNTAX_MB_MAX);
		HOLD(g.ceiling_mb <= SYNTAX_MB_MAX);
		HOLD(g.weight >= 1 && g.weight <= 10000);
		for (unsigned k = 0; k < i; k++)
			HOLD(strcmp(name, pool.guest[k].name) != 0);
	}
}

/* Each %d %m %k is a number, %% is one %, and the words are as written. */
static void
check_word(const char *from, size_t len, const char *word)
{
	char want[POOL_COMMAND_MAX];
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
	char *words[POOL_WORDS_MAX + 1];
	char *bytes = malloc(POOL_COMMAND_MAX);
	const char *at = pool.command;
	unsigned n = 0;

	if (*at)
		pool_words(&pool, 65535, UINT64_C(16777216) * 1024, bytes,
		    words);
	while (*(at += strspn(at, " "))) {
		HOLD(n < POOL_WORDS_MAX);
		check_word(at, strcspn(at, " "), words[n++]);
		at += strcspn(at, " ");
	}
	HOLD(!*pool.command || (n && !words[n]));
	free(bytes);
}

static void
check_options(const char *at, size_t len)
{
	char *value = calloc(1, len + 1);

	memcpy(value, at, len);
	for (const char *letter = "pwx"; *letter; letter++) {
		struct text error = TEXT_ON(message);
		bool good = pool_option(&pool, *letter, value, &error);

		HOLD(good == (error.len == 0) && !error.cut);
		HOLD(fuzz_printable(error.at, error.len));
	}
	syntax_check_rows(&pool_syntax, &pool);
	check_command();
	free(value);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = fuzz_exact(data, size);
	struct text error = TEXT_ON(message);
	unsigned gone;

	pool_default(&pool);
	if (syntax_text(&pool_syntax, &pool, "f", bytes, size, &error, &gone)) {
		HOLD(error.len == 0 && gone == 0);
		syntax_check_rows(&pool_syntax, &pool);
		check_guests();
		check_command();
	} else {
		syntax_check_error(&error, bytes, size);
		pool_default(&pool);
	}
	if (size)
		check_options(bytes, size);
	free(bytes);
	return 0;
}
