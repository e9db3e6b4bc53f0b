/* SPDX-License-Identifier: 0BSD */
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "exit.h"
#include "file.h"
#include "log.h"

static void
usage(int fd, const struct applet *which)
{
	char buf[512];
	struct text t = TEXT_ON(buf);

	text_put(&t, "usage: %s%s\n", which->name, which->usage);
	write_all(fd, t.at, t.len);
}

static int
wrong(struct args *a, const char *word, const char *what)
{
	warn("%s: %s", word, what);
	usage(STDERR_FILENO, a->which);
	a->status = EXIT_USAGE;
	return 0;
}

static int
unknown(struct args *a, const char *word)
{
	return wrong(a, word, "unknown option, or its value is missing");
}

static int
help(struct args *a)
{
	usage(STDOUT_FILENO, a->which);
	a->status = ARGS_ANSWERED;
	return 0;
}

static int
long_option(struct args *a, const char *word)
{
	static const char version[] = VERSION_LINE;

	if (strcmp(word, "--help") == 0)
		return help(a);
	if (strcmp(word, "--version") != 0)
		return unknown(a, word);
	write_all(STDOUT_FILENO, version, sizeof(version) - 1);
	a->status = ARGS_ANSWERED;
	return 0;
}

/* The end of the options: the only word left over is one too many. */
static int
end(struct args *a)
{
	return *a->argv ? wrong(a, *a->argv, "one word too many") : 0;
}

int
args_next(struct args *a, const char *spec)
{
	const char *found;
	const char *word;

	if (!a->letter) {
		word = *a->argv;
		if (!word || word[0] != '-' || word[1] == '\0')
			return end(a);
		a->argv++;
		if (strcmp(word, "--") == 0)
			return end(a);
		if (word[1] == '-')
			return long_option(a, word);
		a->letter = word + 1;
	}
	word = a->letter;
	a->letter = word[1] ? word + 1 : NULL;
	if (*word == 'h')
		return help(a);
	found = *word == ':' ? NULL : memchr(spec, *word, strlen(spec));
	if (!found)
		return unknown(a, a->argv[-1]);
	if (found[1] == ':') {
		a->value = a->letter ? a->letter : *a->argv;
		if (!a->value)
			return unknown(a, a->argv[-1]);
		if (!a->letter)
			a->argv++;
		a->letter = NULL;
	}
	return *word;
}
