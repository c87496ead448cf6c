// SPDX-License-Identifier: GPL-2.0-or-later
/* Fibre channel hosts and their vports, as drivers/scsi/scsi_transport_fc.c and fcoe have
 * them. */
#include "fake/internal.h"

#include <inttypes.h>
#include <string.h>

#define FC "sys/devices/virtual/fc"

static void put_number(struct fake *f, unsigned value, const char *dir,
		       const char *attribute)
{
	_cleanup_free_ char *text = vprep_strf("%u\n", value);

	fake_put(f, 0444, text, "%s/%s", dir, attribute);
}

static void put_name(struct fake *f, uint64_t wwn, const char *dir, const char *attribute)
{
	_cleanup_free_ char *text = vprep_strf("0x%" PRIx64 "\n", wwn);

	fake_put(f, 0444, text, "%s/%s", dir, attribute);
}

/* A SCSI host in @above, with its two class devices; @ret is the fibre channel one's. */
static void add_host(struct fake *f, const char *above, const char *name, uint64_t wwpn,
		     uint64_t wwnn, char **ret)
{
	_cleanup_free_ char *dir = vprep_strf("%s/%s", above, name);
	_cleanup_free_ char *scsi = vprep_strf("%s/scsi_host/%s", dir, name);
	_cleanup_free_ char *fc = vprep_strf("%s/fc_host/%s", dir, name);

	fake_put(f, 0644, "DEVTYPE=scsi_host\n", "%s/uevent", dir);
	fake_mkdir(f, "%s", scsi);
	put_name(f, wwpn, fc, "port_name");
	put_name(f, wwnn, fc, "node_name");
	fake_link(f, "sys/bus/scsi", "%s/subsystem", dir);
	fake_link(f, dir, "sys/bus/scsi/devices/%s", name);
	fake_link(f, scsi, "sys/class/scsi_host/%s", name);
	fake_link(f, fc, "sys/class/fc_host/%s", name);
	*ret = TAKE_PTR(fc);
}

static void remove_host(struct fake *f, const char *name)
{
	fake_remove(f, "sys/bus/scsi/devices/%s", name);
	fake_remove(f, "sys/class/scsi_host/%s", name);
	fake_remove(f, "sys/class/fc_host/%s", name);
}

void fake_add_fc_host(struct fake *f, const struct fake_fc_host *host)
{
	_cleanup_free_ char *name = vprep_strf("host%u", host->number), *fc = NULL;
	_cleanup_close_ int lock = fake_lock(f);

	fake_mkdir(f, "sys/bus/scsi/devices");
	fake_mkdir(f, "sys/class/scsi_host");
	fake_mkdir(f, "sys/class/fc_host");
	fake_mkdir(f, "sys/class/fc_vports");
	add_host(f, FC, name, host->wwpn, host->wwnn, &fc);
	put_name(f, host->fabric, fc, "fabric_name");
	if (host->vports == 0)
		return;
	put_number(f, host->vports, fc, "max_npiv_vports");
	put_number(f, 0, fc, "npiv_vports_inuse");
	fake_put(f, 0200, "", "%s/vport_create", fc);
	fake_put(f, 0200, "", "%s/vport_delete", fc);
}

void fake_lose_vport_hosts(struct fake *f)
{
	fake_put(f, 0600, "", ".fake/no-vport-hosts");
}

static int parse_names(const char *value, uint64_t *wwpn, uint64_t *wwnn)
{
	_cleanup_free_ char *text = fake_chomp(value);

	if (strlen(text) != 33 || text[16] != ':')
		return -EINVAL;
	text[16] = '\0';
	return vprep_parse_u64(text, 16, UINT64_MAX, wwpn) < 0 ||
			       vprep_parse_u64(text + 17, 16, UINT64_MAX, wwnn) < 0
		       ? -EINVAL
		       : 0;
}

static uint64_t name_of(struct fake *f, const char *vport, const char *attribute)
{
	_cleanup_free_ char *text =
		fake_get(f, "sys/class/fc_vports/%s/%s", vport, attribute);

	return text ? strtoull(text, NULL, 16) : 0;
}

/* fcoe refuses a second port of one name. NULL: it has none of that name. */
static char *find_vport(struct fake *f, const char *host, uint64_t wwpn)
{
	_cleanup_strv_ char **all = fake_list(f, "sys/class/fc_vports");
	_cleanup_free_ char *prefix = vprep_strf("vport-%s:", host + 4);
	size_t i;

	for (i = 0; all[i]; i++)
		if (strncmp(all[i], prefix, strlen(prefix)) == 0 &&
		    name_of(f, all[i], "port_name") == wwpn)
			return strdup(all[i]);
	return NULL;
}

static unsigned free_number(struct fake *f)
{
	unsigned n = 0;

	while (fake_has(f, "sys/class/scsi_host/host%u", n))
		n++;
	return n;
}

int fake_store_vport_create(struct fake *f, const char *dir, const char *value)
{
	const char *host = strrchr(dir, '/') + 1;
	unsigned used = fake_get_number(f, 0, "%s/npiv_vports_inuse", dir), i = 0;
	_cleanup_free_ char *vport = NULL, *place = NULL, *name = NULL, *fc = NULL;
	uint64_t wwpn, wwnn;

	if (parse_names(value, &wwpn, &wwnn) < 0)
		return -EINVAL;
	if (used >= fake_get_number(f, 0, "%s/max_npiv_vports", dir))
		return -ENOSPC;
	vport = find_vport(f, host, wwpn);
	if (vport)
		return -EINVAL;
	while (fake_has(f, "sys/class/fc_vports/vport-%s:0-%u", host + 4, i))
		i++;
	vport = vprep_strf("vport-%s:0-%u", host + 4, i);
	place = vprep_strf(FC "/%s/%s", host, vport);
	fc = vprep_strf("%s/fc_vports/%s", place, vport);
	put_name(f, wwpn, fc, "port_name");
	put_name(f, wwnn, fc, "node_name");
	fake_link(f, fc, "sys/class/fc_vports/%s", vport);
	put_number(f, used + 1, dir, "npiv_vports_inuse");
	if (fake_has(f, ".fake/no-vport-hosts"))
		return 0;
	name = vprep_strf("host%u", free_number(f));
	fake_put(f, 0600, name, ".fake/vports/%s", vport);
	free(TAKE_PTR(fc));
	add_host(f, place, name, wwpn, wwnn, &fc);
	return 0;
}

int fake_store_vport_delete(struct fake *f, const char *dir, const char *value)
{
	const char *host = strrchr(dir, '/') + 1;
	_cleanup_free_ char *vport = NULL, *name = NULL;
	uint64_t wwpn, wwnn;

	if (parse_names(value, &wwpn, &wwnn) < 0)
		return -EINVAL;
	vport = find_vport(f, host, wwpn);
	if (!vport || name_of(f, vport, "node_name") != wwnn)
		return -ENODEV;
	name = fake_get(f, ".fake/vports/%s", vport);
	if (name)
		remove_host(f, name);
	fake_remove(f, ".fake/vports/%s", vport);
	fake_remove(f, "sys/class/fc_vports/%s", vport);
	fake_remove(f, FC "/%s/%s", host, vport);
	put_number(f, fake_get_number(f, 1, "%s/npiv_vports_inuse", dir) - 1, dir,
		   "npiv_vports_inuse");
	return 0;
}
