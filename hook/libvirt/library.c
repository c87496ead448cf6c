// SPDX-License-Identifier: GPL-2.0-or-later
#include "library.h"

#include <errno.h>
#include <stdio.h>

#include "version.h"

#define SONAME "libvfio-prep.so.1"
#define NAME(name) "vprep_" #name,

VPREP_LIBRARY_NOTE("vfio-prep", "Prepares and releases the devices of guests", "required",
		   SONAME);

int vprep_functions_open(struct vprep_functions *ret, struct vprep_error *err)
{
	static const char *const names[] = { VPREP_FUNCTIONS(NAME) NULL };
	struct vprep_library library = {
		/* the folder need not be one that the dynamic linker looks at */
		.sonames = { SONAME, VPREP_LIBDIR "/" SONAME },
		.names = names,
		.functions = ret,
	};

	if (vprep_library_open(&library))
		return 0;
	err->code = VPREP_E_FAILED;
	err->number = ENOENT;
	snprintf(
		err->message, sizeof(err->message),
		"cannot use the library of vfio-prep: %s; nothing was changed; install it "
		"and the hook from the same build",
		library.why ? library.why : SONAME);
	return -ENOENT;
}
