// SPDX-License-Identifier: GPL-2.0-or-later
/* vDPA devices, interfaces and disks: their nodes are given away. */
#include <errno.h>
#include <linux/virtio_ids.h>
#include <string.h>

#include "common/error.h"
#include "common/str.h"
#include "device/kind.h"
#include "device/qemu.h"
#include "in-use/in-use.h"
#include "xml/value.h"

#define PREFIX "vdpa_"
#define NODE_PREFIX "vhost-vdpa-"
#define FOLDER "bus/vdpa/devices"

/* vhost-vdpa-0 */
static bool is_node_name(const char *text)
{
	uint64_t number;

	return strncmp(text, NODE_PREFIX, strlen(NODE_PREFIX)) == 0 &&
	       vprep_parse_u64(text + strlen(NODE_PREFIX), 10, INT32_MAX, &number) == 0;
}

/* libvirt's vdpa_NAME, the node by its name, or by its path. */
static bool parse_name(const char *text, struct vprep_device_asked *ret)
{
	const char *node = vprep_io_below_dev(text);

	(void)ret; /* the name is what is looked for */
	return vprep_is_node_device_name(text, PREFIX) ||
	       is_node_name(node ? node : text);
}

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

/* The node of a device is its child; it has none until a driver of vhost takes it. */
static int find_node(struct vprep_device_finding *f, const char *device, const char **ret)
{
	_cleanup_strv_ char **names = NULL;
	size_t i;
	int r = vprep_io_list(f->io, VPREP_SYS, &names, FOLDER "/%s", device);

	*ret = NULL;
	for (i = 0; r == 0 && names[i] && !*ret; i++)
		if (is_node_name(names[i]) &&
		    vprep_io_exists(f->io, VPREP_SYS, FOLDER "/%s/%s/dev", device,
				    names[i]) == 1)
			*ret = vprep_pool_dup(f->pool, names[i]);
	return r == -ENOENT ? 0 : r;
}

/* 1: that is the one, whose node is found then; 0: it is another. */
static int is_wanted(struct vprep_device_finding *f, struct vprep_device *d,
		     const char *device)
{
	const char *wanted = d->asked.name ? d->asked.name : d->asked.vdpa.path;
	const char *below = vprep_io_below_dev(wanted);
	int r = find_node(f, device, &d->node.path);

	if (r < 0 || !d->node.path)
		return r;
	d->libvirt_name = vprep_device_libvirt_name(f->pool, PREFIX, device);
	r = vprep_device_finding_result(f);
	if (r < 0)
		return r;
	if (below || !d->asked.name)
		return vprep_str_same(below, d->node.path);
	return streq(wanted, d->node.path) || streq(wanted, d->libvirt_name);
}

/* The kernel gives these nodes neither bus nor class (drivers/vhost/vdpa.c), so that udev
 * hears nothing of them. The rule is written all the same: it tells whose the node is,
 * should the journal be lost. */
static int find(struct vprep_device_finding *f, struct vprep_device *d)
{
	_cleanup_strv_ char **devices = NULL;
	size_t i;
	int r = vprep_io_list(f->io, VPREP_SYS, &devices, FOLDER);

	if (r < 0)
		return r == -ENOENT ? -ENODEV : r;
	for (i = 0; devices[i] && r == 0; i++) {
		r = is_wanted(f, d, devices[i]);
		if (r > 0)
			d->sysfs = vprep_pool_dup(f->pool, devices[i]);
	}
	if (r <= 0)
		return r < 0 ? r : -ENODEV;
	d->name = d->node.path;
	d->match = vprep_pool_strf(f->pool, "KERNEL==\"%s\"", d->name);
	return vprep_device_finding_result(f);
}

static int look_for_uses(struct vprep_in_use *in_use, struct vprep_device *d)
{
	return vprep_in_use_node(in_use, d->node.path, &d->uses);
}

/* A disk or a network card, as the kernel says; a domain says so itself. QEMU is told the
 * MAC address that the card has: else it gives it one of its own. */
static int look_for_guest(const struct vprep_io *io, struct vprep_pool *pool,
			  struct vprep_device *d)
{
	struct vprep_io_vdpa v;

	(void)pool;
	if (!io->live || !io->ops->read_vdpa || io->ops->read_vdpa(d->sysfs, &v) < 0)
		return 0;
	if (d->asked.name && v.id == VIRTIO_ID_BLOCK)
		d->asked.origin = VPREP_ORIGIN_DISK;
	if (!d->asked.has_mac && v.has_mac) {
		d->asked.has_mac = true;
		memcpy(d->asked.mac, v.mac, sizeof(d->asked.mac));
	}
	return 0;
}

static int add_disk(struct vprep_qemu *qemu, const char *path, bool read_only)
{
	return vprep_qemu_add_disk(qemu, "virtio-blk-pci", NULL,
				   (const struct vprep_qemu_pair[]){
					   { "driver", "virtio-blk-vhost-vdpa", 0 },
					   { "path", path, 0 },
					   { "cache.direct", "on", 0 },
					   { 0 } },
				   read_only);
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
	return d->asked.origin == VPREP_ORIGIN_DISK
		       ? add_disk(qemu, path, d->asked.read_only)
		       : add_net(qemu, path, &d->asked);
}

const struct vprep_device_kind vprep_kind_vdpa = {
	.type = "vdpa",
	.disk_type = "vhostvdpa",
	.interface_type = "vdpa",
	.name_prefix = PREFIX,
	.folder = FOLDER,
	.missing = "vhost-vdpa node in /dev",
	.missing_hint = "; make it with 'vdpa dev add' (is module vhost_vdpa loaded?)",
	.pins_memory = true,
	.parse_name = parse_name,
	.read_source = read_source,
	.is_same = is_same,
	.text = text_of,
	.add_json = add_json,
	.find = find,
	.look_for_uses = look_for_uses,
	.look_for_guest = look_for_guest,
	.add_to_qemu = add_to_qemu,
};
