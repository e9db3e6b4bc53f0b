/* SPDX-License-Identifier: 0BSD */
/*
 * sandbox: goes into the program's own sandbox, and tries every system call
 *
 * usage: sandbox NEEDS     a sum of SANDBOX_...
 *
 * Each is made by a child of its own. A line for each number that it
 * survives, made with arguments that are all -1; then one for each call of the
 * table below, NAME lives or NAME dies; last "end".
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "sandbox.h"

#define NUMBERS 1024 /* more than any machine has */
#define X32 0x40000000L
#define NULL_DEVICE ((long)"/dev/null")
#define SOME_FILE ((long)"/tmp/none/such")

static const struct {
	const char *name;
	long number, argument[4];
} table[] = {
    {"openat-read", SYS_openat, {-1, NULL_DEVICE, O_RDONLY}},
    {"openat-write", SYS_openat, {-1, NULL_DEVICE, O_RDWR}},
    {"openat-path", SYS_openat, {-1, NULL_DEVICE, O_PATH}},
    {"openat-create", SYS_openat, {-1, SOME_FILE, O_RDWR | O_CREAT, 0600}},
    {"openat-empty", SYS_openat, {-1, SOME_FILE, O_WRONLY | O_TRUNC}},
    {"socket-unix", SYS_socket, {AF_UNIX, SOCK_STREAM}},
    {"socket-inet", SYS_socket, {AF_INET, SOCK_STREAM}},
    {"socket-inet6", SYS_socket, {AF_INET6, SOCK_DGRAM}},
    {"socket-netlink", SYS_socket, {AF_NETLINK, SOCK_RAW}},
    {"socket-packet", SYS_socket, {AF_PACKET, SOCK_RAW}},
    {"ioctl-get", SYS_ioctl, {-1, TCGETS}},
    {"ioctl-set", SYS_ioctl, {-1, TCSETS}},
    {"ioctl-size", SYS_ioctl, {-1, TIOCGWINSZ}},
    {"ioctl-type", SYS_ioctl, {-1, TIOCSTI}},
    {"ioctl-other", SYS_ioctl, {-1, FIONREAD}},
    {"x32-read", X32 | SYS_read, {-1}},
    {"x32-getpid", X32 | SYS_getpid, {0}},
    {"last-number", -1, {0}},
};

#ifdef __x86_64__
/* getpid(2) as a 32-bit program makes it. */
static void
other_machine(void)
{
	long result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory");
}
#else
static void
other_machine(void)
{
	raise(SIGSYS);
}
#endif

/* Whether a child that calls this lives; a signal of another kind is none. */
static int
lives(unsigned needs, void (*call)(const void *), const void *context)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		sandbox_enter(needs, false);
		call(context);
		syscall(SYS_exit_group, 0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		perror("sandbox");
		exit(1);
	}
	return !(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}

/*
 * Linux lets these through any filter (kernel/seccomp.c): uretprobe(2) and
 * uprobe(2) of x86_64, which are for code that the kernel itself has planted.
 */
static int
is_exception(long number)
{
#ifdef __x86_64__
	return number == 335 || number == 336;
#else
	return number < 0;
#endif
}

static void
by_number(const void *context)
{
	syscall(*(const long *)context, -1L, -1L, -1L, -1L, -1L, -1L);
}

static void
by_table(const void *context)
{
	size_t i = *(const size_t *)context;
	const long *a = table[i].argument;

	syscall(table[i].number, a[0], a[1], a[2], a[3], 0L, 0L);
}

static void
by_other(const void *context)
{
	(void)context;
	other_machine();
}

int
main(int argc, char **argv)
{
	unsigned needs = argc == 2 ? (unsigned)atoi(argv[1]) : 0;
	long probe = SYS_getppid;

	/* Nothing below is to be done outside. */
	if (lives(needs, by_number, &probe)) {
		printf("there is no sandbox\n");
		return 1;
	}
	for (long n = 0; n < NUMBERS; n++)
		if (!is_exception(n) && lives(needs, by_number, &n))
			printf("%ld\n", n);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		printf("%s %s\n", table[i].name,
		    lives(needs, by_table, &i) ? "lives" : "dies");
	printf("other-machine %s\n",
	    lives(needs, by_other, NULL) ? "lives" : "dies");
	printf("end\n");
	return 0;
}
