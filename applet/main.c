/* SPDX-License-Identifier: 0BSD */
/*
 * One binary, several names: the table makes dispatch, list and link names.
 *
 * usage: xenballoon APPLET [option ...], or APPLET by its own name
 *        xenballoon --install [-s] DIR
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/args.h"
#include "exit.h"
#include "file.h"
#include "install.h"
#include "log.h"
#include "process.h"

/* Those of config.mk's APPLETS: a tiny guest may go without domain 0's. */
static const struct applet *const applets[] = {APPLETS};

#define COUNT (sizeof(applets) / sizeof(applets[0]))

static const struct applet *
find(const char *name)
{
	for (size_t i = 0; i < COUNT; i++)
		if (strcmp(name, applets[i]->name) == 0 ||
		    strcmp(name, applets[i]->alias) == 0)
			return applets[i];
	return NULL;
}

/* A path without its folders, and without the '@' of an early copy. */
static const char *
base_name(const char *path)
{
	const char *part = path;

	for (; *path; path++)
		if (*path == '/' || *path == '@')
			part = path + 1;
	return part;
}

/* What --help of the binary itself prints. */
static int
list(int fd)
{
	static char buf[1024];
	struct text t = TEXT_ON(buf);

	text_str(&t, "xenballoon " VERSION ": sizes Xen guests to their need\n"
		     "usage: xenballoon applet [option ...]\n"
		     "       xenballoon --install [-s] directory\n");
	for (size_t i = 0; i < COUNT; i++) {
		text_str(&t, "  ");
		text_pad(&t, applets[i]->name, 13);
		text_pad(&t, applets[i]->alias, 21);
		text_str(&t, applets[i]->summary);
		text_str(&t, "\n");
	}
	return write_all(fd, t.at, t.len) ? EXIT_DONE : EXIT_REFUSED;
}

static bool
make_link(const char *program, const char *name, bool symbolic)
{
	if (install_link(program, name, symbolic))
		return true;
	warn_why("%s", name);
	return false;
}

/* --install: each name of each applet. */
static int
install(char **argv)
{
	static char program[PATH_MAX];
	bool symbolic = argv[0] && strcmp(argv[0], "-s") == 0;
	const char *dir = argv[symbolic ? 1 : 0];

	if (!dir || argv[symbolic ? 2 : 1]) {
		warn("usage: xenballoon --install [-s] directory");
		return EXIT_USAGE;
	}
	if (!install_program(program, sizeof(program))) {
		warn_why("/proc/self/exe");
		return EXIT_REFUSED;
	}
	if (!install_folder(dir)) {
		warn_why("%s", dir);
		return EXIT_REFUSED;
	}
	for (size_t i = 0; i < COUNT; i++)
		if (!make_link(program, applets[i]->name, symbolic) ||
		    !make_link(program, applets[i]->alias, symbolic))
			return EXIT_REFUSED;
	return EXIT_DONE;
}

static int
run_applet(const struct applet *which, const char *name, char **argv)
{
	int status;

	log_name(name);
	status = which->run(name, argv);
	return status == ARGS_ANSWERED ? EXIT_DONE : status;
}

/* What is asked of the binary itself; argv: behind it. */
static int
run_own(const char *option, char **argv)
{
	if (strcmp(option, "--install") == 0)
		return install(argv);
	if (strcmp(option, "--help") == 0 || strcmp(option, "-h") == 0)
		return list(STDOUT_FILENO);
	if (strcmp(option, "--version") == 0)
		return args_print_version() ? EXIT_DONE : EXIT_REFUSED;
	warn("%s: no such applet", option);
	list(STDERR_FILENO);
	return EXIT_USAGE;
}

int
main(int argc, char **argv)
{
	const char *name = argc > 0 ? base_name(argv[0]) : "xenballoon";
	const struct applet *which = find(name);

	process_open_standard();
	if (!file_root("/")) {
		warn_why("/");
		return EXIT_REFUSED;
	}
	if (which)
		return run_applet(which, name, argv + 1);
	if (argc < 2)
		return list(STDERR_FILENO) == EXIT_DONE ? EXIT_USAGE
							: EXIT_REFUSED;
	which = find(argv[1]);
	return which ? run_applet(which, argv[1], argv + 2)
		     : run_own(argv[1], argv + 2);
}
