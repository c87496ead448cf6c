// SPDX-License-Identifier: GPL-2.0-or-later
/* The kinds of steps. The row of each is in the file of its kind. */
#include "model/step.h"

extern const struct vprep_step_kind vprep_step_claim, vprep_step_numvfs,
	vprep_step_module, vprep_step_iommu_group, vprep_step_rule,
	vprep_step_mdev_create, vprep_step_vport, vprep_step_vf_config, vprep_step_bind,
	vprep_step_placeholder, vprep_step_orphan_bind, vprep_step_device_policy,
	vprep_step_node_permission, vprep_step_cdev_permission, vprep_step_iommufd,
	vprep_step_release;

const struct vprep_step_kind *const vprep_step_kinds[] = {
	&vprep_step_claim, /* recorded before anything is done, and done after all else */
	&vprep_step_numvfs,
	&vprep_step_module,
	&vprep_step_iommu_group, /* before anything else can be planned */
	&vprep_step_rule,	 /* before the events of the nodes that it is about */
	&vprep_step_mdev_create,
	&vprep_step_vport,
	&vprep_step_vf_config, /* before the guest's driver may look at it */
	&vprep_step_bind,
	&vprep_step_placeholder,
	&vprep_step_orphan_bind,   /* never done */
	&vprep_step_device_policy, /* the driver sets power/control when it is bound */
	&vprep_step_node_permission,
	&vprep_step_cdev_permission,
	&vprep_step_iommufd,
	&vprep_step_release,
	NULL,
};

/*
 * Not simply the other way round. A VF loses the guest's MAC address before it goes to
 * its own driver, so that no interface of the host comes up with it. A rule goes before
 * the nodes are taken back: else udevd could give one away again.
 */
const struct vprep_step_kind *const vprep_step_kinds_undo[] = {
	&vprep_step_vf_config,
	&vprep_step_device_policy,
	&vprep_step_bind,
	&vprep_step_placeholder,
	&vprep_step_iommu_group,
	&vprep_step_orphan_bind,
	&vprep_step_mdev_create,
	&vprep_step_vport,
	&vprep_step_numvfs,
	&vprep_step_rule,
	&vprep_step_cdev_permission,
	&vprep_step_node_permission,
	NULL,
};
