/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file descriptors that a program starts with. */
#ifndef VPREP_HOOK_FDS_H
#define VPREP_HOOK_FDS_H

/* Opens /dev/null for each of stdin, stdout and stderr that is closed. Else the next file
 * that is opened would get that number, and our answer or messages. */
int vprep_fds_open_missing(void);

/* Closes all descriptors but these three. */
void vprep_fds_close_inherited(void);

#endif
