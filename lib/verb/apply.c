// SPDX-License-Identifier: GPL-2.0-or-later
/* Making the host as it is declared. */
#include "verb/apply.h"

#include <errno.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"

static struct vprep_differences *describe(const struct vprep_apply *apply)
{
	struct vprep_differences *differences;
	struct vprep_pool *pool;
	size_t i;

	differences = vprep_pool_result_new(sizeof(*differences), &pool);
	if (!differences)
		return NULL;
	differences->items =
		vprep_pool_alloc(pool, apply->n + 1, sizeof(*differences->items));
	for (i = 0; differences->items && i < apply->n; i++) {
		const struct vprep_apply_item *item = &apply->items[i];

		differences->items[i] = (struct vprep_difference){
			.device = vprep_pool_printable(pool, item->device),
			.what = vprep_pool_printable(pool, item->what),
			.is_missing = item->kind == VPREP_APPLY_MISSING,
		};
	}
	differences->n = apply->n;
	if (!pool->failed)
		return differences;
	vprep_pool_result_free(differences);
	return NULL;
}

/* What cannot be mended keeps nothing else from being as declared. */
static int refuse_missing(const struct vprep_differences *differences,
			  struct vprep_error *err)
{
	const struct vprep_difference *first = NULL;
	size_t i, n = 0;

	for (i = 0; i < differences->n; i++) {
		if (!differences->items[i].is_missing)
			continue;
		n++;
		if (!first)
			first = &differences->items[i];
	}
	if (!first)
		return 0;
	vprep_error_set(err, VPREP_E_NOT_FOUND, ENODEV, first->device, "%s: %s",
			first->device, first->what);
	if (n > 1)
		vprep_error_append(err, "; and %zu more", n - 1);
	return -ENODEV;
}

static bool can_be_mended(const struct vprep_apply *apply)
{
	size_t i;

	for (i = 0; i < apply->n; i++)
		if (apply->items[i].kind != VPREP_APPLY_MISSING)
			return true;
	return false;
}

/* What the kernel says of a device does not say that all else is as declared. */
static int not_missing(int r, struct vprep_error *err)
{
	if (r != -ENODEV)
		return r;
	if (err)
		err->number = EIO;
	return -EIO;
}

VPREP_EXPORT int vprep_apply_declared(struct vprep_session *session, const char *file,
				      bool check, struct vprep_differences **ret,
				      struct vprep_error *err)
{
	_cleanup_(vprep_apply_done) struct vprep_apply apply = { .session = session,
								 .file = file };
	struct vprep_differences *differences = NULL;
	int r;

	r = check ? 0 : vprep_session_may_change(session, err);
	if (r == 0)
		r = vprep_apply_begin(&apply, err);
	if (r == 0)
		r = vprep_apply_look(&apply, err);
	if (r < 0)
		return not_missing(r, err);
	differences = describe(&apply);
	if (!differences)
		return vprep_error_oom(err);
	if (!check && can_be_mended(&apply))
		r = vprep_apply_run(&apply, err);
	if (r < 0) {
		vprep_differences_free(differences);
		return not_missing(r, err);
	}
	*ret = differences;
	return check ? 0 : refuse_missing(differences, err);
}

VPREP_EXPORT void vprep_differences_free(struct vprep_differences *differences)
{
	vprep_pool_result_free(differences);
}
