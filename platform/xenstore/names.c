/* SPDX-License-Identifier: 0BSD */
#include "names.h"

bool
names_take(struct xenstore *x)
{
	const struct xenstore_batch *b = x->batch;
	struct wire_message m;
	size_t size;
	enum wire_status status = wire_names(
	    x->rx + x->used, x->have - x->used, &m, &size);

	if (status == WIRE_WHOLE) {
		if (!b || !b->names || x->req_id - m.req_id >= x->waiting)
			return false;
		b->names(b->context, &m);
		x->used += size;
	}
	return status != WIRE_BROKEN;
}
