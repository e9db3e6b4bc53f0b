/* SPDX-License-Identifier: 0BSD */
/*
 * Why a size was chosen, and how far the balloon driver is with it: what a
 * guest publishes and domain 0 shows. One row each, in the order of their
 * numbers in the record: a new row goes to the end of its table. Pure.
 */
#ifndef REASONS_H
#define REASONS_H

#include <stdint.h>

/*
 * X(NAME, word, phrase, meaning)
 * word: of the monitor's column `state`; phrase: of logs and explanations;
 * meaning: for the reader of this table and of the manual.
 */
#define REASONS(X) \
	X(REST, "rest", "at rest", "nothing to do") \
	X(BLIND, "blind", "no valid sample", "/proc makes no sense: hold") \
	X(SHRINK, "shrinks", "more than the need", "gives memory back") \
	X(GROW, "grows", "less than the need", "takes memory back") \
	X(FENCE, "fence", "a burst crossed the fence", "grows at once") \
	X(PRESSURE, "pressure", "tasks waited for memory", "grows at once") \
	X(OOM, "OOM kill", "holding after an OOM kill", "full size") \
	X(REFAULT, "refaults", "the working set is larger", \
	    "pages that were dropped are read again") \
	X(CALM, "calm", "resting after growth", \
	    "could shrink, but grew too short a time ago") \
	X(SWAP, "swaps", "pages come back from swap", \
	    "could shrink, but for that") \
	X(STALL, "stalls", "tasks wait for memory", \
	    "could shrink, but for that") \
	X(DIRECTED, "directed", "domain 0's target", "goes where it is told") \
	X(RESUMED, "resumed", "back to the size before", \
	    "the kernel went to the ceiling by itself") \
	X(GUARD, "guard", "domain 0's target is below the need", \
	    "held above it: it would kill") \
	X(SHORT, "short", "no free pages to give", \
	    "the driver can't shrink further: stop there") \
	X(RETRY, "retry", "driver gave up: asking anew", \
	    "another number wakes the driver") \
	X(CANARY, "canary", "a canary was killed", "to the ceiling at once")

#define REASON_ENUM(name, word, phrase, meaning) REASON_##name,
enum reason { REASONS(REASON_ENUM) };
#undef REASON_ENUM

/* X(NAME, word, meaning). From REFUSED on the guest can't grow. */
#define PROGRESSES(X) \
	X(REACHED, "reached", "the balloon is where it was asked to be") \
	X(MOVING, "moving", "on its way") \
	X(SHORT, "short", "asked to shrink, finds no free pages") \
	X(REFUSED, "refused", "asked to grow, gets no pages from the host") \
	X(CLAMPED, "clamped", "the driver lowered the number itself") \
	X(HOTPLUG, "hotplug", "waits for new memory to come online")

#define PROGRESS_ENUM(name, word, meaning) PROGRESS_##name,
enum progress { PROGRESSES(PROGRESS_ENUM) };
#undef PROGRESS_ENUM

/* X(NAME, word, meaning). Whether a canary dies before anything else does. */
#define PROTECTIONS(X) \
	X(OFF, "off", "XENBALLOON_CANARY=off, or self-ballooning is") \
	X(STANDS, "stands", "canaries are what the OOM killer takes first") \
	X(ARMING, "arming", "canaries are wanted and do not stand yet") \
	X(FULL, "full", "at the ceiling: there is nothing to grow to") \
	X(REFUSED, "refused", "the host gives no memory: no use in growing") \
	X(RIVAL, "rival", "another process would be killed first") \
	X(PANIC, "panic", "vm.panic_on_oom") \
	X(CULPRIT, "culprit", "vm.oom_kill_allocating_task") \
	X(NO_KEEPER, "no keeper", "the process that holds canaries is gone") \
	X(CONTAINED, "contained", "this is a container, whose OOM is its own")

#define PROTECTION_ENUM(name, word, meaning) PROTECTION_##name,
enum protection { PROTECTIONS(PROTECTION_ENUM) };
#undef PROTECTION_ENUM

/* A number that is in no row, of a record of another version: "unknown". */
const char *reason_word(uint64_t reason);
const char *reason_phrase(uint64_t reason);
const char *progress_word(uint64_t progress);
const char *protection_word(uint64_t protection);

#endif
