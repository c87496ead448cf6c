/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What takes root. As root it is done here; as the user that VDSM runs as, by the command
 * through sudo, which gets the document as its input: root opens no file that this user
 * names. Either way the environment of the hook, which is full of what the virtual
 * machine's owner chose, is left behind.
 */
#ifndef VPREP_HOOK_VDSM_WORK_H
#define VPREP_HOOK_VDSM_WORK_H

#include <stddef.h>

/* 0, or -errno with the reason told. */
int vprep_vdsm_prepare(const char *xml, size_t len);
/* @domain is a UUID. */
int vprep_vdsm_release(const char *domain);

#endif
