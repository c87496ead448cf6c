/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files behind host/in-use.h share. */
#ifndef VPREP_HOST_IN_USE_INTERNAL_H
#define VPREP_HOST_IN_USE_INTERNAL_H

#include "host/holders.h"
#include "in-use/in-use.h"

/* The folders of links that lead to where a thing lies in the device tree. */
enum vprep_index_kind {
	VPREP_INDEX_BLOCK,
	VPREP_INDEX_NET,
	VPREP_INDEX_NVME,
	VPREP_INDEX_DRM,
	VPREP_INDEX_SOUND,
	VPREP_INDEX_USB,
	VPREP_INDEXES,
};

struct vprep_index_entry {
	char *name;
	char *path;  /* the link as it stands */
	bool on_pci; /* else it is virtual, or a platform's */
	struct vprep_pci_address pci;
};

struct vprep_index {
	bool loaded;
	size_t n;
	struct vprep_index_entry *items; /* by name */
};

struct vprep_storage;
struct vprep_net_use;

struct vprep_in_use {
	struct vprep_io *io;
	struct vprep_index index[VPREP_INDEXES];
	struct vprep_storage *storage; /* NULL until needed, as the rest */
	struct vprep_net_use *net;
	bool holders_loaded;
	struct vprep_holders holders;
};

/* Reads the index when this is the first question to it. */
int vprep_in_use_index(struct vprep_in_use *scan, enum vprep_index_kind kind,
		       const struct vprep_index **ret);
const struct vprep_index_entry *vprep_index_find(const struct vprep_index *index,
						 const char *name);

static inline bool vprep_index_entry_is_on(const struct vprep_index_entry *entry,
					   const struct vprep_pci_device *device)
{
	return entry->on_pci && vprep_pci_address_same(entry->pci, device->address);
}

/* True for an answer that says that something is not there, or not for us to see. */
bool vprep_in_use_is_absent(int r);

/* A value of a "KEY=value" attribute such as uevent; *ret is NULL when there is none. */
int vprep_in_use_value(const struct vprep_in_use *scan, const char *key, char **ret,
		       const char *path);

/* Takes both strings, on failure too; a NULL one stands for ENOMEM. */
int vprep_uses_add(struct vprep_uses *uses, bool never_taken, char *what, char *fix);

/* @s as one word of a shell's command line: people paste what a fix says. */
char *vprep_shell_word(const char *s);

/* Cuts the next blank-separated field off *@rest; NULL at the end. */
char *vprep_next_field(char **rest);

int vprep_in_use_storage(struct vprep_in_use *scan, const struct vprep_pci_device *device,
			 struct vprep_uses *uses);
void vprep_storage_free(struct vprep_storage *storage);

int vprep_in_use_net(struct vprep_in_use *scan, const struct vprep_pci_device *device,
		     struct vprep_uses *uses);
void vprep_net_use_free(struct vprep_net_use *net);

int vprep_in_use_vfs(struct vprep_in_use *scan, const struct vprep_pci_device *device,
		     struct vprep_uses *uses);
int vprep_in_use_graphics(struct vprep_in_use *scan,
			  const struct vprep_pci_device *device, struct vprep_uses *uses);
int vprep_in_use_console(struct vprep_in_use *scan, const struct vprep_pci_device *device,
			 struct vprep_uses *uses);
int vprep_in_use_sound(struct vprep_in_use *scan, const struct vprep_pci_device *device,
		       struct vprep_uses *uses);
int vprep_in_use_usb(struct vprep_in_use *scan, const struct vprep_pci_device *device,
		     struct vprep_uses *uses);
int vprep_in_use_mdevs(struct vprep_in_use *scan, const struct vprep_pci_device *device,
		       struct vprep_uses *uses);
int vprep_in_use_vfio(struct vprep_in_use *scan, const struct vprep_pci_device *device,
		      struct vprep_uses *uses);

#endif
