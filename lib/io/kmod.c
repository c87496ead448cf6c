// SPDX-License-Identifier: GPL-2.0-or-later
#include "io/kmod.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>

#define SONAME "libkmod.so.2"

const struct vprep_kmod *vprep_kmod(void)
{
	static struct vprep_kmod functions;
	static bool opened;
	void *library;

	if (opened)
		return &functions;
	library = dlopen(SONAME, RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return NULL;
#define X(name)                                                                          \
	functions.name = (__typeof__(functions.name))dlsym(library, #name);              \
	if (!functions.name)                                                             \
		return NULL;
	VPREP_KMOD_FUNCTIONS(X)
#undef X
	opened = true;
	return &functions;
}
