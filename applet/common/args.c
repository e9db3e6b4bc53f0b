/* SPDX-License-Identifier: 0BSD */
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "exit.h"
#include "file.h"
#include "log.h"

#define HELP_LINE 160  /* bytes of a line of --help */
#define HELP_COLUMN 18 /* where the help of an option begins in it */

/* Of each applet, behind its own. */
static const struct args_option common_options[] = {
    {"R", "DIR", "take all paths below this directory"},
    {"h", NULL, "print this, as --help does; --version prints the version"},
    ARGS_END};

/* --- what --help prints -------------------------------------------------- */

static bool
print(int fd, struct text *line)
{
	text_str(line, "\n");
	return write_all(fd, line->at, line->len);
}

static void
put_values(struct text *t, const struct args_option *o)
{
	for (; o->letter; o++)
		if (o->value)
			text_put(t, " [-%s %s]", o->letter, o->value);
}

/* "usage: NAME [-FLAGS] [-LETTER VALUE] ..." */
static bool
print_usage(int fd, const struct applet *which)
{
	char buf[HELP_LINE];
	struct text t = TEXT_ON(buf);
	const char *before = " [-";

	text_put(&t, "usage: %s", which->name);
	for (const struct args_option *o = which->options; o->letter; o++) {
		if (o->value)
			continue;
		text_put(&t, "%s%s", before, o->letter);
		before = "";
	}
	if (!*before)
		text_str(&t, "]");
	put_values(&t, which->options);
	put_values(&t, common_options);
	return print(fd, &t);
}

/* Each option on a line of its own. */
static bool
print_options(int fd, const struct args_option *o)
{
	bool good = true;

	for (; o->letter; o++) {
		char buf[HELP_LINE];
		struct text t = TEXT_ON(buf);

		text_put(&t, "  -%s %s", o->letter, o->value ? o->value : "");
		while (t.len < HELP_COLUMN)
			text_str(&t, " ");
		text_str(&t, o->help);
		good &= print(fd, &t);
	}
	return good;
}

static bool
print_help(int fd, const struct applet *which)
{
	char buf[HELP_LINE];
	struct text t = TEXT_ON(buf);
	bool good = print_usage(fd, which);

	text_put(&t, "%s, %s: %s\n", which->name, which->alias, which->summary);
	good &= print(fd, &t);
	good &= print_options(fd, which->options);
	good &= print_options(fd, common_options);
	return good;
}

bool
args_print_version(void)
{
	static const char version[] =
	    "xenballoon " VERSION " (xenstore: " TRANSPORT ")\n";

	return write_all(STDOUT_FILENO, version, sizeof(version) - 1);
}

/* --- the command line ---------------------------------------------------- */

static int
end_with(struct args *a, int status)
{
	a->status = status;
	return 0;
}

static int
wrong(struct args *a, const char *arg, const char *what)
{
	warn("%s: %s", arg, what);
	print_usage(STDERR_FILENO, a->which);
	return end_with(a, EXIT_USAGE);
}

static int
unknown(struct args *a, const char *arg)
{
	return wrong(a, arg, "unknown option, or its value is missing");
}

static int
help(struct args *a)
{
	return end_with(a, print_help(STDOUT_FILENO, a->which)
		? ARGS_ANSWERED : EXIT_REFUSED);
}

static int
long_option(struct args *a, const char *arg)
{
	if (strcmp(arg, "--help") == 0)
		return help(a);
	if (strcmp(arg, "--version") != 0)
		return unknown(a, arg);
	return end_with(
	    a, args_print_version() ? ARGS_ANSWERED : EXIT_REFUSED);
}

/* Behind the options: there must be no argument left. */
static int
end(struct args *a)
{
	return *a->argv ? wrong(a, *a->argv, "one word too many") : 0;
}

static const struct args_option *
find(const struct args_option *o, char letter)
{
	while (o->letter && *o->letter != letter)
		o++;
	return o->letter ? o : NULL;
}

/* What is left of the argument, or the next one. False: there is none. */
static bool
read_value(struct args *a)
{
	a->value = a->letter ? a->letter : *a->argv;
	if (!a->value)
		return false;
	if (!a->letter)
		a->argv++;
	a->letter = NULL;
	return true;
}

/* As args_next, but that -R is an option like any other. */
static int
next_letter(struct args *a)
{
	const struct args_option *o;
	char letter;

	if (!a->letter) {
		const char *arg = *a->argv;

		if (!arg || arg[0] != '-' || arg[1] == '\0')
			return end(a);
		a->argv++;
		if (strcmp(arg, "--") == 0)
			return end(a);
		if (arg[1] == '-')
			return long_option(a, arg);
		a->letter = arg + 1;
	}
	letter = *a->letter++;
	if (!*a->letter)
		a->letter = NULL;
	o = find(a->which->options, letter);
	if (!o)
		o = find(common_options, letter);
	if (!o || (o->value && !read_value(a)))
		return unknown(a, a->argv[-1]);
	return letter == 'h' ? help(a) : letter;
}

int
args_next(struct args *a)
{
	int letter;

	while ((letter = next_letter(a)) == 'R') {
		if (file_root(a->value))
			continue;
		warn_why("-R: %s", a->value);
		return end_with(a, EXIT_USAGE);
	}
	return letter;
}
