/* SPDX-License-Identifier: 0BSD */
#include <errno.h>
#include <string.h>

#include "file.h"
#include "log.h"
#include "tuning.h"

#define SYSCTL_MAX UINT32_MAX

static struct {
	const char *path;
	uint64_t wanted;
	uint64_t only_from; /* changed only from this value; any: SYSCTL_MAX */
	uint64_t before;
	bool changed;
} sysctls[] = {
    /*
     * After fragmentation the kernel keeps up to 1.5 times the high watermark
     * out of use, which MemAvailable does not see (mm/page_alloc.c,
     * boost_watermark): 6 MB in a small guest, and an OOM kill.
     */
    {"/proc/sys/vm/watermark_boost_factor", 0, SYSCTL_MAX, 0, false},
    /*
     * Under the heuristic one mmap larger than RAM and swap fails, and RAM is
     * what the balloon left; XENBALLOON_OVERCOMMIT=keep leaves it.
     */
    {"/proc/sys/vm/overcommit_memory", 1, 0, 0, false},
};

static bool on;

#define OVERCOMMIT 1 /* its row */
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
	uint64_t now;

	if (file_get(path, SYSCTL_MAX, &now))
		file_put(path, now);
}

void
tuning_on(const struct settings *s)
{
	for (size_t i = 0; i < COUNT && !on; i++) {
		uint64_t now;

		if ((i == OVERCOMMIT && s->overcommit == OVERCOMMIT_KEEP) ||
		    !file_get(sysctls[i].path, SYSCTL_MAX, &now) ||
		    now == sysctls[i].wanted ||
		    (sysctls[i].only_from != SYSCTL_MAX &&
			now != sysctls[i].only_from))
			continue;
		sysctls[i].before = now;
		sysctls[i].changed =
		    file_put(sysctls[i].path, sysctls[i].wanted);
		if (!sysctls[i].changed)
			warn(sysctls[i].path, ": stays as it is: ",
			    log_error(), NULL);
	}
	if (!on)
		drop_boost();
	on = true;
}

void
tuning_off(void)
{
	for (size_t i = 0; i < COUNT; i++) {
		uint64_t now;

		if (!sysctls[i].changed)
			continue;
		sysctls[i].changed = false;
		if (file_get(sysctls[i].path, SYSCTL_MAX, &now) &&
		    now == sysctls[i].wanted)
			file_put(sysctls[i].path, sysctls[i].before);
	}
	on = false;
}
