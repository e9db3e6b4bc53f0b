/* SPDX-License-Identifier: 0BSD */
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "terminal.h"

#ifndef _POSIX_VDISABLE
#define _POSIX_VDISABLE 0
#endif

static struct termios before;

static bool
is_terminal(int fd)
{
	struct termios t;

	return tcgetattr(fd, &t) == 0;
}

bool
terminal_is_output(void)
{
	return is_terminal(STDOUT_FILENO);
}

bool
terminal_is_input(void)
{
	return is_terminal(STDIN_FILENO);
}

bool
terminal_size(unsigned *columns, unsigned *lines)
{
	struct winsize w;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) < 0 || !w.ws_col || !w.ws_row)
		return false;
	*columns = w.ws_col;
	*lines = w.ws_row;
	return true;
}

/*
 * SIGTSTP and SIGQUIT would stop or end the program before it has restored the
 * terminal: their keys are switched off.
 */
bool
terminal_cbreak(void)
{
	struct termios t;

	if (tcgetattr(STDIN_FILENO, &before) < 0)
		return false;
	t = before;
	t.c_lflag &= (tcflag_t)~(ICANON | ECHO);
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	t.c_cc[VSUSP] = t.c_cc[VQUIT] = _POSIX_VDISABLE;
	return tcsetattr(STDIN_FILENO, TCSANOW, &t) == 0;
}

void
terminal_restore(void)
{
	tcsetattr(STDIN_FILENO, TCSANOW, &before);
}
