// SPDX-License-Identifier: GPL-2.0-or-later
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/file.h"

#define SIZE_MAX_READ ((size_t)16 * 1024 * 1024)

static int write_all(int fd, const char *text, size_t from, size_t len)
{
	ssize_t n;

	while (from < len) {
		n = pwrite(fd, text + from, len - from, (off_t)from);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		from += (size_t)n;
	}
	return 0;
}

int vprep_vdsm_file_open(const char *path, struct vprep_vdsm_file *ret)
{
	struct vprep_vdsm_file file = { .fd = -1 };
	int r;

	file.fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (file.fd < 0)
		return -errno;
	r = vprep_file_read(file.fd, SIZE_MAX_READ, &file.text, &file.len);
	if (r < 0) {
		close(file.fd);
		return r;
	}
	*ret = file;
	return 0;
}

int vprep_vdsm_file_replace(const struct vprep_vdsm_file *file, const char *text,
			    size_t len)
{
	size_t same = 0;
	int r;

	while (same < file->len && same < len && file->text[same] == text[same])
		same++;
	r = write_all(file->fd, text, same, len);
	if (r == 0 && len < file->len && ftruncate(file->fd, (off_t)len) < 0)
		r = -errno;
	if (r < 0 && (write_all(file->fd, file->text, same, file->len) < 0 ||
		      ftruncate(file->fd, (off_t)file->len) < 0))
		return -EIO;
	return r;
}

void vprep_vdsm_file_close(struct vprep_vdsm_file *file)
{
	close(file->fd);
	free(file->text);
}
