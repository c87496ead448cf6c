// SPDX-License-Identifier: GPL-2.0-or-later
/* For a hook that is called for every domain: whether this one is worth opening anything.
 */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/export.h"
#include "common/str.h"
#include "io/io.h"
#include "journal/journal.h"
#include "vfio-prep.h"

static bool occurs(char *const *ids, const char *text, size_t len)
{
	for (; *ids; ids++)
		if (memmem(text, len, *ids, strlen(*ids)))
			return true;
	return false;
}

VPREP_EXPORT bool vprep_domain_may_hold(const char *xml, size_t len)
{
	_cleanup_(vprep_store_freep) struct vprep_store *store = NULL;
	_cleanup_(vprep_io_freep) struct vprep_io *io = NULL;
	_cleanup_strv_ char **ids = NULL;
	int r;

	r = vprep_io_new(&io);
	if (r == 0)
		r = vprep_store_open(io, &store, NULL);
	if (r == 0)
		r = vprep_store_list(store, &ids);
	/* where it cannot be read, the caller goes on, and then learns why */
	return r == -ENOENT ? false : r < 0 || occurs(ids, xml, len);
}
