// SPDX-License-Identifier: GPL-2.0-or-later
/* A node device that is to be made, of any bytes: an error with its line, or a definition
 * that can be acted on. */
#include "xml/nodedev-create.h"

#include "fuzz.h"

static void check_definition(const struct vprep_nodedev_definition *d)
{
	CHECK(d->cap == VPREP_CAP_MDEV || d->cap == VPREP_CAP_SCSI_HOST);
	if (d->cap == VPREP_CAP_MDEV)
		CHECK(d->type && *d->type && !strchr(d->type, '/'));
	if (d->type)
		CHECK(fuzz_is_printable(d->type));
	if (d->parent)
		CHECK(*d->parent);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct vprep_nodedev_definition definition = { 0 };
	struct vprep_error err = { 0 };
	int r = vprep_nodedev_definition_parse((const char *)data, len, &definition,
					       &err);

	if (r < 0) {
		fuzz_check_error(r, &err);
		return 0;
	}
	check_definition(&definition);
	vprep_nodedev_definition_done(&definition);
	return 0;
}
