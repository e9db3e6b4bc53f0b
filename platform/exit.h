/* SPDX-License-Identifier: 0BSD */
/* Exit statuses: section EXIT STATUS of xenballoon(8). */
#ifndef EXIT_H
#define EXIT_H

enum {
	EXIT_DONE = 0,
	EXIT_NO = 1,	    /* nothing to do, or another copy is running */
	EXIT_USAGE = 100,   /* wrong usage or configuration */
	EXIT_REFUSED = 111, /* the system refused */
};

#endif
