/* SPDX-License-Identifier: 0BSD */
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "log.h"

static int
refused(struct args *a, const char *word)
{
	a->bad = word;
	return '?';
}

static int
long_option(struct args *a, const char *word)
{
	if (strcmp(word, "--help") == 0)
		return 'h';
	if (strcmp(word, "--version") == 0)
		return 'V';
	return refused(a, word);
}

int
args_next(struct args *a, const char *spec)
{
	const char *found;
	const char *word;

	if (!a->letter) {
		word = *a->argv;
		if (!word || word[0] != '-' || word[1] == '\0')
			return 0;
		a->argv++;
		if (strcmp(word, "--") == 0)
			return 0;
		if (word[1] == '-')
			return long_option(a, word);
		a->letter = word + 1;
	}
	word = a->letter;
	a->letter = word[1] ? word + 1 : NULL;
	if (*word == 'h')
		return 'h';
	found = *word == ':' ? NULL : memchr(spec, *word, strlen(spec));
	if (!found)
		return refused(a, a->argv[-1]);
	if (found[1] == ':') {
		a->value = a->letter ? a->letter : *a->argv;
		if (!a->value)
			return refused(a, a->argv[-1]);
		if (!a->letter)
			a->argv++;
		a->letter = NULL;
	}
	return *word;
}

static void
usage(int fd, const struct applet *which)
{
	char buf[512];
	struct text t = TEXT_ON(buf);

	text_put(&t, "usage: %s%s\n", which->name, which->usage);
	put_all(fd, t.at, t.len);
}

int
args_answer(const struct args *a, int letter, const struct applet *which)
{
	if (letter == 'h') {
		usage(STDOUT_FILENO, which);
		return ARGS_ANSWERED;
	}
	if (letter == 'V') {
		static const char version[] = VERSION_LINE;

		put_all(STDOUT_FILENO, version, sizeof(version) - 1);
		return ARGS_ANSWERED;
	}
	warn("%s: unknown option, or its value is missing", a->bad);
	usage(STDERR_FILENO, which);
	return EXIT_USAGE;
}

int
args_extra(const char *word, const struct applet *which)
{
	warn("%s: one word too many", word);
	usage(STDERR_FILENO, which);
	return EXIT_USAGE;
}
