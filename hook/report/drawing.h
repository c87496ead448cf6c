/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The drawing of the devices: one SVG for each device on a root bus that others are
 * below, one for the rest of each root bus.
 *
 * I1  It is as narrow as a telephone, so that nothing is scaled to be read.
 * I2  Colours tell groups, forms and words tell states: neither is told by colour alone.
 * I3  Many devices of one sort are cells of a grid, which the lists below spell out.
 */
#ifndef VPREP_REPORT_DRAWING_H
#define VPREP_REPORT_DRAWING_H

#include <stdio.h>

#include "report/host.h"

/* What the forms in it mean. */
void vprep_report_draw_legend(FILE *to);

/* All devices of a root bus, the name of which ends at a slash or where the text ends;
 * NULL: those that are on no PCI bus. */
void vprep_report_draw(const struct vprep_report_host *host, const char *complex,
		       FILE *to);

/* Whether a device is on that root bus, and hangs on no other one. */
bool vprep_report_is_root(const struct vprep_report_device *device, const char *complex);

#endif
