// SPDX-License-Identifier: GPL-2.0-or-later
#include "xml/libxml.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/cleanup.h"

static struct vprep_libxml functions;
static bool opened;

static bool find_functions(void *library)
{
#define X(name)                                                                          \
	functions.name = (__typeof__(functions.name))dlsym(library, #name);              \
	if (!functions.name)                                                             \
		return false;
	VPREP_LIBXML_FUNCTIONS(X)
#undef X
	return true;
}

static void open_library(void)
{
	static const char *const sonames[] = { "libxml2.so.2", "libxml2.so.16" };
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(sonames) && !opened; i++) {
		void *library = dlopen(sonames[i], RTLD_NOW | RTLD_LOCAL);

		if (!library)
			continue;
		opened = find_functions(library);
		if (!opened)
			dlclose(library);
	}
	if (opened)
		functions.xmlInitParser(); /* not thread-safe itself, up to 2.9 */
}

const struct vprep_libxml *vprep_libxml(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, open_library);
	return opened ? &functions : NULL;
}
