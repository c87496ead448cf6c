// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading a node device's attributes as libvirt has them. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "nodedev/kind.h"

void vprep_reader_init(struct vprep_nodedev_reader *r, const struct vprep_io *io,
		       struct vprep_pool *pool, const char *bus, const char *path)
{
	const char *slash = strrchr(path, '/');

	*r = (struct vprep_nodedev_reader){
		.io = io,
		.pool = pool,
		.path = path,
		.sysname = slash ? slash + 1 : path,
		.udev = { .io = io, .subsystem = bus, .path = path },
	};
}

bool vprep_reader_init_child(struct vprep_nodedev_reader *child,
			     const struct vprep_nodedev_reader *r, enum vprep_cap cap)
{
	const struct vprep_nodedev_entry *entry =
		vprep_nodedev_child(r->index, r->entry, cap);

	if (!entry)
		return false;
	vprep_reader_init(child, r->io, r->pool, entry->bus, entry->path);
	return true;
}

void vprep_reader_done(struct vprep_nodedev_reader *r)
{
	vprep_udev_data_done(&r->udev);
}

const char *vprep_reader_text(struct vprep_nodedev_reader *r, const char *text)
{
	return vprep_pool_printable(r->pool, text);
}

char *vprep_reader_clean(char *text)
{
	char *from, *to = text;

	for (from = text; text && *from; from++)
		if (!iscntrl((unsigned char)*from))
			*to++ = *from;
	if (!text || to == text)
		return NULL;
	*to = '\0';
	vprep_str_make_printable(text);
	return text;
}

static char *read_attr(struct vprep_nodedev_reader *r, const char *name)
{
	char *text = NULL;

	if (vprep_io_read(r->io, VPREP_SYS, &text, "%s/%s", r->path, name) < 0)
		return NULL;
	if (vprep_reader_clean(text))
		return text;
	free(text);
	return NULL;
}

const char *vprep_reader_attr(struct vprep_nodedev_reader *r, const char *name)
{
	char *text = read_attr(r, name);

	return text ? vprep_pool_take(r->pool, text) : NULL;
}

const char *vprep_reader_trimmed(struct vprep_nodedev_reader *r, const char *name)
{
	char *text = read_attr(r, name);
	const char *start;
	size_t len;

	if (!text || !vprep_pool_take(r->pool, text))
		return NULL;
	start = text + strspn(text, " ");
	for (len = strlen(start); len > 0 && start[len - 1] == ' '; len--)
		;
	text[(size_t)(start - text) + len] = '\0';
	return start;
}

/* How much of a maker's name people use: "Intel" of "Intel Corporation", and what stands
 * in brackets, as in "Advanced Micro Devices, Inc. [AMD]". */
static int short_length(const char **vendor)
{
	static const char *const forms[] = {
		",",	 " Corp",	   " Inc",	 " Co.",
		" Ltd",	 " Limited",	   " Technolog", " Electronics",
		" GmbH", " Semiconductor", " AG"
	};
	const char *open = strrchr(*vendor, '['),
		   *close = open ? strchr(open, ']') : NULL;
	size_t len = strlen(*vendor), i;

	if (close && close > open + 1) {
		*vendor = open + 1;
		return (int)(close - open - 1);
	}
	for (i = 0; i < VPREP_ARRAY_SIZE(forms); i++) {
		const char *at = strstr(*vendor, forms[i]);

		if (at && at > *vendor && (size_t)(at - *vendor) < len)
			len = (size_t)(at - *vendor);
	}
	return (int)len;
}

const char *vprep_reader_model(struct vprep_nodedev_reader *r, const char *vendor,
			       const char *model)
{
	int len = vendor ? short_length(&vendor) : 0;

	if (!vendor && !model)
		return NULL;
	return vprep_pool_strf(r->pool, "%.*s%s%s", len, vendor ? vendor : "",
			       vendor && model ? " " : "", model ? model : "");
}

const char *vprep_reader_model_or_ids(struct vprep_nodedev_reader *r, const char *vendor,
				      const char *model, uint16_t vendor_id,
				      uint16_t model_id)
{
	if (!vendor && !model)
		return vprep_pool_strf(r->pool, "%04x:%04x", vendor_id, model_id);
	return vprep_reader_model(
		r, vendor,
		model ? model : vprep_pool_strf(r->pool, "device %04x", model_id));
}

uint64_t vprep_number_of(const char *text, unsigned base, uint64_t absent)
{
	uint64_t value;

	if (!text)
		return absent;
	if (base == 16 && strncmp(text, "0x", 2) == 0)
		text += 2;
	return vprep_parse_u64(text, base, UINT64_MAX, &value) < 0 ? absent : value;
}

uint64_t vprep_reader_number(struct vprep_nodedev_reader *r, const char *name,
			     unsigned base, uint64_t absent)
{
	_cleanup_free_ char *text = read_attr(r, name);

	return vprep_number_of(text, base, absent);
}

const char *vprep_reader_property(struct vprep_nodedev_reader *r, const char *key)
{
	return vprep_reader_text(r, vprep_udev_property(&r->udev, key));
}

const char *vprep_reader_node(struct vprep_nodedev_reader *r)
{
	const char *node = vprep_reader_text(r, vprep_udev_kernel(&r->udev, "DEVNAME"));

	return node ? vprep_pool_strf(r->pool, VPREP_IO_NODES "%s", node) : NULL;
}

bool vprep_numbers_of(const char *text, char separator, unsigned base, uint64_t *ret,
		      size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const char *end = strchr(text, separator);
		size_t len = end && i + 1 < n ? (size_t)(end - text) : strlen(text);

		if (vprep_parse_u64_n(text, len, base, UINT64_MAX, &ret[i]) < 0 ||
		    (i + 1 < n && !end))
			return false;
		text = end ? end + 1 : text + len;
	}
	return true;
}

bool vprep_reader_has_node(struct vprep_nodedev_reader *r)
{
	return vprep_udev_kernel(&r->udev, "DEVNAME");
}
