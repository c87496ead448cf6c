// SPDX-License-Identifier: GPL-2.0-or-later
/* The files of summaries: what every command removes, without knowing what is in them. */
#include <errno.h>
#include <fcntl.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/str.h"
#include "journal/public.h"

#define PUBLIC VPREP_IO_STATE_PUBLIC "/"

int vprep_public_remove(const struct vprep_store *store, const char *file)
{
	_cleanup_free_ char *path = vprep_strf(PUBLIC "%s", file);

	if (!path)
		return -ENOMEM;
	return unlinkat(store->state, path, 0) < 0 && errno != ENOENT ? -errno : 0;
}

static int open_public(const struct vprep_store *store)
{
	return openat(store->state, VPREP_IO_STATE_PUBLIC,
		      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

void vprep_public_remove_but(const struct vprep_store *store, char *const *keeps)
{
	_cleanup_close_ int dir = open_public(store);
	_cleanup_strv_ char **names = NULL;
	size_t i;

	if (dir < 0 || vprep_dir_names(dir, &names) < 0)
		return;
	for (i = 0; names[i]; i++)
		if (!keeps || !vprep_strv_has(keeps, names[i]))
			unlinkat(dir, names[i], 0);
}

void vprep_public_remove_all(const struct vprep_store *store)
{
	if (unlinkat(store->state, VPREP_IO_STATE_PUBLIC, AT_REMOVEDIR) == 0 ||
	    errno == ENOENT)
		return;
	vprep_public_remove_but(store, NULL);
	unlinkat(store->state, VPREP_IO_STATE_PUBLIC, AT_REMOVEDIR);
}
