// SPDX-License-Identifier: GPL-2.0-or-later
/* Steps in words. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/export.h"
#include "common/pool.h"
#include "common/str.h"
#include "plan/plan.h"

static void add_fact(struct vprep_buf *buf, const struct vprep_step *step,
		     const char *name, const char *otherwise)
{
	const char *text = vprep_step_text(step, name);
	int64_t number = vprep_step_number(step, name);

	if (number >= 0)
		vprep_buf_addf(buf, "%" PRId64, number);
	else
		vprep_buf_add(buf, text ? text : otherwise);
}

/* The kind's text with the step's facts in the place of their names. */
static char *fill_in(const struct vprep_step *step, const char *text)
{
	_cleanup_free_ char *copy = strdup(text);
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	char *at = copy, *name, *bar, *result = NULL;

	while (copy && (name = strchr(at, '{'))) {
		*name++ = '\0';
		vprep_buf_add(&buf, at);
		at = strchr(name, '}');
		*at++ = '\0';
		bar = strchr(name, '|');
		if (bar)
			*bar++ = '\0';
		add_fact(&buf, step, name, bar ? bar : "");
	}
	if (copy)
		vprep_buf_add(&buf, at);
	return copy && vprep_buf_take(&buf, &result) == 0 ? result : NULL;
}

int vprep_plan_describe(const char *owner, const struct vprep_steps *steps,
			struct vprep_plan **ret)
{
	struct vprep_pool *pool;
	struct vprep_plan *plan = vprep_pool_result_new(sizeof(*plan), &pool);
	struct vprep_plan_step *to;
	size_t i;

	if (!plan)
		return -ENOMEM;
	plan->owner = vprep_pool_dup(pool, owner);
	plan->steps = to = vprep_pool_alloc(pool, steps->n, sizeof(*plan->steps));
	for (i = 0; to && i < steps->n; i++, to++) {
		const struct vprep_step *from = &steps->items[i];
		const struct vprep_step_kind *kind = from->kind;

		to->id = (unsigned)i + 1;
		to->kind = kind->name;
		to->device = vprep_pool_dup(pool, from->device);
		to->detail =
			vprep_pool_take(pool, kind->describe ? kind->describe(from)
							     : fill_in(from, kind->text));
		to->undo =
			vprep_pool_take(pool, kind->describe_undo
						      ? kind->describe_undo(from)
						      : fill_in(from, kind->undo_text));
	}
	plan->n_steps = steps->n;
	if (pool->failed) {
		vprep_plan_free(plan);
		return -ENOMEM;
	}
	*ret = plan;
	return 0;
}

VPREP_EXPORT void vprep_plan_free(struct vprep_plan *plan)
{
	vprep_pool_result_free(plan);
}
