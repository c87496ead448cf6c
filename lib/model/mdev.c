// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/mdev.h"

#include <errno.h>
#include <stdlib.h>

#include "common/str.h"

static const char *const placement_names[] = {
	[VPREP_PLACEMENT_COMPACT] = "compact",
	[VPREP_PLACEMENT_SEPARATE] = "separate",
};

_Static_assert(VPREP_ARRAY_SIZE(placement_names) == VPREP_PLACEMENTS, "a name each");

const char *vprep_mdev_placement_name(enum vprep_mdev_placement placement)
{
	return placement_names[placement];
}

int vprep_mdev_placement_parse(const char *name, enum vprep_mdev_placement *ret)
{
	int i = vprep_word_index(placement_names, VPREP_PLACEMENTS, name);

	if (i < 0)
		return i;
	*ret = (enum vprep_mdev_placement)i;
	return 0;
}

void vprep_mdev_definition_done(struct vprep_mdev_definition *definition)
{
	free(definition->type);
	free(definition->parent);
	*definition = (struct vprep_mdev_definition){ 0 };
}

void vprep_mdev_parents_done(struct vprep_mdev_parents *parents)
{
	vprep_pool_done(&parents->pool);
	*parents = (struct vprep_mdev_parents){ 0 };
}

const struct vprep_mdev_parent *
vprep_mdev_find_parent(const struct vprep_mdev_parents *parents, const char *name)
{
	size_t i;

	for (i = 0; i < parents->n; i++)
		if (streq(parents->items[i].name, name))
			return &parents->items[i];
	return NULL;
}

const struct vprep_mdev_type_facts *
vprep_mdev_find_type(const struct vprep_mdev_parent *parent, const char *type)
{
	size_t i;

	for (i = 0; i < parent->n_types; i++)
		if (streq(parent->types[i].id, type))
			return &parent->types[i];
	for (i = 0; i < parent->n_types; i++)
		if (parent->types[i].name && streq(parent->types[i].name, type))
			return &parent->types[i];
	return NULL;
}

size_t vprep_mdev_count_instances(const struct vprep_mdev_parent *parent)
{
	size_t i, n = 0;

	for (i = 0; i < parent->n_types; i++)
		n += vprep_strv_len(parent->types[i].instances);
	return n;
}

void vprep_mdev_done(struct vprep_mdev *mdev)
{
	free(mdev->parent);
	free(mdev->type);
	*mdev = (struct vprep_mdev){ .group = -1 };
}
