// SPDX-License-Identifier: GPL-2.0-or-later
/* The contract's devices on the fake kernel: an 82576 and a shared group. */
#include "contract/contract.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "fake/fake.h"

static struct fake *fake;
static char *before;

static int use_fake(struct contract *c, enum contract_use use, const char *address)
{
	int group = contract_group_of(c, address);
	enum vprep_group_stage stage;
	char node[32];

	fake_release(fake, address);
	fake_close_group(fake, group);
	if (use == CONTRACT_CLOSE)
		return 0;
	snprintf(node, sizeof(node), "vfio/%d", group);
	if (use != CONTRACT_OPEN &&
	    c->io->ops->try_group(c->io, node, VPREP_GROUP_STATUS, &stage) < 0)
		return -EPERM;
	fake_open_group(fake, group, use != CONTRACT_OPEN);
	if (use == CONTRACT_HOLD)
		fake_hold(fake, address);
	return 0;
}

static bool finish_fake(struct contract *c)
{
	_cleanup_free_ char *after = fake_snapshot(fake), *diff = NULL;

	diff = fake_diff(before, after);
	if (diff)
		printf("# %s\n", diff);
	vprep_io_free(c->io);
	fake_free(fake);
	free(before);
	return diff == NULL;
}

static void add_drivers(void)
{
	fake_add_vfio_pci(fake, false);
	fake_add_driver(fake, &(struct fake_driver){ .name = "pcieport",
						     .flags = FAKE_DMA_MANAGED });
	fake_add_driver(fake, &(struct fake_driver){ .name = "igb",
						     .module = "igb",
						     .flags = FAKE_SRIOV,
						     .ids = "8086:10c9" });
	fake_add_driver(fake, &(struct fake_driver){ .name = "igbvf",
						     .module = "igbvf",
						     .ids = "8086:10ca" });
	fake_add_driver(fake, &(struct fake_driver){ .name = "e1000",
						     .module = "e1000",
						     .ids = "8086:100e" });
}

static const struct fake_pci devices[] = {
	{ .address = "0000:00:05.0",
	  .class_code = 0x060400,
	  .vendor = 0x1b36,
	  .device = 0x000e,
	  .header_type = 1,
	  .group = 1 },
	{ .address = "0000:01:01.0",
	  .class_code = 0x00ff00,
	  .vendor = 0x1234,
	  .device = 0x11e8,
	  .group = 1,
	  .parent = "0000:00:05.0" },
	{ .address = "0000:01:02.0",
	  .class_code = 0x020000,
	  .vendor = 0x8086,
	  .device = 0x100e,
	  .group = 1,
	  .parent = "0000:00:05.0",
	  .driver = "e1000" },
	{ .address = "0000:00:09.0",
	  .class_code = 0x060400,
	  .vendor = 0x1b36,
	  .device = 0x000c,
	  .header_type = 1,
	  .group = 2,
	  .driver = "pcieport" },
	{ .address = "0000:05:00.1",
	  .class_code = 0x020000,
	  .vendor = 0x8086,
	  .device = 0x10c9,
	  .group = 3,
	  .parent = "0000:00:09.0",
	  .driver = "igb",
	  .totalvfs = 7,
	  .vf_device = 0x10ca },
};

static void add_devices(void)
{
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(devices); i++)
		fake_add_pci(fake, &devices[i]);
}

void contract_open_fake(struct contract *c)
{
	fake = fake_new();
	add_drivers();
	add_devices();
	fake_add_mdev_type(fake, &(struct fake_mdev_type){ .parent = "mtty",
							   .id = "mtty-2",
							   .name = "Dual port serial",
							   .instances = 12 });
	fake_set_interface(fake, "0000:05:00.1", "eth1");
	c->io = fake_io(fake);
	/* vfio-pci stays loaded, and the VFs are gone in the end. */
	c->io->ops->load_module(c->io, "vfio_pci");
	before = fake_snapshot(fake);
	vprep_io_write(c->io, "1", "bus/pci/devices/0000:05:00.1/sriov_numvfs");
	c->letters['T'] = "0000:05:10.1";
	c->letters['N'] = "igbvf";
	c->letters['P'] = "0000:05:00.1";
	c->letters['Q'] = "igb";
	c->letters['U'] = "0000:01:01.0";
	c->letters['S'] = "0000:01:02.0";
	c->letters['D'] = "e1000";
	c->letters['B'] = "0000:00:05.0";
	c->letters['A'] = "mtty";
	c->letters['Y'] = "mtty-2";
	c->use = use_fake;
	c->finish = finish_fake;
}
