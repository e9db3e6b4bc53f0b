/* SPDX-License-Identifier: 0BSD */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "keeper.h"
#include "proc.h"
#include "text.h"

static char meminfo[PROC_MEMINFO_MAX];
static char vmstat[PROC_VMSTAT_MAX];
static char pressure[PROC_PRESSURE_MAX];
static char uptime[PROC_UPTIME_MAX];

struct source proc_meminfo = {
    "/proc/meminfo", meminfo, sizeof(meminfo), 0, -1};
struct source proc_vmstat = {"/proc/vmstat", vmstat, sizeof(vmstat), 0, -1};
struct source proc_pressure = {
    "/proc/pressure/memory", pressure, sizeof(pressure), 0, -1};
struct source proc_uptime = {"/proc/uptime", uptime, sizeof(uptime), 0, -1};

static int proc_fd = -1;

bool
proc_open(void)
{
	int error;

	proc_fd = file_open("/proc", O_RDONLY | O_DIRECTORY);
	source_open(&proc_meminfo);
	error = errno;
	source_open(&proc_vmstat);
	source_open(&proc_pressure);
	source_open(&proc_uptime);
	errno = error;
	return proc_meminfo.fd >= 0;
}

bool
proc_min_free_kb(uint64_t max, uint64_t *kb)
{
	return file_load_number("/proc/sys/vm/min_free_kbytes", max, kb);
}

int
proc_vm_open(const char *name)
{
	char path[64];

	text_cstr(path, sizeof(path), "/proc/sys/vm/%s", name);
	return file_open(path, O_RDONLY);
}

int
proc_own_file(const char *name, int flags)
{
	char path[64];

	text_cstr(path, sizeof(path), "self/%s", name);
	return file_open_in(proc_fd, path, flags);
}

int
proc_pressure_trigger(uint64_t stall_us, uint64_t window_us)
{
	char buf[64];
	ssize_t len;
	int fd = file_open(proc_pressure.path, O_RDWR);

	if (fd < 0)
		return -1;
	/* The kernel overwrites the last byte: it must be the NUL. */
	len = (ssize_t)text_cstr(
	    buf, sizeof(buf), "some %ju %ju", stall_us, window_us);
	/* Not a file with an offset: pwrite(2) is refused. */
	if (write(fd, buf, (size_t)len) == len)
		return fd;
	file_close(fd);
	return -1;
}

#define PAGE_KB 4

/* The start of PID/FILE; its length, -1: not there, or gone. */
static long
read_of(const char *pid, const char *name, char *buf, size_t cap)
{
	char path[32];
	long len = -1;
	int fd;

	text_cstr(path, sizeof(path), "%s/%s", pid, name);
	fd = file_open_in(proc_fd, path, O_RDONLY);
	if (fd >= 0)
		len = file_read(fd, buf, cap);
	file_close(fd);
	return len > 0 && buf[len - 1] == '\n' ? len - 1 : len;
}

/* The second number of statm: pages that are there. */
static uint64_t
resident_kb(const char *pid)
{
	char buf[128];
	long len = read_of(pid, "statm", buf, sizeof(buf));
	uint64_t pages = 0;
	const char *at, *end;

	at = len > 0 ? memchr(buf, ' ', (size_t)len) : NULL;
	end = at ? memchr(at + 1, ' ', (size_t)(buf + len - at - 1)) : NULL;
	if (end)
		text_number(at + 1, (size_t)(end - at - 1),
		    UINT64_MAX / PAGE_KB, &pages);
	return pages * PAGE_KB;
}

struct look {
	struct proc_scan *scan;
	const char *names;
	uint64_t total_kb, canary_kb;
};

/* It has no memory of its own. Anybody may have its name. */
static bool
is_kernel_thread(const char *pid)
{
	char first;

	return read_of(pid, "statm", &first, 1) == 1 && first == '0';
}

/*
 * mm/oom_kill.c, oom_badness(): size and oom_score_adj thousandths of all there
 * is, swap too. Page tables and what is swapped out are left out here.
 */
static void
look_at(const struct look *l, const char *pid)
{
	struct proc_scan *scan = l->scan;
	char comm[sizeof(scan->name) - 1], buf[32];
	long len = read_of(pid, "comm", comm, sizeof(comm));
	long n = read_of(pid, "oom_score_adj", buf, sizeof(buf));
	uint64_t adj, number;
	int which;

	if (len <= 0 || text_is(comm, (size_t)len, CANARY_NAME))
		return;
	if (text_is(comm, (size_t)len, "xen-balloon") &&
	    is_kernel_thread(pid) &&
	    text_number(pid, strlen(pid), INT32_MAX, &number))
		scan->balloon = (pid_t)number;
	which = text_which(l->names, comm, (size_t)len);
	if (which >= 0)
		scan->found |= 1U << which;
	/* A negative number is none here, and 0 is never first. */
	if (n <= 0 || !text_number(buf, (size_t)n, 1000, &adj) || adj == 0 ||
	    l->total_kb * adj / 1000 + resident_kb(pid) <
		l->total_kb + l->canary_kb)
		return;
	scan->rival = true;
	memcpy(scan->name, comm, (size_t)len);
	scan->name[len] = '\0';
}

static bool
look_at_process(void *into, const char *name)
{
	const struct look *l = into;

	if (name[0] >= '1' && name[0] <= '9')
		look_at(l, name);
	return true;
}

bool
proc_look_around(struct proc_scan *scan, const char *names, uint64_t total_kb,
    uint64_t canary_kb)
{
	struct look l = {scan, names, total_kb, canary_kb};
	int fd = file_open_in(proc_fd, ".", O_RDONLY | O_DIRECTORY);

	*scan = (struct proc_scan){0};
	file_each_folder(fd, look_at_process, &l);
	file_close(fd);
	return fd >= 0;
}
