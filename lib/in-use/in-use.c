// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * I1  Reads only, and never an attribute that takes a lock which a stuck driver may hold.
 * I2  A table is read at the first question that needs it, and at most once a scan.
 * I3  What is absent says nothing; a table that is there and cannot be read is an error,
 *     since silence would look like "free".
 */
#include "in-use/in-use.h"

#include <errno.h>

#include "common/str.h"
#include "in-use/internal.h"
#include "host/pci.h"

static const char *const index_folders[VPREP_INDEXES] = {
	[VPREP_INDEX_BLOCK] = "class/block", [VPREP_INDEX_NET] = "class/net",
	[VPREP_INDEX_NVME] = "class/nvme",   [VPREP_INDEX_DRM] = "class/drm",
	[VPREP_INDEX_SOUND] = "class/sound", [VPREP_INDEX_USB] = "bus/usb/devices",
};

static int (*const readers[])(struct vprep_in_use *scan,
			      const struct vprep_pci_device *device,
			      struct vprep_uses *uses) = {
	vprep_in_use_storage,  vprep_in_use_net,   vprep_in_use_vfs,
	vprep_in_use_graphics, vprep_in_use_sound, vprep_in_use_console,
	vprep_in_use_usb,      vprep_in_use_vfio,  vprep_in_use_mdevs,
};

bool vprep_in_use_is_absent(int r)
{
	switch (-r) {
	case ENOENT:
	case ENOTDIR:
	case ENODEV:
	case ENXIO:
	case ENOMEDIUM:
	case ESRCH:
	case EACCES:
	case EPERM:
	case EINVAL:
	case ERANGE:
	case EOPNOTSUPP:
	case EXDEV:
	case ELOOP:
		return true;
	default:
		return false;
	}
}

static void use_done(struct vprep_use *use)
{
	free(use->what);
	free(use->fix);
}

static void uses_truncate(struct vprep_uses *uses, size_t n)
{
	while (uses->n > n)
		use_done(&uses->items[--uses->n]);
}

int vprep_uses_add(struct vprep_uses *uses, bool never_taken, char *what, char *fix)
{
	struct vprep_use use = { .what = what, .fix = fix, .never_taken = never_taken };
	struct vprep_use *grown = NULL;

	if (what && fix)
		grown = reallocarray(uses->items, uses->n + 1, sizeof(*grown));
	if (!grown) {
		use_done(&use);
		return -ENOMEM;
	}
	vprep_str_make_printable(what);
	vprep_str_make_printable(fix);
	uses->items = grown;
	uses->items[uses->n++] = use;
	return 0;
}

char *vprep_shell_word(const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_./:@%+=,-";
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	char *word;

	if (*s && s[strspn(s, plain)] == '\0')
		return strdup(s);
	vprep_buf_add(&buf, "'");
	for (; *s; s++)
		vprep_buf_add_n(&buf, *s == '\'' ? "'\\''" : s, *s == '\'' ? 4 : 1);
	vprep_buf_add(&buf, "'");
	return vprep_buf_take(&buf, &word) < 0 ? NULL : word;
}

char *vprep_next_field(char **rest)
{
	char *field;

	do {
		field = strsep(rest, " \t");
	} while (field && *field == '\0');
	return field;
}

int vprep_in_use_value(const struct vprep_in_use *scan, const char *key, char **ret,
		       const char *path)
{
	_cleanup_free_ char *text = NULL;
	size_t len = strlen(key);
	char *rest, *line, *copy;
	int r;

	*ret = NULL;
	r = vprep_io_read(scan->io, VPREP_SYS, &text, "%s", path);
	if (r < 0)
		return vprep_in_use_is_absent(r) ? 0 : r;
	for (rest = text; (line = strsep(&rest, "\n"));) {
		if (strncmp(line, key, len) != 0 || line[len] != '=')
			continue;
		copy = strdup(line + len + 1);
		if (!copy)
			return -ENOMEM;
		*ret = copy;
		return 0;
	}
	return 0;
}

static void index_done(struct vprep_index *index)
{
	size_t i;

	for (i = 0; i < index->n; i++) {
		free(index->items[i].name);
		free(index->items[i].path);
	}
	free(index->items);
	*index = (struct vprep_index){ 0 };
}

static int index_fill(const struct vprep_io *io, const char *folder, char **names,
		      struct vprep_index *index)
{
	size_t i;
	int r;

	index->items = calloc(vprep_strv_len(names) + 1, sizeof(*index->items));
	if (!index->items)
		return -ENOMEM;
	for (i = 0; names[i]; i++) {
		struct vprep_index_entry *entry = &index->items[index->n];

		r = vprep_io_readlink(io, VPREP_SYS, &entry->path, "%s/%s", folder,
				      names[i]);
		if (r < 0 && vprep_in_use_is_absent(r))
			continue;
		if (r < 0)
			return r;
		entry->on_pci = vprep_pci_address_of_path(entry->path, &entry->pci) == 0;
		entry->name = names[i];
		names[i] = NULL;
		index->n++;
	}
	return 0;
}

/* Unlike vprep_strv_free(): index_fill() takes names out of the list. */
static void free_names(char **names, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free(names[i]);
	free(names);
}

int vprep_in_use_index(struct vprep_in_use *scan, enum vprep_index_kind kind,
		       const struct vprep_index **ret)
{
	struct vprep_index *index = &scan->index[kind];
	struct vprep_index read = { .loaded = true };
	char **names = NULL;
	size_t n;
	int r;

	if (!index->loaded) {
		r = vprep_io_list(scan->io, VPREP_SYS, &names, "%s", index_folders[kind]);
		if (r < 0 && !vprep_in_use_is_absent(r))
			return r;
		n = vprep_strv_len(names);
		r = names ? index_fill(scan->io, index_folders[kind], names, &read) : 0;
		free_names(names, n);
		if (r < 0) {
			index_done(&read);
			return r;
		}
		*index = read;
	}
	*ret = index;
	return 0;
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

int vprep_in_use_new(struct vprep_io *io, struct vprep_in_use **ret)
{
	struct vprep_in_use *scan = calloc(1, sizeof(*scan));

	if (!scan)
		return -ENOMEM;
	scan->io = io;
	*ret = scan;
	return 0;
}

void vprep_in_use_free(struct vprep_in_use *scan)
{
	int i;

	if (!scan)
		return;
	for (i = 0; i < VPREP_INDEXES; i++)
		index_done(&scan->index[i]);
	vprep_storage_free(scan->storage);
	vprep_net_use_free(scan->net);
	vprep_holders_done(&scan->holders);
	free(scan);
}

int vprep_in_use_of(struct vprep_in_use *scan, const struct vprep_pci_device *device,
		    struct vprep_uses *uses)
{
	size_t before = uses->n, i;
	int r = 0;

	/* What lies behind a bridge belongs to the devices there. */
	if (vprep_pci_is_bridge(device))
		return 0;
	for (i = 0; i < VPREP_ARRAY_SIZE(readers) && r == 0; i++)
		r = readers[i](scan, device, uses);
	if (r < 0)
		uses_truncate(uses, before);
	return r;
}
