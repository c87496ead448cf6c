/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Structures that a program fills for a call of the library, as the head of vfio-prep.h
 * has them: the first member is their size. */
#ifndef VPREP_SESSION_INPUT_H
#define VPREP_SESSION_INPUT_H

#include <stddef.h>

#include "vfio-prep.h"

/*
 * Copies the structure @from into *@to, which has all members that this library knows.
 * Members that the program's one does not have are zero. @first is the size that 0 stands
 * for. -EINVAL it is smaller than that; -E2BIG it sets members that only a newer library
 * knows.
 */
int vprep_input_copy(void *to, size_t size, size_t first, const void *from,
		     struct vprep_error *err);

/* @last: the member that was the last one when the structure had its first version. */
#define VPREP_INPUT_COPY(to, from, last, err)                                            \
	vprep_input_copy((to), sizeof(*(to)),                                            \
			 offsetof(__typeof__(*(to)), last) + sizeof((to)->last),         \
			 (1 ? (from) : (to)), (err))

#endif
