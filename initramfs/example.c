/* SPDX-License-Identifier: 0BSD */
/*
 * example: prints an example configuration from the table of settings, on the
 * machine that builds, so that the program need not carry it.
 */
#include <stdio.h>
#include <string.h>

#include "guest/settings.h"

#define SWITCH(key, member, value, help) help,
#define NUMBER(key, member, low, high, value, help) help,
#define ONE_OF(key, member, words, value, help) help,
#define TEXT(key, member, value, check, accepted, help) help,

static const char *const helps[] = {SETTINGS(SWITCH, NUMBER, ONE_OF, TEXT)};

/* The default as a file would have it; a switch is a number. */
static void
print_default(const struct setting *row)
{
	if (row->kind == SYNTAX_IS_TEXT)
		printf("%s\n", row->initial_text);
	else if (row->kind == SYNTAX_IS_ONE_OF)
		printf("%s\n", text_nth(row->words, row->initial));
	else
		printf("%u\n", row->initial);
}

static void
print(const struct setting *row, const char *help)
{
	static const char before[] = "accepted; ";
	char buf[256];
	struct text t = TEXT_ON(buf);

	/* What a message about a wrong value says at its end. */
	syntax_refuse(&t, row, "", 0);
	text_bytes(&t, "", 1);
	printf("\n# %s\n# %s\n#%s%s=", help,
	    strstr(buf, before) + sizeof(before) - 1, settings_syntax.prefix,
	    row->key);
	print_default(row);
}

int
main(void)
{
	puts("# Configuration of xenballoon; see xenballoon(8).\n"
	     "# KEY=VALUE; nothing is executed. Each default is shown.");
	for (unsigned i = 0; i < settings_syntax.count; i++)
		print(&settings_syntax.rows[i], helps[i]);
	return fflush(stdout) == 0 ? 0 : 1;
}
