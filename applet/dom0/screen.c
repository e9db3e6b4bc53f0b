/* SPDX-License-Identifier: 0BSD */
#include <string.h>

#include "common/numbers.h"
#include "metrics.h"
#include "screen.h"

#define BAR_MIN 14 /* columns: a shorter bar shows nothing */
#define BAR_MAX 60
#define CELL_MAX 40

enum kind { ID, NAME, SIZE, COUNT, PERCENT, AGE, STATE, REASON };

/* The first BASE are always shown, then a bar, then the others as they fit. */
static const struct column {
	char head[8];
	uint8_t width; /* with the blank before it */
	char key;      /* sorts by it */
	uint8_t kind;
	uint8_t metric;
} columns[] = {
    {"id", 5, 'i', ID, 0},
    {"name", 12, 'n', NAME, 0},
    {"current", 8, 'c', SIZE, METRIC_CURRENT},
    {"target", 7, 't', SIZE, METRIC_TARGET},
    {"ceiling", 8, 'l', SIZE, METRIC_CEILING},
    {"need", 6, 'd', SIZE, METRIC_NEED},
    {"free", 6, 'f', SIZE, METRIC_AVAILABLE},
    {"swap", 5, 'w', COUNT, METRIC_SWAP_RATE},
    {"flts", 5, 'm', COUNT, METRIC_FAULT_RATE},
    {"pr%", 4, 'p', PERCENT, METRIC_PRESSURE_RATE},
    {"age", 4, 'a', AGE, 0},
    {"state", 10, 's', STATE, 0},
    {"total", 7, 'T', SIZE, METRIC_TOTAL},
    {"commit", 7, 'C', SIZE, METRIC_COMMITTED},
    {"OOM", 5, 'o', COUNT, METRIC_OOM_KILLS},
    {"major", 6, 'M', COUNT, METRIC_MAJOR_FAULTS},
    {"why", 36, 0, REASON, 0},
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))
#define BASE 12

/* Which columns there is room for, and what is left for the bar. */
static unsigned
layout(const struct screen *s, unsigned *bar)
{
	unsigned used = SCREEN_COLUMNS, count = BASE;

	*bar = 0;
	if (s->columns < SCREEN_COLUMNS + BAR_MIN)
		return count;
	while (count < COLUMNS &&
	    used + columns[count].width + BAR_MIN <= s->columns)
		used += columns[count++].width;
	*bar = s->columns - used;
	if (*bar > BAR_MAX)
		*bar = BAR_MAX;
	return count;
}

/* --- numbers in few columns --------------------------------------------- */

/* At most 4 digits, or 3 and a letter for each factor of `step`. */
static void
put_scaled(struct text *t, uint64_t n, unsigned step, const char *units)
{
	for (uint64_t max = 9999; n > max && units[1]; max = 999) {
		n /= step;
		units++;
	}
	text_dec(t, n);
	if (*units != ' ')
		text_bytes(t, units, 1);
}

static void
put_age(struct text *t, uint64_t ms)
{
	static const struct {
		uint32_t s;
		char letter;
	} units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
	uint64_t s = ms / 1000;
	unsigned i = 0;

	while (i < 3 && s < units[i].s)
		i++;
	text_dec(t, min_u64(s / units[i].s, 99));
	text_bytes(t, &units[i].letter, 1);
}

static void
put_number(struct text *t, const struct column *c, uint64_t n)
{
	if (c->kind == AGE)
		put_age(t, n);
	else if (c->kind == SIZE && n >> 10 > 99999)
		put_scaled(t, n >> 20, 1024, "GTP");
	else if (c->kind == COUNT)
		put_scaled(t, n, 1000, " kMGTPE");
	else
		text_dec(t, c->kind == SIZE ? n >> 10
			: c->kind == PERCENT ? n / 10000 : n);
}

/* --- cells --------------------------------------------------------------- */

static bool
is_text(const struct column *c)
{
	return c->kind == NAME || c->kind == STATE || c->kind == REASON;
}

/* The text of a cell; NULL: its column is one of numbers. */
static const char *
cell_text(
    const struct screen *s, const struct column *c, const struct domain *d)
{
	const char *state, *phrase;

	if (!is_text(c))
		return NULL;
	if (c->kind == NAME)
		return d->name;
	state = domain_state(d, domain_age(d, s->now_ms), &phrase);
	return c->kind == STATE ? state : phrase;
}

/* The number of a cell; false: it is not known, and 0. */
static bool
number(const struct screen *s, const struct column *c, const struct domain *d,
    uint64_t *n)
{
	bool known = true;

	if (c->kind == ID)
		*n = d->id;
	else if (c->kind == AGE)
		known = (*n = domain_age(d, s->now_ms)) != DOMAIN_NO_AGE;
	else
		known = metric_value(d, (enum metric)c->metric, n);
	if (!known)
		*n = 0;
	return known;
}

static void
put_cell(struct text *t, const struct screen *s, const struct column *c,
    const struct domain *d)
{
	const char *text = cell_text(s, c, d);
	uint64_t n;

	if (text)
		text_str(t, text);
	else if (number(s, c, d, &n))
		put_number(t, c, n);
	else
		text_str(t, "-");
}

/* Text to the left, numbers to the right, one blank before at the least. */
static void
place_cell(struct text *t, const struct column *c, const char *cell, size_t len)
{
	size_t room = c->kind == ID ? c->width : c->width - 1u;
	bool left = is_text(c);

	if (len > room)
		len = room;
	if (c->kind != ID)
		text_str(t, " ");
	for (size_t i = len; i < room && !left; i++)
		text_str(t, " ");
	text_bytes(t, cell, len);
	for (size_t i = len; i < room && left; i++)
		text_str(t, " ");
}

/* What does not fit into the line is cut off; so are blanks at its end. */
static void
end_line(struct text *t, size_t start, const struct screen *s)
{
	if (t->len > start + s->columns)
		t->len = start + s->columns;
	while (t->len > start && t->at[t->len - 1] == ' ')
		t->len--;
}

static uint64_t
value(const struct domain *d, enum metric which)
{
	uint64_t n;

	return metric_value(d, which, &n) ? n : 0;
}

/* All of the bar is static-max, or the largest ceiling where there is none. */
static void
put_bar(struct text *t, const struct screen *s, const struct domain *d,
    unsigned width)
{
	uint64_t current = value(d, METRIC_CURRENT);
	uint64_t spare = value(d, METRIC_AVAILABLE);
	const uint64_t ends[] = {excess(current, spare),
	    value(d, METRIC_TARGET), d->ceiling_kb};
	uint64_t all = d->static_max_kb;

	for (unsigned i = 0; !d->static_max_kb && i < s->domains->count; i++)
		all = max_u64(all, s->domains->at[i].ceiling_kb);
	text_str(t, " ");
	for (unsigned i = 0; all && i < width - 1; i++) {
		unsigned k = 0;

		while (k < 3 && i * all / (width - 1) >= ends[k])
			k++;
		text_bytes(t, "#=- " + k, 1);
	}
}

static uint64_t
sum(const struct domains *d, enum metric which)
{
	uint64_t all = 0;

	for (unsigned i = 0; i < d->count; i++) {
		uint64_t n = value(&d->at[i], which);

		all = n < UINT64_MAX - all ? all + n : UINT64_MAX;
	}
	return all;
}

static void
put_sum(struct text *t, const struct screen *s, const struct column *c)
{
	if (c->kind == NAME)
		text_str(t, "sum");
	if (c->kind == SIZE || c->kind == COUNT)
		put_number(t, c, sum(s->domains, (enum metric)c->metric));
}

enum line { HEAD, ROW, SUMS };

/* `d` is the domain of a ROW, NULL for the other lines. */
static void
put_line(struct text *t, const struct screen *s, enum line line,
    const struct domain *d)
{
	size_t start = t->len;
	unsigned bar, count = layout(s, &bar);

	for (const struct column *c = columns; c < columns + count; c++) {
		char bytes[CELL_MAX];
		struct text cell = TEXT_ON(bytes);

		if (line == HEAD)
			text_str(&cell, c->head);
		else if (line == ROW)
			put_cell(&cell, s, c, d);
		else
			put_sum(&cell, s, c);
		place_cell(t, c, cell.at, cell.len);
	}
	if (bar && line == HEAD)
		text_str(t, " #use =size -ceil");
	if (bar && line == ROW)
		put_bar(t, s, d, bar);
	end_line(t, start, s);
}

void
screen_head(struct text *t, const struct screen *s)
{
	put_line(t, s, HEAD, NULL);
}

void
screen_row(struct text *t, const struct screen *s, unsigned nth)
{
	put_line(t, s, ROW, &s->domains->at[s->order[nth]]);
}

void
screen_sums(struct text *t, const struct screen *s)
{
	put_line(t, s, SUMS, NULL);
}

void
screen_host(struct text *t, const struct screen *s)
{
	size_t start = t->len;

	text_put(t, "%u domains%s", s->domains->count,
	    s->domains->too_many ? " and more" : "");
	if (s->total_kb)
		text_put(t, "; domain 0 has %ju MB, available %ju MB",
		    s->total_kb >> 10, s->available_kb >> 10);
	end_line(t, start, s);
}

/* --- order --------------------------------------------------------------- */

bool
screen_key(struct screen *s, char letter)
{
	if (letter == 'r')
		s->reverse = !s->reverse;
	for (unsigned i = 0; i < COLUMNS; i++)
		if (letter && letter == columns[i].key) {
			s->sort = i;
			return true;
		}
	return letter == 'r';
}

/* Below 0: `a` stands above `b`. Large numbers do, low ids, early letters. */
static int
compare(const struct screen *s, const struct domain *a, const struct domain *b)
{
	const struct column *c = &columns[s->sort];
	const char *text = cell_text(s, c, a);
	uint64_t x, y;

	if (text)
		return strcmp(text, cell_text(s, c, b));
	number(s, c, a, &x);
	number(s, c, b, &y);
	return c->kind == ID ? (x > y) - (x < y) : (x < y) - (x > y);
}

/* Equal ones stay in the order of their ids. */
void
screen_sort(struct screen *s)
{
	const struct domain *at = s->domains->at;

	for (unsigned n = 0; n < s->domains->count; n++) {
		unsigned low = 0, high = n;

		while (low < high) {
			unsigned middle = (low + high) / 2;
			int order = compare(s, &at[s->order[middle]], &at[n]);

			if ((s->reverse ? -order : order) <= 0)
				low = middle + 1;
			else
				high = middle;
		}
		memmove(&s->order[low + 1], &s->order[low],
		    (n - low) * sizeof(s->order[0]));
		s->order[low] = (uint16_t)n;
	}
}
