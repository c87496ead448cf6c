/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fibre channel hosts, and their virtual ports (NPIV). */
#ifndef VPREP_HOST_VPORT_H
#define VPREP_HOST_VPORT_H

#include <stdbool.h>

#include "common/pool.h"
#include "io/io.h"
#include "model/vport.h"

struct vprep_fc_host {
	const char *name;    /* "host3" */
	uint64_t wwnn, wwpn; /* 0: unknown */
	uint64_t fabric;     /* 0: in none */
	bool makes_vports;
	bool counts_vports; /* the next two were read */
	uint64_t most, used;
};

/* Everything in it lives in the pool. */
struct vprep_fc_hosts {
	struct vprep_pool pool;
	size_t n;
	struct vprep_fc_host *items;
};

/* The facts of one host; what cannot be read stays 0. @name is borrowed. */
struct vprep_fc_host vprep_fc_host_read(const struct vprep_io *io, const char *name);
/* All of them, in the order of their numbers, the hosts of vports among them. That there
 * is none is no error. */
int vprep_fc_hosts_read(const struct vprep_io *io, struct vprep_fc_hosts *ret);
void vprep_fc_hosts_done(struct vprep_fc_hosts *hosts);

/* The class in which the host has vport_create and vport_delete: that of fibre channel
 * hosts, or that of SCSI hosts where old drivers had them. NULL: it makes no vports. */
const char *vprep_vport_class(const struct vprep_io *io, const char *host);

struct vprep_vport {
	char *name;   /* "vport-3:0-0" */
	char *parent; /* "host3" */
	char *host;   /* its own, "host9"; NULL: there is none (yet, or any more) */
	uint64_t wwpn, wwnn;
};

/* The vport with these names, or the one to which the host @host belongs. -ENODEV: there
 * is none. */
int vprep_vport_find(const struct vprep_io *io, uint64_t wwpn, uint64_t wwnn,
		     struct vprep_vport *ret);
int vprep_vport_of_host(const struct vprep_io *io, const char *host,
			struct vprep_vport *ret);
void vprep_vport_done(struct vprep_vport *vport);

struct vprep_vports {
	size_t n;
	struct vprep_vport *items;
};

/* All of them. That there is none is no error. */
int vprep_vports_read(const struct vprep_io *io, struct vprep_vports *ret);
void vprep_vports_done(struct vprep_vports *vports);

#endif
