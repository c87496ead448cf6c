// SPDX-License-Identifier: GPL-2.0-or-later
#include "io/uuid.h"

#include <errno.h>
#include <string.h>

#include <uuid/uuid.h>

#include "common/library.h"

#define SONAME "libuuid.so.1"
#define FUNCTIONS(X) X(uuid_generate_md5) X(uuid_generate_random)

VPREP_LIBRARY_NOTE("uuid", "Makes the UUIDs of mediated devices", "recommended", SONAME);

VPREP_LIBRARY(libuuid, FUNCTIONS, .sonames = { SONAME });

int vprep_uuid_of_vm(const char *name, uint8_t ret[16])
{
	/* the namespace of VDSM, 8524b17c-f0ca-44a5-9ce4-66fe261e5986 */
	static const uuid_t space = { 0x85, 0x24, 0xb1, 0x7c, 0xf0, 0xca, 0x44, 0xa5,
				      0x9c, 0xe4, 0x66, 0xfe, 0x26, 0x1e, 0x59, 0x86 };

	if (!vprep_library_open(&libuuid_library))
		return -ELIBACC;
	libuuid.uuid_generate_md5(ret, space, name, strlen(name));
	return 0;
}

int vprep_uuid_random(uint8_t ret[16])
{
	if (!vprep_library_open(&libuuid_library))
		return -ELIBACC;
	libuuid.uuid_generate_random(ret);
	return 0;
}
