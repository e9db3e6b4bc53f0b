/* SPDX-License-Identifier: 0BSD */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "balloon.h"
#include "file.h"
#include "text.h"

#define SYSFS "/sys/devices/system/xen_memory/xen_memory0/"
#define XENLINUX "/proc/xen/balloon"
/*
 * Write-only for root, so that no ordinary process can take the lock first:
 * anyone who may open a file may lock it.
 */
#define LOCK "/sys/bus/xen_memory/drivers_probe"
/* Everybody may open it, and so lock it. */
#define LOCK_FOLDER "/sys/hypervisor"
/* The system call itself, which test/fault can make fail. */
#ifdef SYS_fcntl64
#define FCNTL SYS_fcntl64 /* a 32-bit machine */
#else
#define FCNTL SYS_fcntl
#endif
#define XENLINUX_TEXT 512 /* bytes of it: six short lines */

bool
balloon_open(struct balloon *b, bool write)
{
	int flags = write ? O_RDWR : O_RDONLY;

	*b = (struct balloon){false, -1, -1, -1, -1, -1};
	if (write)
		b->lock_fd = file_open(LOCK, O_WRONLY);
	b->target_fd = file_open(SYSFS "target_kb", flags);
	if (b->target_fd >= 0) {
		b->current_fd = file_open(SYSFS "info/current_kb", O_RDONLY);
		b->low_fd = file_open(SYSFS "info/low_kb", O_RDONLY);
		b->high_fd = file_open(SYSFS "info/high_kb", O_RDONLY);
		return b->current_fd >= 0;
	}
	if (errno != ENOENT)
		return false;
	b->target_fd = file_open(XENLINUX, flags);
	b->xenlinux = true;
	if (b->target_fd < 0 && errno == ENOENT)
		errno = ENODEV;
	return b->target_fd >= 0;
}

/* The number behind `label` in /proc/xen/balloon: "LABEL:   524288 kB". */
static bool
read_xenlinux(const struct balloon *b, const char *label, uint64_t *out)
{
	char buf[XENLINUX_TEXT];
	long n = file_read(b->target_fd, buf, sizeof(buf));

	return n > 0 &&
	    text_labelled(buf, (size_t)n, label, BALLOON_KB_MAX, out);
}

bool
balloon_read(const struct balloon *b, struct balloon_state *s)
{
	*s = (struct balloon_state){0};
	if (b->xenlinux)
		return read_xenlinux(
			   b, "Current allocation:", &s->current_kb) &&
		    s->current_kb &&
		    read_xenlinux(b, "Requested target:", &s->target_kb);
	return file_read_number(
		   b->current_fd, BALLOON_KB_MAX, &s->current_kb) &&
	    s->current_kb &&
	    file_read_number(b->target_fd, BALLOON_KB_MAX, &s->target_kb);
}

bool
balloon_read_held(const struct balloon *b, struct balloon_held *h)
{
	if (b->xenlinux)
		return read_xenlinux(b, "Low-mem balloon:", &h->low_kb) &&
		    read_xenlinux(b, "High-mem balloon:", &h->high_kb);
	return b->low_fd >= 0 && b->high_fd >= 0 &&
	    file_read_number(b->low_fd, BALLOON_KB_MAX, &h->low_kb) &&
	    file_read_number(b->high_fd, BALLOON_KB_MAX, &h->high_kb);
}

bool
balloon_write(const struct balloon *b, uint64_t target_kb)
{
	char buf[24];
	struct text t = TEXT_ON(buf);

	/* /proc/xen/balloon takes bytes. */
	text_dec(&t, b->xenlinux ? target_kb * 1024 : target_kb);
	return file_write(b->target_fd, t.at, t.len);
}

bool
balloon_lock(const struct balloon *b, pid_t *holder)
{
	struct flock lock = {.l_type = F_WRLCK};
	int fd = b->lock_fd >= 0 ? b->lock_fd : b->target_fd;

	if (syscall(FCNTL, fd, F_SETLK, &lock) == 0)
		return true;
	*holder = 0;
	if (errno == EAGAIN && syscall(FCNTL, fd, F_GETLK, &lock) == 0) {
		*holder = lock.l_pid;
		errno = EAGAIN;
	}
	return false;
}

bool
balloon_lock_pool(void)
{
	int fd = file_open(LOCK, O_WRONLY);

	if (fd < 0)
		fd = file_open(LOCK_FOLDER, O_RDONLY | O_DIRECTORY);
	return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;
}

bool
balloon_on_xen(void)
{
	char type[16];
	long n = file_load("/sys/hypervisor/type", type, sizeof(type));

	if (n < 0) {
		int fd = file_open("/proc/xen", O_RDONLY);

		file_close(fd);
		return fd >= 0;
	}
	return text_begins(type, (size_t)n, "xen");
}

/* The third digit from the end of a number in hexadecimal has bits 8 to 11. */
bool
balloon_in_dom0(void)
{
	static const char with_bit_11[] = "89abcdefABCDEF";
	char said[64];
	long n = file_load("/sys/hypervisor/properties/features", said,
	    sizeof(said));

	if (n > 0 && said[n - 1] == '\n')
		n--;
	if (n >= 3 && memchr(with_bit_11, said[n - 3], sizeof(with_bit_11) - 1))
		return true;
	n = file_load("/proc/xen/capabilities", said, sizeof(said));
	return n > 0 && text_begins(said, (size_t)n, "control_d");
}

bool
balloon_is_pv(void)
{
	char type[8];
	long n = file_load("/sys/hypervisor/guest_type", type, sizeof(type));

	return n > 0 && text_is(type, (size_t)n, "PV\n");
}
