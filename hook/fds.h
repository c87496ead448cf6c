/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file descriptors that a program starts with. */
#ifndef VPREP_HOOK_FDS_H
#define VPREP_HOOK_FDS_H

/* Opens what is missing of 0 to 2: a file that happened to get number 1 or 2 would
 * receive our answer or messages. */
int vprep_fds_open_missing(void);

/* Closes all others, which are not ours. */
void vprep_fds_close_inherited(void);

#endif
