// SPDX-License-Identifier: GPL-2.0-or-later
#include "library.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>

#define SONAME "libvfio-prep.so.0"

static int missing(struct vprep_error *err, const char *what)
{
	err->code = VPREP_E_FAILED;
	err->number = ENOENT;
	snprintf(
		err->message, sizeof(err->message),
		"cannot use the library of vfio-prep: %s; nothing was changed; install it "
		"and the hook from the same build",
		what ? what : SONAME);
	return -ENOENT;
}

int vprep_library_open(struct vprep_library *ret, struct vprep_error *err)
{
	void *handle = dlopen(SONAME, RTLD_NOW | RTLD_LOCAL);

	if (!handle)
		return missing(err, dlerror());
#define X(name)                                                                          \
	ret->name = (__typeof__(ret->name))dlsym(handle, "vprep_" #name);                \
	if (!ret->name)                                                                  \
		return missing(err, dlerror());
	VPREP_LIBRARY_FUNCTIONS(X)
#undef X
	return 0;
}
