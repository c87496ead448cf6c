/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where mediated devices are made. Pure. */
#ifndef VPREP_PLAN_MDEV_PLACEMENT_H
#define VPREP_PLAN_MDEV_PLACEMENT_H

#include "model/facts.h"

/*
 * Finds a parent for each mdev of the request that is to be made: among those that offer
 * its type and have an instance left, when what others are about to make and what comes
 * earlier in the request are counted. Compact placement (the default) fills a parent that
 * carries the type before it begins another; separate begins another one where it can.
 * An mdev for which there is no parent gets the reason, in no_placement. -ENOMEM.
 */
int vprep_mdev_placement_choose(struct vprep_facts *facts);

#endif
