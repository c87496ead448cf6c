/* SPDX-License-Identifier: GPL-2.0-or-later */
/* New UUIDs. */
#ifndef VPREP_MODEL_UUID_H
#define VPREP_MODEL_UUID_H

#include "model/request.h"

/* The UUID that VDSM gives the mdev of a virtual machine: version 3 (MD5) of the
 * machine's name or id. -ELIBACC: libuuid is not installed. */
int vprep_uuid_of_vm(const char *name, struct vprep_uuid *ret);
/* A random one. -ELIBACC. */
int vprep_uuid_random(struct vprep_uuid *ret);

#endif
