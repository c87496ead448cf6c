/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libvfio-prep: prepare host devices for virtual machines, and give them back.
 *
 * Every function returns 0 on success or a negative errno value, and then fills the
 * `struct vprep_error` that it was given (which may be NULL). An output parameter is
 * untouched on failure. Results are plain structures that the caller frees with the
 * function named beside them; strings in them live as long as the result. NULL means
 * "absent".
 *
 * Structures grow at their end, and a program goes on with a newer library of the same
 * SONAME without being compiled anew:
 * - What a program fills is zeroed first, and its first member is its size. 0 stands for
 *   the members that the structure had in version 0.2; later ones are looked at only if
 *   the size says that they are there. What the library does not know is refused: -E2BIG.
 * - What the library gives is used by its address, and the items of its arrays by the
 *   functions named _at(), which know how far apart they are and give NULL beyond the
 *   last one. sizeof and [i] are right only with the library that one was compiled for.
 * - struct vprep_error stays as it is.
 *
 * A session may be used by one thread at a time, and several sessions by as many threads
 * at once. The library prints nothing, never exits and installs no signal handlers. A
 * program that must not wait starts a task, see vprep_attach_start().
 *
 * Functions that change the host start child processes for the writes that the kernel may
 * block, and wait for them up to the configured deadline, each by its number. So SIGCHLD
 * comes for processes that the program did not start, which it passes over. What it does
 * with SIGCHLD does not matter: it may have the default, a handler, be blocked, or be
 * ignored; nor does it matter if somebody waits for all children there are.
 */
#ifndef VFIO_PREP_H
#define VFIO_PREP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What kind of failure it was; the values are stable. */
enum vprep_code {
	VPREP_OK = 0,
	VPREP_E_FAILED = 1, /**< the host failed; everything was rolled back */
	VPREP_E_USAGE = 2,  /**< the request is malformed */
	VPREP_E_REFUSED =
		3, /**< refused for the reason given (permission, policy, deny) */
	VPREP_E_NOT_FOUND = 4,	 /**< no such device, owner or user */
	VPREP_E_UNSUPPORTED = 5, /**< the device or host cannot do it */
	VPREP_E_NOT_VIABLE = 6,	 /**< the IOMMU group is not viable */
	VPREP_E_IN_USE = 7,	 /**< the host or a process uses the device */
	VPREP_E_OWNED = 8,	 /**< another owner holds the device or its group */
	VPREP_E_LEFT = 9,	 /**< failed, and something is left for recover */
};

/** One error: a line or two for a person, and the parts for a program. */
struct vprep_error {
	enum vprep_code code;
	int number;	    /**< errno value, 0 when none applies */
	char device[64];    /**< the device's name, "" when none applies */
	char message[1024]; /**< what, which device, why and what to do next; UTF-8 */
};

/** The exit status that the command gives this error (0 to 4). Since 0.1. */
int vprep_error_exit_status(const struct vprep_error *err);

/** Severity of a log line. */
enum vprep_log_level {
	VPREP_LOG_WARNING, /**< something is not as it should be, the call goes on */
	VPREP_LOG_NOTICE,  /**< worth telling a person */
	VPREP_LOG_DEBUG,
};

/** Receives log lines: printable UTF-8, no newline. It may block: it is never called while
 * the session has a lock, so that lines of a change may come when the change is over. */
typedef void (*vprep_log_fn)(void *data, enum vprep_log_level level, const char *line);

/** The same, but must not block: false if it would, and the line comes again later. */
typedef bool (*vprep_try_log_fn)(void *data, enum vprep_log_level level,
				 const char *line);

/** How to open a session; zeroes are the defaults. */
struct vprep_options {
	size_t size; /**< sizeof(struct vprep_options), or 0 */
	/** One file of the configuration; NULL: those of the host that is looked at,
	 * /etc/vfio-prep.conf and vfio-prep.conf.d, as far as they are there. */
	const char *config;
	/** A captured tree to look at instead of the live host; what changes something
	 * gives -EROFS. */
	const char *sysroot;
	vprep_log_fn log;
	void *log_data;
	/** Polled while waiting; a true answer rolls the running request back (-EINTR).
	 * What is being given back is given back, without waiting for who has it open. */
	bool (*interrupted)(void *data);
	void *interrupted_data;
};

struct vprep_session;

/**
 * Opens a session: reads the configuration, opens the host's folders. Changes nothing.
 * -EINVAL the configuration is malformed (the message has file and line); -ENOENT the
 * configuration file or sysroot named does not exist; -ENOMEM. Does not block. Since 0.1.
 */
int vprep_session_new(const struct vprep_options *options, struct vprep_session **ret,
		      struct vprep_error *err);
void vprep_session_free(struct vprep_session *session);

/**
 * Lines that come while the session has a lock are given to @try_log first, with the
 * options' log_data; those that it refuses are given to the options' log when there is no
 * lock any more. NULL, the default: all are. Since 0.1.
 */
void vprep_session_set_try_log(struct vprep_session *session, vprep_try_log_fn try_log);

/**
 * How far a change is. The kernel works for many devices at once, kind after kind of
 * step: first all are bound, say, and then all nodes are given away.
 */
struct vprep_progress {
	const char *work; /**< the kind of step, as in a plan: "driver-bind" */
	bool undoes;	  /**< it is undone: a device is given back */
	unsigned done;	  /**< of these steps */
	unsigned total;
	const char *device;    /**< the one that takes longest now; NULL: none runs */
	unsigned milliseconds; /**< how long it has taken by now */
};

/** Receives progress, while the session has a lock: it must not block. */
typedef void (*vprep_progress_fn)(void *data, const struct vprep_progress *progress);

/**
 * From now on tells how far calls with this session are: as a kind of step begins, as
 * each device is done, and about ten times a second while all are waited for. NULL, the
 * default: nobody is told. Since 0.2.
 */
void vprep_session_set_progress(struct vprep_session *session, vprep_progress_fn progress,
				void *data);

/** What to do with group members that stand in the way. */
enum vprep_group_policy {
	VPREP_POLICY_DEFAULT, /**< the configuration's */
	VPREP_POLICY_WHOLE,   /**< bind them to vfio-pci as placeholders, unless in use */
	VPREP_POLICY_STRICT,  /**< refuse and name each */
};

/** What to attach; zeroes are the defaults. */
struct vprep_request {
	size_t size; /**< sizeof(struct vprep_request), or 0 */
	/** NULL-terminated device names, in any form; "@NAME", "@NAME*3": as many that
	 * are free of those that have that declared name (vprep_device_pools()). */
	const char *const *names;
	const char *domain; /**< or a libvirt domain XML; need not be terminated */
	size_t domain_len;  /**< its length in bytes */
	const char *owner;  /**< who will hold them; NULL: "manual", or the domain */
	const char *user;   /**< "USER[:GROUP]" to own the node; NULL: the domain's
			       metadata if the configuration's metadata-users lists that
			       user, else the configuration */
	const char *mode;   /**< node mode in octal, "600"; NULL: configuration */
	const char *driver; /**< bind this driver instead of the best vfio driver */
	enum vprep_group_policy policy;
	bool force; /**< take the named devices even when in use */
	/** The process that will hold them, such as the caller; 0: nobody in particular.
	 * When it has ended, vprep_recover() gives them back. Needs @owner; with it,
	 * vprep_attach() takes a @domain, too, and the owner is this process's alone. */
	int pid;
	const char *memory; /**< of the guest, "4G"; a number alone is MiB; NULL: the
			       domain's, or not known. For vprep_launch() only */
	/** Do not try at the end, as QEMU will, whether the kernel gives the group's
	 * IOMMU to user space. Of no use but for speed. Since 0.2. */
	bool no_proof;
	/** How many seconds to wait until as many devices of a declared name are free as
	 * are wanted; who came first is first. For vprep_attach(). Since 0.2. */
	unsigned wait;
	/** libvirt starts the domain and looks for its devices, too: a USB device that is
	 * not there is left to it, where it may find it at another address, or start
	 * without it, as with a domain that was saved. For vprep_prepare(). Since 0.2. */
	bool by_libvirt;
};

/**
 * Attaches devices: the whole group of each is checked first, then drivers are bound, the
 * group's node is given to the user, and each step is proven by reading back. All or
 * nothing: after a failure the host is as it was, unless the code is VPREP_E_LEFT.
 * -EINVAL malformed name, user, mode, driver or owner; -ENAMETOOLONG the owner's name;
 * -ENOENT no such user or group, or no such declared name;
 * -ENODEV no such device; -EOPNOTSUPP a bridge, no IOMMU group, or no driver; -EBUSY in
 * use, or owned, by this owner too; -EPERM not root, denied, or not viable under the
 * policy; -ESRCH no such process (@pid); -EAGAIN another command works on the owner;
 * -EINTR interrupted; -EBADMSG, -EPROTO the owner's journal cannot be trusted; -ETIMEDOUT
 * the kernel did not finish in time, or another process does not let the journals go;
 * -ENOMEM, -EIO and other values from the host. Blocks: up to the bind deadline for the
 * owner's other commands, then as long as the slowest device takes, up to the deadlines
 * of its steps. Since 0.1.
 */
int vprep_attach(struct vprep_session *session, const struct vprep_request *request,
		 struct vprep_error *err);

/**
 * Prepares the host devices that a domain XML names (@request->domain): what
 * vprep_attach() does for names, for all of them at once. Their owner is the domain, by
 * its uuid (one without: by its name, as "name:NAME"). What the domain holds already
 * stays, what is missing is attached, so it may be called again with an XML that shows
 * more. Devices that the configuration's `prepare` leaves out are passed over, as are
 * missing USB devices with startupPolicy='optional'. Errors as vprep_attach(), and:
 * -EINVAL the XML is malformed (the message has the line), or two of its devices are one;
 * -EFBIG it is too large; -EOPNOTSUPP libxml2 is not installed. Blocks as vprep_attach().
 * Since 0.1.
 */
int vprep_prepare(struct vprep_session *session, const struct vprep_request *request,
		  struct vprep_error *err);

/** A device that a domain has by a declared name. Since 0.2. */
struct vprep_filled_device {
	const char *name;    /**< of its <vp:device>: "lab-nic" */
	const char *address; /**< of the device: "0000:05:10.1" */
	bool is_new;	     /**< chosen by this call; else the document had it already */
};

/** A domain XML with the devices that it asks for by declared names. Since 0.2. */
struct vprep_filled {
	const char *xml; /**< the whole document */
	size_t n;
	const struct vprep_filled_device *devices; /**< in the order of the document */
};

/**
 * Chooses a device for each <vp:device name="NAME"/> in the metadata of a domain XML
 * (@request->domain): one that is free and has that declared name. Its address is added
 * to the element, and a <hostdev> that gives it to the guest to <devices>; every other
 * byte of the document stays. A device that the document has already stays as long as it
 * has the name and nobody else holds it. Nothing is held by that: two documents may get
 * the same device, and then vprep_prepare() refuses the second. -EINVAL the document is
 * malformed, or cannot be edited, as UTF-16 cannot; -ENOENT no such name is declared;
 * -EBUSY too few devices of the name are free; -ENODEV this host has none; -EFBIG,
 * -EOPNOTSUPP, -ENOMEM as vprep_prepare(). Changes nothing. Does not block. Since 0.2.
 */
int vprep_fill(struct vprep_session *session, const struct vprep_request *request,
	       struct vprep_filled **ret, struct vprep_error *err);

/**
 * The same, and prepares the domain as vprep_prepare() does: the choice and the claim are
 * made under one lock. For who can still change the document that the guest is started
 * from; vprep_prepare() itself wants one that was filled before (code VPREP_E_REFUSED).
 * Errors as of both. Blocks as vprep_prepare(). Since 0.2.
 */
int vprep_prepare_filled(struct vprep_session *session,
			 const struct vprep_request *request, struct vprep_filled **ret,
			 struct vprep_error *err);
void vprep_filled_free(struct vprep_filled *filled);

/**
 * Whether a domain XML asks for devices by declared names; not if it is malformed. Since
 * 0.2.
 */
bool vprep_domain_has_names(const char *xml, size_t len);

/**
 * Gives back all that a domain holds, by uuid or by name. *@ret_held (may be NULL) tells
 * whether it held anything; that it did not is no error. -EINVAL several domains have
 * that name; other errors as vprep_detach(). Blocks as vprep_detach(). Since 0.1.
 */
int vprep_release(struct vprep_session *session, const char *domain, bool *ret_held,
		  struct vprep_error *err);

/**
 * Gives back all that a domain holds, for a person who may be wrong: refused at once while
 * the domain's guest runs, with nothing changed. A guest that is ending is waited for.
 * -EBUSY (code VPREP_E_IN_USE) its process runs; others as vprep_release(). Since 0.1.
 */
int vprep_release_stopped(struct vprep_session *session, const char *domain,
			  bool *ret_held, struct vprep_error *err);

/**
 * Gives back all that the domain of an XML holds, as vprep_release(): by its uuid, or its
 * name when it has none, whatever devices it names. -EINVAL, -EFBIG, -EOPNOTSUPP as
 * vprep_prepare(). Since 0.1.
 */
int vprep_release_domain(struct vprep_session *session, const char *xml, size_t len,
			 struct vprep_error *err);

/**
 * Notes in the journal which process runs the domain of an XML (QEMU, with the domain's
 * uuid on its command line, which is of the user whom a node of the domain was given to,
 * or has one open), so that vprep_recover() gives its devices back should it end
 * without a vprep_release(). Nothing held, or no such process: 0. Errors as
 * vprep_release_domain(). Does not block but for another command on this domain. Since
 * 0.1.
 */
int vprep_adopt(struct vprep_session *session, const char *xml, size_t len,
		struct vprep_error *err);

/**
 * False only if the domain XML can name no host device and holds nothing of ours. Looks
 * for words and parses nothing. Since 0.1.
 */
bool vprep_domain_may_need_us(const char *xml, size_t len);

/**
 * False only if no owner on this host has an id that occurs in the text; so a domain
 * whose XML this is, as libvirt formats it, holds nothing. Since 0.1.
 */
bool vprep_domain_may_hold(const char *xml, size_t len);

/** What a call did with one device, or found done. The library alone makes these, and
 * later versions add members at the end. */
struct vprep_change {
	const char *device; /**< every verb takes it: "0000:05:10.1", "usb_1_2", a UUID */
	/** "attached", "kept" (it was so already), "mended", "given-back", "removed",
	 * "made", "numvfs", "declared", or "undeclared" */
	const char *what;
	const char *owner; /**< who has it, or had it; NULL: it is nobody's */
	int group;	   /**< IOMMU group; -1: none */
	/** Bound for the sake of its group only. One that is given back and still is
	 * stays bound for what remains of its group. */
	bool placeholder;
	bool has_driver;	/**< a driver is of interest: it is a PCI device */
	const char *driver_was; /**< before; NULL: none */
	const char *driver;	/**< now; NULL: none */
	const char *node;	/**< given to the user: "/dev/vfio/12"; NULL: none */
	const char *own_node;	/**< "/dev/vfio/devices/vfio0"; NULL: none */
	uint32_t uid, gid;	/**< of its nodes, where there is one */
	unsigned mode;
	const char *parent; /**< of a mediated device that was made; else NULL */
	const char *type;   /**< likewise */
	int vfs_was;	    /**< of a PF whose VFs were set: before; else -1 */
	int vfs;	    /**< now */
	/** That declares it, or did; else NULL. Since 0.2. */
	const char *file;
};

/** What calls did, in their order: opaque. */
struct vprep_changes;

/**
 * Notes from now on what the session's calls do with each device. Off at first, as it
 * takes a few more looks at the host. Since 0.2.
 */
void vprep_session_note_changes(struct vprep_session *session, bool wanted);

/**
 * What was noted since the last time, and forgets it. A call that fails and is rolled
 * back did nothing; one that gave some devices back did that. The result, which may hold
 * none, is freed with vprep_changes_free(). NULL: memory ran out, so that it could not be
 * noted, though it was done. Since 0.2.
 */
struct vprep_changes *vprep_session_take_changes(struct vprep_session *session);
size_t vprep_changes_count(const struct vprep_changes *changes);
/** One of them; it lives as long as @changes. NULL: there are not so many. */
const struct vprep_change *vprep_changes_get(const struct vprep_changes *changes,
					     size_t i);
void vprep_changes_free(struct vprep_changes *changes);

/** A device as the process of a guest sees it. */
struct vprep_launch_device {
	const char *name;   /**< "pci_0000_05_10_1", "mdev_…", "usb_1_2" */
	const char **nodes; /**< that the process opens for it: "/dev/vfio/12"; ends with
			       NULL */
};

/** What it takes to start a guest with devices. */
struct vprep_launch {
	const char **words; /**< of QEMU's command line: "-device", …; ends with NULL */
	const char **json_words; /**< the same; values of -device are JSON (QEMU 6.2) */
	size_t n_devices;
	const struct vprep_launch_device *devices;
	uint64_t memlock; /**< bytes that RLIMIT_MEMLOCK must allow; UINT64_MAX: no limit */
	const char *memlock_reason; /**< for a person: what makes it so much */
	const char *user;	    /**< who will run it; a name, or a number */
	uint32_t uid;
	uint32_t gid;
};

/**
 * What a guest's process needs to use the devices of a request: how QEMU is told of them,
 * which nodes are opened, how much memory is locked. Changes nothing, and needs no
 * privilege. The devices need not be attached; but that VFIO gives each a node of its
 * own, which QEMU uses through iommufd where the user may open that, shows only when they
 * are. Without @user in the request, it is the caller if he is not root. -EINVAL,
 * -ENOENT, -ENODEV as vprep_attach(), and for @memory; -EOPNOTSUPP; -ENOMEM, and what
 * reading sysfs gives. Does not block. Since 0.1.
 */
int vprep_launch(struct vprep_session *session, const struct vprep_request *request,
		 struct vprep_launch **ret, struct vprep_error *err);
void vprep_launch_free(struct vprep_launch *launch);

/** A command to be looked up, and what came of it. */
struct vprep_launch_command {
	size_t size;	      /**< sizeof(struct vprep_launch_command), or 0 */
	const char *name;     /**< in a folder of the path, unless it has a slash */
	const char *path;     /**< folders with colons between them */
	const char *own_path; /**< the same, if it is the caller who will execute it; NULL:
				 @path */

	uint32_t uid; /**< result: the user who will execute it */
	int number; /**< result: 0, or why he cannot: ENOENT, EACCES, another errno value */
};

/**
 * Looks for a command as execvp(3) would, for the user that the devices of a request are
 * for: to be called before vprep_attach(), so that nothing is attached for a command that
 * does not exist. Without @user in the request, it is the caller if he is not root.
 * Changes nothing; looks as that user, in a child. -EINVAL no name, or no path where it
 * takes one; -EINVAL, -ENOENT, -EPERM as vprep_attach() has them for the user; -ETIMEDOUT
 * the file's server does not answer; -ENOMEM. Blocks up to ten seconds. Since 0.1.
 */
int vprep_launch_look_up(struct vprep_session *session,
			 const struct vprep_request *request,
			 struct vprep_launch_command *command, struct vprep_error *err);

/**
 * For the child that becomes the guest's process, before its exec: raises RLIMIT_MEMLOCK
 * to what is needed, becomes the user with his groups, and proves as that user that the
 * devices are bound, their groups viable, and the nodes his to open; no group is opened
 * for it. Cannot be taken back. -EPERM it is not root and should be somebody else, or may
 * not raise the limit; -ENODEV a device is not attached; -EACCES a node is not his to
 * open; -EBUSY the group is not viable. Every message has what is missing, and who can
 * mend it how. Does not block. Since 0.1.
 */
int vprep_launch_enter(struct vprep_session *session, const struct vprep_launch *launch,
		       struct vprep_error *err);

/** What to give back: names, or one owner, or everything attached by hand. */
struct vprep_detach_request {
	size_t size;		  /**< sizeof(struct vprep_detach_request), or 0 */
	const char *const *names; /**< NULL-terminated; NULL: all devices of the owner */
	const char *owner;
	bool all; /**< everything attached by hand */
};

/**
 * Gives devices back: driver, driver_override, power/control, node and rule file as they
 * were. -EINVAL malformed name, or neither a name, an owner nor @all; -ENODEV never
 * attached; -EBUSY the device belongs to a domain or process (code VPREP_E_OWNED), the
 * owner is a domain whose guest runs (code VPREP_E_IN_USE), or something holds it at the
 * deadline; -EPERM not root; -EAGAIN another command works on the owner; others from the
 * host. Code VPREP_E_LEFT: something is left, and vprep_recover() finishes it later.
 * Blocks as attach does, and up to the unbind deadline for processes that hold a device.
 * Since 0.1.
 */
int vprep_detach(struct vprep_session *session,
		 const struct vprep_detach_request *request, struct vprep_error *err);

/** How many virtual functions (VFs) a physical one (PF) is to have; zeroes are the
 * defaults. */
struct vprep_sriov_request {
	size_t size;	/**< sizeof(struct vprep_sriov_request), or 0 */
	const char *pf; /**< by any of its names */
	unsigned count; /**< 0: none */
	bool force;	/**< remove VFs that the host uses, too */
	/** Told how many there are while the kernel makes or removes them, and the
	 * session has a lock: it must not block. May be NULL. */
	void (*progress)(void *data, unsigned now);
	void *progress_data;
};

/**
 * Sets how many VFs a PF has, for good: not a step of an owner, nothing gives it back.
 * From one number to another the kernel goes only over none, so all VFs there are go
 * first; new ones get a driver as the PF's sriov_drivers_autoprobe says. All or nothing:
 * on failure, or after a crash by vprep_recover(), there are as many as before, unless
 * the code is VPREP_E_LEFT. As many as asked for already: 0, and nothing is done.
 * -EINVAL malformed name; -ENODEV no such device; -EOPNOTSUPP not a PF; -ERANGE more than
 * it can have; -ENOENT no driver, or one that makes no VFs; -EBUSY a VF belongs to an
 * owner, a guest has it open, or the host uses it; -EPERM not root, or denied; -ENOMEM no
 * bus numbers or memory space for them, or out of memory; -EAGAIN, -EINTR, -EBADMSG,
 * -EPROTO, -ETIMEDOUT as vprep_attach(); -EIO and other values from the driver. Blocks as
 * long as the kernel takes, up to the numvfs deadline, and as long for another command on
 * the same PF. Since 0.1.
 */
int vprep_numvfs(struct vprep_session *session, const struct vprep_sriov_request *request,
		 struct vprep_error *err);

/** One step of a plan. */
struct vprep_plan_step {
	unsigned id;
	const char *kind;
	const char *device; /**< a device or "group N" */
	const char *detail;
	const char *undo;
};

struct vprep_plan {
	const char *owner;
	size_t n_steps;
	struct vprep_plan_step *steps;
};

/** The steps that vprep_attach() would take; changes nothing. Errors as there. Since 0.1.
 */
int vprep_plan(struct vprep_session *session, const struct vprep_request *request,
	       struct vprep_plan **ret, struct vprep_error *err);
void vprep_plan_free(struct vprep_plan *plan);

/** One reason why a request cannot be met. */
struct vprep_reason {
	enum vprep_code code;
	const char *device;
	const char *message; /**< what and why, one line */
	const char *fix;     /**< the next thing to do; NULL when there is none */
};

/** A device that a driver of the host has, and would lose. Since 0.2. */
struct vprep_loss {
	const char *device;
	const char *driver;
	const char *const *names; /**< its network interfaces and disks, NULL-terminated */
	const char *message;	  /**< with what becomes of it, one line */
};

struct vprep_reasons {
	size_t n;
	struct vprep_reason *items;
	size_t n_losses; /**< of a request that can be met */
	const struct vprep_loss *losses;
};

/** Every reason why the request cannot be met; none: it can, and the host loses what is
 * listed besides. Changes nothing. Since 0.1. */
int vprep_check(struct vprep_session *session, const struct vprep_request *request,
		struct vprep_reasons **ret, struct vprep_error *err);
void vprep_reasons_free(struct vprep_reasons *reasons);

/**
 * All reasons of the last attach, prepare or plan that was refused, of which its error
 * has the first; NULL: none was since the last time, or vprep_session_note_changes() is
 * off. Since 0.2.
 */
struct vprep_reasons *vprep_session_take_reasons(struct vprep_session *session);

/** A member of an IOMMU group. */
struct vprep_group_member {
	const char *name;    /**< "pci_0000_05_10_1", or the sysfs name if not PCI */
	const char *address; /**< "0000:05:10.1", or the sysfs name if not PCI */
	const char *driver;
	uint32_t class_code; /**< PCI class, 24 bits */
	bool bridge;
};

struct vprep_group {
	unsigned number;
	bool viable; /**< no member's driver keeps it from guests */
	const char *owner;
	size_t n_members;
	struct vprep_group_member *members;
	size_t n_blockers;
	const char **blockers; /**< why it is not viable, a line each */
};

struct vprep_groups {
	size_t n;
	struct vprep_group *items;
};

/** All IOMMU groups by number; an empty list when the host has no IOMMU. -ENOMEM, and
 * what reading sysfs gives. Does not block. Since 0.1. */
int vprep_groups(struct vprep_session *session, struct vprep_groups **ret,
		 struct vprep_error *err);
void vprep_groups_free(struct vprep_groups *groups);

/** A step in an owner's journal. */
struct vprep_status_step {
	unsigned seq;
	const char *kind;
	const char *state; /**< intent, done, failed */
	const char *device;
	bool placeholder; /**< the device is bound for the sake of its group only */
};

/** A device that an owner holds, as it is on the host now. */
struct vprep_status_device {
	const char *name;
	bool present;	    /**< false: there is no such device any more */
	const char *driver; /**< of a PCI device; NULL: none */
	const char *node;   /**< "/dev/vfio/12"; NULL: none is given for it */
	int uid, gid;	    /**< of the node; -1: it is not there */
	int mode;
	/** What is not as the owner's commands left it, a line each. Looked for while the
	 * owner's state is held. */
	size_t n_differs;
	const char **differs;
	const char *fix; /**< the command that mends that; NULL: nothing differs */
};

struct vprep_status_owner {
	const char *id;
	const char *name;    /**< printable: control characters are '?' */
	const char *kind;    /**< manual, domain, run, mdev, numvfs, vport, declared;
				unknown: its journal is damaged */
	const char *state;   /**< held, busy, incomplete, dead, stale, corrupt;
			       unknown: the caller may not read its journal */
	const char *problem; /**< from incomplete to corrupt: what it is */
	size_t n_devices;
	const char **devices;
	size_t n_groups;
	unsigned *groups;
	size_t n_steps;
	struct vprep_status_step *steps;
	struct vprep_status_device *host; /**< n_devices, in the order of @devices */
	bool changed;  /**< something differs from what the owner's commands left */
	int64_t since; /**< it is an owner, in seconds since 1970; -1: not known */
	int pid; /**< of the process that it is, or that runs it; -1: none is known */
	const char *process; /**< "pid 4711 (qemu-system-x86_64, guest web1)"; NULL */
};

/** A device that a blocked kernel write holds. */
struct vprep_quarantined {
	const char *device;
	const char *owner;
	const char *reason;
	int pid; /**< the child that waits in the kernel */
};

/** Devices that were attached and whose record is lost: a rule file of ours is left.
 * vprep_recover() gives them back as far as is known how. */
struct vprep_status_orphan {
	const char *owner; /**< as the rule has it, for people */
	const char *rule;  /**< the rule file */
	const char *node;  /**< that it gives away; NULL: it is not there */
	size_t n_devices;
	const char **devices;
};

struct vprep_status {
	size_t n_owners;
	struct vprep_status_owner *owners;
	size_t n_quarantined;
	struct vprep_quarantined *quarantined;
	size_t n_orphans;
	struct vprep_status_orphan *orphans;
};

/** Who holds what, from the journal, and how it is on the host; for who is not root, from
 * what is public of it, without the steps that are not about devices. -EPERM, -EACCES not
 * root and nothing is public, or not a folder to trust; -ENOMEM. Does not block. Since
 * 0.1. */
int vprep_status(struct vprep_session *session, struct vprep_status **ret,
		 struct vprep_error *err);
void vprep_status_free(struct vprep_status *status);

/** Who holds a device. */
struct vprep_held_device {
	const char *device; /**< "0000:05:10.1", a UUID, or what status calls it */
	int group;	    /**< IOMMU group; -1: none */
	bool placeholder;   /**< it is held for the sake of its group only */
	const char *owner;  /**< id, as of struct vprep_status_owner; so are the next */
	const char *owner_name;
	const char *owner_kind;
	const char *owner_state;
	int pid; /**< of the process that the owner is, or that runs it; -1: none is known
		  */
};

struct vprep_held_devices {
	size_t n;
	struct vprep_held_device *items; /**< by owner, then in the order of its journal */
};

/**
 * Who holds a device, by any of its names; NULL: all devices that anybody holds. None
 * does: 0, and an empty list. Placeholders count. Looks into the journals, and not at the
 * host. -EINVAL malformed name; -ENODEV no such network interface; -EPERM, -EACCES,
 * -ENOMEM as vprep_status(). Does not block. Since 0.2.
 */
int vprep_held_device_find(struct vprep_session *session, const char *device,
			   struct vprep_held_devices **ret, struct vprep_error *err);
/** Who holds the devices of an IOMMU group; all else as vprep_held_device_find(). Since
 * 0.2. */
int vprep_held_group_find(struct vprep_session *session, unsigned group,
			  struct vprep_held_devices **ret, struct vprep_error *err);
void vprep_held_devices_free(struct vprep_held_devices *devices);

/** What recover or salvage did for an owner, or would do. */
struct vprep_recovered {
	const char *owner;
	bool left;	  /**< something remains */
	const char *text; /**< one line for a person */
};

struct vprep_recovery {
	size_t n;
	struct vprep_recovered *items;
};

/**
 * Finishes or undoes what a crash, a blocked kernel or a dead owner left. With @dry_run
 * tells what it would do. Where something still remains of an owner, returns -EIO with
 * code VPREP_E_LEFT, and sets *@ret all the same. -EPERM not root; -EINTR, -ETIMEDOUT
 * another process does not let the journals go; -ENOMEM, and what reading them gives.
 * Blocks as vprep_detach(), for one owner after the other, but does not wait for who
 * holds a device. Since 0.1.
 */
int vprep_recover(struct vprep_session *session, bool dry_run,
		  struct vprep_recovery **ret, struct vprep_error *err);
/**
 * Undoes what the intact lines of an owner's damaged journal say, and tells what it could
 * not know, as another line of the result. When all that is known is undone, the damaged
 * file is kept as /run/vfio-prep/salvaged/OWNER.jsonl, and the owner is free again. With
 * @dry_run only tells. -ENODEV there is no such journal; -EINVAL it is not damaged;
 * -EPROTO another version wrote it; code VPREP_E_LEFT: something could not be undone, and
 * the journal stays where it is. Blocks as vprep_recover(). Since 0.2.
 */
int vprep_salvage(struct vprep_session *session, const char *owner, bool dry_run,
		  struct vprep_recovery **ret, struct vprep_error *err);
void vprep_recovery_free(struct vprep_recovery *recovery);

/** A type of mediated device that a parent offers. */
struct vprep_mdev_type {
	const char *parent;	 /**< "0000:06:00.0", "mtty" */
	const char *type;	 /**< "nvidia-11", "mtty-1" */
	const char *name;	 /**< for people */
	const char *description; /**< for people */
	const char *device_api;	 /**< "vfio-pci" */
	unsigned available;	 /**< how many more can be made */
	bool vgpu; /**< the parent, a virtual function, becomes one itself */
	size_t n_instances;
	const char **instances; /**< UUIDs; with vgpu the parent, once it is one */
};

struct vprep_mdev_types {
	size_t n;
	struct vprep_mdev_type *items; /**< by parent, then type */
};

/** What mediated devices can be made on this host, and which there are. -ENOMEM, and what
 * reading sysfs gives. Does not block. Since 0.1. */
int vprep_mdev_types(struct vprep_session *session, struct vprep_mdev_types **ret,
		     struct vprep_error *err);
void vprep_mdev_types_free(struct vprep_mdev_types *types);

/** What mediated device to make; zeroes are the defaults. */
struct vprep_mdev_request {
	size_t size;	    /**< sizeof(struct vprep_mdev_request), or 0 */
	const char *type;   /**< its id or its name */
	const char *parent; /**< NULL: any that has an instance left */
	const char *uuid;   /**< NULL: made of the next, or random */
	const char *vm; /**< name or id of a virtual machine: the UUID that VDSM makes */
	const char *placement;	   /**< compact (NULL) or separate */
	const char *vendor_params; /**< written to nvidia/vgpu_params */
};

/**
 * Makes a mediated device, or makes a virtual function of an NVIDIA card a vGPU, and
 * keeps it in the journal until vprep_mdev_remove(). It belongs to nobody: vprep_attach()
 * and vprep_prepare() take it as one that exists. *@ret (may be NULL) is its UUID, or the
 * function's address; freed with free(). Where the parameters are refused, it is removed
 * again. -EINVAL a malformed request; -ENODEV no such type or parent (the message lists
 * those that exist); -EBUSY no instance is left, or another owner is about to take it;
 * -ENOSPC, -EUSERS the kernel says that none is left; -EEXIST the UUID is in use;
 * -ELIBACC libuuid is needed and not installed; -EPERM not root; others as
 * vprep_attach(). Blocks as that does, up to the mdev deadline. Since 0.1.
 */
int vprep_mdev_create(struct vprep_session *session,
		      const struct vprep_mdev_request *request, char **ret,
		      struct vprep_error *err);

/** The UUID that VDSM gives the mediated device of a virtual machine, by its name or id:
 * version 3, in VDSM's namespace. *@ret is freed with free(). -ELIBACC libuuid is not
 * installed; -ENOMEM. Touches nothing. Since 0.1. */
int vprep_mdev_uuid(const char *vm, char **ret, struct vprep_error *err);

/**
 * Removes a mediated device that vprep_mdev_create() made, by UUID, node device name or
 * function. -EINVAL malformed; -ENODEV there is none; -EPERM it is not ours, or we are
 * not root; -EBUSY it is attached (code VPREP_E_OWNED), or a process has it open at the
 * deadline (code VPREP_E_LEFT: vprep_recover() finishes it). Blocks as vprep_detach().
 * Since 0.1.
 */
int vprep_mdev_remove(struct vprep_session *session, const char *name,
		      struct vprep_error *err);

/**
 * What a domain XML asks of the host: a JSON list with an object for each device, as
 * `vfio-prep requests --json` prints it. Reads nothing but the text. *@ret is freed with
 * free(). -EINVAL a malformed document (the message has the line); -EFBIG it is too
 * large; -EOPNOTSUPP libxml2 is not installed; -ENOMEM. Does not block. Since 0.1.
 */
int vprep_requests_json(const char *xml, size_t len, char **ret, struct vprep_error *err);

/** Who has a device, or may have it. */
enum vprep_host_device_state {
	VPREP_HOST_DEVICE_FREE,	  /**< nobody: a guest may have it */
	VPREP_HOST_DEVICE_OWNED,  /**< attached, or a placeholder for what is attached */
	VPREP_HOST_DEVICE_IN_USE, /**< the host uses it */
	VPREP_HOST_DEVICE_STAYS,  /**< it is never given away: a bridge, or denied */
	VPREP_HOST_DEVICE_HIDDEN, /**< somebody has it; who, only root may know */
};

/** A device of the host that guests are given, as a person looks for it. */
struct vprep_host_device {
	const char *name; /**< every verb takes it: "0000:05:10.1", "usb_1_2", a UUID */
	const char *node_name;	/**< libvirt's: "pci_0000_05_10_1" */
	const char *capability; /**< "pci", "mdev", "usb_device", "scsi", "vdpa" */
	const char *model;	/**< maker and model; NULL: not known */
	const char *known_as; /**< its interfaces and disks, blanks between them; or "" */
	const char *driver;   /**< NULL: none */
	const char *physfn;   /**< of a virtual function its physical one; else NULL */
	uint32_t class_code;  /**< of a PCI device, 24 bits; else 0 */
	int group;	      /**< IOMMU group; -1: none */
	int numa_node;	      /**< -1: not known */
	enum vprep_host_device_state state;
	const char *owner;	/**< who has it, for people; NULL: nobody, or not known */
	const char *owner_kind; /**< as of struct vprep_status_owner; NULL likewise */
	const char *why;  /**< why it is in use, or stays; NULL: it is free or owned */
	const char *slot; /**< that a PCI device is in, by its name; NULL: none */
	const char *link; /**< "8 GT/s x8 of 16 GT/s x16"; NULL: none */
};

struct vprep_host_devices {
	size_t n;
	struct vprep_host_device *items; /**< PCI devices first, each kind by name */
};

/**
 * All PCI, mediated, USB, SCSI and vDPA devices of the host: what they are, and who has
 * them. That the host uses a device is told as vprep_check() tells it; the first reason
 * is given. Without root's privilege, what root alone may read counts as no use. One that
 * cannot be read stays with the host, and why says so. -ENOMEM, and what reading the
 * records of owners gives. Opens the nodes of disks, and may wait for them. Since 0.2.
 */
int vprep_host_devices(struct vprep_session *session, struct vprep_host_devices **ret,
		       struct vprep_error *err);
void vprep_host_devices_free(struct vprep_host_devices *devices);

/** A device that has a declared name. */
struct vprep_device_pool_member {
	const char *name; /**< "0000:05:10.1" */
	int numa_node;	  /**< -1: not known */
	enum vprep_host_device_state state;
	const char *owner; /**< who has it, for people; NULL: nobody, or not known */
	const char *why;   /**< why it is in use, or stays; NULL: it is free or owned */
};

/** A name that the administrator declared, `[device NAME]`, and what has it: the devices
 * that vprep_attach() takes for "@NAME" and "@NAME*3". */
struct vprep_device_pool {
	const char *name;
	const char *file; /**< that declares it */
	size_t n_free;	  /**< of its devices */
	size_t n;
	struct vprep_device_pool_member *devices; /**< in the order of preference */
};

struct vprep_device_pools {
	size_t n;
	struct vprep_device_pool *items;
};

/**
 * The declared names, with the devices of this host that have them. -EINVAL what is
 * declared is malformed (the message has file and line); -ENOMEM, and what reading sysfs
 * gives. Opens the nodes of disks, and may wait for them. Since 0.2.
 */
int vprep_device_pools(struct vprep_session *session, struct vprep_device_pools **ret,
		       struct vprep_error *err);
void vprep_device_pools_free(struct vprep_device_pools *pools);
/** Item @i; NULL: there is none. Since 0.2. */
const struct vprep_device_pool *
vprep_device_pool_at(const struct vprep_device_pools *from, size_t i);
const struct vprep_device_pool_member *
vprep_device_pool_member_at(const struct vprep_device_pool *from, size_t i);

/** What is not on this host as it is declared. */
struct vprep_difference {
	const char *device; /**< "0000:05:00.1", "mdev_UUID", "@NAME" */
	const char *what;   /**< how it is, and how it is declared, and where; one line */
	bool is_missing;    /**< the host lacks what it would take: nothing mends it */
};

struct vprep_differences {
	size_t n;
	struct vprep_difference *items;
};

/**
 * Makes the host as files in the configuration's declared-dirs declare it, or as @file
 * does (NULL: those): numbers of VFs, their MAC addresses, VLANs and other settings, the
 * drivers of devices, mediated devices and vports. All or nothing: after a failure the
 * host is as it was, unless the code is VPREP_E_LEFT. What was made so, and is declared
 * no more, goes back first.
 * *@ret is what differed before; none: the host was as declared. With @check nothing is
 * changed. -EINVAL what is declared is malformed (the message has file and line); -ENODEV
 * something is missing, and all else is as declared now; -EBUSY what is to change belongs
 * to an owner, or is in use; others as vprep_attach() and vprep_numvfs(). *@ret is set
 * for -ENODEV, too. Blocks as those do. Since 0.2.
 */
int vprep_apply_declared(struct vprep_session *session, const char *file, bool check,
			 struct vprep_differences **ret, struct vprep_error *err);
void vprep_differences_free(struct vprep_differences *differences);
/** Item @i; NULL: there is none. Since 0.2. */
const struct vprep_difference *vprep_difference_at(const struct vprep_differences *from,
						   size_t i);

/**
 * How the host is now, as the text of a file by which vprep_apply_declared() finds it as
 * declared. What owners have is left out. *@ret is freed with free(). -ENOMEM, and what
 * reading sysfs gives. Does not block, but for the interfaces of PFs. Since 0.2.
 */
int vprep_export_declared(struct vprep_session *session, char **ret,
			  struct vprep_error *err);

/** Which node devices; zeroes: all. */
enum vprep_node_presence {
	VPREP_NODE_ACTIVE, /**< they are there: what a filter of zeros asks for */
	/** mdevctl has their definition, or vfio-prep their declaration, and they are
	 * not there */
	VPREP_NODE_INACTIVE,
	VPREP_NODE_ANY,
};

struct vprep_node_filter {
	size_t size;			 /**< sizeof(struct vprep_node_filter), or 0 */
	const char *const *capabilities; /**< NULL-terminated, as libvirt names them:
					      "pci", "usb_device", "vports" */
	const char *bus; /**< the kernel's subsystem: "pci", "usb", "net", "block" */
	bool parents;	 /**< tell parents, for which all devices are looked at */
	enum vprep_node_presence presence;
};

/** A host device as libvirt names it. */
struct vprep_node_device {
	const char *name;   /**< "pci_0000_05_10_1" */
	const char *parent; /**< another one's name; NULL: the root, or not asked for */
	const char *capability; /**< the main one: "pci" */
	const char *bus;	/**< NULL for the computer itself */
	const char *path; /**< in sysfs; NULL for the computer itself, and when inactive */
	bool is_inactive; /**< it is defined, and not there */
	/** Of an inactive one: "mdevctl", or "vfio-prep", whose apply makes it; else
	 * NULL. Since 0.2. */
	const char *defined_by;
};

struct vprep_node_devices {
	size_t n;
	struct vprep_node_device *items; /**< sorted by name */
};

/**
 * Node devices with one of the capabilities, the same as `virsh nodedev-list` lists.
 * -EINVAL no such capability or bus; -ENOMEM. Reads sysfs and udevd's database, talks to
 * no daemon. Does not block, but for the capability vpd, which asks the devices. Since
 * 0.1.
 */
int vprep_node_devices(struct vprep_session *session,
		       const struct vprep_node_filter *filter,
		       struct vprep_node_devices **ret, struct vprep_error *err);
void vprep_node_devices_free(struct vprep_node_devices *devices);

/** How many vprep_node_devices() would give. Errors as there. Since 0.1. */
int vprep_node_devices_count(struct vprep_session *session,
			     const struct vprep_node_filter *filter, size_t *ret,
			     struct vprep_error *err);

/**
 * The devices with all that oVirt shows of them: a JSON object in the shape of VDSM's
 * hostdevListByCaps. *@ret is freed with free(). Errors as vprep_node_devices(). Since
 * 0.1.
 */
int vprep_node_devices_json(struct vprep_session *session,
			    const struct vprep_node_filter *filter, char **ret,
			    struct vprep_error *err);

/**
 * The one device of that name: libvirt's, a historic one (mdev_UUID), the kernel's
 * ("0000:05:10.1", "sda"), or an absolute path in sysfs. -ENODEV there is none; -ENOMEM.
 * Since 0.1.
 */
int vprep_node_device_find(struct vprep_session *session, const char *name,
			   struct vprep_node_devices **ret, struct vprep_error *err);

enum vprep_node_format {
	VPREP_NODE_TEXT, /**< lines for people: a label, a colon, a blank and a text */
	VPREP_NODE_XML,	 /**< libvirt's node device XML */
	VPREP_NODE_JSON, /**< as vprep_node_devices_json() */
};

/**
 * Everything about one device; its name is as in vprep_node_device_find(). *@ret is freed
 * with free(). -ENODEV there is none; -ENOMEM. Config space and Vital Product Data are
 * read from the device itself, which may take as long as it does. Since 0.1.
 */
int vprep_node_device_describe(struct vprep_session *session, const char *name,
			       enum vprep_node_format format, char **ret,
			       struct vprep_error *err);

/**
 * Makes a node device of libvirt's XML: a mediated device, as vprep_mdev_create() makes
 * it, or a virtual port (vport, NPIV) of a fibre channel host. A vport is for good: no
 * owner's, and nothing gives it back but vprep_node_device_destroy() or a reboot; when it
 * fails, or after a crash by vprep_recover(), there is none, unless the code is
 * VPREP_E_LEFT. Names that it is not given are made up. *@ret_name, freed with free(), is
 * the new node device's name. -EINVAL a malformed document (the message has the line), or
 * the kernel refuses the names; -EFBIG it is too large; -ENODEV no such parent;
 * -EOPNOTSUPP the parent makes no vports, or libxml2 is not installed; -ENOSPC it has as
 * many as it can have; -EEXIST the names are in use; -ETIME no SCSI host came of it;
 * -EPERM not root; -ENOMEM; others as vprep_mdev_create() and vprep_attach(), and from
 * the driver. Blocks up to the mdev or the bind deadline. Since 0.1.
 */
int vprep_node_device_create(struct vprep_session *session, const char *xml, size_t len,
			     char **ret_name, struct vprep_error *err);

/**
 * Removes a mediated device that vfio-prep made, as vprep_mdev_remove(), or a vport,
 * whoever made it, by the name of its SCSI host. @name is any that
 * vprep_node_device_find() takes. -ENODEV there is no such device; -EPERM a host that is
 * not a vport, or not root; -EOPNOTSUPP another sort of device; -EBUSY an owner has a
 * device of the vport (code VPREP_E_OWNED), the host uses its disks (VPREP_E_IN_USE), or
 * it does not go away; -ETIMEDOUT; -ENOMEM; others as vprep_mdev_remove(), and from the
 * driver. Blocks up to the unbind deadline. Since 0.1.
 */
int vprep_node_device_destroy(struct vprep_session *session, const char *name,
			      struct vprep_error *err);

/**
 * As vprep_node_device_create(), and declares the device, too, in a file mdev-UUID.conf
 * or vport-WWPN.conf of its own in the first of the configuration's declared-dirs, so
 * that vprep_apply_declared() makes it again after a reboot. Both or nothing: the
 * declaration is written first, and removed if the device cannot be made. After a crash
 * in between it stands, and apply makes what it says. -EINVAL the document is malformed;
 * -EEXIST the device is there, declared or defined by mdevctl already; others as
 * vprep_node_device_create(), vprep_apply_declared(), and from writing the file. Blocks
 * up to the mdev deadline, or the bind deadline for a vport. Since 0.2.
 */
int vprep_node_device_create_declared(struct vprep_session *session, const char *xml,
				      size_t len, char **ret_name,
				      struct vprep_error *err);

/**
 * Removes a device, as vprep_node_device_destroy(), and its declaration, both or nothing;
 * one that is declared and not there loses its declaration (a vport by "vport_WWPN", as
 * no SCSI host is there to name it). -EPERM the declaration stands in a file that
 * vfio-prep did not write so (the message has file and line), or mdevctl has it, or it is
 * a SCSI host of hardware; -ENOENT it is not declared; others as
 * vprep_node_device_destroy(), and from removing the file. Since 0.2.
 */
int vprep_node_device_destroy_declared(struct vprep_session *session, const char *name,
				       struct vprep_error *err);

/**
 * Writes what the functions that only look read of this host to a new folder, which
 * `struct vprep_options` takes as sysroot: sysfs, udevd's database, tables of procfs. MAC
 * and IP addresses, UUIDs, world wide names, serial numbers, labels and the name of the
 * host are replaced, consistently, unless @identifying. -EEXIST the folder is there;
 * -ENOMEM, and what reading and writing give. Blocks as vprep_check() of every device
 * does. Since 0.1.
 */
int vprep_capture(struct vprep_session *session, const char *directory, bool identifying,
		  struct vprep_error *err);

/** One check of the host's set-up. */
struct vprep_diagnosis {
	const char *check;  /**< stable identifier, "iommu" */
	const char *status; /**< ok, note, warning, problem */
	const char *detail;
	const char *fix;
};

struct vprep_diagnoses {
	size_t n;
	struct vprep_diagnosis *items;
};

/** Looks at everything that passthrough needs of the host. -ENOMEM, -EMFILE, -ENFILE.
 * Since 0.1. */
int vprep_doctor(struct vprep_session *session, struct vprep_diagnoses **ret,
		 struct vprep_error *err);
void vprep_diagnoses_free(struct vprep_diagnoses *diagnoses);

/**
 * The group that may open /dev/iommu, which QEMU needs for a device's node of its own:
 * the configuration's iommu-group. The result is 1, and *@ret its number; or 0, where
 * the configuration leaves that to others. -ENOENT there is no such group; -ENOMEM, -EIO
 * it could not be looked up. Since 0.1.
 */
int vprep_iommu_group(struct vprep_session *session, unsigned *ret,
		      struct vprep_error *err);

/*
 * Tasks
 */

/**
 * A call that goes on while the program does something else. It runs in a thread of the
 * library's own: a call waits for locks, for children with deadlines, for udevd and for
 * whoever has a device open, which no one fd could stand for. The program needs no thread:
 * it waits for the task's fd in its own loop, and takes the events when that is readable.
 * In the library's thread no function of the program is called, and no signal is handled.
 *
 * From the start until vprep_task_finish() the session is the task's: nothing else may be
 * called with it. Tasks at the same time have a session each. Of owners and devices that
 * are the same one waits for the other, as two commands do.
 */
struct vprep_task;

enum vprep_task_event_type {
	VPREP_TASK_LINE,     /**< what the session's log would be told */
	VPREP_TASK_PROGRESS, /**< the last one counts: others are passed over */
	VPREP_TASK_ENDED,    /**< nothing comes after this: vprep_task_finish() */
};

struct vprep_task_event {
	enum vprep_task_event_type type;
	enum vprep_log_level level;	       /**< of a line */
	const char *line;		       /**< a line's text */
	const struct vprep_progress *progress; /**< of progress */
};

/**
 * Starts what vprep_attach() does. The request is copied. -EBUSY the session has a task;
 * -EAGAIN no thread can be had; -EMFILE, -ENFILE no fd can be had; -ENOMEM; -EINVAL,
 * -E2BIG for the request's size. Everything else is told by vprep_task_finish(). Does not
 * block. Since 0.2.
 */
int vprep_attach_start(struct vprep_session *session, const struct vprep_request *request,
		       struct vprep_task **ret, struct vprep_error *err);
/** Starts what vprep_prepare() does; all else as vprep_attach_start(). Since 0.2. */
int vprep_prepare_start(struct vprep_session *session,
			const struct vprep_request *request, struct vprep_task **ret,
			struct vprep_error *err);
/** Starts what vprep_detach() does; all else as vprep_attach_start(). Since 0.2. */
int vprep_detach_start(struct vprep_session *session,
		       const struct vprep_detach_request *request,
		       struct vprep_task **ret, struct vprep_error *err);
/** Starts what vprep_release() does; all else as vprep_attach_start(). Since 0.2. */
int vprep_release_start(struct vprep_session *session, const char *domain,
			struct vprep_task **ret, struct vprep_error *err);

/** An fd that is readable (POLLIN, EPOLLIN) while there is an event to take. It is the
 * task's: neither read nor closed by the program. Since 0.2. */
int vprep_task_fd(const struct vprep_task *task);
/** Takes the next event; NULL: there is none now. It lives until the next one is taken,
 * or the task finished. Does not block. Since 0.2. */
const struct vprep_task_event *vprep_task_next(struct vprep_task *task);
/** Asks the task to end, as a true answer of the options' interrupted does: what it has
 * begun is rolled back, and the result is -EINTR, unless all is done by then. One that
 * gives devices back goes on, but waits no more for who has one open: that one is left
 * (-EBUSY, code VPREP_E_LEFT). From any thread. Does not block. Since 0.2. */
void vprep_task_cancel(struct vprep_task *task);
/** The result of the call, and the end of the task: the session is free again. Blocks
 * until the call has ended, so not after VPREP_TASK_ENDED. Since 0.2. */
int vprep_task_finish(struct vprep_task *task, struct vprep_error *err);

/*
 * Items of results
 */

/** The item of a result's array with that number, from 0 on; NULL: it has not so many. It
 * lives as long as the result. Since 0.2. */
const struct vprep_diagnosis *vprep_diagnosis_at(const struct vprep_diagnoses *diagnoses,
						 size_t i);
const struct vprep_filled_device *
vprep_filled_device_at(const struct vprep_filled *filled, size_t i);
const struct vprep_group *vprep_group_at(const struct vprep_groups *groups, size_t i);
const struct vprep_group_member *vprep_group_member_at(const struct vprep_group *group,
						       size_t i);
const struct vprep_held_device *
vprep_held_device_at(const struct vprep_held_devices *devices, size_t i);
const struct vprep_host_device *
vprep_host_device_at(const struct vprep_host_devices *devices, size_t i);
const struct vprep_launch_device *
vprep_launch_device_at(const struct vprep_launch *launch, size_t i);
const struct vprep_loss *vprep_loss_at(const struct vprep_reasons *reasons, size_t i);
const struct vprep_mdev_type *vprep_mdev_type_at(const struct vprep_mdev_types *types,
						 size_t i);
const struct vprep_node_device *
vprep_node_device_at(const struct vprep_node_devices *devices, size_t i);
const struct vprep_plan_step *vprep_plan_step_at(const struct vprep_plan *plan, size_t i);
const struct vprep_quarantined *vprep_quarantined_at(const struct vprep_status *status,
						     size_t i);
const struct vprep_reason *vprep_reason_at(const struct vprep_reasons *reasons, size_t i);
const struct vprep_recovered *vprep_recovered_at(const struct vprep_recovery *recovery,
						 size_t i);
const struct vprep_status_device *
vprep_status_device_at(const struct vprep_status_owner *owner, size_t i);
const struct vprep_status_orphan *
vprep_status_orphan_at(const struct vprep_status *status, size_t i);
const struct vprep_status_owner *vprep_status_owner_at(const struct vprep_status *status,
						       size_t i);
const struct vprep_status_step *
vprep_status_step_at(const struct vprep_status_owner *owner, size_t i);

/** The library's version, "0.2.0". Since 0.1. */
const char *vprep_version(void);

#ifdef __cplusplus
}
#endif

#endif
