// SPDX-License-Identifier: GPL-2.0-or-later
/* Items of the arrays in results, for programs that were compiled when an item was
 * smaller. */
#include "common/export.h"
#include "vfio-prep.h"

#define AT(function, item, list, n, items)                                               \
	VPREP_EXPORT const struct item *function(const struct list *from, size_t i)      \
	{                                                                                \
		return i < from->n ? &from->items[i] : NULL;                             \
	}

AT(vprep_device_pool_at, vprep_device_pool, vprep_device_pools, n, items)
AT(vprep_device_pool_member_at, vprep_device_pool_member, vprep_device_pool, n, devices)
AT(vprep_diagnosis_at, vprep_diagnosis, vprep_diagnoses, n, items)
AT(vprep_difference_at, vprep_difference, vprep_differences, n, items)
AT(vprep_filled_device_at, vprep_filled_device, vprep_filled, n, devices)
AT(vprep_group_at, vprep_group, vprep_groups, n, items)
AT(vprep_group_member_at, vprep_group_member, vprep_group, n_members, members)
AT(vprep_held_device_at, vprep_held_device, vprep_held_devices, n, items)
AT(vprep_host_device_at, vprep_host_device, vprep_host_devices, n, items)
AT(vprep_launch_device_at, vprep_launch_device, vprep_launch, n_devices, devices)
AT(vprep_loss_at, vprep_loss, vprep_reasons, n_losses, losses)
AT(vprep_mdev_type_at, vprep_mdev_type, vprep_mdev_types, n, items)
AT(vprep_node_device_at, vprep_node_device, vprep_node_devices, n, items)
AT(vprep_plan_step_at, vprep_plan_step, vprep_plan, n_steps, steps)
AT(vprep_quarantined_at, vprep_quarantined, vprep_status, n_quarantined, quarantined)
AT(vprep_reason_at, vprep_reason, vprep_reasons, n, items)
AT(vprep_recovered_at, vprep_recovered, vprep_recovery, n, items)
AT(vprep_status_device_at, vprep_status_device, vprep_status_owner, n_devices, host)
AT(vprep_status_orphan_at, vprep_status_orphan, vprep_status, n_orphans, orphans)
AT(vprep_status_owner_at, vprep_status_owner, vprep_status, n_owners, owners)
AT(vprep_status_step_at, vprep_status_step, vprep_status_owner, n_steps, steps)
