// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading the host for all kinds of use, into the pool of the scan. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "common/str.h"
#include "host/pci.h"
#include "host/pci-place.h"
#include "host/udev-data.h"
#include "in-use/internal.h"

int vprep_in_use_ignore_absent(const struct vprep_in_use *scan, int r)
{
	static const int absent[] = {
		ENOENT, ENOTDIR, ENODEV,     ENXIO, ENOMEDIUM, ESRCH,
		EINVAL, ERANGE,	 EOPNOTSUPP, EXDEV, ELOOP,
	};
	size_t i;

	if (!scan->privileged && (r == -EACCES || r == -EPERM))
		return 0;
	for (i = 0; i < VPREP_ARRAY_SIZE(absent); i++)
		if (r == -absent[i])
			return 0;
	return r;
}

/* @path is formatted into the pool, where it stays as long as what was read there. */
static char *format_path(struct vprep_in_use *scan, const char *format, va_list ap)
{
	return vprep_pool_take(&scan->pool, vprep_vstrf(format, ap));
}

/* Takes @text, unless it is what a failed read left. */
static int take(struct vprep_in_use *scan, int r, char *text, const char **ret)
{
	*ret = r == 0 && text ? vprep_pool_take(&scan->pool, text) : NULL;
	return r == 0 && text && !*ret ? -ENOMEM : vprep_in_use_ignore_absent(scan, r);
}

int vprep_in_use_read(struct vprep_in_use *scan, enum vprep_root root, const char **ret,
		      const char *path, ...)
{
	char *text = NULL;
	va_list ap;
	int r;

	va_start(ap, path);
	path = format_path(scan, path, ap);
	va_end(ap);
	r = path ? vprep_io_read(scan->io, root, &text, "%s", path) : -ENOMEM;
	return take(scan, r, text, ret);
}

int vprep_in_use_link(struct vprep_in_use *scan, enum vprep_root root, const char **ret,
		      const char *path, ...)
{
	char *text = NULL;
	va_list ap;
	int r;

	va_start(ap, path);
	path = format_path(scan, path, ap);
	va_end(ap);
	r = path ? vprep_io_link_name(scan->io, root, &text, "%s", path) : -ENOMEM;
	return take(scan, r, text, ret);
}

int vprep_in_use_number(struct vprep_in_use *scan, unsigned base, uint64_t *ret,
			const char *path, ...)
{
	va_list ap;
	int r;

	va_start(ap, path);
	path = format_path(scan, path, ap);
	va_end(ap);
	r = path ? vprep_io_read_u64(scan->io, VPREP_SYS, base, ret, "%s", path)
		 : -ENOMEM;
	if (r < 0)
		*ret = 0;
	return vprep_in_use_ignore_absent(scan, r);
}

int vprep_in_use_list(struct vprep_in_use *scan, char ***ret, const char *path, ...)
{
	char **names = NULL;
	va_list ap;
	int r;

	va_start(ap, path);
	path = format_path(scan, path, ap);
	va_end(ap);
	r = path ? vprep_io_list(scan->io, VPREP_SYS, &names, "%s", path) : -ENOMEM;
	r = vprep_in_use_ignore_absent(scan, r);
	if (r < 0)
		return r;
	*ret = names ? vprep_pool_take_list(&scan->pool, names)
		     : vprep_pool_alloc(&scan->pool, 1, sizeof(*names));
	return scan->pool.failed ? -ENOMEM : 0;
}

const char *vprep_in_use_uevent(struct vprep_in_use *scan, const char *key,
				const char *folder, const char *name)
{
	struct vprep_udev_data data = { .io = scan->io };
	const char *value;

	data.path = vprep_pool_strf(&scan->pool, "%s/%s", folder, name);
	value = data.path ? vprep_udev_kernel(&data, key) : NULL;
	/* an empty one names nothing */
	value = value && *value ? vprep_pool_dup(&scan->pool, value) : NULL;
	vprep_udev_data_done(&data);
	return value;
}

int vprep_in_use_table(struct vprep_in_use *scan, const char *path,
		       int (*line)(struct vprep_in_use *scan, void *data, char *line),
		       void *data)
{
	_cleanup_free_ char *text = NULL;
	char *rest, *start;
	int r;

	r = vprep_io_read_table(scan->io, VPREP_PROC, &text, "%s", path);
	if (r < 0)
		return vprep_in_use_ignore_absent(scan, r);
	for (rest = text; r == 0 && (start = strsep(&rest, "\n"));)
		r = line(scan, data, start);
	return r;
}

char *vprep_next_field(char **rest)
{
	char *field;

	do {
		field = strsep(rest, " \t");
	} while (field && *field == '\0');
	return field;
}

int vprep_in_use_entry(struct vprep_in_use *scan, const char *folder,
		       struct vprep_index_entry *entry)
{
	char *path = NULL;
	int r;

	r = vprep_io_readlink(scan->io, VPREP_SYS, &path, "%s/%s", folder, entry->name);
	r = take(scan, r, path, &entry->path);
	if (!entry->path)
		return r;
	entry->on_pci = vprep_pci_address_of_path(entry->path, &entry->pci) == 0;
	entry->in_made_domain = vprep_pci_domain_maker(entry->path, &entry->controller);
	return r;
}

/* Of "4:1": no hardware is behind it. */
static bool is_common(const char *name)
{
	_cleanup_free_ char *major = strndup(name, strcspn(name, ":"));
	const char *minor = strchr(name, ':');
	struct vprep_io_node node = { .is_block = false };
	uint64_t numbers[2];

	if (!major || !minor || vprep_parse_u64(major, 10, UINT32_MAX, &numbers[0]) < 0 ||
	    vprep_parse_u64(minor + 1, 10, UINT32_MAX, &numbers[1]) < 0)
		return false;
	node.major = (unsigned)numbers[0];
	node.minor = (unsigned)numbers[1];
	return vprep_node_is_common(&node);
}

static int fill_index(struct vprep_in_use *scan, struct vprep_index *index, char **names)
{
	size_t i;
	int r;

	index->items = vprep_pool_alloc(&scan->pool, vprep_strv_len(names),
					sizeof(*index->items));
	for (i = 0; index->items && names[i]; i++) {
		struct vprep_index_entry *entry = &index->items[index->n];

		entry->name = names[i];
		if (streq(index->folder, VPREP_CHAR_DEVICES) && is_common(names[i]))
			continue;
		r = vprep_in_use_entry(scan, index->folder, entry);
		if (r < 0)
			return r;
		index->n += entry->path != NULL;
	}
	return index->items ? 0 : -ENOMEM;
}

int vprep_in_use_index(struct vprep_in_use *scan, const char *folder,
		       const struct vprep_index **ret)
{
	struct vprep_index *index;
	char **names;
	int r;

	for (index = scan->indexes; index && !streq(index->folder, folder);)
		index = index->next;
	if (!index) {
		index = vprep_pool_alloc(&scan->pool, 1, sizeof(*index));
		if (!index)
			return -ENOMEM;
		*index = (struct vprep_index){
			.folder = vprep_pool_dup(&scan->pool, folder),
			.next = scan->indexes,
		};
		r = index->folder ? vprep_in_use_list(scan, &names, "%s", folder)
				  : -ENOMEM;
		if (r == 0)
			r = fill_index(scan, index, names);
		if (r < 0)
			return r;
		scan->indexes = index;
	}
	*ret = index;
	return 0;
}

/* Whether a path has the component. */
static bool has_component(const char *path, const char *component)
{
	size_t n = strlen(component);
	const char *at = path;

	for (; (at = strstr(at, component)); at++)
		if (at > path && at[-1] == '/' && (at[n] == '/' || at[n] == '\0'))
			return true;
	return false;
}

bool vprep_index_entry_is_at(const struct vprep_index_entry *entry,
			     const struct vprep_place *place)
{
	return place->pci ? vprep_index_entry_is_on(entry, place->pci)
			  : has_component(entry->path, place->component);
}

int vprep_in_use_next_driven(struct vprep_in_use *scan, const char *folder,
			     const struct vprep_place *place, size_t *at,
			     const char **ret_name, const char **ret_driver)
{
	const struct vprep_index *index;
	int r = vprep_in_use_index(scan, folder, &index);

	*ret_driver = NULL;
	while (r == 0 && !*ret_driver && *at < index->n) {
		const struct vprep_index_entry *entry = &index->items[(*at)++];

		*ret_name = entry->name;
		if (vprep_index_entry_is_at(entry, place))
			r = vprep_in_use_link(scan, VPREP_SYS, ret_driver, "%s/%s/driver",
					      folder, entry->name);
	}
	return r < 0 ? r : *ret_driver != NULL;
}

static int compare_entry(const void *name, const void *entry)
{
	return strcmp(name, ((const struct vprep_index_entry *)entry)->name);
}

const struct vprep_index_entry *vprep_index_find(const struct vprep_index *index,
						 const char *name)
{
	if (index->n == 0)
		return NULL;
	return bsearch(name, index->items, index->n, sizeof(*index->items),
		       compare_entry);
}
