// SPDX-License-Identifier: GPL-2.0-or-later
/* A node device by whatever name people have for it. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "model/pci.h"
#include "nodedev/nodedev.h"

#define UUID_LENGTH 36

/* A path in sysfs; one of the links in a bus's or a class's folder will do. */
static const struct vprep_nodedev_entry *
find_path(const struct vprep_io *io, const struct vprep_nodedev_index *index,
	  const char *path)
{
	const struct vprep_nodedev_entry *found = vprep_nodedev_by_path(index, path);
	_cleanup_free_ char *target = NULL;
	const char *p;

	if (found || vprep_io_readlink(io, VPREP_SYS, &target, "%s", path) < 0)
		return found;
	for (p = target; strncmp(p, "../", 3) == 0; p += 3)
		;
	return vprep_nodedev_by_path(index, p);
}

const char *vprep_nodedev_sysname(const struct vprep_nodedev_entry *e)
{
	const char *slash = e->path ? strrchr(e->path, '/') : NULL;

	if (e->definition)
		return e->definition->sysname;
	return slash ? slash + 1 : "";
}

static const struct vprep_nodedev_entry *
find_sysname(const struct vprep_nodedev_index *index, const char *sysname)
{
	size_t i;

	for (i = 0; *sysname && i < index->n; i++)
		if (streq(vprep_nodedev_sysname(&index->items[i]), sysname))
			return &index->items[i];
	return NULL;
}

/* mdev_UUID, as libvirt named them before 7.3, with '_' or '-'. */
static const struct vprep_nodedev_entry *
find_mdev(const struct vprep_nodedev_index *index, const char *text)
{
	char uuid[UUID_LENGTH + 1];
	size_t i;

	if (strncmp(text, "mdev_", 5) != 0 || strlen(text) != 5 + UUID_LENGTH)
		return NULL;
	for (i = 0; i <= UUID_LENGTH; i++)
		uuid[i] = text[5 + i] == '_' ? '-'
					     : (char)tolower((unsigned char)text[5 + i]);
	return find_sysname(index, uuid);
}

/* A PCI address in capitals, or without its domain. */
static const struct vprep_nodedev_entry *
find_address(const struct vprep_nodedev_index *index, const char *text)
{
	const char *colon = strchr(text, ':');
	_cleanup_free_ char *whole =
		vprep_strf("%s%s", colon && !strchr(colon + 1, ':') ? "0000:" : "", text);
	struct vprep_pci_address address;

	if (!whole || vprep_pci_address_parse(whole, &address) < 0)
		return NULL;
	return find_sysname(index, vprep_pci_address_text(address).s);
}

const struct vprep_nodedev_entry *
vprep_nodedev_find(const struct vprep_io *io, const struct vprep_nodedev_index *index,
		   const char *text)
{
	const struct vprep_nodedev_entry *found;

	if (strncmp(text, VPREP_IO_SYSFS, sizeof(VPREP_IO_SYSFS) - 1) == 0)
		return find_path(io, index, text + sizeof(VPREP_IO_SYSFS) - 1);
	found = vprep_nodedev_by_name(index, text);
	if (!found)
		found = find_sysname(index, text);
	if (!found)
		found = find_mdev(index, text);
	return found ? found : find_address(index, text);
}
