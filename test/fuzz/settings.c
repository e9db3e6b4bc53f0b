/* SPDX-License-Identifier: 0BSD */
/* link: platform/text applet/common/syntax applet/guest/settings */
/*
 * The configuration of a guest, and domain 0's overrides. Input: the file;
 * all of it is tried as the value of each override too.
 */
#include "guest/settings.h"
#include "syntax_fuzz.h"

static char message[SYNTAX_MESSAGE];

/* What is in force comes back when it is written down and read. */
static void
round_trip(const struct settings *s)
{
	static char bytes[8192];
	struct settings back;
	struct text error = TEXT_ON(message);
	size_t len = syntax_write(&settings_syntax, s, bytes, sizeof(bytes));
	unsigned gone;

	settings_default(&back);
	HOLD(syntax_text(&settings_syntax, &back, "f", bytes, len, &error,
	    &gone));
	for (unsigned i = 0; i < settings_syntax.count; i++) {
		const struct setting *row = &settings_syntax.rows[i];
		const char *a = (const char *)s + row->offset;
		const char *b = (const char *)&back + row->offset;

		HOLD(row->kind == SYNTAX_IS_TEXT ? !strcmp(a, b) : !memcmp(a, b, 4));
	}
}

static void
check_overrides(const struct settings *file, const char *at, size_t len)
{
	struct overrides o = {{false}, {0}};

	for (unsigned i = 0; i < OVERRIDE_COUNT; i++) {
		struct text error = TEXT_ON(message);
		struct settings in_force;
		uint64_t n;
		bool good = settings_override(
		    &o, (enum override)i, at, len, &error);

		HOLD(o.have[i] == good);
		HOLD(good ? error.len == 0
			  : !error.cut && error.len &&
			fuzz_printable(error.at, error.len));
		if (good && i != OVERRIDE_SELF)
			HOLD(fuzz_decimal(at, len, 10000, &n) &&
			    n == o.value[i] && n >= 1);
		if (good && i == OVERRIDE_SELF)
			HOLD(o.value[i] <= 1);
		settings_effective(&in_force, file, &o);
		syntax_check_rows(&settings_syntax, &in_force);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = fuzz_exact(data, size);
	struct text error = TEXT_ON(message);
	struct settings s;
	unsigned gone;

	settings_default(&s);
	if (syntax_text(&settings_syntax, &s, "f", bytes, size, &error, &gone)) {
		HOLD(error.len == 0);
		syntax_check_rows(&settings_syntax, &s);
		round_trip(&s);
	} else {
		syntax_check_error(&error, bytes, size);
		settings_default(&s);
	}
	check_overrides(&s, bytes, size);
	free(bytes);
	return 0;
}
