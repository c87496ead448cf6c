/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The work that needs root. A hook that runs as root calls the library. One that runs as
 * VDSM's user starts the command vfio-prep by sudo and hands it the document as standard
 * input, so that root never opens a file that this user names. In both cases the
 * environment is cleared: the owner of the virtual machine has chosen parts of it.
 */
#ifndef VPREP_HOOK_VDSM_WORK_H
#define VPREP_HOOK_VDSM_WORK_H

#include <stddef.h>

/*
 * 0, or -errno after a message. With @ret_filled, devices are chosen for the declared
 * names in the document, which is given back with them, terminated; the caller frees it.
 */
int vprep_vdsm_prepare(const char *xml, size_t len, char **ret_filled);
/* @domain is a UUID. */
int vprep_vdsm_release(const char *domain);

#endif
