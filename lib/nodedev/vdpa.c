// SPDX-License-Identifier: GPL-2.0-or-later
/* vDPA devices. */
#include <string.h>

#include "common/str.h"
#include "nodedev/kind.h"

/* The node is that of the child vhost-vdpa-N. */
static const char *node_of(struct vprep_nodedev_reader *r)
{
	_cleanup_strv_ char **names = NULL;
	size_t i;

	if (vprep_io_list(r->io, VPREP_SYS, &names, "%s", r->path) < 0)
		return NULL;
	for (i = 0; names[i]; i++)
		if (strncmp(names[i], "vhost-vdpa", strlen("vhost-vdpa")) == 0)
			return vprep_pool_strf(r->pool, VPREP_IO_NODES "%s", names[i]);
	return NULL;
}

static bool is_listed(struct vprep_nodedev_reader *r)
{
	return node_of(r);
}

static void emit_vdpa(struct vprep_nodedev_reader *r,
		      const struct vprep_nodedev_emitter *e)
{
	vprep_emit(e, "chardev", vprep_reader_text(r, node_of(r)));
}

static void tell_vdpa(struct vprep_nodedev_reader *r, struct vprep_nodedev_page *page)
{
	vprep_page_add(page, "what", "vDPA device");
	vprep_page_add(page, "node", node_of(r));
}

const struct vprep_nodedev_kind vprep_nodedev_vdpa = {
	.cap = "vdpa",
	.is_listed = is_listed,
	.emit = emit_vdpa,
	.tell = tell_vdpa,
};
