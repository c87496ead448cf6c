// SPDX-License-Identifier: GPL-2.0-or-later
/* The operations on a live host. */
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/vfio.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/file.h"
#include "io/devlink.h"
#include "io/ethtool.h"
#include "io/io.h"
#include "io/module.h"
#include "io/netlink.h"
#include "io/vdpa.h"

static int kernel_write_attr(struct vprep_io *io, const char *path, const char *value)
{
	_cleanup_close_ int fd =
		vprep_io_open(io, VPREP_SYS, O_WRONLY | O_NOFOLLOW, "%s", path);

	return fd < 0 ? fd : vprep_fd_write(fd, value, strlen(value));
}

static int kernel_block_is_claimed(struct vprep_io *io, const char *node)
{
	/* Exclusive without O_CREAT: the kernel answers EBUSY when a mount in any
	 * namespace, swap, device-mapper, md or ZFS holds the device or one of its
	 * partitions. */
	_cleanup_close_ int fd =
		vprep_io_open(io, VPREP_DEV, O_RDONLY | O_EXCL | O_NONBLOCK, "%s", node);

	if (fd == -EBUSY)
		return 1;
	return vprep_error_is_shortage(fd) || fd == -EACCES || fd == -EPERM ? fd : 0;
}

static int get_status(int group)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };

	if (ioctl(group, VFIO_GROUP_GET_STATUS, &status) < 0)
		return -errno;
	return status.flags & VFIO_GROUP_FLAGS_VIABLE ? 0 : -EPERM;
}

/* The kernel takes the group out of the container when the files are closed. */
static int kernel_try_group(struct vprep_io *io, const char *node,
			    enum vprep_group_stage last, enum vprep_group_stage *ret)
{
	_cleanup_close_ int group = -1, container = -1;
	int r;

	*ret = VPREP_GROUP_OPEN;
	group = vprep_io_open(io, VPREP_DEV, O_RDWR, "%s", node);
	if (group < 0)
		return group;
	*ret = VPREP_GROUP_STATUS;
	r = get_status(group);
	if (r < 0 || last == VPREP_GROUP_STATUS)
		return r;
	*ret = VPREP_GROUP_CONTAINER;
	container = vprep_io_open(io, VPREP_DEV, O_RDWR, "vfio/vfio");
	if (container < 0)
		return container;
	if (ioctl(container, VFIO_CHECK_EXTENSION, VFIO_TYPE1v2_IOMMU) <= 0)
		return -EOPNOTSUPP;
	if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) < 0)
		return -errno;
	*ret = VPREP_GROUP_IOMMU;
	return ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) < 0 ? -errno : 0;
}

/* A file may be on a server that does not answer: what is known of it here will do. */
static int kernel_node_device(const struct vprep_io *io, enum vprep_root root,
			      const char *path, struct vprep_io_node *ret)
{
	struct statx st;

	if (statx(io->root[root], path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE,
		  &st) < 0)
		return -errno;
	if (!S_ISCHR(st.stx_mode) && !S_ISBLK(st.stx_mode))
		return -ENODEV;
	*ret = (struct vprep_io_node){ S_ISBLK(st.stx_mode), st.stx_rdev_major,
				       st.stx_rdev_minor };
	return 0;
}

static bool is_link_local(const struct sockaddr *address)
{
	const struct sockaddr_in6 *in6 =
		(const struct sockaddr_in6 *)(const void *)address;

	return address->sa_family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr);
}

static bool add_address(const struct ifaddrs *from, struct vprep_io_address *to)
{
	int family = from->ifa_addr ? from->ifa_addr->sa_family : AF_UNSPEC;
	socklen_t len = family == AF_INET ? sizeof(struct sockaddr_in)
					  : sizeof(struct sockaddr_in6);

	if ((family != AF_INET && family != AF_INET6) || is_link_local(from->ifa_addr))
		return false;
	/* an address of IPv4 may go by its label, "eth0:1": ip-address(8) */
	snprintf(to->interface, sizeof(to->interface), "%.*s",
		 (int)strcspn(from->ifa_name, ":"), from->ifa_name);
	return getnameinfo(from->ifa_addr, len, to->text, sizeof(to->text), NULL, 0,
			   NI_NUMERICHOST) == 0;
}

static int kernel_addresses(struct vprep_io *io, struct vprep_io_address **ret,
			    size_t *ret_n)
{
	struct vprep_io_address *list;
	struct ifaddrs *all, *one;
	size_t n = 0;

	(void)io;
	if (getifaddrs(&all) < 0)
		return -errno;
	for (one = all; one; one = one->ifa_next)
		n++;
	list = calloc(n + 1, sizeof(*list));
	if (!list) {
		freeifaddrs(all);
		return -ENOMEM;
	}
	for (n = 0, one = all; one; one = one->ifa_next)
		n += add_address(one, &list[n]);
	freeifaddrs(all);
	*ret = list;
	*ret_n = n;
	return 0;
}

const struct vprep_io_ops vprep_io_kernel_ops = {
	.write_attr = kernel_write_attr,
	.load_module = vprep_module_load,
	.resolve_alias = vprep_module_resolve_alias,
	.module_is_vfio = vprep_module_is_vfio,
	.module_option = vprep_module_option,
	.count_aliases = vprep_module_count_aliases,
	.block_is_claimed = kernel_block_is_claimed,
	.node_device = kernel_node_device,
	.try_group = kernel_try_group,
	.addresses = kernel_addresses,
	.get_vf = vprep_link_get_vf,
	.set_vf_mac = vprep_link_set_vf_mac,
	.set_vf_vlan = vprep_link_set_vf_vlan,
	.set_vf_setting = vprep_link_set_vf_setting,
	.net_features = vprep_ethtool_features,
	.is_switchdev = vprep_devlink_is_switchdev,
	.read_vdpa = vprep_vdpa_read,
};
