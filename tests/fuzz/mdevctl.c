// SPDX-License-Identifier: GPL-2.0-or-later
/* A definition of mdevctl's of any bytes: an error of one line, or attributes below the
 * device's folder, one a line. */
#include "host/mdevctl.h"

#include "fuzz.h"

#define UUID "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001"
#define FILE_NAME "etc/mdevctl.d/0000:00:03.0/" UUID

static void check_setting(const char *line, size_t len)
{
	_cleanup_free_ char *name = strndup(line, len);
	char *value;

	CHECK(name);
	value = strchr(name, '=');
	CHECK(value && value > name);
	*value = '\0';
	CHECK(*name != '/' && *name != '.' && !strstr(name, "/."));
	CHECK(fuzz_is_printable(name) && !strchr(name, ' '));
}

static void check_found(const struct vprep_mdevctl *found)
{
	const char *line = found->settings;

	CHECK(found->type && *found->type && !strchr(found->type, '/'));
	CHECK(streq(found->parent, "0000:00:03.0"));
	while (line && *line) {
		const char *end = strchr(line, '\n');

		CHECK(end);
		check_setting(line, (size_t)(end - line));
		line = end + 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct vprep_mdevctl found = { 0 };
	struct vprep_error err = { 0 };
	struct vprep_io *io = NULL;
	int r;

	fuzz_put_file(FILE_NAME, data, len);
	CHECK(vprep_io_new_at(fuzz_folder(), false, &vprep_io_kernel_ops, &io) == 0);
	r = vprep_mdevctl_find(io, UUID, &found, &err);
	vprep_io_free(io);
	if (r < 0) {
		fuzz_check_error(r, &err);
		return 0;
	}
	check_found(&found);
	vprep_mdevctl_done(&found);
	return 0;
}
