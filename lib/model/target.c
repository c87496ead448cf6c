// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/target.h"

#include <errno.h>
#include <stdlib.h>

#include "common/str.h"

void vprep_target_done(struct vprep_target *t)
{
	free(t->name);
	free(t->driver);
	free(t->node);
	free(t->match);
	free(t->sysfs);
	free(t->settings);
	free(t->api);
	vprep_mdev_definition_done(&t->definition);
	*t = (struct vprep_target){ 0 };
}

char *vprep_mdev_params_setting(const char *params)
{
	return vprep_strf("nvidia/vgpu_params=%s\n", params);
}

const struct vprep_target *vprep_targets_find(const struct vprep_targets *targets,
					      const char *name)
{
	size_t i;

	for (i = 0; i < targets->n; i++)
		if (streq(targets->items[i].name, name))
			return &targets->items[i];
	return NULL;
}

int vprep_targets_add(struct vprep_targets *targets, struct vprep_target *target)
{
	struct vprep_target *items;

	items = reallocarray(targets->items, targets->n + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	targets->items = items;
	items[targets->n++] = *target;
	*target = (struct vprep_target){ 0 };
	return 0;
}

void vprep_targets_done(struct vprep_targets *targets)
{
	size_t i;

	for (i = 0; i < targets->n; i++)
		vprep_target_done(&targets->items[i]);
	free(targets->items);
	*targets = (struct vprep_targets){ 0 };
}
