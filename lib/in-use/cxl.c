// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A CXL device with memory that the host has, as main memory or as a disk. That hangs not
 * on the device but on a region, which has decoders of the device's endpoint for targets
 * (Documentation/ABI/testing/sysfs-bus-cxl). The kernel cannot keep the device's driver
 * from going, and then the memory does, too, whoever is using it: so it is never taken.
 */
#include "common/str.h"
#include "in-use/internal.h"

#define CXL "bus/cxl/devices"
#define DEVICE "mem"
#define ENDPOINT "endpoint"
#define DECODER "decoder"
#define REGION "region"
#define TARGETS_MAX 16 /* CXL_DECODER_MAX_INTERLEAVE */

static bool begins_with(const char *name, const char *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* Whether "decoder3.0" is one of "endpoint3". */
static bool is_of_endpoint(const char *decoder, const char *endpoint)
{
	const char *number = endpoint + strlen(ENDPOINT);

	return begins_with(decoder, DECODER) &&
	       begins_with(decoder + strlen(DECODER), number) &&
	       decoder[strlen(DECODER) + strlen(number)] == '.';
}

/* 1 or 0. */
static int has_target(struct vprep_in_use *scan, const char *region, const char *endpoint)
{
	const char *decoder;
	unsigned i;
	int r = 0;

	for (i = 0; r == 0 && i < TARGETS_MAX; i++) {
		r = vprep_in_use_read(scan, VPREP_SYS, &decoder, CXL "/%s/target%u",
				      region, i);
		if (!decoder)
			return r;
		r = is_of_endpoint(decoder, endpoint);
	}
	return r;
}

/* A region without a driver has been disabled: nobody has its memory. */
static int add_regions(struct vprep_in_use *scan, const struct vprep_index *index,
		       const char *endpoint, struct vprep_uses *uses)
{
	const char *driver;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < index->n; i++) {
		const char *region = index->items[i].name;

		if (!begins_with(region, REGION))
			continue;
		r = vprep_in_use_link(scan, VPREP_SYS, &driver, CXL "/%s/driver", region);
		if (r == 0 && driver)
			r = has_target(scan, region, endpoint);
		if (r > 0)
			r = vprep_uses_add(uses, true,
					   vprep_strf("the host has its memory (CXL %s)",
						      region),
					   vprep_strf("cxl disable-region %s", region));
	}
	return r;
}

/* The endpoint is the device as its port's driver sees it. */
static int find_endpoint(struct vprep_in_use *scan, const struct vprep_index *index,
			 const char *device, struct vprep_uses *uses)
{
	const char *of;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < index->n; i++) {
		const char *endpoint = index->items[i].name;

		if (!begins_with(endpoint, ENDPOINT))
			continue;
		r = vprep_in_use_link(scan, VPREP_SYS, &of, CXL "/%s/uport", endpoint);
		if (of && streq(of, device))
			r = add_regions(scan, index, endpoint, uses);
	}
	return r;
}

static int find_cxl(struct vprep_in_use *scan, const struct vprep_pci_device *device,
		    struct vprep_uses *uses)
{
	const struct vprep_index *index;
	size_t i;
	int r;

	r = vprep_in_use_index(scan, CXL, &index);
	for (i = 0; r == 0 && i < index->n; i++)
		if (begins_with(index->items[i].name, DEVICE) &&
		    vprep_index_entry_is_on(&index->items[i], device))
			r = find_endpoint(scan, index, index->items[i].name, uses);
	return r;
}

const struct vprep_in_use_kind vprep_in_use_cxl = {
	.class = 0x050200,
	.mask = 0xffff00,
	.is_below = true,
	.find = find_cxl,
};
