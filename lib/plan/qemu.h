/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU's options for devices. Pure. */
#ifndef VPREP_PLAN_QEMU_H
#define VPREP_PLAN_QEMU_H

#include <stdbool.h>

#include "model/usage.h"

/*
 * The words of QEMU's command line that give the devices to its guest, NULL-terminated. A
 * bus that a device needs, and PC machines have not by themselves, is made for it. With
 * @json, the values of -device are JSON (QEMU 6.2). Ids of ours begin with
 * "vprep-". -ENOMEM.
 */
int vprep_qemu_words(const struct vprep_usages *usages, bool json, char ***ret);

#endif
