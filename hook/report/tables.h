/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of the report that are lists. */
#ifndef VPREP_REPORT_TABLES_H
#define VPREP_REPORT_TABLES_H

#include <stdio.h>

#include "report/host.h"

/* What can be given away, and what goes with it. */
void vprep_report_free(const struct vprep_report_host *host, FILE *to);
/* Who has what. */
void vprep_report_owners(const struct vprep_report_host *host, FILE *to);
/* What doctor finds. */
void vprep_report_findings(const struct vprep_report_host *host, FILE *to);
/* Groups of several devices, with what can be done with each. */
void vprep_report_groups(const struct vprep_report_host *host, FILE *to);
/* All devices, those of one card or parent folded. */
void vprep_report_devices(const struct vprep_report_host *host, FILE *to);

/* A link to the row of a device. */
void vprep_report_link(const struct vprep_report_host *host, size_t number, FILE *to);
/* The class that has the form and the colour of a state: "free". */
const char *vprep_report_state_class(enum vprep_host_device_state state);

#endif
