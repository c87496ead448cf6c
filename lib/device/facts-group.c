// SPDX-License-Identifier: GPL-2.0-or-later
#include "device/facts-group.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/str.h"
#include "host/cdev.h"
#include "host/driver.h"
#include "host/iommu.h"
#include "udev/rule.h"

#define OUR_HEADER "# vfio-prep: "

static int has_direct_regions(const struct vprep_io *io, unsigned group, bool *ret)
{
	_cleanup_free_ char *text = NULL;
	char *line, *save;
	int r;

	r = vprep_io_read(io, VPREP_SYS, &text, "kernel/iommu_groups/%u/reserved_regions",
			  group);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		const char *type = strrchr(line, ' ');

		if (type && streq(type + 1, "direct"))
			*ret = true;
	}
	return 0;
}

/* What a rule file contains. One whose folder cannot be opened counts as none: the
 * attempt to write it fails, and says why. */
static int read_rule(int dir, const char *file, struct vprep_pool *pool,
		     struct vprep_node_state *ret)
{
	_cleanup_free_ char *text = NULL;
	int r;

	if (dir < 0)
		return 0;
	r = vprep_file_read_at(dir, file, VPREP_RULE_FILE_MAX, &text);
	if (r == -ENOENT)
		return 0;
	/* A file of ours is left over from an earlier boot, in a folder that outlives a
	 * reboot. It is not restored at the end. */
	if (r == 0 && strncmp(text, OUR_HEADER, strlen(OUR_HEADER)) != 0)
		ret->rule = vprep_pool_take(pool, TAKE_PTR(text));
	else if (r == 0)
		ret->our_rule = vprep_pool_take(pool, TAKE_PTR(text));
	return pool->failed ? -ENOMEM : r;
}

/* How the node and its rule file are now; the node's path is set, or not known yet. */
static int read_state(const struct vprep_io *io, const struct vprep_facts_rules *rules,
		      struct vprep_rule *rule, struct vprep_pool *pool,
		      struct vprep_node_state *ret)
{
	struct stat st;
	int r = ret->path ? vprep_io_node_stat(io, &st, "%s", ret->path) : -ENOENT;

	if (r < 0 && r != -ENOENT)
		return r;
	ret->exists = r == 0;
	if (ret->exists) {
		ret->uid = st.st_uid;
		ret->gid = st.st_gid;
		ret->mode = st.st_mode & 07777;
	}
	r = vprep_udev_rules_judge(rules->others, rule, pool, ret);
	return r < 0 ? r : read_rule(rules->dir, rule->file, pool, ret);
}

/* @like: a device that was judged before; many of a request have the same driver. */
static void judge_member(const struct vprep_io *io, const struct vprep_pci_device *like,
			 struct vprep_facts_member *m)
{
	struct vprep_pci_device *pci = m->member->pci;

	if (pci) {
		pci->vfio = like && vprep_str_same(like->driver, pci->driver)
				    ? like->vfio
				    : vprep_driver_is_vfio(io, pci->driver);
		pci->judged = true;
	}
	m->vfio = pci && pci->vfio;
	m->leaves_dma = !vprep_driver_in_the_way(io, m->member);
}

static int read_group_node(const struct vprep_io *io,
			   const struct vprep_facts_rules *rules, struct vprep_pool *pool,
			   struct vprep_facts_group *g)
{
	_cleanup_(vprep_rule_done) struct vprep_rule rule = { 0 };

	g->node.path = vprep_pool_strf(pool, "vfio/%u", g->group->number);
	if (!g->node.path || vprep_rule_of_group(g->group->number, &rule) < 0)
		return -ENOMEM;
	return read_state(io, rules, &rule, pool, &g->node);
}

int vprep_facts_group_read(const struct vprep_io *io,
			   const struct vprep_facts_rules *rules, unsigned number,
			   const struct vprep_facts_group *before,
			   struct vprep_pool *pool, struct vprep_facts_group *ret)
{
	const struct vprep_pci_device *like = before && before->group->n_members > 0
						      ? before->group->members[0].pci
						      : NULL;
	size_t i;
	int r;

	r = vprep_iommu_group_read(io, number, &ret->group);
	if (r < 0)
		return r;
	ret->members = calloc(ret->group->n_members + 1, sizeof(*ret->members));
	if (!ret->members)
		return -ENOMEM;
	for (i = 0; i < ret->group->n_members; i++) {
		ret->members[i].member = &ret->group->members[i];
		judge_member(io, like, &ret->members[i]);
	}
	r = has_direct_regions(io, number, &ret->direct_regions);
	return r < 0 ? r : read_group_node(io, rules, pool, ret);
}

int vprep_facts_cdev_read(const struct vprep_io *io,
			  const struct vprep_facts_rules *rules, struct vprep_pool *pool,
			  struct vprep_device *device)
{
	_cleanup_(vprep_rule_done) struct vprep_rule rule = { 0 };
	char *path = NULL;
	int r;

	r = vprep_cdev_find(io, device->name, &path);
	if (r < 0 && r != -ENOENT)
		return r;
	device->cdev.path = path ? vprep_pool_take(pool, path) : NULL;
	r = vprep_rule_of_cdev(device->name, &rule);
	return r < 0 ? r : read_state(io, rules, &rule, pool, &device->cdev);
}

int vprep_facts_node_read(const struct vprep_io *io,
			  const struct vprep_facts_rules *rules, struct vprep_pool *pool,
			  struct vprep_device *device)
{
	_cleanup_(vprep_rule_done) struct vprep_rule rule = { 0 };
	int r;

	if (!device->node.path && !device->match) /* it has no node to be given away */
		return 0;
	r = vprep_rule_of_node(device->name, device->match ? device->match : "", &rule);
	return r < 0 ? r : read_state(io, rules, &rule, pool, &device->node);
}
