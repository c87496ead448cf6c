// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/memlock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/str.h"

#define KIB (UINT64_C(1) << 10)
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define EMULATED_MEMORY GIB

int vprep_memory_parse(const char *text, uint64_t *ret)
{
	static const char letters[] = "KMGT", digits[] = "0123456789";
	size_t n = strspn(text, digits);
	const char *suffix = text + n, *letter = NULL;
	unsigned shift = 20;
	uint64_t number;
	int r;

	if (*suffix) {
		letter = strchr(letters, *suffix >= 'a' ? *suffix - 'a' + 'A' : *suffix);
		if (!letter ||
		    !(!suffix[1] || streq(suffix + 1, "B") || streq(suffix + 1, "iB")))
			return -EINVAL;
		shift = 10 * (unsigned)(letter - letters + 1);
	}
	r = vprep_parse_u64_n(text, n, 10, UINT64_MAX >> shift, &number);
	if (r < 0)
		return r;
	if (number == 0)
		return -EINVAL;
	*ret = number << shift;
	return 0;
}

static bool is_disk(const struct vprep_device *d)
{
	return d->kind->is_vfio && d->asked.origin == VPREP_ORIGIN_DISK;
}

struct vprep_memlock_lockers vprep_memlock_lockers(const struct vprep_devices *devices)
{
	struct vprep_memlock_lockers n = { 0 };
	size_t i;

	for (i = 0; i < devices->n; i++) {
		const struct vprep_device *d = &devices->items[i];

		n.disks += is_disk(d);
		n.vfio += d->kind->is_vfio && !is_disk(d);
		n.vdpa += d->kind->pins_memory;
	}
	return n;
}

uint64_t vprep_memlock_regions(const struct vprep_devices *devices)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < devices->n; i++)
		if (devices->items[i].kind->is_vfio && !is_disk(&devices->items[i]) &&
		    __builtin_add_overflow(sum, devices->items[i].regions, &sum))
			return UINT64_MAX;
	return sum;
}

uint64_t vprep_memlock_need(const struct vprep_guest_memory *memory,
			    const struct vprep_devices *devices, bool iommufd)
{
	struct vprep_memlock_lockers n = vprep_memlock_lockers(devices);
	uint64_t vfio = memory->iommu ? n.vfio : n.vfio > 0;
	uint64_t times = n.vdpa + n.disks + vfio, need, regions;

	regions = iommufd ? vprep_memlock_regions(devices) : 0;
	if (memory->limit > 0)
		return memory->limit;
	if (times == 0 && !memory->locked)
		return 0;
	if (memory->locked || memory->bytes == 0 ||
	    __builtin_mul_overflow(memory->bytes, times, &need) ||
	    __builtin_mul_overflow(regions, vfio, &regions) ||
	    __builtin_add_overflow(need, regions, &need) ||
	    __builtin_add_overflow(need, EMULATED_MEMORY, &need))
		return VPREP_MEMLOCK_UNLIMITED;
	return need;
}

struct vprep_size_text vprep_size_text(uint64_t bytes)
{
	struct vprep_size_text text = { "unlimited memory" };

	if (bytes == VPREP_MEMLOCK_UNLIMITED)
		return text;
	if (bytes % MIB == 0 || bytes >= 16 * MIB)
		snprintf(text.s, sizeof(text.s), "%" PRIu64 " MiB",
			 bytes / MIB + (bytes % MIB > 0));
	else
		snprintf(text.s, sizeof(text.s), "%" PRIu64 " KiB",
			 bytes / KIB + (bytes % KIB > 0));
	return text;
}
