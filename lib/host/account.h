/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Users and groups of this host, by the name services. getpwnam(3) and the like keep
 * their answer in one place for all threads of a process; here each caller has its own.
 */
#ifndef VPREP_HOST_ACCOUNT_H
#define VPREP_HOST_ACCOUNT_H

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

struct vprep_account {
	char name[256];
	uid_t uid;
	gid_t gid;
};

/* 0, or -errno: -ENOENT there is none. Others say that it could not be looked up. */
int vprep_account_of(uid_t uid, struct vprep_account *ret);
int vprep_account_named(const char *name, struct vprep_account *ret);
int vprep_group_named(const char *name, gid_t *ret);

/* The next of a file in the format of passwd(5), which has @size bytes in all. -ENOENT at
 * its end. */
int vprep_account_next(FILE *file, size_t size, struct vprep_account *ret);

#endif
