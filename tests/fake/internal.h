/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the fake kernel's files share. */
#ifndef VPREP_TESTS_FAKE_INTERNAL_H
#define VPREP_TESTS_FAKE_INTERNAL_H

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "fake/fake.h"

/* The fake is broken, or the test that uses it. */
void fake_bug(const char *file, int line, const char *what) __attribute__((noreturn));
void fake_set_bug_file(struct fake *f);
#define must(x)                                                                          \
	do {                                                                             \
		if (!(x))                                                                \
			fake_bug(__FILE__, __LINE__, #x);                                \
	} while (0)

#define FAKE_FORMAT(path, format)                                                        \
	_cleanup_free_ char *path = NULL;                                                \
	do {                                                                             \
		va_list _ap;                                                             \
		va_start(_ap, format);                                                   \
		must(vasprintf(&path, format, _ap) >= 0);                                \
		va_end(_ap);                                                             \
	} while (0)

#define PCI_DEVICE "sys/bus/pci/devices/%s"
#define PCI_DRIVER "sys/bus/pci/drivers/%s"

/* tree.c */
int fake_lock(struct fake *f);
/* Lets the others go on for a moment. */
void fake_pause_locked(void);
/* The path of an existing file or folder without links, relative to the tree; NULL. */
char *fake_canonical(struct fake *f, const char *path);
/* Keeps the mode of a file that exists. */
void fake_store(struct fake *f, const char *content, const char *path, ...) FAKE_PATH(3);
unsigned fake_get_number(struct fake *f, unsigned otherwise, const char *path, ...)
	FAKE_PATH(3);
/* The value as sysfs_streq() sees it: without one trailing newline. */
char *fake_chomp(const char *value);

/* driver.c; stores get the folder's canonical path. All run under the lock. */
int fake_store_override(struct fake *f, const char *dir, const char *value);
int fake_store_bind(struct fake *f, const char *dir, const char *value);
int fake_store_unbind(struct fake *f, const char *dir, const char *value);
int fake_store_probe(struct fake *f, const char *dir, const char *value);
/* What the bus does with a new device: the first driver that matches and works. False
 * when the group's DMA is user space's, so that the attempt failed. */
bool fake_attach(struct fake *f, const char *address);
/* Binds whatever the ids say. */
int fake_bind(struct fake *f, const char *driver, const char *address);
/* Unbinds; waits while the device is held. */
void fake_detach(struct fake *f, const char *address);
void fake_register_module(struct fake *f, const char *module);
unsigned fake_driver_flags(struct fake *f, const char *driver);

/* vfio.c */
void fake_vfio_loaded(struct fake *f);
void fake_add_group_node(struct fake *f, int group);
void fake_remove_group_node(struct fake *f, int group);
int fake_lowest_group(struct fake *f);
/* VFIO's device of a bound one, by its folder. */
void fake_add_vfio_dev(struct fake *f, const char *device);
void fake_remove_vfio_dev(struct fake *f, const char *device);
void fake_vfio_bound(struct fake *f, const char *address);
void fake_vfio_unbinding(struct fake *f, const char *address);
void fake_vfio_unbound(struct fake *f, const char *address);
int fake_vfio_probe(struct fake *f, const char *address);
int fake_group_of(struct fake *f, const char *address);
int fake_group_viable(struct fake *f, int group);
/* Whether a process gets the group one stage further, which has come so far. */
int fake_try_group(struct fake *f, int group, enum vprep_group_stage stage);

/* device.c; under the lock */
void fake_add_pci_locked(struct fake *f, const struct fake_pci *spec);
void fake_remove_pci_locked(struct fake *f, const char *address);
void fake_remove_domain(struct fake *f, const char *controller);
/* The device joins the group that waits for it. */
void fake_join_late_group(struct fake *f, const char *address);

/* sriov.c */
int fake_store_numvfs(struct fake *f, const char *dir, const char *value);
int fake_store_autoprobe(struct fake *f, const char *dir, const char *value);
void fake_disable_vfs(struct fake *f, const char *pf);

/* link.c */
void fake_interface_bound(struct fake *f, const char *address);
void fake_interface_unbound(struct fake *f, const char *address);
void fake_interface_add_vf(struct fake *f, const char *pf, unsigned index);
void fake_interface_remove_vf(struct fake *f, const char *pf, unsigned index);
int fake_get_vf(struct fake *f, const char *name, unsigned index,
		struct vprep_io_vf *ret);
int fake_store_vf(struct fake *f, const char *path, const char *value);

/* mdev.c */
int fake_store_create(struct fake *f, const char *dir, const char *value);
int fake_store_remove(struct fake *f, const char *dir, const char *value);
int fake_store_vgpu(struct fake *f, const char *dir, const char *value);
void fake_register_mdev_parent(struct fake *f, const char *parent, const char *driver);
void fake_unregister_mdev_parent(struct fake *f, const char *parent);

/* vport.c */
int fake_store_vport_create(struct fake *f, const char *dir, const char *value);
int fake_store_vport_delete(struct fake *f, const char *dir, const char *value);

/* stuck.c */
bool fake_anything_held(struct fake *f);
bool fake_anything_busy(struct fake *f);
/* Runs fake_write() in a process of its own; ours cannot be killed before that ends. */
int fake_write_held(struct fake *f, const char *path, const char *value);
/* Waits, without the lock, while a marker exists. */
void fake_wait_while(struct fake *f, const char *path, ...) FAKE_PATH(2);
/* The device lock: waits until no other operation is in the middle of this device. */
void fake_wait_device(struct fake *f, const char *address);

/* ops.c */
int fake_write(struct fake *f, const char *path, const char *value);

/* inject.c; -errno: fail so. */
int fake_inject_before(struct fake *f, const char *path, bool *ret_die_after);
/* True: this is what is left of a killed writer; it ends with the write. @lock is the
 * tree's, and is taken anew. */
bool fake_inject_late(struct fake *f, int *lock);
void fake_inject_after(bool die_after);

#endif
