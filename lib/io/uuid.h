/* SPDX-License-Identifier: GPL-2.0-or-later */
/* New UUIDs, which libuuid makes. -ELIBACC: it is not installed. */
#ifndef VPREP_IO_UUID_H
#define VPREP_IO_UUID_H

#include <stdint.h>

/* The UUID that VDSM gives the mdev of a virtual machine: version 3 (MD5) of the
 * machine's name or id. */
int vprep_uuid_of_vm(const char *name, uint8_t ret[16]);
int vprep_uuid_random(uint8_t ret[16]);

#endif
