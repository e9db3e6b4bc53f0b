/* SPDX-License-Identifier: 0BSD */
/*
 * The kernel's balloon driver: /sys/devices/system/xen_memory/xen_memory0
 * (Linux since 2.6.39), or /proc/xen/balloon of the older XenLinux trees.
 * All numbers are kB of domain pages.
 */
#ifndef BALLOON_H
#define BALLOON_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define BALLOON_KB_MAX (UINT64_C(1) << 40) /* 1 PiB: beyond any machine */

struct balloon {
	bool xenlinux; /* it is /proc/xen/balloon */
	int target_fd;
	int current_fd;
	int low_fd;
	int high_fd;
	int lock_fd; /* -1: opened to read, or not there */
};

struct balloon_state {
	uint64_t current_kb;
	uint64_t target_kb;
};

/* Pages that the balloon holds, in low and high memory. */
struct balloon_held {
	uint64_t low_kb;
	uint64_t high_kb;
};

/*
 * False: errno is ENODEV when there is no driver, else what open(2) said.
 * `write` opens for writing too.
 */
bool balloon_open(struct balloon *b, bool write);

/* False when the driver's numbers can't be read or make no sense. */
bool balloon_read(const struct balloon *b, struct balloon_state *s);
/*
 * They change with current_kb, and when memory comes online. False: this driver
 * does not have them.
 */
bool balloon_read_held(const struct balloon *b, struct balloon_held *h);

/*
 * Asks for a size. The driver works on it in its own time and accepts any
 * number, 0 and nonsense too: the caller's floor is the only one there is.
 * False: errno says why (EPERM without CAP_SYS_ADMIN).
 */
bool balloon_write(const struct balloon *b, uint64_t target_kb);

/*
 * One steering process per balloon: an exclusive lock on a file of the driver
 * itself, which needs no /run and is the same one seen from an initramfs and
 * from the real root. By fcntl(2), which tells who holds it, and ends when the
 * holder closes any descriptor of that file: none is ever closed. Held until
 * exit. False: errno is EAGAIN when another process has it. That is *holder, or
 * 0 where it can't be seen or has just let go.
 */
bool balloon_lock(const struct balloon *b, pid_t *holder);

/*
 * One balancer in a domain 0: an exclusive flock(2) on the same file, which
 * balloon_lock does not meet, or where that can't be opened on a folder that
 * each kernel on Xen has. Held until exit. False: errno is EWOULDBLOCK when
 * another process has it.
 */
bool balloon_lock_pool(void);

/* True when the kernel says that it runs on Xen. */
bool balloon_on_xen(void);
/*
 * And as domain 0: XENFEAT_dom0, bit 11 of what XENVER_get_features says
 * (xen/include/public/features.h), or control_d where xenfs is mounted.
 */
bool balloon_in_dom0(void);
/* And as a PV guest. */
bool balloon_is_pv(void);

#endif
