/* SPDX-License-Identifier: 0BSD */
/*
 * What is known of a domain, number by number: for the table, as JSON and as
 * Prometheus' text. Names and units stand in section MONITOR of xenballoon(8).
 * Pure.
 */
#ifndef METRICS_H
#define METRICS_H

#include "domain.h"
#include "text.h"

/*
 * X(NAME, name, unit, from, member, help): name of JSON and Prometheus, without
 * the unit's suffix; unit: a row of METRIC_UNITS, from: who says it, both in
 * metrics.c; member: of struct domain; help: of Prometheus' text, NULL keeps a
 * metric out of that, since Prometheus makes rates itself.
 */
#define ALL_METRICS(X) \
	X(CURRENT, "current", KB, A_RECORD, record.current, "Size now") \
	X(TARGET, "target", KB, ANY_DAEMON, record.target, \
	    "Size that the balloon goes to") \
	X(CEILING, "ceiling", KB, DOMAIN_0, ceiling_kb, \
	    "Largest size that domain 0 allows") \
	X(STATIC_MAX, "static_max", KB, DOMAIN_0, static_max_kb, \
	    "Largest size ever") \
	X(FLOOR, "floor", KB, A_RECORD, record.floor, \
	    "Smallest size that the policy goes to") \
	X(NEED, "need", KB, A_RECORD, record.need, "Size wanted") \
	X(TOTAL, "total", KB, ANY_DAEMON, record.total, "MemTotal") \
	X(AVAILABLE, "available", KB, ANY_DAEMON, record.available, \
	    "MemAvailable") \
	X(COMMITTED, "committed", KB, ANY_DAEMON, record.committed, \
	    "Committed_AS") \
	X(SWAP_IN, "swap_in", PAGES, A_RECORD, record.swap_in, \
	    "Read from swap") \
	X(SWAP_OUT, "swap_out", PAGES, A_RECORD, record.swap_out, \
	    "Written to swap") \
	X(MAJOR_FAULTS, "major_faults", COUNT, A_RECORD, \
	    record.major_faults, "Page faults that read") \
	X(OOM_KILLS, "oom_kills", COUNT, A_RECORD, record.oom_kills, \
	    "Processes killed for memory") \
	X(PRESSURE, "pressure", MICROSECONDS, A_RECORD, record.pressure_us, \
	    "Time in which some task waited for memory") \
	X(UPTIME, "uptime", SECONDS, A_RECORD, record.uptime_s, \
	    "Time since the start") \
	X(CANARIES, "canaries", NUMBER, A_RECORD, record.canaries, \
	    "Processes that would be killed before any other") \
	X(CANARY_DEATHS, "canary_deaths", COUNT, A_RECORD, \
	    record.canary_deaths, "Of them killed, each one of the kills") \
	X(FROZEN, "frozen", MICROSECONDS, A_RECORD, record.frozen_us, \
	    "Time that groups stood still while the guest grew") \
	X(SWAP_RATE, "swap", KB_PER_S, A_RECORD, swap_kb_s, NULL) \
	X(FAULT_RATE, "faults", PER_S, A_RECORD, faults_s, NULL) \
	X(PRESSURE_RATE, "pressure", PPM, A_RECORD, pressure_ppm, NULL)

#define METRIC_ENUM(name, word, unit, from, member, help) METRIC_##name,
enum metric { ALL_METRICS(METRIC_ENUM) METRIC_COUNT };
#undef METRIC_ENUM

/* False: not known of this domain. */
bool metric_value(const struct domain *d, enum metric which, uint64_t *n);

/* A line of JSON, at most so many bytes. */
#define METRICS_LINE_MAX 1400
void metrics_json(struct text *t, const struct domain *d, uint64_t age_ms);

/*
 * Prometheus' text: the head of a metric, and its line for a domain of which it
 * is known. Nothing for a metric that is not Prometheus'.
 */
void metrics_head(struct text *t, enum metric which);
void metrics_line(struct text *t, enum metric which, const struct domain *d);

#endif
