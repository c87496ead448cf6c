/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Features of network interfaces, by ethtool's ioctl; for the operations of
 * vprep_io_ops. */
#ifndef VPREP_IO_ETHTOOL_H
#define VPREP_IO_ETHTOOL_H

#include <stdint.h>

/* The features of an interface in this network namespace that are on: bit N is enum
 * vprep_io_feature N. What the driver does not answer is off. -ENODEV. */
int vprep_ethtool_features(const char *interface, uint32_t *ret);

#endif
