/* SPDX-License-Identifier: 0BSD */
/* The monitor's table as text: columns, order, sums. Pure. */
#ifndef SCREEN_H
#define SCREEN_H

#include "domains.h"
#include "text.h"

/* The screen where the output is no terminal; _MAX: what is used of one. */
#define SCREEN_COLUMNS 80
#define SCREEN_COLUMNS_MAX 300
#define SCREEN_LINES 24
#define SCREEN_LINES_MAX 200

struct screen {
	const struct domains *domains;
	uint64_t now_ms; /* 0: ages are not known */
	uint64_t total_kb, available_kb; /* of domain 0; 0: not known */
	unsigned columns;
	unsigned sort; /* which column */
	bool reverse;
	uint16_t order[DOMAINS_MAX];
};

/* A key that sorts by a column, or turns the order; false: it does neither. */
bool screen_key(struct screen *s, char letter);

/* Fills `order`. */
void screen_sort(struct screen *s);

/* Each is one line without its newline, at most `columns` long. */
void screen_head(struct text *t, const struct screen *s);
void screen_row(struct text *t, const struct screen *s, unsigned nth);
void screen_sums(struct text *t, const struct screen *s);
void screen_host(struct text *t, const struct screen *s);

#endif
