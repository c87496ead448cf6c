/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the configuration denies: a device is not touched either when a device is denied
 * that it depends on, such as its controller, its parent or its physical function.
 */
#ifndef VPREP_SESSION_DENY_H
#define VPREP_SESSION_DENY_H

#include "model/facts.h"
#include "session/session.h"

/* 1 when the device with that link in sysfs is denied, or one that it depends on, and
 * which; 0; -ENOMEM or -EIO. */
int vprep_deny_find(const struct vprep_session *session, const char *link,
		    struct vprep_pci_text *ret);

/* Notes it in the facts, of all that may be touched. */
int vprep_deny_note(const struct vprep_session *session, struct vprep_facts *facts,
		    struct vprep_error *err);

#endif
