// SPDX-License-Identifier: GPL-2.0-or-later
/* Who may open /dev/iommu, which QEMU needs for the node of a device alone. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "model/device.h"
#include "session/node-owner.h"
#include "verb/doctor.h"

#define GROUPS_MAX 65536 /* NGROUPS_MAX of Linux */

/* Also by one of the further groups that the user has on this host: 1, 0, -ENOMEM. */
static int is_in_group(const struct vprep_doctor *d, const struct vprep_node_owner *owner,
		       gid_t group)
{
	const struct passwd *entry = d->session->io->live ? getpwuid(owner->uid) : NULL;
	_cleanup_free_ gid_t *groups = NULL;
	int n = GROUPS_MAX;

	if (owner->gid == group || !entry)
		return owner->gid == group;
	groups = calloc((size_t)n, sizeof(*groups));
	if (!groups)
		return -ENOMEM;
	if (getgrouplist(entry->pw_name, owner->gid, groups, &n) < 0)
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

int vprep_doctor_iommufd(struct vprep_doctor *d)
{
	struct vprep_node_owner owner;
	struct stat st;
	const char *fix;
	int may;

	if (vprep_io_node_stat(d->session->io, &st, VPREP_IOMMUFD) < 0 ||
	    vprep_node_owner_find(NULL, d->session->config, &owner, NULL) < 0)
		return 0; /* no such node; of the user the check of users tells */
	may = may_open(d, &owner, &st);
	if (may < 0)
		return may;
	fix = vprep_pool_strf(d->pool,
			      "for QEMU with iommufd, a rule of udev: KERNEL==\"iommu\", "
			      "GROUP=\"%u\", MODE=\"0660\"",
			      owner.gid);
	return vprep_doctor_say(d, may ? OK : NOTE, may ? NULL : fix,
				VPREP_IO_NODES VPREP_IOMMUFD
				" is %u:%u, mode %04o: %s (%u:%u) "
				"%s open it",
				st.st_uid, st.st_gid, st.st_mode & 07777u, owner.name,
				owner.uid, owner.gid, may ? "can" : "cannot");
}
