// SPDX-License-Identifier: GPL-2.0-or-later
#include "session/input.h"

#include <errno.h>
#include <string.h>

#include "common/error.h"
#include "version.h"

static bool is_zero(const unsigned char *from, const unsigned char *end)
{
	while (from < end)
		if (*from++)
			return false;
	return true;
}

int vprep_input_copy(void *to, size_t size, size_t first, const void *from,
		     struct vprep_error *err)
{
	const unsigned char *bytes = from;
	size_t given;

	memcpy(&given, from, sizeof(given));
	if (given == 0)
		given = first;
	if (given < first)
		return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
				       "the size of a structure is %zu, and was never "
				       "less than %zu",
				       given, first);
	if (given > size && !is_zero(bytes + size, bytes + given))
		return vprep_error_set(err, VPREP_E_UNSUPPORTED, E2BIG, NULL,
				       "libvfio-prep %s does not know all that this "
				       "program asks of it; a newer one does",
				       VPREP_VERSION);
	memset(to, 0, size);
	memcpy(to, from, given < size ? given : size);
	memcpy(to, &size, sizeof(size));
	return 0;
}
