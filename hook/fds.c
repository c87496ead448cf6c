// SPDX-License-Identifier: GPL-2.0-or-later
#include "fds.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

int vprep_fds_open_missing(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			return -EBADF;
	return 0;
}

void vprep_fds_close_inherited(void)
{
	close_range(STDERR_FILENO + 1, UINT_MAX, 0);
}
