/* SPDX-License-Identifier: 0BSD */
/*
 * load: makes a guest need memory, in the ways that programs do
 *
 *	load anon MB RATE [STEP_MB=4] [HOLD_S=2]
 *	load map MB
 *	load reserve MB TOUCH_MB HOLD_S
 *	load tmpfs DIR MB RATE
 *	load read FILE SECONDS
 *	load mlock MB HOLD_S
 *	load forks N
 *	load par N MB RATE
 *
 * RATE is in MB/s, 0 is flat out. One line of KEY=VALUE on stdout; exit 0
 * done, 1 the system refused, 100 wrong usage. Killed: neither.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MB (1024L * 1024)

enum { TOUCH_STEP = 4096, STEP_MB = 4, HOLD_S = 2 };

/* A schedule of steps, and how far the worst one fell behind it. */
struct pace {
	long start_ms;
	long due_ms;
	long step_ms;
	long max_stall_ms;
};

static long
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
sleep_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	while (ms > 0 && nanosleep(&t, &t) == -1 && errno == EINTR)
		;
}

static void
refused(const char *what)
{
	printf("load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void
usage(void)
{
	fputs("usage: load anon MB RATE [STEP_MB] [HOLD_S] | map MB |\n"
	    "\treserve MB TOUCH_MB HOLD_S | tmpfs DIR MB RATE |\n"
	    "\tread FILE SECONDS | mlock MB HOLD_S | forks N |\n"
	    "\tpar N MB RATE\n", stderr);
	exit(100);
}

/* The number ARG, or fallback where the argument is left out. */
static long
number(const char *arg, long fallback)
{
	char *end;
	long n;

	if (!arg)
		return fallback;
	errno = 0;
	n = strtol(arg, &end, 10);
	if (errno || *end || end == arg || n < 0 || n > INT_MAX)
		usage();
	return n;
}

static void
pace_start(struct pace *p, long step_mb, long rate_mb_s)
{
	p->start_ms = p->due_ms = now_ms();
	p->step_ms = rate_mb_s ? step_mb * 1000 / rate_mb_s : 0;
	p->max_stall_ms = 0;
}

/*
 * After a step: wait until it should have ended. A late one moves the
 * schedule, so one stall is not counted again in the steps behind it.
 */
static void
pace_step(struct pace *p)
{
	long late_ms;

	p->due_ms += p->step_ms;
	late_ms = now_ms() - p->due_ms;
	if (late_ms > p->max_stall_ms)
		p->max_stall_ms = late_ms;
	if (late_ms > 0)
		p->due_ms += late_ms;
	else
		sleep_ms(-late_ms);
}

static void
pace_print(const struct pace *p, const char *what, long mb)
{
	printf("load: %s MB=%ld took_ms=%ld max_stall_ms=%ld\n", what, mb,
	    now_ms() - p->start_ms, p->max_stall_ms);
	fflush(stdout);
}

static char *
map_mb(long mb)
{
	char *at;

	at = mmap(NULL, mb * MB, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		refused("mmap");
	return at;
}

/* Each page gets other bytes: nothing can merge or squeeze them to none. */
static void
touch_mb(char *at, long mb)
{
	static unsigned long seed = 1;
	long i;

	for (i = 0; i < mb * MB; i += TOUCH_STEP) {
		seed = seed * 6364136223846793005UL + 1442695040888963407UL;
		memcpy(at + i, &seed, sizeof(seed));
	}
}

static void
anon_mb(long mb, long rate_mb_s, long step_mb, long hold_s)
{
	struct pace p;
	long done, step;

	if (step_mb == 0)
		usage();
	pace_start(&p, step_mb, rate_mb_s);
	for (done = 0; done < mb; done += step) {
		step = mb - done < step_mb ? mb - done : step_mb;
		touch_mb(map_mb(step), step);
		pace_step(&p);
	}
	pace_print(&p, "anon", mb);
	sleep_ms(hold_s * 1000);
}

static void
anon(char **arg)
{
	long step_mb = number(arg[2], STEP_MB);

	anon_mb(number(arg[0], 0), number(arg[1], 0), step_mb,
	    arg[2] ? number(arg[3], HOLD_S) : HOLD_S);
}

static void
map(char **arg)
{
	struct pace p;
	long mb = number(arg[0], 0);

	pace_start(&p, mb, 0);
	touch_mb(map_mb(mb), mb);
	pace_step(&p);
	pace_print(&p, "map", mb);
}

static void
reserve(char **arg)
{
	struct pace p;
	long mb = number(arg[0], 0), touch = number(arg[1], 0);

	if (touch > mb)
		usage();
	pace_start(&p, touch, 0);
	touch_mb(map_mb(mb), touch);
	pace_step(&p);
	pace_print(&p, "reserve", mb);
	sleep_ms(number(arg[2], 0) * 1000);
}

static void
write_mb(int fd)
{
	static char buf[64 * 1024];
	long left;
	ssize_t n;

	for (left = MB; left > 0; left -= n) {
		n = write(fd, buf, left < (long)sizeof(buf) ? left :
		    (long)sizeof(buf));
		if (n == -1)
			refused("write");
	}
}

/* The file stays: the test removes it when it wants the memory back. */
static void
tmpfs(char **arg)
{
	struct pace p;
	char path[PATH_MAX];
	long i, mb = number(arg[1], 0);
	int fd;

	if (snprintf(path, sizeof(path), "%s/load.%ld", arg[0],
	    (long)getpid()) >= (int)sizeof(path))
		usage();
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd == -1)
		refused(path);
	pace_start(&p, 1, number(arg[2], 0));
	for (i = 0; i < mb; i++) {
		write_mb(fd);
		pace_step(&p);
	}
	pace_print(&p, "tmpfs", mb);
}

static long
read_once(const char *path)
{
	static char buf[64 * 1024];
	long total = 0;
	ssize_t n;
	int fd = open(path, O_RDONLY);

	if (fd == -1)
		refused(path);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		total += n;
	if (n == -1)
		refused(path);
	close(fd);
	return total;
}

static void
read_file(char **arg)
{
	long start_ms = now_ms(), end_ms, took_ms, bytes = 0;

	/* The last to close a block device drops what is cached of it. */
	if (open(arg[0], O_RDONLY) == -1)
		refused(arg[0]);
	end_ms = start_ms + number(arg[1], 0) * 1000;
	do
		bytes += read_once(arg[0]);
	while (now_ms() < end_ms);
	took_ms = now_ms() - start_ms + 1;
	printf("load: read MB=%ld took_ms=%ld MB_s=%ld\n", bytes / MB,
	    took_ms, bytes / 1024 * 1000 / took_ms / 1024);
}

static void
lock(char **arg)
{
	struct pace p;
	long mb = number(arg[0], 0);

	pace_start(&p, mb, 0);
	if (mlock(map_mb(mb), mb * MB) == -1)
		refused("mlock");
	pace_step(&p);
	pace_print(&p, "mlock", mb);
	sleep_ms(number(arg[1], 0) * 1000);
}

/* The number of children that did not exit with 0. */
static long
reap(long n)
{
	long failed = 0;
	int status;

	while (n-- > 0)
		if (wait(&status) == -1 || status != 0)
			failed++;
	return failed;
}

static void
forks(char **arg)
{
	long start_ms = now_ms(), i, n = number(arg[0], 0);
	pid_t pid;

	for (i = 0; i < n; i++) {
		pid = fork();
		if (pid == -1)
			refused("fork");
		if (pid == 0)
			_exit(0);
		reap(1);
	}
	printf("load: forks n=%ld took_ms=%ld\n", n, now_ms() - start_ms);
}

/* A child that is killed is counted; the line comes all the same. */
static void
par(char **arg)
{
	long start_ms = now_ms(), i, n = number(arg[0], 0), failed;
	long mb = number(arg[1], 0), rate_mb_s = number(arg[2], 0);
	pid_t pid;

	for (i = 0; i < n; i++) {
		pid = fork();
		if (pid == -1)
			refused("fork");
		if (pid == 0) {
			anon_mb(mb, rate_mb_s, STEP_MB, HOLD_S);
			exit(0);
		}
	}
	failed = reap(n);
	printf("load: par n=%ld MB=%ld failed=%ld took_ms=%ld\n", n, mb,
	    failed, now_ms() - start_ms);
	exit(failed ? 1 : 0);
}

static const struct {
	const char *name;
	int min_args;
	int max_args;
	void (*run)(char **arg);
} loads[] = {
	{ "anon", 2, 4, anon },
	{ "map", 1, 1, map },
	{ "reserve", 3, 3, reserve },
	{ "tmpfs", 3, 3, tmpfs },
	{ "read", 2, 2, read_file },
	{ "mlock", 2, 2, lock },
	{ "forks", 1, 1, forks },
	{ "par", 3, 3, par },
};

int
main(int argc, char **argv)
{
	size_t i;

	for (i = 0; argc > 1 && i < sizeof(loads) / sizeof(loads[0]); i++) {
		if (strcmp(argv[1], loads[i].name) != 0)
			continue;
		if (argc - 2 < loads[i].min_args ||
		    argc - 2 > loads[i].max_args)
			usage();
		loads[i].run(argv + 2);
		return 0;
	}
	usage();
}
