// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Block devices that the kernel exports to other hosts: as a namespace of an NVMe target
 * (Documentation/nvme in the kernel's tree), or as the storage of a SCSI target. The NVMe
 * target does not claim the device that it exports (nvmet_bdev_ns_enable() in
 * drivers/nvme/target), nor does a SCSI target that takes it as a file: nothing else
 * tells of them.
 */
#include <errno.h>

#include "common/str.h"
#include "in-use/blocks.h"

static const struct target {
	const char *folder;
	const char *below; /* of each folder in it, where the exports are */
	const char *path;  /* the attribute with the device's path */
	const char *noun;
	const char *tool;
} targets[] = {
	{ "kernel/config/nvmet/subsystems", "namespaces/", "device_path", "NVMe target",
	  "nvmetcli" },
	/* beside the namespaces "passthru", which is about a controller with all it has */
	{ "kernel/config/nvmet/subsystems", "", "device_path", "NVMe target",
	  "nvmetcli" },
	{ "kernel/config/target/core", "", "udev_path", "SCSI target's", "targetcli" },
};

struct vprep_exports {
	size_t n;
	struct vprep_export *items;
};

/* @folder: in sysfs, of the export. */
static int add(struct vprep_in_use *scan, struct vprep_exports *exports,
	       const struct target *target, const char *folder)
{
	const char *path;
	uint64_t enabled;
	char *block = NULL;
	int r = vprep_in_use_number(scan, 10, &enabled, "%s/enable", folder);

	if (r < 0 || enabled != 1)
		return r;
	r = vprep_in_use_read(scan, VPREP_SYS, &path, "%s/%s", folder, target->path);
	if (r == 0 && path)
		r = vprep_block_of_node(scan, path, &block);
	if (r < 0 || !block)
		return r;
	exports->items = vprep_pool_grow(&scan->pool, exports->items, exports->n,
					 sizeof(*exports->items));
	if (!exports->items)
		return -ENOMEM;
	exports->items[exports->n++] = (struct vprep_export){
		.block = block,
		.by = vprep_pool_strf(&scan->pool, "%s %s", target->noun,
				      folder + strlen(target->folder) + 1),
		.tool = target->tool,
	};
	return scan->pool.failed ? -ENOMEM : 0;
}

static int load_target(struct vprep_in_use *scan, struct vprep_exports *exports,
		       const struct target *target)
{
	char **outer, **inner;
	size_t i, k;
	int r = vprep_in_use_list(scan, &outer, "%s", target->folder);

	for (i = 0; r == 0 && outer[i]; i++) {
		r = vprep_in_use_list(scan, &inner, "%s/%s/%s", target->folder, outer[i],
				      target->below);
		for (k = 0; r == 0 && inner[k]; k++) {
			char *folder =
				vprep_pool_strf(&scan->pool, "%s/%s/%s%s", target->folder,
						outer[i], target->below, inner[k]);

			r = folder ? add(scan, exports, target, folder) : -ENOMEM;
		}
	}
	return r;
}

int vprep_exports_find(struct vprep_in_use *scan, const char *block,
		       const struct vprep_export **ret)
{
	struct vprep_exports *exports = scan->exports;
	size_t i;
	int r = 0;

	*ret = NULL;
	if (!exports) {
		exports = vprep_pool_alloc(&scan->pool, 1, sizeof(*exports));
		for (i = 0; exports && r == 0 && i < VPREP_ARRAY_SIZE(targets); i++)
			r = load_target(scan, exports, &targets[i]);
		if (r < 0 || !exports)
			return r < 0 ? r : -ENOMEM;
		scan->exports = exports;
	}
	for (i = 0; !*ret && i < exports->n; i++)
		if (streq(exports->items[i].block, block))
			*ret = &exports->items[i];
	return 0;
}
