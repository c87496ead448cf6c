/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every touch of the host goes through here; no other file knows a path of the host's
 * roots.
 *
 * I1  A path is relative to a root; the roots are directory fds, opened once.
 * I2  A read is bounded, and no link leads it out of its root. In a captured tree, it is
 *     of regular files and folders only.
 * I3  Writes that the kernel may block are made in a child (io/job.h), never in the
 *     caller.
 */
#ifndef VPREP_IO_IO_H
#define VPREP_IO_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "common/cleanup.h"
#include "common/vf-setting.h"

enum vprep_root {
	VPREP_SYS,  /* sysfs */
	VPREP_PROC, /* procfs */
	VPREP_DEV,  /* devtmpfs */
	VPREP_RUN,  /* state of this boot */
	VPREP_ROOTS,
};

struct vprep_io;

/* What stands before a path below a root in messages and in the journal. */
#define VPREP_IO_SYSFS "/sys/"
#define VPREP_IO_NODES "/dev/"

/* An address of a network interface. */
struct vprep_io_address {
	char interface[16];
	char text[64]; /* "192.0.2.1" */
};

/* The device that a node in a file system stands for, whatever the node is called. */
struct vprep_io_node {
	bool is_block; /* else a character device */
	unsigned major;
	unsigned minor;
};

/* The settings of a VF that its PF's network interface keeps. */
struct vprep_io_vf {
	uint8_t mac[6];			   /* all zero: none */
	uint16_t vlan;			   /* 0: none */
	uint8_t qos;			   /* 802.1p priority */
	uint16_t protocol;		   /* 0x8100 (802.1Q) or 0x88a8 */
	struct vprep_vf_settings settings; /* those that its driver shows */
};

/* A vDPA device. */
struct vprep_io_vdpa {
	uint32_t id;  /* of its virtio device: 1 a network card, 2 a block device */
	bool has_mac; /* of its own */
	uint8_t mac[6];
};

/* Features of a network interface, as the older requests of ethtool name them. */
enum vprep_io_feature {
	VPREP_IO_RXCSUM,
	VPREP_IO_TXCSUM,
	VPREP_IO_SG,
	VPREP_IO_TSO,
	VPREP_IO_GSO,
	VPREP_IO_GRO,
	VPREP_IO_LRO,
	VPREP_IO_RXVLAN,
	VPREP_IO_TXVLAN,
	VPREP_IO_NTUPLE,
	VPREP_IO_RXHASH,
	VPREP_IO_TXUDPTNL,
};

/* Of a VFIO group, on its way to user space. */
enum vprep_group_stage {
	VPREP_GROUP_OPEN,
	VPREP_GROUP_STATUS,    /* VFIO_GROUP_GET_STATUS: viable */
	VPREP_GROUP_CONTAINER, /* VFIO_GROUP_SET_CONTAINER */
	VPREP_GROUP_IOMMU,     /* VFIO_SET_IOMMU */
};

/* Operations of the kernel. A test replaces them, and works on a plain folder. */
struct vprep_io_ops {
	/* One attribute write below /sys. May block. */
	int (*write_attr)(struct vprep_io *io, const char *path, const char *value);
	/* Loads a module by name. -ENOENT: not installed. May block. */
	int (*load_module)(struct vprep_io *io, const char *name);
	/* The modules that an alias resolves to, best first; an empty list is no error.
	 * The list is NULL-terminated. */
	int (*resolve_alias)(const struct vprep_io *io, const char *alias,
			     char ***ret_modules);
	/* 1 when the module, installed or built in, gives PCI devices to user space: it
	 * needs vfio-pci-core, or has a vfio_pci: alias; else 0. */
	int (*module_is_vfio)(const struct vprep_io *io, const char *module);
	/* How many installed aliases match, without their modules. An error, or NULL for
	 * the operation: that is unknown. */
	int (*count_aliases)(struct vprep_io *io, const char *alias, size_t *ret);
	/* 1 when a block device node is exclusively open somewhere, else 0. -EACCES and
	 * -EPERM: we may not find out. */
	int (*block_is_claimed)(struct vprep_io *io, const char *node);
	/* Which device the node at the path is, links followed: -ENODEV it is none. Never
	 * waits for a file system. NULL: nobody knows, and nodes go by their names. */
	int (*node_device)(const struct vprep_io *io, enum vprep_root root,
			   const char *path, struct vprep_io_node *ret);
	/* Does with a group what QEMU does up to the stage @last, and lets it go. *@ret
	 * is the stage that failed. -EBUSY at the open: somebody has it open; -EPERM at
	 * the status: it is not viable; -EOPNOTSUPP: there is no container of type 1. */
	int (*try_group)(struct vprep_io *io, const char *node,
			 enum vprep_group_stage last, enum vprep_group_stage *ret);
	/* What the module is loaded with, by modprobe's configuration and the kernel's
	 * command line: the option's value. -ENOENT: neither says. */
	int (*module_option)(struct vprep_io *io, const char *module, const char *option,
			     char **ret);
	/* Interface addresses, link-local IPv6 left out. */
	int (*addresses)(struct vprep_io *io, struct vprep_io_address **ret,
			 size_t *ret_n);
	/* Of a PF's interface. -ENODEV: there is no such interface; -ENOENT: it has no
	 * such VF, or its driver shows none. These four may block. */
	int (*get_vf)(struct vprep_io *io, const char *interface, unsigned index,
		      struct vprep_io_vf *ret);
	/* -EOPNOTSUPP: the driver cannot; -EINVAL: it does not take the value. */
	int (*set_vf_mac)(struct vprep_io *io, const char *interface, unsigned index,
			  const uint8_t mac[6]);
	/* VLAN, priority and protocol of @vlan. */
	int (*set_vf_vlan)(struct vprep_io *io, const char *interface, unsigned index,
			   const struct vprep_io_vf *vlan);
	int (*set_vf_setting)(struct vprep_io *io, const char *interface, unsigned index,
			      enum vprep_vf_setting setting, uint64_t value);
	/* Bit N: enum vprep_io_feature N is on. NULL: unknown. */
	int (*net_features)(const char *interface, uint32_t *ret);
	/* Of a PF by its PCI address: 1 when its card's switch has a port of the host for
	 * each VF (switchdev), else 0. Errors and NULL: it has no such switch, or it is
	 * unknown. */
	int (*is_switchdev)(const char *address);
	/* Of the vDPA device that sysfs calls @name. Errors and NULL: it is unknown. */
	int (*read_vdpa)(const char *name, struct vprep_io_vdpa *ret);
};

/* How long a lock of ours on the host's state is waited for. */
struct vprep_io_patience {
	unsigned seconds;
	bool (*interrupted)(void *data); /* a true answer ends the wait; may be NULL */
	void *data;
};

/* Whether the kernel had an answer to a question that it may never answer
 * (io/ask-first.h). */
struct vprep_io_answer {
	char lock[32];
	char about[32];
	bool is_missing;
	int64_t until; /* when that is too long ago to count; ms, monotonic */
};

struct vprep_io {
	const struct vprep_io_ops *ops;
	int base; /* the folder of the roots, "/" on a live host */
	int root[VPREP_ROOTS];
	char *prefix; /* what stands before an absolute path of the host; "" on a live one
		       */
	bool live;    /* false for a captured tree: nothing may be written */
	void *data;   /* the ops' own */
	pid_t *ended; /* children that have reported and are about to be gone */
	size_t n_ended;
	struct vprep_access_log *access_log; /* of all that is read; NULL: none is kept */
	struct vprep_io_patience patience;
	pid_t detached; /* the last program that nobody waits for; 0: none */
	bool is_child;	/* of io/job.h, whose parent waits no longer than a deadline */
	struct vprep_io_answer answer; /* the last one */
};

extern const struct vprep_io_ops vprep_io_kernel_ops;

/* Opens the live host's roots: /sys, /proc, /dev, /run. */
int vprep_io_new(struct vprep_io **ret);
/* Opens DIR/sys, DIR/proc, DIR/dev, DIR/run; a missing one is empty. */
int vprep_io_new_at(const char *dir, bool live, const struct vprep_io_ops *ops,
		    struct vprep_io **ret);
void vprep_io_free(struct vprep_io *io);
DEFINE_CLEANUP(struct vprep_io, vprep_io_free);

#define VPREP_IO_PATH(n) __attribute__((format(printf, n, n + 1)))

/* A file's content up to 64 KiB without its trailing newline. A NUL byte ends it. */
int vprep_io_read(const struct vprep_io *io, enum vprep_root root, char **ret,
		  const char *path, ...) VPREP_IO_PATH(4);
/* The same for files that may be large (proc tables), up to 16 MiB. */
int vprep_io_read_table(const struct vprep_io *io, enum vprep_root root, char **ret,
			const char *path, ...) VPREP_IO_PATH(4);
/* Exactly @len bytes at @offset, else -EIO. */
int vprep_io_read_bytes(const struct vprep_io *io, enum vprep_root root, off_t offset,
			void *buf, size_t len, const char *path, ...) VPREP_IO_PATH(6);
/* An attribute that holds one number, in base 10 or 16 (an 0x prefix is accepted then). */
int vprep_io_read_u64(const struct vprep_io *io, enum vprep_root root, unsigned base,
		      uint64_t *ret, const char *path, ...) VPREP_IO_PATH(5);
/* A link's target as it stands, and its last component. -ENOENT when there is none. */
int vprep_io_readlink(const struct vprep_io *io, enum vprep_root root, char **ret,
		      const char *path, ...) VPREP_IO_PATH(4);
int vprep_io_link_name(const struct vprep_io *io, enum vprep_root root, char **ret,
		       const char *path, ...) VPREP_IO_PATH(4);
/* 1 or 0; follows links. */
int vprep_io_exists(const struct vprep_io *io, enum vprep_root root, const char *path,
		    ...) VPREP_IO_PATH(3);
/* Sorted names in a directory, without the dotted ones. */
int vprep_io_list(const struct vprep_io *io, enum vprep_root root, char ***ret,
		  const char *path, ...) VPREP_IO_PATH(4);
/* The same of an open directory; closes it. */
int vprep_io_list_fd(int fd, char ***ret);
/* openat(2) with O_CLOEXEC. -EXDEV: a link or ".." leads out of the root. -EINVAL: a file
 * in a captured tree that is no regular one. */
int vprep_io_open(const struct vprep_io *io, enum vprep_root root, int flags,
		  const char *path, ...) VPREP_IO_PATH(4);

/* Writes one attribute below /sys. May block: call it in a job unless the attribute is
 * known not to. */
int vprep_io_write(struct vprep_io *io, const char *value, const char *path, ...)
	VPREP_IO_PATH(3);

/* The part of an absolute path that is below /dev; NULL: the path is not there. */
const char *vprep_io_below_dev(const char *path);
/* The absolute path of a node; NULL: out of memory. */
char *vprep_io_dev_path(const char *node);

/* Whether the process as it is now could open the node for reading and writing, without
 * opening it. -EACCES. */
int vprep_io_node_access(const struct vprep_io *io, const char *path, ...)
	VPREP_IO_PATH(2);

/* Node ownership: fstat of the node itself, which must not be a link. */
int vprep_io_node_stat(const struct vprep_io *io, struct stat *ret, const char *path, ...)
	VPREP_IO_PATH(3);
/* Gives the node owner and mode where it has others, and tells how it is after that: all
 * of one open fd, so that it is the same node. -ELOOP: it is a link or a folder. */
int vprep_io_node_give(const struct vprep_io *io, uid_t uid, gid_t gid, mode_t mode,
		       struct stat *ret, const char *path, ...) VPREP_IO_PATH(6);
int vprep_io_node_set(const struct vprep_io *io, uid_t uid, gid_t gid, mode_t mode,
		      const char *path, ...) VPREP_IO_PATH(5);

/*
 * Our state folder /run/vfio-prep, as a directory fd. With @create it is made (0711) when
 * missing, otherwise -ENOENT. -EPERM: it is not ours alone (wrong owner or mode, a link);
 * -EACCES: the caller may not read it.
 */
int vprep_io_state_dir(const struct vprep_io *io, bool create, int *ret_fd);
/* Its part that everybody may read: made where it is missing, or for a reader. -EPERM:
 * others can write it. */
#define VPREP_IO_STATE_PUBLIC "public"
int vprep_io_state_make_public(int state);
int vprep_io_state_public(const struct vprep_io *io, int *ret_fd);
/* Removes the state folder. -ENOTEMPTY. */
int vprep_io_state_dir_remove(const struct vprep_io *io);

/*
 * A file or folder of the host by absolute path, as the host itself finds it: in a
 * captured tree, links are followed inside the tree, and only regular files and folders
 * are opened. O_CLOEXEC.
 */
int vprep_io_host_open(const struct vprep_io *io, const char *path, int flags);
int vprep_io_host_stat(const struct vprep_io *io, const char *path, struct stat *ret);
/* Of the link itself. */
int vprep_io_host_lstat(const struct vprep_io *io, const char *path, struct stat *ret);
/* Whether two paths are the same, or lead to the same file or folder. */
bool vprep_io_host_is_same(const struct vprep_io *io, const char *a, const char *b);
/* A link's target as it stands. -EINVAL: it is no link. */
int vprep_io_host_readlink(const struct vprep_io *io, const char *path, char **ret);
/* The SELinux label of the file that the path leads to. -ENODATA: it has none. */
int vprep_io_host_label(const struct vprep_io *io, const char *path, char **ret);
/* Sorted names in a directory, without the dotted ones. */
int vprep_io_host_list(const struct vprep_io *io, const char *path, char ***ret);

/* A folder of the host by absolute path. With @create, missing components are made
 * (0755). */
int vprep_io_host_dir(const struct vprep_io *io, const char *path, bool create,
		      int *ret_fd);
/* The topmost component of the path that is missing; NULL when the whole path is there. */
int vprep_io_host_dir_missing(const struct vprep_io *io, const char *path, char **ret);
/* Removes the folder and those above it, up to and with @topmost, as far as they are
 * empty. */
void vprep_io_host_dir_remove(const struct vprep_io *io, const char *path,
			      const char *topmost);

#endif
