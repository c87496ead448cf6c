// SPDX-License-Identifier: GPL-2.0-or-later
/* vhost SCSI targets that are configured on the host: nothing is done with one, but it is
 * held for its owner. */
#include <errno.h>
#include <strings.h>

#include "common/str.h"
#include "device/kind.h"
#include "device/qemu.h"
#include "xml/value.h"

#define WWN_DIGITS 16

static int read_hostdev(const struct vprep_xml_node *hostdev,
			const struct vprep_xml_node *source,
			struct vprep_device_asked *ret, struct vprep_pool *pool,
			struct vprep_error *err)
{
	const char *protocol = vprep_xml_attribute(source, "protocol");
	const char *wwpn = vprep_xml_attribute(source, "wwpn");
	const char *digits;
	uint64_t number;

	(void)hostdev;
	(void)pool;
	if (!protocol || !streq(protocol, "vhost"))
		return vprep_xml_refuse(err, source->line,
					"<source protocol='%.60s'>: expected vhost",
					protocol ? protocol : "");
	if (!wwpn)
		return vprep_xml_refuse(err, source->line,
					"<source> has no 'wwpn' attribute");
	digits = strncmp(wwpn, "naa.", 4) == 0 ? wwpn + 4 : "";
	if (strncmp(digits, "0x", 2) == 0)
		digits += 2;
	if (strlen(digits) != WWN_DIGITS ||
	    vprep_parse_u64(digits, 16, UINT64_MAX, &number) < 0)
		return vprep_xml_refuse(err, source->line,
					"<source wwpn='%.60s'>: expected naa. and 16 "
					"hexadecimal digits",
					wwpn);
	memcpy(ret->scsi_host.wwpn, wwpn, strlen(wwpn) + 1);
	return 0;
}

static bool is_same(const struct vprep_device_asked *a,
		    const struct vprep_device_asked *b)
{
	return strcasecmp(a->scsi_host.wwpn, b->scsi_host.wwpn) == 0;
}

static struct vprep_device_text text_of(const struct vprep_device_asked *asked)
{
	struct vprep_device_text text;

	snprintf(text.s, sizeof(text.s), "%s", asked->scsi_host.wwpn);
	return text;
}

static void add_json(struct vprep_json to, const struct vprep_device_asked *asked)
{
	vprep_json_add_string(to, "wwpn", asked->scsi_host.wwpn);
}

static int find(struct vprep_device_finding *f, struct vprep_device *d)
{
	int r = vprep_io_exists(f->io, VPREP_SYS, "kernel/config/target/vhost/%s",
				d->asked.scsi_host.wwpn);

	if (r <= 0)
		return r == 0 ? -ENODEV : r;
	d->name = vprep_pool_dup(f->pool, d->asked.scsi_host.wwpn);
	d->libvirt_name = d->name;
	return vprep_device_finding_result(f);
}

static int add_to_qemu(struct vprep_qemu *qemu, const struct vprep_device *d)
{
	return vprep_qemu_add(
		qemu, "-device",
		(const struct vprep_qemu_pair[]){ { "driver", "vhost-scsi-pci", 0 },
						  { "wwpn", d->name, 0 },
						  { 0 } });
}

const struct vprep_device_kind vprep_kind_scsi_host = {
	.type = "scsi_host",
	.missing = "vhost SCSI target",
	.missing_hint = "; make it with targetcli",
	.shared_node = "vhost-scsi",
	.read_hostdev = read_hostdev,
	.is_same = is_same,
	.text = text_of,
	.add_json = add_json,
	.find = find,
	.add_to_qemu = add_to_qemu,
};
