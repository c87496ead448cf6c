// SPDX-License-Identifier: GPL-2.0-or-later
#include "device/facts-group.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/str.h"
#include "host/cdev.h"
#include "host/driver.h"
#include "host/iommu.h"
#include "udev/rule.h"

#define RULE_MAX (64u * 1024)
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

/* -ENOENT: there is no such node yet. */
static int read_node(const struct vprep_io *io, const char *node, uid_t *uid, gid_t *gid,
		     mode_t *mode)
{
	struct stat st;
	int r = vprep_io_node_stat(io, &st, "%s", node);

	if (r < 0)
		return r;
	*uid = st.st_uid;
	*gid = st.st_gid;
	*mode = st.st_mode & 07777;
	return 0;
}

/* What a rule file holds already; NULL when it cannot be read: writing it will tell. */
static int read_rule(const struct vprep_io *io, const char *rules_dir, const char *file,
		     char **ret)
{
	_cleanup_close_ int dir = -1;
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r;

	if (vprep_io_host_dir(io, rules_dir, false, &dir) < 0)
		return 0;
	fd = openat(dir, file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	r = vprep_file_read(fd, RULE_MAX, &text, &len);
	/* One of ours is from before a reboot, in a folder that outlives it: not to be
	 * kept. */
	if (r == 0 && strncmp(text, OUR_HEADER, strlen(OUR_HEADER)) != 0)
		*ret = TAKE_PTR(text);
	return r;
}

static void judge_member(const struct vprep_io *io, struct vprep_facts_member *m)
{
	const char *driver = m->member->pci ? m->member->pci->driver : m->member->driver;

	m->vfio = m->member->pci && vprep_driver_is_vfio(io, driver);
	m->leaves_dma = !driver || m->vfio || m->member->mdev ||
			vprep_driver_leaves_dma(io, driver);
}

static int read_group_node(const struct vprep_io *io, const char *rules_dir,
			   struct vprep_facts_group *g)
{
	_cleanup_free_ char *file = NULL;
	int r;

	g->node = vprep_strf("vfio/%u", g->group->number);
	if (!g->node)
		return -ENOMEM;
	r = read_node(io, g->node, &g->uid, &g->gid, &g->mode);
	g->node_exists = r == 0;
	if (r < 0 && r != -ENOENT)
		return r;
	r = vprep_rule_group_file(g->group->number, &file);
	return r < 0 ? r : read_rule(io, rules_dir, file, &g->rule);
}

int vprep_facts_group_read(const struct vprep_io *io, const char *rules_dir,
			   unsigned number, struct vprep_facts_group *ret)
{
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
		judge_member(io, &ret->members[i]);
	}
	r = has_direct_regions(io, number, &ret->direct_regions);
	return r < 0 ? r : read_group_node(io, rules_dir, ret);
}

int vprep_facts_cdev_read(const struct vprep_io *io, const char *rules_dir,
			  const char *device, struct vprep_facts_cdev *ret)
{
	_cleanup_free_ char *file = NULL, *node = NULL;
	int r;

	r = vprep_cdev_find(io, device, &node);
	if (r == 0 && node) {
		r = read_node(io, node, &ret->uid, &ret->gid, &ret->mode);
		ret->exists = r == 0;
	}
	if (r < 0 && r != -ENOENT)
		return r;
	r = vprep_rule_cdev_file(device, &file);
	return r < 0 ? r : read_rule(io, rules_dir, file, &ret->rule);
}

int vprep_facts_node_read(const struct vprep_io *io, const char *rules_dir,
			  const struct vprep_target *target, struct vprep_facts_node *ret)
{
	_cleanup_free_ char *file = NULL;
	int r;

	ret->target = target;
	if (!target->node && !target->match) /* it is only held */
		return 0;
	r = target->node ? read_node(io, target->node, &ret->uid, &ret->gid, &ret->mode)
			 : -ENOENT;
	ret->exists = r == 0;
	if (r < 0 && r != -ENOENT)
		return r;
	r = vprep_rule_node_file(target->name, &file);
	return r < 0 ? r : read_rule(io, rules_dir, file, &ret->rule);
}
