/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices that are asked for by a declared name: "@lab-nic" is one device of that name,
 * "@lab-nic*3" are three. Who asks gets what is free.
 *
 * I1  Under the global lock the choice is nobody else's: what is chosen is claimed before
 *     the lock is let go.
 */
#ifndef VPREP_SESSION_POOLS_H
#define VPREP_SESSION_POOLS_H

#include "common/pool.h"
#include "declared/declared.h"
#include "journal/owners.h"
#include "session/session.h"

/* Who asks for devices of declared names. */
enum vprep_pools_asking {
	VPREP_POOLS_ATTACH, /* who wants more than he has, and may wait */
	VPREP_POOLS_LAUNCH, /* who uses what he has, or else could have */
	VPREP_POOLS_DOMAIN, /* who keeps what he has and wants the rest, and cannot wait */
};

/* A device of a pool, and whether it can be had. Strings are in the pool of memory. */
struct vprep_pool_member {
	struct vprep_pci_address address;
	const char *name; /* "0000:05:10.1" */
	int numa_node;	  /* -1: not known */
	enum vprep_host_device_state state;
	const struct vprep_owner *owner; /* NULL: nobody */
	bool is_by_group; /* he has it only as one of its IOMMU group, or of his VFs */
	const char *why;  /* it is in use, or stays */
	bool chosen;	  /* by an earlier name of the same request */
};

struct vprep_pool_look {
	struct vprep_session *session;
	const struct vprep_declared *declared;
	const struct vprep_owners *owners;
	struct vprep_match_devices devices; /* of the host */
	unsigned *searches; /* of each device, the last one that found it */
	unsigned n_searches;
	struct vprep_in_use *in_use;
	struct vprep_pool memory;
};

/* What @look borrows are its first members, which the caller has set. */
int vprep_pool_look_begin(struct vprep_pool_look *look, struct vprep_error *err);
void vprep_pool_look_done(struct vprep_pool_look *look);

/* The devices of a declared name, in the order of its matches and then of their
 * addresses. */
int vprep_pool_members(struct vprep_pool_look *look,
		       const struct vprep_declared_device *declared,
		       struct vprep_pool_member **ret, size_t *ret_n,
		       struct vprep_error *err);

/* The same without looking at them: name and address alone. -ENOMEM, and what reading
 * gives. */
int vprep_pool_find(struct vprep_pool_look *look,
		    const struct vprep_declared_device *declared,
		    struct vprep_pool_member **ret, size_t *ret_n);

/* 1 when a device has that declared name; 0; an error. @look needs no owners for that. */
int vprep_pool_has(struct vprep_pool_look *look,
		   const struct vprep_declared_device *declared,
		   struct vprep_pci_address address, struct vprep_error *err);

/* "@NAME" or "@NAME*N" */
bool vprep_pool_is_name(const char *name);
/* -EINVAL it is malformed; -ENOENT no such name is declared. */
int vprep_pool_parse(const struct vprep_declared *declared, const char *text,
		     const struct vprep_declared_device **ret, unsigned *ret_count,
		     struct vprep_error *err);

/* How many of them the owner @asker has, without those that are chosen already. */
unsigned vprep_pool_count_held(const struct vprep_pool_member *members, size_t n,
			       const char *asker);

/*
 * Chooses @count members that can be had; who does not attach gets first those that he,
 * the owner @asker, has already. Marks them, and adds their names to *@names. -EBUSY
 * fewer are free; -ENODEV the host has none of them.
 */
int vprep_pool_choose(const struct vprep_declared_device *declared,
		      struct vprep_pool_member *members, size_t n, unsigned count,
		      const char *asker, enum vprep_pools_asking asking, char ***names,
		      struct vprep_error *err);

#endif
