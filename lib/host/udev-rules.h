/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules that the host has for udevd besides ours. */
#ifndef VPREP_HOST_UDEV_RULES_H
#define VPREP_HOST_UDEV_RULES_H

#include "common/cleanup.h"
#include "common/pool.h"
#include "io/io.h"
#include "model/device.h"
#include "udev/rule.h"

struct vprep_udev_rules;

/*
 * Reads what the administrator may have put there: all of /etc, /run and /usr/local/lib;
 * of the distribution's, in /usr/lib, only what comes before any file of ours. @ours: the
 * folder of our files. @uid, @gid: whom the nodes are for. A file that cannot be read
 * counts as none. -ENOMEM.
 */
int vprep_udev_rules_read(const struct vprep_io *io, const char *ours, uid_t uid,
			  gid_t gid, struct vprep_udev_rules **ret);
void vprep_udev_rules_free(struct vprep_udev_rules *rules);
DEFINE_CLEANUP(struct vprep_udev_rules, vprep_udev_rules_free);

/* How @rule stands to them, and where its file must be: it is renamed, and the state says
 * so, too. Its strings are in the pool. -ENOMEM. */
int vprep_udev_rules_judge(const struct vprep_udev_rules *rules, struct vprep_rule *rule,
			   struct vprep_pool *pool, struct vprep_node_state *state);

#endif
