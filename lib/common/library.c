// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/library.h"

#include <dlfcn.h>
#include <stddef.h>

/* What open_library() opens, as pthread_once() hands it nothing. The model of
 * thread-local storage is one that a program linked with libc alone can have. */
static __thread __attribute__((tls_model("initial-exec"))) struct vprep_library *to_open;

static bool find_functions(const struct vprep_library *library, void *handle)
{
	void **function = library->functions;
	const char *const *name;

	for (name = library->names; *name; name++, function++) {
		*function = dlsym(handle, *name);
		if (!*function)
			return false;
	}
	return true;
}

static void open_library(void)
{
	struct vprep_library *library = to_open;
	size_t i;

	for (i = 0; i < VPREP_LIBRARY_SONAMES && library->sonames[i]; i++) {
		void *handle = dlopen(library->sonames[i], RTLD_NOW | RTLD_LOCAL);

		/* One that lacks a function is not closed: that would take the reason
		 * from dlerror(). */
		library->opened = handle && find_functions(library, handle);
		if (library->opened)
			break;
		library->why = dlerror();
	}
	if (library->opened && library->init)
		library->init();
}

bool vprep_library_open(struct vprep_library *library)
{
	to_open = library;
	pthread_once(&library->once, open_library);
	return library->opened;
}
