/* SPDX-License-Identifier: 0BSD */
/*
 * What size a guest should have. Pure: a sample, the settings in force and
 * the history of earlier looks go in, a decision comes out; no clock, no file,
 * no memory of its own.
 *
 * The words: a guest *rests* where nothing has to be done. It *shrinks* slowly
 * (hysteresis) and *grows* at once. A *burst* is memory taken faster than looks
 * come. After growth it *cools down* before anything goes back; after pressure
 * it *backs off*: the same, each time longer. The *ceiling* is domain 0's
 * memory/target in the driver's terms; a guest is *capped* where its need is
 * above it. It is *directed* where domain 0 alone decides.
 */
#ifndef POLICY_H
#define POLICY_H

#include "history.h"
#include "need.h"

/* Cool-down after growth: a burst seldom comes alone. */
#define POLICY_COOL_DOWN_MS 10000
/* Shortest time between two looks while memory is being taken. */
#define POLICY_LOOK_MIN_MS 5
/* No number below this is written, whoever asks for it: 16 MB of MemTotal. */
#define POLICY_MIN_KB (16 * 1024)
/*
 * The driver retries after 1, 2, 4 and 8 s, then gives up for an hour
 * (drivers/xen/balloon.c): after 20 s it has, and another number wakes it.
 */
#define POLICY_GAVE_UP_MS 20000
/* A kill that may be a canary's is judged at the next count of kills. */
#define POLICY_JUDGE_MS 250
/* A number that could not be written is written again after so long. */
#define POLICY_AGAIN_MS 1000
/*
 * Pressure trigger: 200 ms of waiting within 2 s, the threshold that systemd
 * uses by default (DefaultMemoryPressureThresholdSec).
 */
#define POLICY_STALL_US 200000
#define POLICY_WINDOW_US 2000000
#define POLICY_WINDOW_MS (POLICY_WINDOW_US / 1000)

/*
 * The working set policy gives back while tasks wait less than 0.1 % of the
 * time and less than a 1024th of MemTotal a second is read again. After senpai
 * of Meta: 10 ms of pressure in 6 s or less.
 */
#define POLICY_STALL_PPM 1000
#define POLICY_REFAULT_SHARE 1024
/* Nobody shrinks while tasks wait for memory a tenth of the time. */
#define POLICY_STALL_MAX_PPM 100000

struct decision {
	bool write;
	uint64_t target_kb;
	enum reason reason;

	bool fence; /* set the fence, with so much to spare; else lift it */
	uint64_t spare_kb;

	struct canary_plan canary;
	bool freeze; /* groups stand still until the balloon has grown */

	uint64_t next_ms; /* look again after so long */
	struct need need;
};

/* Zero *h before the first call. */
void policy_decide(
    struct decision *d, struct history *h, const struct inputs *in);

/* The number of the decision did not reach the driver. */
void policy_write_failed(struct history *h);

#endif
