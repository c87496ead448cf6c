// SPDX-License-Identifier: GPL-2.0-or-later
/* SCSI hosts, targets, devices and their generic nodes. */
#include <inttypes.h>
#include <string.h>

#include "common/str.h"
#include "host/vport.h"
#include "nodedev/kind.h"

static bool has_vports(const struct vprep_fc_host *host)
{
	return host->wwpn && host->wwnn && host->counts_vports &&
	       host->most <= INT32_MAX && host->used <= INT32_MAX;
}

/* All or nothing, as a program that sees the capability counts on its values. */
static bool is_fc(const struct vprep_fc_host *host)
{
	return host->wwpn && host->wwnn && (has_vports(host) || !host->makes_vports);
}

/* Fewer digits are no WWN: without a fabric the kernel says 0. */
static bool is_wwn(uint64_t number)
{
	return number >> 60;
}

static uint32_t read_host_beneath(struct vprep_nodedev_reader *r, uint32_t caps)
{
	struct vprep_fc_host host = vprep_fc_host_read(r->io, r->sysname);

	return caps & ((is_fc(&host) ? VPREP_CAP_BIT(VPREP_CAP_FC_HOST) : 0) |
		       (has_vports(&host) ? VPREP_CAP_BIT(VPREP_CAP_VPORTS) : 0));
}

static void emit_host(struct vprep_nodedev_reader *r,
		      const struct vprep_nodedev_emitter *e)
{
	struct vprep_fc_host host = vprep_fc_host_read(r->io, r->sysname);
	bool is_numbered = strncmp(r->sysname, "host", 4) == 0;
	uint64_t id;

	vprep_emit_number(e, "host", "%" PRIu64,
			  vprep_number_of(is_numbered ? r->sysname + 4 : NULL, 10, 0));
	if (vprep_io_read_u64(r->io, VPREP_SYS, 10, &id, "class/scsi_host/%s/unique_id",
			      r->sysname) == 0)
		vprep_emit_number(e, "unique_id", "%" PRIu64, id);
	if (is_fc(&host)) {
		vprep_emit_cap(e, "fc_host");
		vprep_emit_number(e, "wwnn", "%" PRIx64, host.wwnn);
		vprep_emit_number(e, "wwpn", "%" PRIx64, host.wwpn);
		if (is_wwn(host.fabric))
			vprep_emit_number(e, "fabric_wwn", "%" PRIx64, host.fabric);
		vprep_emit_close(e);
	}
	if (has_vports(&host)) {
		vprep_emit_cap(e, "vport_ops");
		vprep_emit_number(e, "max_vports", "%" PRIu64, host.most);
		vprep_emit_number(e, "vports", "%" PRIu64, host.used);
		vprep_emit_close(e);
	}
}

static void tell_host(struct vprep_nodedev_reader *r, struct vprep_nodedev_page *page)
{
	struct vprep_fc_host host = vprep_fc_host_read(r->io, r->sysname);

	vprep_page_addf(page, "what", "%sSCSI host",
			is_fc(&host) ? "fibre channel " : "");
	if (is_fc(&host)) {
		vprep_page_addf(page, "node WWN", "%" PRIx64, host.wwnn);
		vprep_page_addf(page, "port WWN", "%" PRIx64, host.wwpn);
		if (is_wwn(host.fabric))
			vprep_page_addf(page, "fabric WWN", "%" PRIx64, host.fabric);
	}
	if (has_vports(&host))
		vprep_page_addf(page, "NPIV", "%" PRIu64 " of %" PRIu64 " virtual ports",
				host.used, host.most);
}

const struct vprep_nodedev_kind vprep_nodedev_scsi_host = {
	.cap = "scsi_host",
	.devtype = "scsi_host",
	.beneath = VPREP_CAP_BIT(VPREP_CAP_FC_HOST) | VPREP_CAP_BIT(VPREP_CAP_VPORTS),
	.read_beneath = read_host_beneath,
	.emit = emit_host,
	.tell = tell_host,
};

/* A target may be below a remote port: …/rport-0:0-0/target0:0:0. */
static void emit_target(struct vprep_nodedev_reader *r,
			const struct vprep_nodedev_emitter *e)
{
	const char *end = strrchr(r->path, '/'), *start = end;
	_cleanup_free_ char *wwpn = NULL;
	char *rport;

	vprep_emit(e, "target", vprep_reader_text(r, r->sysname));
	while (start && start > r->path && start[-1] != '/')
		start--;
	if (!start || strncmp(start, "rport-", 6) != 0)
		return;
	rport = vprep_pool_strf(r->pool, "%.*s", (int)(end - start), start);
	if (!rport || vprep_io_read(r->io, VPREP_SYS, &wwpn,
				    "class/fc_remote_ports/%s/port_name", rport) < 0)
		return;
	vprep_emit_cap(e, "fc_remote_port");
	vprep_emit(e, "rport", vprep_reader_text(r, rport));
	vprep_emit(e, "wwpn", vprep_reader_text(r, wwpn));
	vprep_emit_close(e);
}

static void tell_target(struct vprep_nodedev_reader *r, struct vprep_nodedev_page *page)
{
	(void)r;
	vprep_page_add(page, "what", "SCSI target");
}

const struct vprep_nodedev_kind vprep_nodedev_scsi_target = {
	.cap = "scsi_target",
	.devtype = "scsi_target",
	.emit = emit_target,
	.tell = tell_target,
};

/* Host, bus, target and unit. */
struct address {
	uint64_t numbers[4];
};

static bool parse_address(const char *sysname, struct address *ret)
{
	return vprep_numbers_of(sysname, ':', 10, ret->numbers, 4);
}

static bool is_listed(struct vprep_nodedev_reader *r)
{
	struct address address;

	return parse_address(r->sysname, &address);
}

static const char *type_of(struct vprep_nodedev_reader *r)
{
	static const char *const types[] = {
		[0] = "disk",  [1] = "tape",	   [3] = "processor", [4] = "worm",
		[5] = "cdrom", [6] = "scanner",	   [7] = "mod",	      [8] = "changer",
		[12] = "raid", [13] = "enclosure",
	};
	uint64_t type = vprep_reader_number(r, "type", 10, UINT64_MAX);

	return type < VPREP_ARRAY_SIZE(types) ? types[type] : NULL;
}

static void emit_device(struct vprep_nodedev_reader *r,
			const struct vprep_nodedev_emitter *e)
{
	static const char *const elements[] = { "host", "bus", "target", "lun" };
	struct address address = { 0 };
	size_t i;

	parse_address(r->sysname, &address);
	for (i = 0; i < VPREP_ARRAY_SIZE(elements); i++)
		vprep_emit_number(e, elements[i], "%" PRIu64, address.numbers[i]);
	vprep_emit(e, "type", type_of(r));
}

static const char *brief(struct vprep_nodedev_reader *r)
{
	return vprep_reader_model(r, vprep_reader_trimmed(r, "vendor"),
				  vprep_reader_trimmed(r, "model"));
}

/* VDSM shows the disk and the generic node beneath the device as parts of it. */
static void add_device_json(struct vprep_nodedev_reader *r, struct vprep_json to)
{
	static const char *const keys[] = { "host", "bus", "target", "lun" };
	_cleanup_(vprep_reader_done) struct vprep_nodedev_reader disk = { 0 };
	_cleanup_(vprep_reader_done) struct vprep_nodedev_reader generic = { 0 };
	struct vprep_json list = vprep_json_add_object(to, "address");
	bool has_disk = vprep_reader_init_child(&disk, r, VPREP_CAP_STORAGE);
	struct address address = { 0 };
	size_t i;

	parse_address(r->sysname, &address);
	for (i = 0; i < VPREP_ARRAY_SIZE(keys); i++)
		vprep_json_add_text(list, keys[i], "%" PRIu64, address.numbers[i]);
	if (has_disk) {
		vprep_json_add_string(to, "vendor",
				      vprep_reader_trimmed(&disk, "device/vendor"));
		vprep_json_add_string(to, "product",
				      vprep_reader_trimmed(&disk, "device/model"));
	}
	if (!vprep_reader_init_child(&generic, r, VPREP_CAP_SCSI_GENERIC))
		return;
	vprep_json_add_string(to, "udev_path", vprep_reader_node(&generic));
	if (has_disk)
		vprep_json_add_string(to, "block_path", vprep_reader_node(&disk));
}

static void tell_node_of(struct vprep_nodedev_reader *r, enum vprep_cap cap,
			 struct vprep_nodedev_page *page)
{
	_cleanup_(vprep_reader_done) struct vprep_nodedev_reader child = { 0 };

	if (vprep_reader_init_child(&child, r, cap))
		vprep_page_add(page, "node", vprep_reader_node(&child));
}

static void tell_device(struct vprep_nodedev_reader *r, struct vprep_nodedev_page *page)
{
	const char *type = type_of(r);
	struct address a = { 0 };

	parse_address(r->sysname, &a);
	vprep_page_add(page, "model", brief(r));
	vprep_page_addf(page, "what", "SCSI %s", type ? type : "device");
	vprep_page_addf(page, "where",
			"SCSI host %" PRIu64 ", bus %" PRIu64 ", target %" PRIu64
			", LUN %" PRIu64,
			a.numbers[0], a.numbers[1], a.numbers[2], a.numbers[3]);
	tell_node_of(r, VPREP_CAP_STORAGE, page);
	tell_node_of(r, VPREP_CAP_SCSI_GENERIC, page);
}

const struct vprep_nodedev_kind vprep_nodedev_scsi = {
	.cap = "scsi",
	.devtype = "scsi_device",
	.is_listed = is_listed,
	.emit = emit_device,
	.brief = brief,
	.tell = tell_device,
	.add_json = add_device_json,
};

static void emit_generic(struct vprep_nodedev_reader *r,
			 const struct vprep_nodedev_emitter *e)
{
	vprep_emit(e, "char", vprep_reader_node(r));
}

static void tell_generic(struct vprep_nodedev_reader *r, struct vprep_nodedev_page *page)
{
	(void)r;
	vprep_page_add(page, "what", "the generic node of a SCSI device");
}

static void add_generic_json(struct vprep_nodedev_reader *r, struct vprep_json to)
{
	vprep_json_add_string(to, "udev_path", vprep_reader_node(r));
}

const struct vprep_nodedev_kind vprep_nodedev_scsi_generic = {
	.cap = "scsi_generic",
	.is_listed = vprep_reader_has_node,
	.emit = emit_generic,
	.tell = tell_generic,
	.add_json = add_generic_json,
};
