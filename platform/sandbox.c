/* SPDX-License-Identifier: 0BSD */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include "log.h"
#include "sandbox.h"
#include "text.h"

/* As in linux/audit.h, capability.h and seccomp.h, which musl does not have. */
#if defined(__x86_64__)
#define MACHINE 0xc000003e
#elif defined(__aarch64__)
#define MACHINE 0xc00000b7
#endif
#define CAPABILITY_VERSION 0x20080522
#define CAP_DAC_OVERRIDE 1
#define CAP_SYS_ADMIN 21
#define CAPS_MAX 64 /* bits that there is room for */
#define MODE_FILTER 2

/*
 * The balloon's driver asks for CAP_SYS_ADMIN at each write of target_kb
 * (drivers/xen/xen-balloon.c). To be root is enough for the rest: sysctls,
 * cgroups, /run and xenstore are root's, and so has to be the configuration to
 * be read again. No stack grows beyond what is locked already, which would
 * take CAP_IPC_LOCK: at an exec it has 128 kB.
 * The monitor's -o may name a folder of another user's: that of a collector.
 */
static unsigned
needed_capabilities(unsigned needs)
{
	return (needs & (SANDBOX_BALLOON | SANDBOX_KEEPER))
	    ? 1U << CAP_SYS_ADMIN
	    : needs & SANDBOX_SAVE     ? 1U << CAP_DAC_OVERRIDE : 0;
}

/*
 * Drops all capabilities but those of *keep, from which it takes away what this
 * process does not have. The kernel cuts the ambient set with the others.
 * False: errno says why.
 */
static bool
cut_capabilities(unsigned *keep)
{
	uint32_t head[] = {CAPABILITY_VERSION, 0}; /* pid 0: this process */
	struct {
		uint32_t effective, permitted, inheritable;
	} set[2];

	/*
	 * Fails without CAP_SETPCAP, which does no harm: the bounding set is
	 * for what is executed, and nothing is.
	 */
	for (unsigned i = 0; i < CAPS_MAX; i++)
		syscall(SYS_prctl, PR_CAPBSET_DROP, i, 0, 0, 0);
	if (syscall(SYS_capget, head, set) < 0)
		return false;
	*keep &= set[0].permitted;
	set[0].permitted = set[0].effective = *keep;
	set[1].permitted = set[1].effective = 0;
	set[0].inheritable = set[1].inheritable = 0;
	return syscall(SYS_capset, head, set) == 0;
}

#ifdef MACHINE
static const struct filter_call calls[] = {
    {SYS_ppoll, FILTER_ANY_ARGUMENT, SANDBOX_ANY | SANDBOX_KEEPER},
    /* Again, where it failed at the start. */
    {SYS_signalfd4, FILTER_ANY_ARGUMENT, SANDBOX_ANY},
    {SYS_clock_gettime, FILTER_ANY_ARGUMENT, SANDBOX_ANY},
    {SYS_read, FILTER_ANY_ARGUMENT, SANDBOX_ANY | SANDBOX_KEEPER},
    {SYS_write, FILTER_ANY_ARGUMENT, SANDBOX_ANY | SANDBOX_KEEPER},
    {SYS_pread64, FILTER_ANY_ARGUMENT, SANDBOX_ANY | SANDBOX_KEEPER},
    {SYS_pwrite64, FILTER_ANY_ARGUMENT, SANDBOX_BALLOON | SANDBOX_KEEPER},
    {SYS_openat, FILTER_ANY_ARGUMENT, SANDBOX_SAVE | SANDBOX_KEEPER},
    {SYS_openat, O_CREAT | O_TRUNC, FILTER_ARGUMENT(2) | FILTER_NONE_OF,
	SANDBOX_NO_SAVE}, /* not O_RDWR: xenstore's device is opened with it */
    {SYS_close, FILTER_ANY_ARGUMENT, SANDBOX_ANY | SANDBOX_KEEPER},
    {SYS_getdents64, FILTER_ANY_ARGUMENT, SANDBOX_BALLOON},
    {SYS_renameat, FILTER_ANY_ARGUMENT, SANDBOX_SAVE | SANDBOX_KEEPER},
    {SYS_unlinkat, FILTER_ANY_ARGUMENT, SANDBOX_SAVE | SANDBOX_KEEPER},
    {SYS_setpriority, FILTER_ANY_ARGUMENT,
	SANDBOX_BALLOON | SANDBOX_KEEPER}, /* with no capability: upwards */
    {SYS_wait4, FILTER_ANY_ARGUMENT, SANDBOX_BALLOON}, /* for its children */
    /* Not TIOCSTI, which types for the user. */
    {SYS_ioctl, TCGETS, FILTER_ARGUMENT(1), SANDBOX_TERMINAL},
    {SYS_ioctl, TCSETS, FILTER_ARGUMENT(1), SANDBOX_TERMINAL},
    {SYS_ioctl, TIOCGWINSZ, FILTER_ARGUMENT(1), SANDBOX_TERMINAL},
    /* A canary is the daemon's child, without a thread or a namespace. */
    {SYS_clone, CLONE_PARENT | SIGCHLD, FILTER_ARGUMENT(0), SANDBOX_KEEPER},
    {SYS_pipe2, FILTER_ANY_ARGUMENT, SANDBOX_KEEPER},
    {SYS_prctl, PR_SET_NAME, FILTER_ARGUMENT(0), SANDBOX_KEEPER},
    {SYS_getpid, FILTER_ANY_ARGUMENT, SANDBOX_KEEPER},
    {SYS_mmap, PROT_EXEC, FILTER_ARGUMENT(2) | FILTER_NONE_OF,
	SANDBOX_KEEPER},
    {SYS_mlock, FILTER_ANY_ARGUMENT, SANDBOX_KEEPER},
    /* The successor's lock on the balloon is asked for. */
    {SYS_fcntl, F_SETLK, FILTER_ARGUMENT(1), SANDBOX_KEEPER},
    {SYS_fcntl, F_GETLK, FILTER_ARGUMENT(1), SANDBOX_KEEPER},
    {SYS_exit_group, FILTER_ANY_ARGUMENT, SANDBOX_ANY | SANDBOX_KEEPER},
};

#define COUNT (sizeof(calls) / sizeof(calls[0]))
_Static_assert(COUNT + SANDBOX_XENSTORE <= FILTER_ROWS,
    "a filter has room for both lists");

/* How many calls are let through; 0: no filter, and errno says why. */
static unsigned
cut_calls(unsigned needs)
{
	static struct filter f; /* too large for a stack of a page */
	struct {
		unsigned short len;
		const uint64_t *step;
	} program = {0, f.step};

	filter_begin(&f, MACHINE);
	filter_allow(&f, calls, COUNT, needs);
	filter_allow(&f, xenstore_calls, SANDBOX_XENSTORE, needs);
	filter_end(&f);
	program.len = (unsigned short)f.len;
	/*
	 * Not seccomp(2): where a service manager has a list already, as that
	 * of systemd's @system-service, it is seldom on it.
	 */
	return syscall(SYS_prctl, PR_SET_SECCOMP, MODE_FILTER, &program, 0,
	    0) < 0 ? 0 : f.calls;
}
#else
/* The numbers of this machine's calls are not in this file. */
static unsigned
cut_calls(unsigned needs)
{
	(void)needs;
	errno = ENOSYS;
	return 0;
}
#endif

/* For the log: `what` is in force, or why it is not. */
static const char *
outcome(bool done, const char *what, bool *whole)
{
	*whole &= done;
	return done ? what : errno_text();
}

void
sandbox_enter(unsigned needs, bool verbose)
{
	const char *privileges, *capabilities, *allowed;
	char number[12]; /* an unsigned has 10 digits */
	bool done, whole = true;
	unsigned keep, count;

	if (!(needs & SANDBOX_KEEPER))
		needs |= SANDBOX_ANY |
		    (needs & SANDBOX_SAVE ? 0 : SANDBOX_NO_SAVE);
	done = syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
	privileges = outcome(done, "none", &whole);
	keep = needed_capabilities(needs);
	done = cut_capabilities(&keep);
	capabilities = outcome(done, keep & 1U << CAP_SYS_ADMIN ? "sys_admin"
	    : keep ? "dac_override" : "none", &whole);
	count = cut_calls(needs);
	text_cstr(number, sizeof(number), "%u", count);
	allowed = outcome(count, number, &whole);
	/* The keeper has the daemon's lot, of which that one tells. */
	if (verbose || (!whole && !(needs & SANDBOX_KEEPER)))
		warn("sandbox%s: new privileges: %s; capabilities: %s; "
		     "system calls: %s", whole ? "" : ", not whole", privileges,
		    capabilities, allowed);
}
