/* SPDX-License-Identifier: 0BSD */
/*
 * How far the next step goes: the size, in kB of domain pages, that each
 * reason asks for, by the hysteresis and never above the ceiling. Pure.
 */
#ifndef STEP_H
#define STEP_H

#include "history.h"
#include "need.h"

/* Steps smaller than this are not worth a hypercall: 1 MB. */
#define STEP_MIN_KB 1024
/* The fence is crossed seldom; this soon again means the same burst. */
#define STEP_BURST_MS 1000
/*
 * The working set policy probes: it gives back at most 1 % of MemTotal a step,
 * and takes back 5 % when pages that it took were wanted, or as much as was
 * read again in a second if that is more. After senpai of Meta: max_probe
 * 0.01, and a backoff stronger than the probe.
 */
#define STEP_PROBE_SHARE 100
#define STEP_BACKOFF_SHARE 20

/* Up to the need, and what comes within the next second. */
uint64_t step_grow(
    const struct load *l, const struct need *n, const struct inputs *in);

/* For a burst at the fence; step_track_burst() first, once a crossing. */
void step_track_burst(
    struct load *l, const struct need *n, const struct inputs *in);
uint64_t step_burst(
    const struct load *l, const struct need *n, const struct inputs *in);

/* Tasks wait although the sums say enough. */
uint64_t step_relieve(
    const struct load *l, const struct need *n, const struct inputs *in);

/* Pages that were dropped are read again. */
uint64_t step_refault(
    const struct strain *t, const struct need *n, const struct inputs *in);

/* Down towards the goal, which is below the target. */
uint64_t step_shrink(const struct need *n, const struct inputs *in);

/* Towards domain 0's goal, up or down. */
uint64_t step_directed(uint64_t goal, const struct inputs *in);

/* Domain 0's ceiling; with XENBALLOON_GUARD not below what is used. */
uint64_t step_guarded(const struct need *n, const struct inputs *in);

/* What was asked for and is not there yet. */
uint64_t step_coming(const struct inputs *in);

#endif
