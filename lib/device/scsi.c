// SPDX-License-Identifier: GPL-2.0-or-later
/* SCSI devices: their generic nodes are given away. */
#include <errno.h>
#include <inttypes.h>

#include "common/str.h"
#include "device/kind.h"
#include "device/qemu.h"
#include "in-use/in-use.h"
#include "xml/value.h"

#define PREFIX "scsi_"
#define FOLDER "bus/scsi/devices"
#define BUS "vprep-scsi"

static bool parse_name(const char *text, struct vprep_device_asked *ret)
{
	(void)ret; /* the name is what is looked for */
	return vprep_is_node_device_name(text, PREFIX);
}

static int read_adapter(const struct vprep_xml_node *source, unsigned *ret,
			struct vprep_error *err)
{
	static const char prefix[] = "scsi_host";
	const struct vprep_xml_node *adapter =
		vprep_xml_child(source, VPREP_XML_PLAIN, "adapter");
	const char *name = adapter ? vprep_xml_attribute(adapter, "name") : NULL;
	uint64_t number;

	if (!name || !*name)
		return vprep_xml_refuse(err, source->line,
					"<source> has no <adapter name=...>");
	if (strncmp(name, prefix, strlen(prefix)) != 0 ||
	    vprep_xml_parse_number(name + strlen(prefix), 0, UINT32_MAX, &number) < 0)
		return vprep_xml_refuse(err, adapter->line,
					"<adapter name='%.60s'>: expected scsi_hostN",
					name);
	*ret = (unsigned)number;
	return 0;
}

static int read_hostdev(const struct vprep_xml_node *hostdev,
			const struct vprep_xml_node *source,
			struct vprep_device_asked *ret, struct vprep_pool *pool,
			struct vprep_error *err)
{
	static const struct vprep_xml_number forms[] = {
		{ "bus", .required = true, .max = UINT32_MAX },
		{ "target", .required = true, .max = UINT32_MAX },
		{ "unit", .required = true, .max = UINT64_MAX },
	};
	const char *protocol = vprep_xml_attribute(source, "protocol");
	const struct vprep_xml_node *address =
		vprep_xml_child(source, VPREP_XML_PLAIN, "address");
	uint64_t parts[VPREP_ARRAY_SIZE(forms)];
	size_t i;

	(void)pool;
	ret->shareable = vprep_xml_child(hostdev, VPREP_XML_PLAIN, "shareable") != NULL;
	ret->read_only = vprep_xml_child(hostdev, VPREP_XML_PLAIN, "readonly") != NULL;
	if (protocol && streq(protocol, "iscsi"))
		return 1; /* QEMU talks to the target itself */
	if (protocol && !streq(protocol, "adapter"))
		return vprep_xml_refuse(err, source->line,
					"<source protocol='%.60s'>: expected adapter or "
					"iscsi",
					protocol);
	if (!address)
		return vprep_xml_refuse(err, source->line, "<source> has no <address>");
	for (i = 0; i < VPREP_ARRAY_SIZE(forms); i++) {
		int r = vprep_xml_get_number(address, &forms[i], &parts[i], err);

		if (r < 0)
			return r;
	}
	ret->scsi.bus = (unsigned)parts[0];
	ret->scsi.target = (unsigned)parts[1];
	ret->scsi.unit = parts[2];
	return read_adapter(source, &ret->scsi.host, err);
}

static bool is_same(const struct vprep_device_asked *a,
		    const struct vprep_device_asked *b)
{
	return a->scsi.host == b->scsi.host && a->scsi.bus == b->scsi.bus &&
	       a->scsi.target == b->scsi.target && a->scsi.unit == b->scsi.unit;
}

static struct vprep_device_text text_of(const struct vprep_device_asked *asked)
{
	struct vprep_device_text text;

	snprintf(text.s, sizeof(text.s), "scsi %u:%u:%u:%" PRIu64, asked->scsi.host,
		 asked->scsi.bus, asked->scsi.target, asked->scsi.unit);
	return text;
}

static void add_json(struct vprep_json to, const struct vprep_device_asked *asked)
{
	vprep_json_add_text(to, "adapter", "scsi_host%u", asked->scsi.host);
	vprep_json_add_unsigned(to, "bus", asked->scsi.bus);
	vprep_json_add_unsigned(to, "target", asked->scsi.target);
	vprep_json_add_unsigned(to, "unit", asked->scsi.unit);
	if (asked->shareable)
		vprep_json_add_bool(to, "shareable", true);
}

/* -ENODEV also when it has no generic node. */
static int find(struct vprep_device_finding *f, struct vprep_device *d)
{
	static const char *const identity[] = { "vendor", "model", "wwid", NULL };
	_cleanup_strv_ char **generic = NULL;
	_cleanup_free_ char *wwid = NULL;
	int r = 0;

	if (d->asked.name)
		r = vprep_device_find_sysfs(f, d);
	else
		d->sysfs = vprep_pool_strf(f->pool, "%u:%u:%u:%" PRIu64,
					   d->asked.scsi.host, d->asked.scsi.bus,
					   d->asked.scsi.target, d->asked.scsi.unit);
	if (r == 0)
		r = vprep_device_finding_result(f);
	if (r == 0)
		r = vprep_io_list(f->io, VPREP_SYS, &generic, FOLDER "/%s/scsi_generic",
				  d->sysfs);
	if (r < 0)
		return r == -ENOENT ? -ENODEV : r;
	if (!generic[0])
		return -ENODEV;
	r = vprep_device_read_identity(f, d, "wwid", &wwid);
	if (r < 0)
		return r;
	d->identity = vprep_pool_dup(f->pool, wwid);
	d->name = vprep_device_libvirt_name(f->pool, PREFIX, d->sysfs);
	d->libvirt_name = d->name;
	d->node.path = vprep_pool_dup(f->pool, generic[0]);
	/* sgN is not an identity */
	r = vprep_device_match(f, d,
			       vprep_strf("SUBSYSTEM==\"scsi_generic\", KERNELS==\"%s\"",
					  d->sysfs),
			       "ATTRS", identity);
	return r < 0 ? r : vprep_device_finding_result(f);
}

static int look_for_uses(struct vprep_in_use *in_use, struct vprep_device *d)
{
	return vprep_in_use_below(in_use, d->sysfs, &d->uses);
}

static int add_to_qemu(struct vprep_qemu *qemu, const struct vprep_device *d)
{
	_cleanup_free_ char *path = vprep_io_dev_path(d->node.path);

	return path ? vprep_qemu_add_disk(qemu, "scsi-generic", BUS ".0",
					  (const struct vprep_qemu_pair[]){
						  { "driver", "host_device", 0 },
						  { "filename", path, 0 },
						  { 0 } },
					  d->asked.read_only)
		    : -ENOMEM;
}

const struct vprep_device_kind vprep_kind_scsi = {
	.type = "scsi",
	.name_prefix = PREFIX,
	.folder = FOLDER,
	.missing = "SCSI device with a generic node (is module sg loaded?)",
	.missing_hint = "; see lsscsi -g",
	.qemu_bus = BUS,
	.qemu_bus_driver = "virtio-scsi-pci",
	.parse_name = parse_name,
	.read_hostdev = read_hostdev,
	.is_same = is_same,
	.text = text_of,
	.add_json = add_json,
	.find = find,
	.look_for_uses = look_for_uses,
	.add_to_qemu = add_to_qemu,
};
