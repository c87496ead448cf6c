// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "nodedev/read.h"

/* A fibre channel value as libvirt has it: without "0x". */
static const char *fc_value(struct vprep_nodedev_reader *r, const char *name)
{
	char *text = NULL;

	if (vprep_io_read(r->io, VPREP_SYS, &text, "class/fc_host/%s/%s", r->sysname,
			  name) < 0)
		return NULL;
	vprep_str_make_printable(text);
	if (!vprep_pool_take(r->pool, text))
		return NULL;
	return strncmp(text, "0x", 2) == 0 ? text + 2 : text;
}

static bool has_vport_create(struct vprep_nodedev_reader *r)
{
	return vprep_io_exists(r->io, VPREP_SYS, "class/fc_host/%s/vport_create",
			       r->sysname) == 1 ||
	       vprep_io_exists(r->io, VPREP_SYS, "class/scsi_host/%s/vport_create",
			       r->sysname) == 1;
}

/* All or nothing, as a program that sees the capability counts on its values. */
void vprep_read_fc_host(struct vprep_nodedev_reader *r, struct vprep_scsi_host *host)
{
	uint64_t most, used;

	if (vprep_io_exists(r->io, VPREP_SYS, "class/fc_host/%s", r->sysname) == 1) {
		host->wwpn = fc_value(r, "port_name");
		host->wwnn = fc_value(r, "node_name");
		host->fabric_wwn = fc_value(r, "fabric_name");
		host->is_fc = host->wwpn && host->wwnn;
		if (!host->is_fc)
			return;
	}
	if (!has_vport_create(r))
		return;
	most = vprep_number_of(fc_value(r, "max_npiv_vports"), 10, UINT64_MAX);
	used = vprep_number_of(fc_value(r, "npiv_vports_inuse"), 10, UINT64_MAX);
	host->has_vports = most <= INT32_MAX && used <= INT32_MAX;
	host->is_fc = host->is_fc && host->has_vports;
	host->max_vports = (unsigned)most;
	host->vports = (unsigned)used;
}

void vprep_read_scsi_host(struct vprep_nodedev_reader *r, struct vprep_nodedev *d)
{
	_cleanup_free_ char *id = NULL;

	d->scsi_host.host = (unsigned)vprep_number_of(
		strncmp(r->sysname, "host", 4) == 0 ? r->sysname + 4 : NULL, 10, 0);
	vprep_io_read(r->io, VPREP_SYS, &id, "class/scsi_host/%s/unique_id", r->sysname);
	d->scsi_host.unique_id = (int64_t)vprep_number_of(id, 10, UINT64_MAX);
	vprep_read_fc_host(r, &d->scsi_host);
}

/* A target below a remote port: …/rport-0:0-0/target0:0:0. */
void vprep_read_scsi_target(struct vprep_nodedev_reader *r, struct vprep_nodedev *d)
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

bool vprep_is_listed_scsi(struct vprep_nodedev_reader *r)
{
	uint64_t numbers[4];

	return vprep_numbers_of(r->sysname, ':', 10, numbers, VPREP_ARRAY_SIZE(numbers));
}

void vprep_read_scsi(struct vprep_nodedev_reader *r, struct vprep_nodedev *d)
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
