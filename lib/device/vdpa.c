// SPDX-License-Identifier: GPL-2.0-or-later
/* vDPA devices, interfaces and disks: their nodes are given away. */
#include <errno.h>

#include "common/error.h"
#include "common/str.h"
#include "device/kind.h"
#include "device/qemu.h"
#include "in-use/in-use.h"
#include "xml/value.h"

#define FOLDER "bus/vdpa/devices"

static int read_source(const struct vprep_xml_node *source,
		       struct vprep_device_asked *ret, struct vprep_pool *pool,
		       struct vprep_error *err)
{
	const char *path = vprep_xml_attribute(source, "dev");
	char *printable;

	if (!path)
		return vprep_xml_refuse(err, source->line,
					"<source> has no 'dev' attribute");
	printable = vprep_pool_dup(pool, path);
	if (!printable)
		return vprep_error_oom(err);
	vprep_str_make_printable(printable);
	if (*path != '/' || !streq(path, printable))
		return vprep_xml_refuse(err, source->line,
					"<source dev='%.60s'>: expected an absolute path",
					path);
	ret->vdpa.path = printable;
	return 0;
}

static bool is_same(const struct vprep_device_asked *a,
		    const struct vprep_device_asked *b)
{
	return streq(a->vdpa.path, b->vdpa.path);
}

static struct vprep_device_text text_of(const struct vprep_device_asked *asked)
{
	struct vprep_device_text text;

	snprintf(text.s, sizeof(text.s), "%s", asked->vdpa.path);
	return text;
}

static void add_json(struct vprep_json to, const struct vprep_device_asked *asked)
{
	vprep_json_add_string(to, "path", asked->vdpa.path);
}

/* The kernel gives these nodes neither bus nor class (drivers/vhost/vdpa.c), so that udev
 * hears nothing of them. The rule is written all the same: it tells whose the node is,
 * should the journal be lost. */
static int find(struct vprep_device_finding *f, struct vprep_device *d)
{
	const char *node = vprep_io_below_dev(d->asked.vdpa.path);
	_cleanup_strv_ char **devices = NULL;
	size_t i;
	int r;

	if (!node || strchr(node, '/'))
		return -ENODEV;
	r = vprep_io_list(f->io, VPREP_SYS, &devices, FOLDER);
	if (r < 0)
		return r == -ENOENT ? -ENODEV : r;
	for (i = 0; devices[i]; i++)
		if (vprep_io_exists(f->io, VPREP_SYS, FOLDER "/%s/%s/dev", devices[i],
				    node) == 1)
			break;
	if (!devices[i])
		return -ENODEV;
	d->sysfs = vprep_pool_dup(f->pool, devices[i]);
	d->name = d->libvirt_name = d->node.path = vprep_pool_dup(f->pool, node);
	d->match = vprep_pool_strf(f->pool, "KERNEL==\"%s\"", node);
	return vprep_device_done(f);
}

static int look_for_uses(struct vprep_in_use *in_use, struct vprep_device *d)
{
	return vprep_in_use_node(in_use, d->node.path, &d->uses);
}

static int add_disk(struct vprep_qemu *qemu, const char *path)
{
	return vprep_qemu_add_disk(qemu, "virtio-blk-pci", NULL,
				   (const struct vprep_qemu_pair[]){
					   { "driver", "virtio-blk-vhost-vdpa", 0 },
					   { "path", path, 0 },
					   { "cache.direct", "on", 0 },
					   { 0 } });
}

static int add_net(struct vprep_qemu *qemu, const char *path,
		   const struct vprep_device_asked *asked)
{
	struct vprep_mac_text mac = vprep_mac_text(asked->mac);
	char id[sizeof("vprep-net4294967295")];
	int r;

	snprintf(id, sizeof(id), "vprep-net%u", qemu->n_nets++);
	r = vprep_qemu_add(qemu, "-netdev",
			   (const struct vprep_qemu_pair[]){ { "type", "vhost-vdpa", 0 },
							     { "id", id, 0 },
							     { "vhostdev", path, 0 },
							     { 0 } });
	if (r < 0)
		return r;
	return vprep_qemu_add(
		qemu, "-device",
		(const struct vprep_qemu_pair[]){
			{ "driver", "virtio-net-pci", 0 },
			{ "netdev", id, 0 },
			{ .key = asked->has_mac ? "mac" : NULL, .text = mac.s },
			{ 0 } });
}

static int add_to_qemu(struct vprep_qemu *qemu, const struct vprep_device *d)
{
	_cleanup_free_ char *path = vprep_io_dev_path(d->node.path);

	if (!path)
		return -ENOMEM;
	return d->asked.origin == VPREP_ORIGIN_DISK ? add_disk(qemu, path)
						    : add_net(qemu, path, &d->asked);
}

const struct vprep_device_kind vprep_kind_vdpa = {
	.type = "vdpa",
	.disk_type = "vhostvdpa",
	.interface_type = "vdpa",
	.folder = FOLDER,
	.missing = "vhost-vdpa node in /dev",
	.missing_hint = "; make it with 'vdpa dev add' (is module vhost_vdpa loaded?)",
	.pins_memory = true,
	.read_source = read_source,
	.is_same = is_same,
	.text = text_of,
	.add_json = add_json,
	.find = find,
	.look_for_uses = look_for_uses,
	.add_to_qemu = add_to_qemu,
};
