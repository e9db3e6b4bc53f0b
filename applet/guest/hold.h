/* SPDX-License-Identifier: 0BSD */
/*
 * What holds a burst back until the guest has grown: the fence, which slows
 * groups that cross it, and the brake, which stops them. Pure.
 */
#ifndef HOLD_H
#define HOLD_H

#include "policy.h"

/*
 * At a ceiling below the full size the fence goes on holding a burst for so
 * long: a balancer in domain 0 hears of the need at once, and may give more.
 */
#define HOLD_CAPPED_MS 5000

/*
 * The brake: after a canary's death groups stand still until the guest has
 * grown by a 32nd of its full size (15 of 512 MB held bursts 17 times as fast
 * as the balloon) and new canaries stand. A balloon that is faster than the
 * burst has that within milliseconds. It ends where the balloon does not move,
 * and after ten seconds whatever comes.
 */
#define HOLD_STRETCH_SHARE 32
#define HOLD_STRETCH_MIN_KB (4 * 1024)
#define HOLD_STRETCH_MAX_KB (256 * 1024)
#define HOLD_FROZEN_STILL_MS 250
#define HOLD_FROZEN_ARM_MS 1000 /* more, for new canaries */
#define HOLD_FROZEN_MAX_MS 10000

/* Each fills in its part of a decision whose target stands. */
void hold_fence(
    struct decision *d, struct history *h, const struct inputs *in);
void hold_brake(
    struct decision *d, struct history *h, const struct inputs *in);

#endif
