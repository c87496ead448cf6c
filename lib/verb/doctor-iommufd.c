// SPDX-License-Identifier: GPL-2.0-or-later
/* Who may open /dev/iommu, which QEMU needs for the node of a device alone. */
#include <errno.h>
#include <grp.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "host/account.h"
#include "host/cdev.h"
#include "model/device.h"
#include "session/node-owner.h"
#include "verb/doctor.h"

#define NODE VPREP_IO_NODES VPREP_IOMMUFD
#define GROUPS_MAX 65536 /* NGROUPS_MAX of Linux */

/* Also by one of the further groups that the user has on this host: 1, 0, -ENOMEM. */
static int is_in_group(const struct vprep_doctor *d, const struct vprep_node_owner *owner,
		       gid_t group)
{
	struct vprep_account account;
	bool known = d->session->io->live && vprep_account_of(owner->uid, &account) == 0;
	_cleanup_free_ gid_t *groups = NULL;
	int n = GROUPS_MAX;

	if (owner->gid == group || !known)
		return owner->gid == group;
	groups = calloc((size_t)n, sizeof(*groups));
	if (!groups)
		return -ENOMEM;
	if (getgrouplist(account.name, owner->gid, groups, &n) < 0)
		return 0;
	while (n > 0)
		if (groups[--n] == group)
			return 1;
	return 0;
}

/* As the kernel looks: the first class of users that one belongs to decides. */
static int may_open(const struct vprep_doctor *d, const struct vprep_node_owner *owner,
		    const struct stat *st)
{
	mode_t read_write = 06;
	int r = 0;

	if (owner->uid == 0)
		return 1;
	if (owner->uid == st->st_uid)
		read_write = 0600;
	else if ((r = is_in_group(d, owner, st->st_gid)) > 0)
		read_write = 060;
	return r < 0 ? r : (st->st_mode & read_write) == read_write;
}

/* Where the configuration decides: the node must be as it says. */
static int judge_group(struct vprep_doctor *d, const struct stat *st, gid_t group)
{
	if (st->st_gid == group && (st->st_mode & 060) == 060)
		return 0;
	return vprep_doctor_say(d, WARNING,
				"attach a device, which sets it; then look for another "
				"udev rule about KERNEL==\"iommu\"",
				NODE " is %u:%u, mode %04o, and iommu-group in the "
				     "configuration says group %s",
				st->st_uid, st->st_gid, st->st_mode & 07777u,
				d->session->config->iommu_group);
}

/* Where there are nodes of groups, a guest can do without. */
static const char *severity(const struct vprep_doctor *d)
{
	return vprep_vfio_nodes_read(d->session->io).groups ? NOTE : WARNING;
}

/* Of the user himself the check of users tells. */
static int judge_user(struct vprep_doctor *d, const struct stat *st)
{
	const struct vprep_config *config = d->session->config;
	struct vprep_node_owner owner;
	const char *fix;
	int may;

	if (vprep_node_owner_find(NULL, config, &owner, NULL) < 0 ||
	    !vprep_doctor_knows(d, &owner))
		return 0;
	may = may_open(d, &owner, st);
	if (may < 0)
		return may;
	fix = config->iommu_group
		      ? vprep_pool_strf(d->pool,
					"put %s into group %s, or set another "
					"iommu-group in %s",
					owner.name, config->iommu_group, config->path)
		      : vprep_pool_strf(d->pool,
					"for QEMU with iommufd, set iommu-group = %u, or "
					"another group of %s's, in %s",
					owner.gid, owner.name, config->path);
	return vprep_doctor_say(d, may ? OK : severity(d), may ? NULL : fix,
				NODE " is %u:%u, mode %04o: %s (%u:%u) %s open it",
				st->st_uid, st->st_gid, st->st_mode & 07777u, owner.name,
				owner.uid, owner.gid, may ? "can" : "cannot");
}

/* VFIO brings it, with the first device of a boot. libvirt 12 asks for it earlier: it
 * does not even define a domain that wants iommufd where it is not there. */
#define LOAD "echo iommufd > /etc/modules-load.d/iommufd.conf"

static int tell_absent(struct vprep_doctor *d, bool decided)
{
	const struct vprep_config *config = d->session->config;

	if (!vprep_vfio_nodes_read(d->session->io).devices)
		return decided ? vprep_doctor_say(d, OK, NULL,
						  "this kernel has no " NODE
						  ": iommu-group=%s has no effect",
						  config->iommu_group)
			       : 0;
	if (decided)
		return vprep_doctor_say(d, NOTE,
					"for libvirt 12 and domains with iommufd: '" LOAD
					"', 'modprobe iommufd'",
					NODE " comes with VFIO's first device, and goes "
					     "to group %s then; libvirt defines no "
					     "domain that wants it before",
					config->iommu_group);
	return vprep_doctor_say(
		d, NOTE,
		vprep_pool_strf(d->pool,
				"for QEMU with iommufd, set iommu-group to a "
				"group that its user is in, in %s; for libvirt 12, '" LOAD
				"', 'modprobe iommufd'",
				config->path),
		NODE " comes with VFIO's first device; iommu-group does not say who may "
		     "open it then, and libvirt defines no domain that wants it before");
}

int vprep_doctor_iommufd(struct vprep_doctor *d)
{
	struct vprep_error err;
	struct stat st;
	gid_t group = 0;
	int r, decided = vprep_iommu_group_find(d->session->config, &group, &err);

	if (decided < 0)
		return vprep_doctor_say(d, PROBLEM,
					vprep_pool_strf(d->pool,
							"correct iommu-group in %s",
							d->session->config->path),
					"%.200s", err.message);
	r = vprep_io_node_stat(d->session->io, &st, VPREP_IOMMUFD);
	if (r < 0)
		return r == -ENOENT ? tell_absent(d, decided) : 0;
	if (decided) {
		judge_group(d, &st, group);
		if (d->pool->failed)
			return -ENOMEM;
	}
	return judge_user(d, &st);
}
