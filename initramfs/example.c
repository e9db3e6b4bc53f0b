/* SPDX-License-Identifier: 0BSD */
/*
 * example: prints an example configuration from the table of settings, on the
 * machine that builds, so that the program need not carry it. Fails when a
 * setting has no sentence.
 */
#include <stdio.h>
#include <string.h>

#include "guest/settings.h"

static const struct {
	const char *key;
	const char *sentence;
} sentences[] = {
    {"SELF", "Self-ballooning: the guest gives back what it does not need.\n"
	"# selfballoon: on unless this says 0; xenballoond: off unless 1."},
    {"SELF_INTERVAL", "Longest time between two looks, in seconds."},
    {"INTERVAL", "The same with self-ballooning off."},
    {"AUTO_DOWNHYSTERESIS", "1/n of what is too much goes per interval."},
    {"AUTO_UPHYSTERESIS", "1/n of what is missing comes back per look."},
    {"MINMEM", "MB, never below; 0: by XENBALLOON_FLOOR."},
    {"FLOOR", "2008: the script's curve; low: what the kernel needs."},
    {"SEND_MEMINFO", "Publish /proc/meminfo to xenstore."},
    {"SEND_VMSTAT", "Publish /proc/vmstat."},
    {"SEND_UPTIME", "Publish /proc/uptime."},
    {"POLICY", "committed: Committed_AS leads; workingset: pressure does."},
    {"RESERVE", "MB kept free above the need; 0: by itself."},
    {"OVERCOMMIT", "always: vm.overcommit_memory is 1 while ballooned."},
    {"STATS_INTERVAL", "Shortest time between two reports, in seconds."},
    {"PUBLISH", "Where reports go in xenstore."},
    {"GUARD", "1: directed by domain 0, but never below what is in use."},
    {"MAXMEMFILE", "Where the largest MemTotal seen is kept."},
    {"FENCE", "Cgroups that are slowed, not killed, when they grow fast."},
};

#define SENTENCES (sizeof(sentences) / sizeof(sentences[0]))

static const char *
sentence(const char *key)
{
	for (size_t i = 0; i < SENTENCES; i++)
		if (strcmp(key, sentences[i].key) == 0)
			return sentences[i].sentence;
	return NULL;
}

static void
print(const struct setting *row, const char *words)
{
	static const char before[] = "accepted; ";
	char buf[256];
	struct text t = TEXT_ON(buf);

	/* What a message about a wrong value says at its end. */
	syntax_refuse(&t, row, "", 0);
	text_bytes(&t, "", 1);
	printf("\n# %s\n# %s\n#%s%s=", words,
	    strstr(buf, before) + sizeof(before) - 1, settings_syntax.prefix,
	    row->key);
	if (row->kind == SYNTAX_IS_NUMBER)
		printf("%u\n", row->initial);
	else
		printf("%s\n", text_nth(row->words, row->initial));
}

int
main(void)
{
	const struct syntax *x = &settings_syntax;

	puts("# Configuration of xenballoon; see xenballoon(8).\n"
	     "# KEY=VALUE; nothing is executed. Each default is shown.");
	for (size_t i = 0; i < x->count; i++) {
		const char *words = sentence(x->rows[i].key);

		if (!words) {
			fprintf(stderr, "example: no sentence for %s\n",
			    x->rows[i].key);
			return 1;
		}
		print(&x->rows[i], words);
	}
	if (x->count != SENTENCES) {
		fputs("example: a sentence without its setting\n", stderr);
		return 1;
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
