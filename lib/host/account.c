// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/account.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>

#include "common/cleanup.h"

#define FIRST_SIZE 1024
#define SIZE_MOST (1u << 20) /* of an entry: a group may have many members */

/* Whether they could not look. Other numbers mean that there is none, see getpwnam(3). */
static bool is_trouble(int number)
{
	return number == EIO || number == ENOMEM || number == EMFILE ||
	       number == ENFILE || number == EINTR || number == ERANGE;
}

static int result_of(int number, const void *found)
{
	if (found)
		return 0;
	return is_trouble(number) ? -number : -ENOENT;
}

/* What is looked for, and what is found. */
struct look {
	const char *name; /* NULL: the number */
	uid_t uid;
	struct passwd user;
	struct group group;
};

typedef int (*look_fn)(struct look *look, char *buffer, size_t size);

static int look_for_user(struct look *look, char *buffer, size_t size)
{
	struct passwd *found = NULL;
	int number = look->name
			     ? getpwnam_r(look->name, &look->user, buffer, size, &found)
			     : getpwuid_r(look->uid, &look->user, buffer, size, &found);

	return result_of(number, found);
}

static int look_for_group(struct look *look, char *buffer, size_t size)
{
	struct group *found = NULL;
	int number = getgrnam_r(look->name, &look->group, buffer, size, &found);

	return result_of(number, found);
}

/* With as much room as the entry needs; *@ret_buffer has what the entry points at. */
static int look_with_room(look_fn fn, struct look *look, char **ret_buffer)
{
	size_t size;

	for (size = FIRST_SIZE;; size *= 2) {
		_cleanup_free_ char *buffer = malloc(size);
		int r = buffer ? fn(look, buffer, size) : -ENOMEM;

		if (r == -ERANGE && size < SIZE_MOST)
			continue;
		if (r == 0)
			*ret_buffer = TAKE_PTR(buffer);
		return r;
	}
}

static void copy(const struct passwd *user, struct vprep_account *ret)
{
	ret->uid = user->pw_uid;
	ret->gid = user->pw_gid;
	snprintf(ret->name, sizeof(ret->name), "%s", user->pw_name);
}

static int find_user(struct look *look, struct vprep_account *ret)
{
	_cleanup_free_ char *buffer = NULL;
	int r = look_with_room(look_for_user, look, &buffer);

	if (r == 0)
		copy(&look->user, ret);
	return r;
}

int vprep_account_of(uid_t uid, struct vprep_account *ret)
{
	return find_user(&(struct look){ .uid = uid }, ret);
}

int vprep_account_named(const char *name, struct vprep_account *ret)
{
	return find_user(&(struct look){ .name = name }, ret);
}

int vprep_group_named(const char *name, gid_t *ret)
{
	struct look look = { .name = name };
	_cleanup_free_ char *buffer = NULL;
	int r = look_with_room(look_for_group, &look, &buffer);

	if (r == 0)
		*ret = look.group.gr_gid;
	return r;
}

int vprep_account_next(FILE *file, size_t size, struct vprep_account *ret)
{
	_cleanup_free_ char *buffer = malloc(size + FIRST_SIZE);
	struct passwd user, *found = NULL;
	int number;

	if (!buffer)
		return -ENOMEM;
	number = fgetpwent_r(file, &user, buffer, size + FIRST_SIZE, &found);
	if (!found)
		return number == ENOMEM ? -ENOMEM : -ENOENT;
	copy(&user, ret);
	return 0;
}
