/* SPDX-License-Identifier: 0BSD */
/*
 * What is known of a domain, figure by figure: for the table, as JSON and as
 * Prometheus' text. Names and units stand in section MONITOR of xenballoon(8).
 * Pure.
 */
#ifndef METRICS_H
#define METRICS_H

#include "domains.h"
#include "text.h"

enum figure {
	FIGURE_CURRENT,
	FIGURE_TARGET,
	FIGURE_CEILING,
	FIGURE_STATIC_MAX,
	FIGURE_FLOOR,
	FIGURE_NEED,
	FIGURE_TOTAL,
	FIGURE_AVAILABLE,
	FIGURE_COMMITTED,
	FIGURE_SWAP_IN,
	FIGURE_SWAP_OUT,
	FIGURE_MAJOR_FAULTS,
	FIGURE_OOM_KILLS,
	FIGURE_PRESSURE,
	FIGURE_UPTIME,
	FIGURE_METRICS, /* the rest are rates, which Prometheus makes */
	FIGURE_SWAP_RATE = FIGURE_METRICS,
	FIGURE_FAULT_RATE,
	FIGURE_PRESSURE_RATE,
	FIGURES
};

/* False: not known of this domain. */
bool figure(const struct domain *d, enum figure which, uint64_t *n);

/*
 * Four times as long as a daemon with the default interval is silent when
 * nothing changes.
 */
#define FIGURES_SILENT_MS 240000

/* Time since it published something new; now_ms 0: it can't be known. */
#define FIGURES_NO_AGE UINT64_MAX
uint64_t figures_age(const struct domain *d, uint64_t now_ms);

/* How it fares: in a word, and in *phrase. */
const char *figures_state(
    const struct domain *d, uint64_t age_ms, const char **phrase);

/* A line of JSON, at most so many bytes. */
#define FIGURES_LINE_MAX 1200
void figures_json(struct text *t, const struct domain *d, uint64_t age_ms);

/* The head of a metric, and its line for a domain that has it. */
void figures_metric(struct text *t, enum figure which);
void figures_sample(
    struct text *t, enum figure which, const struct domain *d);

#endif
