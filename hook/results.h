/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For _cleanup_(): frees a result of the library at the end of its scope. */
#ifndef VPREP_HOOK_RESULTS_H
#define VPREP_HOOK_RESULTS_H

#include "vfio-prep.h"

/* Defines FNp() for an object with a NULL-safe free function FN(). */
#define X(type, fn)                                                                      \
	static inline void fn##p(struct type **p)                                        \
	{                                                                                \
		fn(*p);                                                                  \
	}
X(vprep_changes, vprep_changes_free)
X(vprep_device_pools, vprep_device_pools_free)
X(vprep_differences, vprep_differences_free)
X(vprep_diagnoses, vprep_diagnoses_free)
X(vprep_filled, vprep_filled_free)
X(vprep_groups, vprep_groups_free)
X(vprep_host_devices, vprep_host_devices_free)
X(vprep_launch, vprep_launch_free)
X(vprep_mdev_types, vprep_mdev_types_free)
X(vprep_node_devices, vprep_node_devices_free)
X(vprep_plan, vprep_plan_free)
X(vprep_reasons, vprep_reasons_free)
X(vprep_recovery, vprep_recovery_free)
X(vprep_session, vprep_session_free)
X(vprep_status, vprep_status_free)
#undef X

#endif
