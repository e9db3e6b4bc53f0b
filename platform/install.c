/* SPDX-License-Identifier: 0BSD */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "install.h"

bool
install_program(char *path, size_t cap)
{
	ssize_t len = readlink("/proc/self/exe", path, cap - 1);

	path[len < 0 ? 0 : len] = '\0';
	return len >= 0;
}

bool
install_folder(const char *dir)
{
	return chdir(dir) == 0;
}

bool
install_link(const char *program, const char *name, bool symbolic)
{
	static const char unfinished[] = ".xenballoon.new";
	int error;
	bool ok;

	unlinkat(AT_FDCWD, unfinished, 0);
	ok = (symbolic ? symlink(program, unfinished)
		       : link(program, unfinished)) == 0 &&
	    renameat(AT_FDCWD, unfinished, AT_FDCWD, name) == 0;
	/* After a rename it is still there when both are one file. */
	error = errno;
	unlinkat(AT_FDCWD, unfinished, 0);
	errno = error;
	return ok;
}
