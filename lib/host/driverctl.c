// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/driverctl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/str.h"

#define FOLDER "/etc/driverctl.d"
#define OVERRIDE_MAX 4096

char *vprep_driverctl_path(struct vprep_pci_address address)
{
	return vprep_strf("%s/pci-%s", FOLDER, vprep_pci_address_text(address).s);
}

int vprep_driverctl_find(const struct vprep_io *io, struct vprep_pci_address address,
			 char **ret)
{
	_cleanup_free_ char *path = vprep_driverctl_path(address);
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int fd = -1;
	size_t len;
	char *driver;
	int r;

	if (!path)
		return -ENOMEM;
	fd = vprep_io_host_open(io, path, O_RDONLY);
	if (fd < 0)
		return fd == -ENOTDIR ? -ENOENT : fd;
	r = vprep_file_read(fd, OVERRIDE_MAX, &text, &len);
	if (r < 0)
		return r;
	len = strcspn(text, " \t\r\n");
	if (len == 0)
		return -EBADMSG;
	driver = strndup(text, len);
	if (!driver)
		return -ENOMEM;
	*ret = driver;
	return 0;
}
