/* SPDX-License-Identifier: 0BSD */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

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

bool
proc_open(void)
{
	int error;

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
proc_overcommit_open(void)
{
	return file_open("/proc/sys/vm/overcommit_memory", O_RDONLY);
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
