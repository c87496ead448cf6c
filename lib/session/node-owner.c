// SPDX-License-Identifier: GPL-2.0-or-later
#include "session/node-owner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/file.h"
#include "common/str.h"
#include "host/account.h"

#define ID_MAX (UINT32_MAX - 1) /* -1 means "leave it" to chown */
#define SHOWN_MAX 60
#define PASSWD_MAX (16u * 1024 * 1024)

/* The distributions' own: Fedora and its kin, Debian and its kin. */
static const char *const qemu_users[] = { "qemu", "libvirt-qemu" };

/* A captured tree's names are those of another host, and nobody is given a node. */
static bool is_captured(const struct vprep_config *config)
{
	return config->io && !config->io->live;
}

/* @r: what looking for it gave. */
static int no_entry(const struct vprep_config *config, const char *what, const char *name,
		    int r, struct vprep_node_owner *node_owner, struct vprep_error *err)
{
	if (r != -ENOENT)
		return vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "cannot look up %s '%.*s': %s; nothing was "
				       "changed",
				       what, SHOWN_MAX, name, strerror(-r));
	if (is_captured(config)) {
		node_owner->fallback = true;
		return 0;
	}
	return vprep_error_set(err, VPREP_E_NOT_FOUND, ENOENT, NULL,
			       "%s '%.*s' does not exist on this host", what, SHOWN_MAX,
			       name);
}

static int find_user(const struct vprep_config *config, const char *name,
		     struct vprep_node_owner *node_owner, struct vprep_error *err)
{
	struct vprep_account account;
	uint64_t number;
	int r;

	if (vprep_parse_u64(name, 10, ID_MAX, &number) == 0) {
		account.gid = (gid_t)number;
		r = vprep_account_of((uid_t)number, &account);
		if (r < 0 && r != -ENOENT)
			return no_entry(config, "user", name, r, node_owner, err);
		account.uid = (uid_t)number;
	} else {
		r = vprep_account_named(name, &account);
		if (r < 0)
			return no_entry(config, "user", name, r, node_owner, err);
	}
	node_owner->uid = account.uid;
	node_owner->gid = account.gid;
	return 0;
}

static int find_group(const struct vprep_config *config, const char *what,
		      const char *name, struct vprep_node_owner *node_owner,
		      struct vprep_error *err)
{
	uint64_t number;
	int r;

	if (vprep_parse_u64(name, 10, ID_MAX, &number) == 0) {
		node_owner->gid = (gid_t)number;
		return 0;
	}
	r = vprep_group_named(name, &node_owner->gid);
	return r < 0 ? no_entry(config, what, name, r, node_owner, err) : 0;
}

/* Where system users are; where /usr comes as an image (ostree), most are in the second
 * one, as nss-altfiles reads it. */
static const char *const passwd_files[] = { "/etc/passwd", "/usr/lib/passwd" };

static int find_qemu_user_in(const char *path, struct vprep_node_owner *node_owner,
			     struct vprep_error *err)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_fclose_ FILE *file = NULL;
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t best = VPREP_ARRAY_SIZE(qemu_users), i, len = 0;
	struct vprep_account account;
	int r = fd < 0 ? -errno : vprep_file_read(fd, PASSWD_MAX, &text, &len);

	/* from memory: fgetpwent() asks for its place in a file at every line */
	if (r == 0 && len > 0) {
		file = fmemopen(text, len, "r");
		r = file ? 0 : -errno;
	}
	if (r == -ENOENT)
		r = 0;
	while (file && r == 0 && (r = vprep_account_next(file, len, &account)) == 0)
		for (i = 0; i < best; i++)
			if (streq(account.name, qemu_users[i])) {
				best = i;
				node_owner->uid = account.uid;
				node_owner->gid = account.gid;
				snprintf(node_owner->name, sizeof(node_owner->name), "%s",
					 qemu_users[i]);
			}
	if (r == -ENOENT)
		r = 0;
	if (r < 0)
		return vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "cannot read %s, to find QEMU's user: %s; nothing "
				       "was changed",
				       path, strerror(-r));
	node_owner->fallback = best == VPREP_ARRAY_SIZE(qemu_users);
	return 0;
}

/* Straight from the files: asking every name service for a user that is not there takes
 * longer than binding a device. */
static int find_qemu_user(struct vprep_node_owner *node_owner, struct vprep_error *err)
{
	size_t i;
	int r = 0;

	node_owner->fallback = true;
	for (i = 0; r == 0 && node_owner->fallback && i < VPREP_ARRAY_SIZE(passwd_files);
	     i++)
		r = find_qemu_user_in(passwd_files[i], node_owner, err);
	return r;
}

int vprep_node_owner_find(const char *text, const struct vprep_config *config,
			  struct vprep_node_owner *ret, struct vprep_error *err)
{
	struct vprep_node_owner node_owner = { .name = "root" };
	_cleanup_free_ char *user = NULL;
	const char *from = text ? text : config->user;
	char *group = NULL;
	int r = 0;

	if (!from) {
		r = find_qemu_user(&node_owner, err);
	} else {
		user = strdup(from);
		if (!user)
			return vprep_error_oom(err);
		group = strchr(user, ':');
		if (group)
			*group++ = '\0';
		if (!*user || (group && !*group))
			return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
					       "'%.*s' is not USER[:GROUP]", SHOWN_MAX,
					       from);
		r = find_user(config, user, &node_owner, err);
		snprintf(node_owner.name, sizeof(node_owner.name), "%s", user);
	}
	if (r == 0 && (group || config->group))
		r = find_group(config, "group", group ? group : config->group,
			       &node_owner, err);
	if (r == 0)
		*ret = node_owner;
	return r;
}

int vprep_iommu_group_find(const struct vprep_config *config, gid_t *ret,
			   struct vprep_error *err)
{
	struct vprep_node_owner found = { 0 };
	int r;

	if (!config->iommu_group)
		return 0;
	r = find_group(config, "iommu-group: group", config->iommu_group, &found, err);
	if (r < 0)
		return r;
	*ret = found.gid;
	return !found.fallback;
}
