// SPDX-License-Identifier: GPL-2.0-or-later
#include "document.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/file.h"

/* One byte more than the library takes: it is the library that says that a document is
 * too large. */
#define DOCUMENT_MAX (16u * 1024 * 1024 + 1)

int vprep_document_read(const char *name, char **ret, size_t *ret_len,
			struct vprep_error *err)
{
	bool is_stdin = strcmp(name, "-") == 0;
	_cleanup_close_ int fd =
		is_stdin ? dup(STDIN_FILENO) : open(name, O_RDONLY | O_CLOEXEC);
	int r = fd < 0 ? -errno : vprep_fd_read(fd, DOCUMENT_MAX, ret, ret_len);

	return r == 0 ? 0
		      : vprep_error_set(err, VPREP_E_USAGE, -r, NULL,
					"cannot read %.500s: %s",
					is_stdin ? "standard input" : name, strerror(-r));
}
