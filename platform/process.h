/* SPDX-License-Identifier: 0BSD */
/* What a program asks of the kernel for its own process. */
#ifndef PROCESS_H
#define PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * The OOM killer never chooses this process, its pages are locked, and it has
 * the highest priority: what ends a shortage of memory must not starve in it.
 * Each part that fails is logged; none is fatal.
 */
void process_protect(void);

/*
 * Faults in all pages of the program and the next one of the stack. At the
 * first touch of a page, and at the first write after a fork, the kernel needs
 * one more: where there is none left that would be this process's own OOM kill,
 * and the wait for it, at the very moment when it has to act.
 */
void process_fault_pages(void);

/* Locks the pages that are touched from here on; a child has no such lock. */
bool process_lock_pages(void);

/*
 * `fd` is open since before this program began: whatever the program opens
 * itself is close-on-exec.
 */
bool process_inherited(int fd);

/*
 * Writes a newline to `fd`, which tells the supervisor that the program is
 * ready, and closes it; 0 to 2 stay open, whose numbers nothing else may get.
 */
void process_notify_ready(int fd);

/*
 * Sends SIGTERM to a copy that was started in an initramfs: its argv[0] begins
 * with '@', which also tells systemd to spare it at switch_root. False: `pid`
 * is no such copy, or it is exiting and has no command line any more.
 */
bool process_retire(pid_t pid);

/*
 * The nice value of another process or thread; pid 0: none. Root may always
 * raise it, and lower it before the sandbox. False: errno.
 */
bool process_renice(pid_t pid, int nice);

/* Processors that this process may run on; 1 where that is not known. */
unsigned process_cpus(void);

/* Opens those of 0 to 2 that are not: no file opened later becomes stderr. */
void process_open_standard(void);

#endif
