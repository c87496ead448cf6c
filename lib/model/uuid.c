// SPDX-License-Identifier: GPL-2.0-or-later
/* libuuid, opened when it is first needed: few commands need it, and each library costs
 * all of them. */
#include "model/uuid.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include <uuid/uuid.h>

#define SONAME "libuuid.so.1"

_Static_assert(sizeof(uuid_t) == sizeof(((struct vprep_uuid *)NULL)->bytes),
	       "libuuid has other UUIDs");

static void *find(const char *function)
{
	static void *library;

	if (!library)
		library = dlopen(SONAME, RTLD_NOW | RTLD_LOCAL);
	return library ? dlsym(library, function) : NULL;
}

int vprep_uuid_of_vm(const char *name, struct vprep_uuid *ret)
{
	/* VDSM's own, 8524b17c-f0ca-44a5-9ce4-66fe261e5986 */
	static const uuid_t space = { 0x85, 0x24, 0xb1, 0x7c, 0xf0, 0xca, 0x44, 0xa5,
				      0x9c, 0xe4, 0x66, 0xfe, 0x26, 0x1e, 0x59, 0x86 };
	__typeof__(uuid_generate_md5) *generate =
		(__typeof__(generate))find("uuid_generate_md5");

	if (!generate)
		return -ELIBACC;
	generate(ret->bytes, space, name, strlen(name));
	return 0;
}

int vprep_uuid_random(struct vprep_uuid *ret)
{
	__typeof__(uuid_generate_random) *generate =
		(__typeof__(generate))find("uuid_generate_random");

	if (!generate)
		return -ELIBACC;
	generate(ret->bytes);
	return 0;
}
