// SPDX-License-Identifier: GPL-2.0-or-later
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE_MAX_READ ((off_t)16 * 1024 * 1024)

static int read_all(int fd, char *text, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = pread(fd, text + done, len - done, (off_t)done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		done += (size_t)n;
	}
	return 0;
}

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
	struct stat st;
	int r = 0;

	file.fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (file.fd < 0 || fstat(file.fd, &st) < 0)
		r = -errno;
	else if (!S_ISREG(st.st_mode))
		r = -EINVAL;
	else if (st.st_size > SIZE_MAX_READ)
		r = -EFBIG;
	if (r == 0) {
		file.len = (size_t)st.st_size;
		file.text = calloc(1, file.len + 1);
		r = file.text ? read_all(file.fd, file.text, file.len) : -ENOMEM;
	}
	if (r < 0) {
		vprep_vdsm_file_close(&file);
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

	while (same < file->len && file->text[same] == text[same])
		same++;
	r = write_all(file->fd, text, same, len);
	if (r < 0 && (write_all(file->fd, file->text, same, file->len) < 0 ||
		      ftruncate(file->fd, (off_t)file->len) < 0))
		return -EIO;
	return r;
}

void vprep_vdsm_file_close(struct vprep_vdsm_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	free(file->text);
	*file = (struct vprep_vdsm_file){ .fd = -1 };
}
