/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What identifies a host in the files of sysfs, of procfs and of udevd's database. */
#ifndef VPREP_HOST_ANONYMIZE_FILE_H
#define VPREP_HOST_ANONYMIZE_FILE_H

#include "host/anonymize.h"

/* The content of the text file @path ("sys/…", "proc/…", "run/udev/data/…") without its
 * secrets, which are secrets everywhere from now on. NULL: out of memory. */
char *vprep_anonymize_file(struct vprep_anonymize *a, const char *path,
			   const char *content);

/* The same of Vital Product Data, in place: serial numbers, asset tags and what a vendor
 * or the system's maker put there. What is not understood is set to zero, which no reader
 * takes for such data. -ENOMEM. */
int vprep_anonymize_vpd(struct vprep_anonymize *a, void *bytes, size_t len);

#endif
