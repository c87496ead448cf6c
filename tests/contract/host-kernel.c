// SPDX-License-Identifier: GPL-2.0-or-later
/* The contract on the kernel that runs: users of VFIO are we ourselves. */
#include "contract/contract.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/cleanup.h"

static int container = -1, group = -1, device = -1;
static uint64_t vfs_before;

static void close_all(void)
{
	int *const fds[] = { &device, &group, &container };
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(fds); i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
}

static int claim(const char *address, bool open_device)
{
	container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	if (container < 0 || ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) < 0 ||
	    ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) < 0)
		return -errno;
	if (!open_device)
		return 0;
	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, address);
	return device < 0 ? -errno : 0;
}

static int use_kernel(struct contract *c, enum contract_use use, const char *address)
{
	int r = 0;

	close_all();
	if (use == CONTRACT_CLOSE)
		return 0;
	group = vprep_io_open(c->io, VPREP_DEV, O_RDWR, "vfio/%d",
			      contract_group_of(c, address));
	if (group < 0)
		return group;
	if (use != CONTRACT_OPEN)
		r = claim(address, use == CONTRACT_HOLD);
	if (r < 0)
		close_all();
	return r;
}

/* The rows put back what they change, but for the number of VFs. */
static bool finish_kernel(struct contract *c)
{
	char number[24];
	int r = 0;

	close_all();
	snprintf(number, sizeof(number), "%u", (unsigned)vfs_before);
	if (c->letters['P'])
		r = vprep_io_write(c->io, number, "bus/pci/devices/%s/sriov_numvfs",
				   c->letters['P']);
	vprep_io_free(c->io);
	return r == 0;
}

int contract_open_kernel(struct contract *c)
{
	int r = vprep_io_new(&c->io);

	if (r < 0)
		return r;
	if (c->letters['P'])
		vprep_io_read_u64(c->io, VPREP_SYS, 10, &vfs_before,
				  "bus/pci/devices/%s/sriov_numvfs", c->letters['P']);
	c->use = use_kernel;
	c->finish = finish_kernel;
	return 0;
}
