/* SPDX-License-Identifier: 0BSD */
/* link: platform/text platform/xenstore/wire applet/common/record */
/* link: applet/common/reasons applet/common/sample applet/dom0/domain */
/* link: applet/dom0/metrics applet/dom0/screen */
/*
 * The monitor's output for domains of any numbers at all. Input: columns, the
 * letter that sorts, then domains, byte by byte.
 */
#include "output.h"

#define MOST 4

static struct domains domains;
static struct screen screen;

/* Numbers of any size: small ones, large ones, and all bits set. */
static uint64_t
number(struct fuzz *f)
{
	uint8_t size = fuzz_byte(f);

	return size == 255 ? UINT64_MAX : fuzz_number(f, size % 9);
}

/* A domain as domains.h promises it, and its record beyond that. */
static void
make_domain(struct fuzz *f, struct domain *d)
{
	uint64_t *n = &d->record.seq;
	size_t len = fuzz_byte(f) % DOMAIN_NAME_MAX;
	const char *name = fuzz_take(f, &len);

	memset(d, 0, sizeof(*d));
	d->id = domains.count;
	for (size_t i = 0; i < len; i++)
		d->name[i] = name[i] > ' ' && name[i] <= '~' ? name[i] : '?';
	d->says = fuzz_byte(f) % 4;
	d->manager = fuzz_byte(f) % 3;
	d->ceiling_kb = number(f) % (SAMPLE_KB_MAX + 1);
	d->static_max_kb = number(f) % (SAMPLE_KB_MAX + 1);
	for (; n <= &d->record.progress; n++)
		*n = number(f);
	d->record_ms = number(f);
	d->swap_kb_s = number(f);
	d->faults_s = number(f);
	d->pressure_ppm = number(f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {data, size};
	char letter;

	screen = (struct screen){.domains = &domains};
	screen.columns = (unsigned)fuzz_number(&f, 2) %
	    (SCREEN_COLUMNS_MAX + 1);
	letter = (char)fuzz_byte(&f);
	screen_key(&screen, letter);
	if (letter & 1)
		screen_key(&screen, 'r');
	screen.now_ms = number(&f);
	screen.total_kb = number(&f);
	screen.available_kb = number(&f);
	for (domains.count = 0; domains.count < MOST && f.left;
	     domains.count++)
		make_domain(&f, &domains.at[domains.count]);
	output_all(&screen);
	return 0;
}
