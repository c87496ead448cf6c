// SPDX-License-Identifier: GPL-2.0-or-later
#include "document.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"

/* One byte more than the library takes: it is the library that says that a document is
 * too large. */
#define DOCUMENT_MAX (16u * 1024 * 1024 + 1)

static int unreadable(const char *name, struct vprep_error *err)
{
	int number = errno;

	if (strcmp(name, "-") == 0)
		name = "standard input";
	err->code = VPREP_E_USAGE;
	err->number = number;
	snprintf(err->message, sizeof(err->message), "cannot read %.60s: %s", name,
		 strerror(number));
	return -number;
}

/* Reads to the end of the file, but no more than @max bytes. */
static ssize_t read_to_end(int fd, char *text, size_t max)
{
	size_t len = 0;
	ssize_t n;

	do {
		n = read(fd, text + len, max - len);
		len += n > 0 ? (size_t)n : 0;
	} while ((n > 0 && len < max) || (n < 0 && errno == EINTR));
	return n < 0 ? -1 : (ssize_t)len;
}

int vprep_document_read(const char *name, char **ret, size_t *ret_len,
			struct vprep_error *err)
{
	_cleanup_free_ char *text =
		malloc(DOCUMENT_MAX); /* what is not used is never touched */
	_cleanup_close_ int fd = strcmp(name, "-") == 0
					 ? dup(STDIN_FILENO)
					 : open(name, O_RDONLY | O_CLOEXEC);
	ssize_t len = text && fd >= 0 ? read_to_end(fd, text, DOCUMENT_MAX) : -1;

	if (len < 0)
		return unreadable(name, err);
	*ret = TAKE_PTR(text);
	*ret_len = (size_t)len;
	return 0;
}
