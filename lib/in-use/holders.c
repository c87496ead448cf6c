// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes that have a device's nodes open: for the kinds of use that show in them. */
#include <errno.h>

#include "common/str.h"
#include "in-use/internal.h"

/* All that any device is asked about, for the one pass over the processes. */
static const char *const node_folders[] = { "vfio/", "dri/", "snd/", "nvidia", NULL };

int vprep_in_use_load_holders(struct vprep_in_use *scan)
{
	int r;

	if (scan->holders_loaded)
		return 0;
	r = vprep_holders_scan_any(scan->io, node_folders, &scan->holders);
	scan->holders_loaded = r == 0;
	return r;
}

/* The holders are by node: a process with several nodes comes several times. */
static bool is_counted(const struct vprep_holders *holders, size_t at, char *const *nodes)
{
	size_t i;

	for (i = 0; i < at; i++)
		if (holders->items[i].pid == holders->items[at].pid &&
		    vprep_strv_has(nodes, holders->items[i].node))
			return true;
	return false;
}

int vprep_uses_add_holders(struct vprep_in_use *scan, char *const *nodes,
			   struct vprep_uses *uses)
{
	const struct vprep_holder *first = NULL;
	_cleanup_free_ char *who = NULL;
	size_t i, n = 0;
	char *what, *fix;
	int r;

	r = nodes ? vprep_in_use_load_holders(scan) : 0;
	if (r < 0)
		return r;
	for (i = 0; nodes && i < scan->holders.n; i++) {
		if (!vprep_strv_has(nodes, scan->holders.items[i].node) ||
		    is_counted(&scan->holders, i, nodes))
			continue;
		if (n++ == 0)
			first = &scan->holders.items[i];
	}
	if (!first)
		return 0;
	who = vprep_holder_text(first);
	if (!who)
		return -ENOMEM;
	what = n > 1 ? vprep_strf("%s and %zu more have /dev/%s open", who, n - 1,
				  first->node)
		     : vprep_strf("%s has /dev/%s open", who, first->node);
	fix = first->guest ? vprep_strf("stop guest %s", first->guest)
			   : vprep_strf("end pid %d", (int)first->pid);
	return vprep_uses_add(uses, false, what, fix);
}

int vprep_in_use_class_nodes(struct vprep_in_use *scan, const char *folder,
			     const struct vprep_pci_device *device, const char *nodes,
			     bool (*has_node)(const char *name), char ***ret)
{
	const struct vprep_index *index;
	size_t i;
	int r;

	r = vprep_in_use_index(scan, folder, &index);
	for (i = 0; r == 0 && i < index->n; i++) {
		_cleanup_free_ char *node = NULL;

		if (!vprep_index_entry_is_on(&index->items[i], device) ||
		    !has_node(index->items[i].name))
			continue;
		node = vprep_strf("%s/%s", nodes, index->items[i].name);
		r = node ? vprep_strv_add(ret, node) : -ENOMEM;
	}
	return r;
}

int vprep_in_use_node(struct vprep_in_use *scan, const char *node,
		      struct vprep_uses *uses)
{
	_cleanup_strv_ char **nodes = NULL;

	return vprep_strv_add(&nodes, node) < 0
		       ? -ENOMEM
		       : vprep_uses_add_holders(scan, nodes, uses);
}
