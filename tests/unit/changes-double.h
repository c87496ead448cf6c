/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A library that has noted what its calls did: what a test says, once. */
#ifndef VPREP_TESTS_UNIT_CHANGES_DOUBLE_H
#define VPREP_TESTS_UNIT_CHANGES_DOUBLE_H

#include "vfio-prep.h"

struct vprep_changes {
	size_t n;
	const struct vprep_change *items;
};

static struct vprep_changes noted;
static struct vprep_reasons *refused;

struct vprep_changes *vprep_session_take_changes(struct vprep_session *session)
{
	(void)session;
	return &noted;
}

size_t vprep_changes_count(const struct vprep_changes *changes)
{
	return changes->n;
}

const struct vprep_change *vprep_changes_get(const struct vprep_changes *changes,
					     size_t i)
{
	return &changes->items[i];
}

void vprep_changes_free(struct vprep_changes *changes)
{
	(void)changes;
}

struct vprep_reasons *vprep_session_take_reasons(struct vprep_session *session)
{
	struct vprep_reasons *taken = refused;

	(void)session;
	refused = NULL;
	return taken;
}

#endif
