/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Marks a function of the public header: everything else is hidden. */
#ifndef VPREP_COMMON_EXPORT_H
#define VPREP_COMMON_EXPORT_H

#define VPREP_EXPORT __attribute__((visibility("default")))

#endif
