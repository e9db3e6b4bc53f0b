/* SPDX-License-Identifier: 0BSD */
/* link: platform/text applet/common/sample */
#include <stdlib.h>
#include <string.h>

#include "common/sample.h"
#include "../lib/tap.h"

/* Parses a copy that ends where the bytes end: reading beyond them is seen. */
#define READ(part, parse, text, len) \
	static struct part parse##_of(const char *text, size_t len) \
	{ \
		struct part p = {0}; \
		char *copy = malloc(len ? len : 1); \
\
		memcpy(copy, text, len); \
		sample_##parse(&p, copy, len); \
		free(copy); \
		return p; \
	}
READ(sample_memory, meminfo, text, len)
READ(sample_counters, vmstat, text, len)
READ(sample_counters, pressure, text, len)

static const struct {
	const char *name, *text;
	size_t len; /* 0: strlen */
	bool have;
	uint64_t want;
} totals[] = {
    {"as Linux has it", "MemTotal:         467008 kB\n", 0, true, 467008},
    {"one blank", "MemTotal: 467008 kB\n", 0, true, 467008},
    {"2^40", "MemTotal: 1099511627776 kB\n", 0, true, UINT64_C(1) << 40},
    {"2^40 + 1", "MemTotal: 1099511627777 kB\n", 0, false, 0},
    {"2^64 - 1", "MemTotal: 18446744073709551615 kB\n", 0, false, 0},
    {"2^64 + 1", "MemTotal: 18446744073709551617 kB\n", 0, false, 0},
    {"60 digits",
	"MemTotal: 12345678901234567890123456789012345678901234567890"
	"1234567890 kB\n", 0, false, 0},
    {"no final newline: cut off", "MemTotal: 467008 kB", 0, false, 0},
    {"cut in the number", "MemTotal:     4670", 0, false, 0},
    {"cut in the label", "MemTot", 0, false, 0},
    {"cut behind the label", "MemTotal:", 0, false, 0},
    {"no number", "MemTotal: kB\n", 0, false, 0},
    {"only blanks", "MemTotal:       \n", 0, false, 0},
    {"only a label", "MemTotal:\n", 0, false, 0},
    {"negative", "MemTotal: -467008 kB\n", 0, false, 0},
    {"hexadecimal", "MemTotal: 0x72040 kB\n", 0, false, 0},
    {"like octal", "MemTotal: 0467008 kB\n", 0, false, 0},
    {"a fraction", "MemTotal: 467008.5 kB\n", 0, false, 0},
    {"another unit", "MemTotal: 456 MB\n", 0, false, 0},
    {"trailing garbage", "MemTotal: 467008 kB x\n", 0, false, 0},
    {"two numbers", "MemTotal: 467008 12 kB\n", 0, false, 0},
    {"CRLF", "MemTotal: 467008 kB\r\n", 0, false, 0},
    {"a NUL in the number", "MemTotal: 467\000008 kB\n", 21, false, 0},
    {"a NUL behind it", "MemTotal: 467008 kB\0\n", 21, false, 0},
    {"another letter case", "memtotal: 467008 kB\n", 0, false, 0},
    {"a longer label", "XMemTotal: 467008 kB\n", 0, false, 0},
    {"a blank before it", " MemTotal: 467008 kB\n", 0, false, 0},
    {"nothing", "", 0, false, 0},
    {"newlines only", "\n\n\n\n", 0, false, 0},
    {"behind garbage", "\001\002\xff garbage\nMemTotal: 5 kB\n", 0, true, 5},
};

static void
test_totals(void)
{
	for (size_t i = 0; i < sizeof(totals) / sizeof(totals[0]); i++) {
		size_t len = totals[i].len ? totals[i].len
					   : strlen(totals[i].text);
		struct sample_memory s =
		    meminfo_of(totals[i].text, len);

		OK(((s.have & HAVE_TOTAL) != 0) == totals[i].have &&
			s.total_kb == totals[i].want,
		    "meminfo: %s", totals[i].name);
	}
}

static const char meminfo[] =
    "MemTotal:         467008 kB\n"
    "MemFree:          300001 kB\n"
    "MemAvailable:     350002 kB\n"
    "Buffers:            1003 kB\n"
    "Cached:            40004 kB\n"
    "SwapCached:            9 kB\n"
    "Active:            50000 kB\n"
    "Active(anon):      11111 kB\n"
    "Active(file):      12005 kB\n"
    "Inactive(file):    13006 kB\n"
    "SwapTotal:        100007 kB\n"
    "SwapFree:          90008 kB\n"
    "AnonPages:         20009 kB\n"
    "Shmem:              1010 kB\n"
    "KReclaimable:       7777 kB\n"
    "SReclaimable:       5011 kB\n"
    "CommitLimit:      333012 kB\n"
    "Committed_AS:      44013 kB\n"
    "HugePages_Total:       0\n";

static void
test_all_fields(void)
{
	struct sample_memory s = meminfo_of(meminfo,
	    sizeof(meminfo) - 1);

	OK(s.total_kb == 467008 && s.free_kb == 300001 &&
		s.available_kb == 350002 && s.buffers_kb == 1003 &&
		s.cached_kb == 40004, "meminfo: the first five");
	OK(s.active_file_kb == 12005 && s.inactive_file_kb == 13006 &&
		s.anon_kb == 20009 && s.shmem_kb == 1010 &&
		s.reclaimable_kb == 5011, "meminfo: the parts");
	OK(s.swap_total_kb == 100007 && s.swap_free_kb == 90008 &&
		s.commit_limit_kb == 333012 && s.committed_kb == 44013,
	    "meminfo: swap and promises");
	OK(sample_check(&s) == NULL, "meminfo: valid");
	s.have = HAVE_MEMINFO;
	sample_meminfo(&s, "MemTotal: 5 kB\n", 15);
	IS(s.total_kb, 467008, "meminfo: nothing is read once all is known");
}

/* However a text is cut, what is taken is what the whole text says. */
static void
test_every_cut(void)
{
	struct sample_memory whole = meminfo_of(meminfo,
	    sizeof(meminfo) - 1);
	unsigned wrong = 0;

	for (size_t len = 0; len < sizeof(meminfo) - 1; len++) {
		struct sample_memory s = meminfo_of(meminfo, len);

		wrong += (s.have & HAVE_TOTAL) && s.total_kb != whole.total_kb;
		wrong += (s.have & HAVE_AVAILABLE) &&
		    s.available_kb != whole.available_kb;
		wrong += (s.have & HAVE_COMMITTED) &&
		    s.committed_kb != whole.committed_kb;
		wrong += (s.have & HAVE_COMMITTED) == 0 &&
		    sample_check(&s) == NULL;
	}
	OK(wrong == 0, "meminfo: cut at each byte, no number is a part");
}

static void
test_vmstat(void)
{
	static const char text[] = "nr_free_pages 1\npswpin 12\npswpout 13\n"
				   "pgmajfault 14\noom_kill 3\noom_killer 9\n";
	static const char bad[] = "pswpin 18446744073709551616\npswpout -1\n"
				  "pgmajfault 014\noom_kill 3";
	struct sample_counters s = vmstat_of(text, sizeof(text) - 1);

	OK(s.swap_in_pages == 12 && s.swap_out_pages == 13 &&
		s.major_faults == 14 && s.oom_kills == 3, "vmstat: counters");
	s = vmstat_of(bad, sizeof(bad) - 1);
	OK(s.have == 0 && s.swap_in_pages == 0 && s.oom_kills == 0,
	    "vmstat: 2^64, negative, octal-looking, cut off");
	s = vmstat_of("oom_kill 18446744073709551615\n", 30);
	OK(s.oom_kills == UINT64_MAX, "vmstat: 2^64 - 1 is a counter");
}

static void
test_pressure(void)
{
	static const char text[] =
	    "some avg10=0.00 avg60=0.00 avg300=0.00 total=42\n"
	    "full avg10=0.00 avg60=0.00 avg300=0.00 total=17\n";
	static const char *const bad[] = {
	    "full avg10=0.00 total=17\n", "some avg10=0.00\n", "some total=\n",
	    "some total=-1\n", "some total=1x\n", "some total=12", "some ",
	    "some\n", "sometotal=5\n", "total=5\n", "", "some tota\n"};
	struct sample_counters s = pressure_of(text, sizeof(text) - 1);

	OK((s.have & HAVE_PRESSURE) && s.pressure_us == 42,
	    "pressure: of some task, not of all");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		s = pressure_of(bad[i], strlen(bad[i]));
		OK(s.have == 0 && s.pressure_us == 0,
		    "pressure: nothing in hostile text %zu", i);
	}
}

static const struct {
	const char *name;
	struct sample_memory sample;
	bool good;
} checks[] = {
#define SEEN (HAVE_TOTAL | HAVE_FREE | HAVE_AVAILABLE | HAVE_COMMITTED)
    {"what a policy needs",
	{.have = SEEN, .total_kb = 100, .free_kb = 50, .available_kb = 60},
	true},
    {"all of it free",
	{.have = SEEN, .total_kb = 100, .free_kb = 100, .available_kb = 100},
	true},
    {"no MemTotal",
	{.have = SEEN & ~(uint32_t)HAVE_TOTAL, .total_kb = 100}, false},
    {"no MemFree",
	{.have = SEEN & ~(uint32_t)HAVE_FREE, .total_kb = 100}, false},
    {"no Committed_AS",
	{.have = SEEN & ~(uint32_t)HAVE_COMMITTED, .total_kb = 100}, false},
    {"a guest of nothing", {.have = SEEN}, false},
    {"more free than there is",
	{.have = SEEN, .total_kb = 100, .free_kb = 101}, false},
    {"more available than there is",
	{.have = SEEN, .total_kb = 100, .available_kb = 101}, false},
    {"more anonymous than there is",
	{.have = SEEN, .total_kb = 100, .anon_kb = 101}, false},
    {"more shared than there is",
	{.have = SEEN, .total_kb = 100, .shmem_kb = 101}, false},
};

static void
test_check(void)
{
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		struct sample_memory s = checks[i].sample;
		const char *said = sample_check(&s);

		OK(checks[i].good == !said, "check: %s", checks[i].name);
	}
}

/* Free memory of the contiguous area is not for the kernel's own. */
static void
test_contiguous(void)
{
	static const char text[] = "MemTotal: 1000 kB\nMemFree: 500 kB\n"
	    "MemAvailable: 600 kB\nCommitted_AS: 9 kB\nCmaFree: 400 kB\n";
	struct sample_memory s =
	    meminfo_of(text, sizeof(text) - 1);

	OK(!sample_check(&s) && s.available_kb == 200 && s.free_kb == 500,
	    "contiguous: what is free of it is not available");
	s.cma_free_kb = SAMPLE_KB_MAX;
	OK(!sample_check(&s) && s.available_kb == 0,
	    "contiguous: not below 0");
}

/* Linux before 3.14 has no MemAvailable. */
static void
test_old_kernel(void)
{
	struct sample_memory s = {.have = HAVE_TOTAL | HAVE_FREE | HAVE_COMMITTED |
		HAVE_ACTIVE_FILE | HAVE_INACTIVE_FILE | HAVE_RECLAIMABLE,
	    .total_kb = 1000, .free_kb = 500, .active_file_kb = 60,
	    .inactive_file_kb = 40, .reclaimable_kb = 20, .min_free_kb = 30};

	OK(!sample_check(&s) && s.available_kb == 500 + 50 + 10 - 60,
	    "old kernel: free, and half of what can be dropped");
	s.available_kb = 0;
	s.min_free_kb = SAMPLE_KB_MAX;
	OK(!sample_check(&s) && s.available_kb == 0, "old kernel: not below 0");
	s.min_free_kb = 0;
	s.active_file_kb = SAMPLE_KB_MAX;
	OK(!sample_check(&s) && s.available_kb <= s.total_kb,
	    "old kernel: not more than there is");
	s.have &= ~(uint32_t)HAVE_ACTIVE_FILE;
	OK(!sample_check(&s) && s.available_kb == 500 + 10,
	    "old kernel: the cache is not known");
}

int
main(void)
{
	test_totals();
	test_all_fields();
	test_every_cut();
	test_vmstat();
	test_pressure();
	test_check();
	test_contiguous();
	test_old_kernel();
	return tap_end();
}
