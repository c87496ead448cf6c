/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much memory a guest's process locks. Pure. */
#ifndef VPREP_PLAN_MEMLOCK_H
#define VPREP_PLAN_MEMLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "model/device.h"
#include "model/memory.h"

#define VPREP_MEMLOCK_UNLIMITED UINT64_MAX

/* "4G", "512M", "4GiB"; a number alone is MiB, as for QEMU's -m. In bytes. -EINVAL,
 * -ERANGE. */
int vprep_memory_parse(const char *text, uint64_t *ret);

/* The devices that have the guest's memory locked. Disks on NVMe controllers are no VFIO
 * devices of the guest's: QEMU drives them itself, each by a container of its own. */
struct vprep_memlock_lockers {
	size_t vfio;
	size_t vdpa, disks; /* each locks all of it once more */
};

struct vprep_memlock_lockers vprep_memlock_lockers(const struct vprep_devices *devices);

/*
 * What RLIMIT_MEMLOCK must allow. Every VFIO container pins all of the guest's memory,
 * and every vDPA device, too; memory of emulated devices and firmware is let in by 1 GiB
 * more, as libvirt does (qemuDomainGetMemLockLimitBytes()). The guest's VFIO devices
 * share a container unless it has an IOMMU: each has one of its own then. @iommufd, which
 * stands for the containers, counts the devices' own memory (their `regions`), too: the
 * guest maps that of each into all. 0: nothing is locked.
 */
uint64_t vprep_memlock_need(const struct vprep_guest_memory *memory,
			    const struct vprep_devices *devices, bool iommufd);

/* The memory of the guest's VFIO devices, in bytes. */
uint64_t vprep_memlock_regions(const struct vprep_devices *devices);

/* "1280 MiB", "64 KiB", "unlimited memory" */
struct vprep_size_text {
	char s[32];
};

struct vprep_size_text vprep_size_text(uint64_t bytes);

#endif
