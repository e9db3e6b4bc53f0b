/* SPDX-License-Identifier: 0BSD */
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "file.h"
#include "log.h"
#include "process.h"
#include "text.h"

#define OOM_NEVER "-1000" /* proc(5), oom_score_adj: disables OOM killing */
#define PRIORITY (-20)	  /* setpriority(2): most favourable scheduling */
#define PAGE 4096
#ifndef MCL_ONFAULT
#define MCL_ONFAULT 4
#endif

/* Where the program begins, with its own header; the linker's name. */
extern const char program[] __asm__("__ehdr_start");

/*
 * With MCL_ONFAULT (Linux 4.4) only the pages that the daemon touches are
 * held; without it the kernel would fault in 128 kB of unused stack.
 */
bool
process_lock_pages(void)
{
	if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0)
		return true;
	return errno == EINVAL && mlockall(MCL_CURRENT | MCL_FUTURE) == 0;
}

/*
 * mlock(2) faults in what it locks, and writable pages as if by a write. Where
 * process_lock_pages() is refused, so is this, and changes nothing.
 */
void
process_fault_pages(void)
{
	const ElfW(Ehdr) *head = (const void *)program;
	const ElfW(Phdr) *part = (const void *)(program + head->e_phoff);
	volatile char *stack = (char *)__builtin_frame_address(0) - PAGE;

	for (unsigned i = 0; i < head->e_phnum; i++)
		if (part[i].p_type == PT_LOAD)
			syscall(SYS_mlock, part[i].p_vaddr, part[i].p_memsz);
	/* No call goes deeper than a page: test/gate/stack.sh. */
	*stack = 0;
}

void
process_protect(void)
{
	int fd = file_open("/proc/self/oom_score_adj", O_WRONLY);

	if (fd < 0 || !file_write(fd, OOM_NEVER, sizeof(OOM_NEVER) - 1))
		warn_why("the OOM killer may choose this process: "
			 "oom_score_adj");
	file_close(fd);
	if (syscall(SYS_setpriority, PRIO_PROCESS, 0, PRIORITY) < 0)
		warn_why("priority stays as it is");
	if (!process_lock_pages())
		warn_why("pages can't be locked");
}

bool
process_inherited(int fd)
{
	return syscall(SYS_fcntl, fd, F_GETFD) == 0;
}

void
process_notify_ready(int fd)
{
	if (!write_all(fd, "\n", 1))
		warn_why("no readiness sign");
	if (fd > STDERR_FILENO)
		close(fd);
}

bool
process_retire(pid_t pid)
{
	char path[40]; /* a number has 10 digits */
	char first = 0;

	text_cstr(path, sizeof(path), "/proc/%u/cmdline", (unsigned)pid);
	file_load(path, &first, 1);
	return first == '@' && kill(pid, SIGTERM) == 0;
}

bool
process_renice(pid_t pid, int nice)
{
	return pid == 0 ||
	    syscall(SYS_setpriority, PRIO_PROCESS, pid, nice) == 0;
}

unsigned
process_cpus(void)
{
	uint64_t mask[16] = {0}; /* 1024 processors */
	unsigned count = 0;

	syscall(SYS_sched_getaffinity, 0, sizeof(mask), mask);
	for (unsigned i = 0; i < 64 * 16; i++)
		count += mask[i / 64] >> i % 64 & 1;
	return count ? count : 1;
}

void
process_open_standard(void)
{
	int fd;

	/* Not /dev/null, which an image may lack. O_PATH: no read or write. */
	do
		fd = (int)syscall(SYS_openat, AT_FDCWD, "/", O_PATH);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}
