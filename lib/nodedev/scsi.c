// SPDX-License-Identifier: GPL-2.0-or-later
/* SCSI hosts, targets, devices and their generic nodes. */
#include <inttypes.h>
#include <string.h>

#include "common/str.h"
#include "host/vport.h"
#include "nodedev/kind.h"

/* A name as the kernel has it, but for its "0x"; NULL when there is none. */
static const char *wwn(struct vprep_nodedev_reader *r, uint64_t number)
{
	return number ? vprep_pool_strf(r->pool, "%" PRIx64, number) : NULL;
}

/* All or nothing, as a program that sees the capability counts on its values. */
static void read_fc_host(struct vprep_nodedev_reader *r, struct vprep_scsi_host *host)
{
	struct vprep_fc_host fc = vprep_fc_host_read(r->io, r->sysname);

	if (!fc.wwpn || !fc.wwnn)
		return;
	host->wwpn = wwn(r, fc.wwpn);
	host->wwnn = wwn(r, fc.wwnn);
	host->fabric_wwn = wwn(r, fc.fabric);
	host->has_vports =
		fc.counts_vports && fc.most <= INT32_MAX && fc.used <= INT32_MAX;
	host->is_fc = host->has_vports || !fc.makes_vports;
	host->max_vports = (unsigned)fc.most;
	host->vports = (unsigned)fc.used;
}

static void read_host(struct vprep_nodedev_reader *r, struct vprep_nodedev *d)
{
	_cleanup_free_ char *id = NULL;

	d->scsi_host.host = (unsigned)vprep_number_of(
		strncmp(r->sysname, "host", 4) == 0 ? r->sysname + 4 : NULL, 10, 0);
	vprep_io_read(r->io, VPREP_SYS, &id, "class/scsi_host/%s/unique_id", r->sysname);
	d->scsi_host.unique_id = (int64_t)vprep_number_of(id, 10, UINT64_MAX);
	read_fc_host(r, &d->scsi_host);
}

static uint32_t read_host_beneath(struct vprep_nodedev_reader *r, uint32_t caps)
{
	struct vprep_scsi_host host = { 0 };

	(void)caps;
	read_fc_host(r, &host);
	return (host.is_fc ? VPREP_CAP_BIT(VPREP_CAP_FC_HOST) : 0) |
	       (host.has_vports ? VPREP_CAP_BIT(VPREP_CAP_VPORTS) : 0);
}

static bool is_wwn(const char *text)
{
	return text && strlen(text) == 16 && strspn(text, "0123456789abcdefABCDEF") == 16;
}

static void emit_host(const struct vprep_nodedev *d,
		      const struct vprep_nodedev_emitter *e)
{
	const struct vprep_scsi_host *host = &d->scsi_host;

	vprep_emit_number(e, "host", "%u", host->host);
	if (host->unique_id >= 0)
		vprep_emit_number(e, "unique_id", "%" PRId64, host->unique_id);
	if (host->is_fc) {
		vprep_emit_cap(e, "fc_host");
		vprep_emit(e, "wwnn", host->wwnn);
		vprep_emit(e, "wwpn", host->wwpn);
		/* without a fabric the kernel says 0, which is no WWN */
		if (is_wwn(host->fabric_wwn))
			vprep_emit(e, "fabric_wwn", host->fabric_wwn);
		vprep_emit_close(e);
	}
	if (host->has_vports) {
		vprep_emit_cap(e, "vport_ops");
		vprep_emit_number(e, "max_vports", "%u", host->max_vports);
		vprep_emit_number(e, "vports", "%u", host->vports);
		vprep_emit_close(e);
	}
}

const struct vprep_nodedev_kind vprep_nodedev_scsi_host = {
	.cap = "scsi_host",
	.devtype = "scsi_host",
	.beneath = VPREP_CAP_BIT(VPREP_CAP_FC_HOST) | VPREP_CAP_BIT(VPREP_CAP_VPORTS),
	.read_beneath = read_host_beneath,
	.read = read_host,
	.emit = emit_host,
};

/* A target below a remote port: …/rport-0:0-0/target0:0:0. */
static void read_target(struct vprep_nodedev_reader *r, struct vprep_nodedev *d)
{
	const char *end = strrchr(r->path, '/'), *start = end;
	char *rport, *wwpn = NULL;

	d->scsi_target.target = vprep_reader_text(r, r->sysname);
	while (start && start > r->path && start[-1] != '/')
		start--;
	if (!start || strncmp(start, "rport-", 6) != 0)
		return;
	rport = vprep_pool_strf(r->pool, "%.*s", (int)(end - start), start);
	if (!rport || vprep_io_read(r->io, VPREP_SYS, &wwpn,
				    "class/fc_remote_ports/%s/port_name", rport) < 0)
		return;
	vprep_str_make_printable(wwpn);
	vprep_str_make_printable(rport);
	d->scsi_target.wwpn = vprep_pool_take(r->pool, wwpn);
	d->scsi_target.rport = rport;
}

static void emit_target(const struct vprep_nodedev *d,
			const struct vprep_nodedev_emitter *e)
{
	vprep_emit(e, "target", d->scsi_target.target);
	if (!d->scsi_target.rport)
		return;
	vprep_emit_cap(e, "fc_remote_port");
	vprep_emit(e, "rport", d->scsi_target.rport);
	vprep_emit(e, "wwpn", d->scsi_target.wwpn);
	vprep_emit_close(e);
}

const struct vprep_nodedev_kind vprep_nodedev_scsi_target = {
	.cap = "scsi_target",
	.devtype = "scsi_target",
	.read = read_target,
	.emit = emit_target,
};

static bool is_listed(struct vprep_nodedev_reader *r)
{
	uint64_t numbers[4];

	return vprep_numbers_of(r->sysname, ':', 10, numbers, VPREP_ARRAY_SIZE(numbers));
}

static void read_device(struct vprep_nodedev_reader *r, struct vprep_nodedev *d)
{
	static const char *const types[] = {
		[0] = "disk",  [1] = "tape",	   [3] = "processor", [4] = "worm",
		[5] = "cdrom", [6] = "scanner",	   [7] = "mod",	      [8] = "changer",
		[12] = "raid", [13] = "enclosure",
	};
	uint64_t numbers[4] = { 0 };
	uint64_t type = vprep_reader_number(r, "type", 10, UINT64_MAX);

	vprep_numbers_of(r->sysname, ':', 10, numbers, VPREP_ARRAY_SIZE(numbers));
	d->scsi.host = (unsigned)numbers[0];
	d->scsi.bus = (unsigned)numbers[1];
	d->scsi.target = (unsigned)numbers[2];
	d->scsi.lun = numbers[3];
	d->scsi.type = type < VPREP_ARRAY_SIZE(types) ? types[type] : NULL;
}

static void emit_device(const struct vprep_nodedev *d,
			const struct vprep_nodedev_emitter *e)
{
	vprep_emit_number(e, "host", "%u", d->scsi.host);
	vprep_emit_number(e, "bus", "%u", d->scsi.bus);
	vprep_emit_number(e, "target", "%u", d->scsi.target);
	vprep_emit_number(e, "lun", "%" PRIu64, d->scsi.lun);
	vprep_emit(e, "type", d->scsi.type);
}

static void add_device_json(const struct vprep_nodedev *d,
			    const struct vprep_nodedev_family *family,
			    struct vprep_json to)
{
	struct vprep_json address = vprep_json_add_object(to, "address");

	vprep_json_add_text(address, "host", "%u", d->scsi.host);
	vprep_json_add_text(address, "bus", "%u", d->scsi.bus);
	vprep_json_add_text(address, "target", "%u", d->scsi.target);
	vprep_json_add_text(address, "lun", "%" PRIu64, d->scsi.lun);
	if (family->storage) {
		vprep_json_add_string(to, "vendor", family->storage->storage.vendor);
		vprep_json_add_string(to, "product", family->storage->storage.model);
	}
	if (family->generic) {
		vprep_json_add_string(to, "udev_path", family->generic->node);
		if (family->storage)
			vprep_json_add_string(to, "block_path",
					      family->storage->storage.block);
	}
}

const struct vprep_nodedev_kind vprep_nodedev_scsi = {
	.cap = "scsi",
	.devtype = "scsi_device",
	.has_family = true,
	.is_listed = is_listed,
	.read = read_device,
	.emit = emit_device,
	.add_json = add_device_json,
};

static void read_generic(struct vprep_nodedev_reader *r, struct vprep_nodedev *d)
{
	(void)r;
	d->node = d->devnode;
}

static void emit_generic(const struct vprep_nodedev *d,
			 const struct vprep_nodedev_emitter *e)
{
	vprep_emit(e, "char", d->node);
}

static void add_generic_json(const struct vprep_nodedev *d,
			     const struct vprep_nodedev_family *family,
			     struct vprep_json to)
{
	(void)family;
	vprep_json_add_string(to, "udev_path", d->node);
}

const struct vprep_nodedev_kind vprep_nodedev_scsi_generic = {
	.cap = "scsi_generic",
	.is_listed = vprep_reader_has_node,
	.read = read_generic,
	.emit = emit_generic,
	.add_json = add_generic_json,
};
