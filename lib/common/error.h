/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filling in struct vprep_error. */
#ifndef VPREP_COMMON_ERROR_H
#define VPREP_COMMON_ERROR_H

#include "vfio-prep.h"

/*
 * Fills @err (which may be NULL) and returns -@number, so that a failing function can end
 * with `return vprep_error_set(...)`. @device may be NULL. Text that came from outside is
 * made printable: a control byte or an invalid UTF-8 sequence becomes '?'. Never
 * allocates.
 */
int vprep_error_set(struct vprep_error *err, enum vprep_code code, int number,
		    const char *device, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* Appends to the message that is already there. */
void vprep_error_append(struct vprep_error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Whether it is this process that has too little, memory or fds: that says nothing about
 * the host, and is never taken for what is not there, or is broken. */
bool vprep_error_is_shortage(int r);

/* ENOMEM as a full error; returns -ENOMEM. */
int vprep_error_oom(struct vprep_error *err);

#endif
