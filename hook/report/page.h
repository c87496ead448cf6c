/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report: one HTML page that needs nothing else. */
#ifndef VPREP_REPORT_PAGE_H
#define VPREP_REPORT_PAGE_H

#include <stdio.h>

#include "report/host.h"

/* @title: what it is of, as "host db1". */
void vprep_report_write(const struct vprep_report_host *host, const char *title,
			FILE *to);

#endif
