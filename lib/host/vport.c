// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/vport.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/str.h"

#define HOSTS "class/fc_host"
#define VPORTS "class/fc_vports"

/* ---- hosts ---- */

const char *vprep_vport_class(const struct vprep_io *io, const char *host)
{
	static const char *const classes[] = { HOSTS, "class/scsi_host" };
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(classes); i++)
		if (vprep_io_exists(io, VPREP_SYS, "%s/%s/vport_create", classes[i],
				    host) == 1)
			return classes[i];
	return NULL;
}

/* Whether it is there; otherwise *@ret is 0. */
static bool read_number(const struct vprep_io *io, const char *class, const char *device,
			const char *attribute, unsigned base, uint64_t *ret)
{
	*ret = 0;
	return vprep_io_read_u64(io, VPREP_SYS, base, ret, "%s/%s/%s", class, device,
				 attribute) == 0;
}

struct vprep_fc_host vprep_fc_host_read(const struct vprep_io *io, const char *name)
{
	const char *class = vprep_vport_class(io, name);
	struct vprep_fc_host host = { .name = name, .makes_vports = class };

	read_number(io, HOSTS, name, "port_name", 16, &host.wwpn);
	read_number(io, HOSTS, name, "node_name", 16, &host.wwnn);
	read_number(io, HOSTS, name, "fabric_name", 16, &host.fabric);
	if (class)
		host.counts_vports =
			read_number(io, class, name, "max_npiv_vports", 10, &host.most) &&
			read_number(io, class, name, "npiv_vports_inuse", 10, &host.used);
	return host;
}

static uint64_t host_number(const char *name)
{
	uint64_t value;

	return strncmp(name, "host", 4) == 0 &&
			       vprep_parse_u64(name + 4, 10, UINT32_MAX, &value) == 0
		       ? value
		       : UINT64_MAX;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = host_number(((const struct vprep_fc_host *)a)->name);
	uint64_t y = host_number(((const struct vprep_fc_host *)b)->name);

	return x < y ? -1 : x > y;
}

int vprep_fc_hosts_read(const struct vprep_io *io, struct vprep_fc_hosts *ret)
{
	_cleanup_(vprep_fc_hosts_done) struct vprep_fc_hosts hosts = { 0 };
	char **names = NULL;
	size_t i;
	int r;

	r = vprep_io_list(io, VPREP_SYS, &names, HOSTS);
	if (r < 0 && r != -ENOENT)
		return r;
	if (r == 0) {
		names = vprep_pool_take_list(&hosts.pool, names);
		hosts.items = vprep_pool_alloc(&hosts.pool, vprep_strv_len(names),
					       sizeof(*hosts.items));
	}
	if (hosts.pool.failed)
		return -ENOMEM;
	for (i = 0; names && names[i]; i++)
		hosts.items[hosts.n++] = vprep_fc_host_read(io, names[i]);
	if (hosts.n > 1)
		qsort(hosts.items, hosts.n, sizeof(*hosts.items), compare);
	*ret = TAKE_STRUCT(hosts);
	return 0;
}

void vprep_fc_hosts_done(struct vprep_fc_hosts *hosts)
{
	vprep_pool_done(&hosts->pool);
	*hosts = (struct vprep_fc_hosts){ 0 };
}

/* ---- vports ---- */

/* Where the host lies: "…/host3/vport-3:0-0/host9/fc_host/host9". */
static bool is_host_of(const struct vprep_io *io, const char *host, const char *vport)
{
	_cleanup_free_ char *target = NULL;
	_cleanup_free_ char *part = vprep_strf("/%s/%s/", vport, host);

	return part &&
	       vprep_io_readlink(io, VPREP_SYS, &target, HOSTS "/%s", host) == 0 &&
	       strstr(target, part);
}

static int find_host(const struct vprep_io *io, struct vprep_vport *vport)
{
	_cleanup_strv_ char **hosts = NULL;
	size_t i;
	int r;

	r = vprep_io_list(io, VPREP_SYS, &hosts, HOSTS);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	for (i = 0; hosts[i]; i++)
		if (is_host_of(io, hosts[i], vport->name))
			return (vport->host = strdup(hosts[i])) ? 0 : -ENOMEM;
	return 0;
}

/* "vport-3:0-0": the parent's number, the channel, the vport's. -ENODEV: gone meanwhile. */
static int read_vport(const struct vprep_io *io, const char *name,
		      struct vprep_vport *vport)
{
	const char *digits = strncmp(name, "vport-", 6) == 0 ? name + 6 : "";
	size_t len = strspn(digits, "0123456789");

	if (len == 0 || digits[len] != ':')
		return -ENODEV;
	read_number(io, VPORTS, name, "port_name", 16, &vport->wwpn);
	read_number(io, VPORTS, name, "node_name", 16, &vport->wwnn);
	vport->name = strdup(name);
	vport->parent = vprep_strf("host%.*s", (int)len, digits);
	return vport->name && vport->parent ? find_host(io, vport) : -ENOMEM;
}

static int add(const struct vprep_io *io, const char *name, struct vprep_vports *vports)
{
	struct vprep_vport vport = { 0 }, *item;
	int r = read_vport(io, name, &vport);

	item = r == 0 ? vprep_array_add(vports->items, vports->n) : NULL;
	if (item)
		*item = vport;
	else
		vprep_vport_done(&vport);
	return r == 0 && !item ? -ENOMEM : r == -ENODEV ? 0 : r;
}

int vprep_vports_read(const struct vprep_io *io, struct vprep_vports *ret)
{
	_cleanup_(vprep_vports_done) struct vprep_vports vports = { 0 };
	_cleanup_strv_ char **names = NULL;
	size_t i;
	int r = vprep_io_list(io, VPREP_SYS, &names, VPORTS);

	for (i = 0; r == 0 && names[i]; i++)
		r = add(io, names[i], &vports);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	*ret = TAKE_STRUCT(vports);
	return 0;
}

void vprep_vports_done(struct vprep_vports *vports)
{
	size_t i;

	for (i = 0; i < vports->n; i++)
		vprep_vport_done(&vports->items[i]);
	free(vports->items);
	*vports = (struct vprep_vports){ 0 };
}

struct wanted {
	uint64_t wwpn, wwnn;
	const char *host; /* NULL: by the names */
};

static bool is_wanted(const struct wanted *w, const struct vprep_vport *v)
{
	return w->host ? v->host && streq(v->host, w->host)
		       : v->wwpn == w->wwpn && v->wwnn == w->wwnn;
}

static int find(const struct vprep_io *io, const struct wanted *w,
		struct vprep_vport *ret)
{
	_cleanup_(vprep_vports_done) struct vprep_vports vports = { 0 };
	size_t i;
	int r = vprep_vports_read(io, &vports);

	for (i = 0; r == 0 && i < vports.n; i++)
		if (is_wanted(w, &vports.items[i])) {
			*ret = vports.items[i];
			vports.items[i] = (struct vprep_vport){ 0 };
			return 0;
		}
	return r < 0 ? r : -ENODEV;
}

int vprep_vport_find(const struct vprep_io *io, uint64_t wwpn, uint64_t wwnn,
		     struct vprep_vport *ret)
{
	return find(io, &(struct wanted){ .wwpn = wwpn, .wwnn = wwnn }, ret);
}

int vprep_vport_of_host(const struct vprep_io *io, const char *host,
			struct vprep_vport *ret)
{
	return find(io, &(struct wanted){ .host = host }, ret);
}

void vprep_vport_done(struct vprep_vport *vport)
{
	free(vport->name);
	free(vport->parent);
	free(vport->host);
	*vport = (struct vprep_vport){ 0 };
}
