/* SPDX-License-Identifier: 0BSD */
/* link: platform/text platform/file platform/log platform/cgroup */
/* link: applet/guest/fence */
/* Where the fence stands; its life is in ../fault/fence.sh. */
#include <string.h>

#include "guest/fence.h"
#include "../lib/tap.h"

#define MB (UINT64_C(1024) * 1024)

static void
test_limit(void)
{
	static const struct {
		uint64_t current, set, spare_kb;
		unsigned groups;
		uint64_t want;
		const char *name;
	} t[] = {
	    {60 * MB, CGROUP_NO_LIMIT, 8192, 1, 68 * MB,
		"limit: what is to spare"},
	    {60 * MB, CGROUP_NO_LIMIT, 8192, 2, 64 * MB, "limit: a share of it"},
	    {60 * MB, 50 * MB, 8192, 1, 68 * MB, "limit: more by now"},
	    {60 * MB, 90 * MB, 8192, 1, 68 * MB, "limit: less by now"},
	    {60 * MB + 5, CGROUP_NO_LIMIT, 1, 1, 60 * MB, "limit: whole pages"},
	    {60 * MB, CGROUP_NO_LIMIT, 0, 1, 60 * MB, "no spare: a new one"},
	    {60 * MB, 70 * MB, 0, 1, 60 * MB, "no spare: down to the group"},
	    {60 * MB, 55 * MB, 0, 1, 55 * MB, "no spare: gives no way"},
	    {60 * MB, 55 * MB, 0, 3, 55 * MB, "no spare: to none of three"},
	    {60 * MB, 55 * MB, 0, 0, 55 * MB, "limit: no group"},
	    {0, CGROUP_NO_LIMIT, 0, 1, 0, "limit: an empty group"},
	};

	for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		IS(fence_limit(t[i].current, t[i].set, t[i].spare_kb,
		       t[i].groups),
		    t[i].want, t[i].name);
}

static void
test_names(void)
{
	struct settings s = {
	    .fence = "a, /sys/fs/cgroup/b c  a,,d e f g h i j"};
	struct fence f;

	fence_find(&f, &s);
	IS(f.count, CGROUP_MAX, "names: as many as there may be");
	OK(f.too_many, "names: there are more");
	OK(strcmp(f.group[1].name, "b") == 0, "names: the folder is left out");
	OK(strcmp(f.group[3].name, "d") == 0, "names: each once");
}

int
main(void)
{
	test_limit();
	test_names();
	return tap_end();
}
