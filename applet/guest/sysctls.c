/* SPDX-License-Identifier: 0BSD */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "file.h"
#include "log.h"
#include "text.h"
#include "sysctls.h"

#define SYSCTL_MAX UINT32_MAX

static struct sysctl {
	const char *path;
	uint64_t wanted;
	uint64_t only_from; /* changed only from this value; any: SYSCTL_MAX */
	uint64_t before;
	/*
	 * 0: not changed. Else it stays open until all is put back: a copy
	 * that began in an initramfs has no /proc at its root any more.
	 */
	int fd;
} sysctls[] = {
    /*
     * After fragmentation the kernel keeps up to 1.5 times the high watermark
     * out of use, which MemAvailable does not see (mm/page_alloc.c,
     * boost_watermark): 6 MB in a small guest, and an OOM kill.
     */
    {"/proc/sys/vm/watermark_boost_factor", 0, SYSCTL_MAX, 0, 0},
    /*
     * Under the heuristic one mmap larger than RAM and swap fails, and RAM is
     * what the balloon left; XENBALLOON_OVERCOMMIT=keep leaves it.
     */
    {"/proc/sys/vm/overcommit_memory", 1, 0, 0, 0},
};

static bool on;

/* For whoever comes after a kill -9: a path and its value before, a line. */
#define WORD "/run/xenballoon-sysctls"
#define WORD_MAX 128
#define OVERCOMMIT 1 /* its row */
#define PASSES 3
#define COUNT (sizeof(sysctls) / sizeof(sysctls[0]))

/*
 * A boost that is in force already stays until the kernel sets up its
 * watermarks anew (mm/page_alloc.c, setup_per_zone_wmarks), which it does when
 * this is written, even with the value that it has.
 */
static void
drop_boost(void)
{
	static const char path[] = "/proc/sys/vm/watermark_scale_factor";
	int fd = file_open(path, O_RDWR);
	uint64_t now;

	if (fd >= 0 && file_read_number(fd, SYSCTL_MAX, &now))
		file_write_number(fd, now);
	file_close(fd);
}

static void
leave_word(void)
{
	static bool told; /* where there is no /run */
	char buf[WORD_MAX];
	struct text t = TEXT_ON(buf);

	for (size_t i = 0; i < COUNT; i++)
		if (sysctls[i].fd)
			text_put(&t, "%s %ju\n", sysctls[i].path,
			    sysctls[i].before);
	if (t.len == 0) {
		file_remove(WORD);
	} else if (!file_save(WORD, t.at, t.len) && !told) {
		told = true;
		warn("%s: %s: after a kill -9 what is set stays", WORD,
		    errno_text());
	}
}

void
tuning_adopt(void)
{
	char buf[WORD_MAX];
	long len = file_load(WORD, buf, sizeof(buf));

	for (size_t i = 0; i < COUNT && len > 0; i++) {
		struct sysctl *c = &sysctls[i];
		uint64_t now;
		int fd;

		if (!text_labelled(buf, (size_t)len, c->path, SYSCTL_MAX,
			&c->before) ||
		    !file_load_number(c->path, SYSCTL_MAX, &now) ||
		    now != c->wanted)
			continue;
		fd = file_open(c->path, O_RDWR);
		if (fd >= 0)
			c->fd = fd;
	}
}

/* As before, unless somebody else has changed it; false: not now. */
static bool
put_back(struct sysctl *c)
{
	uint64_t now;

	if (!c->fd || !file_read_number(c->fd, SYSCTL_MAX, &now) ||
	    (now == c->wanted && !file_write_number(c->fd, c->before)))
		return false;
	close(c->fd);
	c->fd = 0;
	return true;
}

void
tuning_on(const struct settings *s)
{
	for (size_t i = 0; i < COUNT && !on; i++) {
		struct sysctl *c = &sysctls[i];
		int fd;

		if (i == OVERCOMMIT && s->overcommit == OVERCOMMIT_KEEP) {
			if (put_back(c)) /* it was one that was killed */
				leave_word();
			continue;
		}
		if (c->fd ||
		    !file_load_number(c->path, SYSCTL_MAX, &c->before) ||
		    c->before == c->wanted ||
		    (c->only_from != SYSCTL_MAX && c->before != c->only_from))
			continue;
		fd = file_open(c->path, O_RDWR);
		if (fd >= 0) {
			c->fd = fd;
			leave_word();
		}
		if (file_write_number(fd, c->wanted))
			continue;
		warn_why("%s: stays as it is", c->path);
		file_close(fd);
		c->fd = 0;
	}
	if (!on)
		drop_boost();
	on = true;
}

void
tuning_off(void)
{
	bool changed = false;

	/* What can't be put back now stays for the next pass, or call. */
	for (size_t i = 0; i < PASSES * COUNT; i++)
		changed |= put_back(&sysctls[i % COUNT]);
	if (changed)
		leave_word();
	on = false;
}
