// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "host/vport.h"
#include "nodedev/read.h"

/* A name as the kernel has it, but for its "0x"; NULL when there is none. */
static const char *wwn(struct vprep_nodedev_reader *r, uint64_t number)
{
	return number ? vprep_pool_strf(r->pool, "%" PRIx64, number) : NULL;
}

/* All or nothing, as a program that sees the capability counts on its values. */
void vprep_read_fc_host(struct vprep_nodedev_reader *r, struct vprep_scsi_host *host)
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
