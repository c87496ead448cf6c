/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A step: one reversible action, with the facts that its undo needs. Steps are what a
 * plan lists and what the journal keeps.
 *
 * What all steps have stands in struct vprep_step; what one kind of step has besides is
 * described by its row, struct vprep_step_kind, in the file of that kind in lib/step.
 * lib/step/table.c lists all rows. No other part of the library asks for a certain kind.
 */
#ifndef VPREP_MODEL_STEP_H
#define VPREP_MODEL_STEP_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct vprep_device;
struct vprep_drift;
struct vprep_error;
struct vprep_facts_group;
struct vprep_facts_member;
struct vprep_io;
struct vprep_node_state;
struct vprep_pci_device;
struct vprep_planning;
struct vprep_step_context;
struct vprep_step_kind;

/* The error of a step that found what it was to change changed by somebody else, before
 * it wrote anything: there is nothing of ours to undo, whatever it looks like. */
#define VPREP_STEP_CHANGED_MEANWHILE ESTALE
/* The same where nobody need be to blame: a probe of the kernel's was just running. The
 * request is rolled back and looked at again, within its deadline. */
#define VPREP_STEP_LOOK_AGAIN ERESTART

enum vprep_step_state {
	VPREP_STEP_INTENT,
	VPREP_STEP_DONE,
	VPREP_STEP_UNDONE,
	VPREP_STEP_FAILED, /* neither done nor undone; `reason` says why */
	VPREP_STEP_STATES,
};

/* Strings are owned; NULL and -1 mean absent. */
struct vprep_step {
	uint64_t seq;
	int64_t request; /* the number of the first step of the request that it is of */
	const struct vprep_step_kind *kind;
	enum vprep_step_state state;
	char *device; /* a device, a module, or "group N" */
	int64_t group;
	/* Its journal is damaged, and not all that was recorded of it is known; or it
	 * turned out to be somebody else's by now. It is never undone. */
	bool partial;

	/* of a failed one */
	char *reason;
	int64_t pid;	   /* a child that the kernel holds */
	int64_t pid_start; /* its start time, clock ticks since boot */

	void *facts; /* the kind's own, as its row describes them */
};

struct vprep_steps {
	size_t n;
	struct vprep_step *items;
};

/* ---- facts that are recorded ---- */

enum vprep_fact_type {
	VPREP_TEXT,   /* char *, NULL: absent */
	VPREP_NUMBER, /* int64_t, negative: absent */
};

/* One member of a struct, as a journal has it. */
struct vprep_fact {
	const char *name; /* in the journal: to be kept, so that old ones can be read */
	enum vprep_fact_type type;
	size_t offset;
};

#define VPREP_FACT(structure, member, type)                                              \
	{                                                                                \
#member, type, offsetof(struct structure, member)                        \
	}

/* ---- kinds ---- */

/* In a row: the table of facts, and the struct that it describes. */
#define VPREP_FACTS(table, structure)                                                    \
	.facts = (table), .n_facts = sizeof(table) / sizeof((table)[0]),                 \
	.facts_size = sizeof(struct structure)

enum vprep_step_role {
	VPREP_ROLE_CHANGE,  /* it changes the host, and is undone */
	VPREP_ROLE_CLAIM,   /* the device is the owner's; done when all else is */
	VPREP_ROLE_RELEASE, /* a mark: the device is being given back */
	VPREP_ROLE_LASTING, /* it is never undone and, once done, stands for nothing */
};

/* What is known of the host while one step after the other is asked whether its device
 * may be open. Begins as zeros. */
struct vprep_open_look {
	bool is_asked;
	bool has_device_nodes;	   /* VFIO has nodes for devices alone */
	const char *unused_driver; /* borrowed: no device of it is open */
};

/* All but the name may be absent. */
struct vprep_step_kind {
	const char *name; /* in the journal and for people */
	enum vprep_step_role role;

	/* Its struct of facts. */
	const struct vprep_fact *facts;
	size_t n_facts;
	size_t facts_size;

	/* Adds the steps that a group, a member of one or a device without one needs, or
	 * the node that VFIO has for one device alone. */
	void (*plan_group)(struct vprep_planning *p, const struct vprep_facts_group *g);
	void (*plan_member)(struct vprep_planning *p, const struct vprep_facts_member *m);
	void (*plan_device)(struct vprep_planning *p, const struct vprep_device *d);
	/* The same for a device that first is to get its group, which comes late. */
	void (*plan_ungrouped)(struct vprep_planning *p,
			       const struct vprep_pci_device *pci);
	void (*plan_cdev)(struct vprep_planning *p, const struct vprep_node_state *cdev);

	/* What a plan says of doing and of undoing it: "{driver|none}" stands for that
	 * fact, or "none" where it is absent. A function makes what needs more; NULL: out
	 * of memory. */
	const char *text, *undo_text;
	char *(*describe)(const struct vprep_step *step);
	char *(*describe_undo)(const struct vprep_step *step);

	/* Work that the kernel may block runs in a child, within a deadline (an enum
	 * vprep_deadline). Steps of kinds that share their functions run side by side. In
	 * undo, a message without an error is a warning. */
	int (*child_do)(struct vprep_io *io, const struct vprep_step *step,
			struct vprep_error *err);
	int (*child_undo)(struct vprep_io *io, const struct vprep_step *step,
			  struct vprep_error *err);
	unsigned do_deadline, undo_deadline;

	/* Other work runs in this process, one step after the other. */
	int (*parent_do)(const struct vprep_step_context *context,
			 const struct vprep_step *step, struct vprep_error *err);
	int (*parent_undo)(const struct vprep_step_context *context,
			   const struct vprep_step *step, struct vprep_error *err);

	/* Tells what is not as a done step left it. Reads only, and nothing that may
	 * block. -ENOMEM, and what reading gives. */
	int (*compare)(const struct vprep_io *io, const struct vprep_step *step,
		       struct vprep_drift *drift);

	/* Called when a request has steps of the kind, the first of which has the index
	 * @first or a later one: before the first of them is done, and after the last.
	 */
	int (*before_all)(const struct vprep_step_context *context, size_t first,
			  struct vprep_error *err);
	int (*after_all)(const struct vprep_step_context *context, size_t first,
			 struct vprep_error *err);
	/* Called once all steps of a request are done, in the order of the kinds; and
	 * once those of this kind are undone, before the next kind is. */
	int (*settle)(const struct vprep_step_context *context, size_t first,
		      struct vprep_error *err);
	void (*settle_undone)(const struct vprep_step_context *context);

	/* Whether nothing of ours is there after doing it failed with @result, so that
	 * nothing is to be undone. */
	bool (*left_nothing)(struct vprep_io *io, const struct vprep_step *step,
			     int result);

	/* It undoes itself in the course of being done, and only what the kernel made of
	 * it stays: with the claim of its device, it ends with its stage. */
	bool is_passing;
	bool is_for_guest;   /* of no use for what is to be the host's own state */
	bool gives_own_node; /* VFIO's for its device alone */
	bool is_placeholder; /* its device is bound for the sake of its group only */
	/* A subsystem: what udevd does to its devices is heard from the beginning. Kinds
	 * that are done together name the same one. */
	const char *hears_udevd;
	bool survives_reboot; /* it leaves files, not only the kernel's state */

	/* Of one that is undone only while no process has its device open: */
	bool needs_closed;
	/* whether it is worth looking through all processes; absent: it is, */
	bool (*may_be_open)(const struct vprep_io *io, const struct vprep_step *step,
			    struct vprep_open_look *look);
	/* whether an open node, below /dev, is of its device; absent: that of the group,
	 * of the step or of the device, */
	bool (*is_its_node)(const struct vprep_io *io, const struct vprep_step *step,
			    const char *node);
	/* what is to be said when @who has it open. */
	void (*held_error)(const struct vprep_step *step, const char *who,
			   struct vprep_error *err);

	/* Whether something else of the owner's must go before it; @err says what. */
	bool (*is_blocked)(const struct vprep_step_context *context,
			   const struct vprep_step *step, struct vprep_error *err);
	/* It is undone with its device's claim, unless that brings back a native driver,
	 * which would make the group useless for others; else with the last claim of its
	 * group. */
	bool goes_with_device;
};

/* All kinds, NULL at the end: in the order of doing; and those that have something to
 * undo in the order of that. */
extern const struct vprep_step_kind *const vprep_step_kinds[];
extern const struct vprep_step_kind *const vprep_step_kinds_undo[];

/* NULL: there is no kind of that name. */
const struct vprep_step_kind *vprep_step_kind_find(const char *name);

/* The first kind of that role; NULL: there is none. */
const struct vprep_step_kind *vprep_step_kind_of(enum vprep_step_role role);

const char *vprep_step_state_name(enum vprep_step_state state);
/* The state of that name, or -1. */
int vprep_step_state_parse(const char *name);

/* ---- lists ---- */

/* Adds a step of the kind with all absent but its device: @ret points to it until the
 * next is added. -ENOMEM. */
int vprep_steps_add(struct vprep_steps *steps, const struct vprep_step_kind *kind,
		    const char *device, struct vprep_step **ret);
void vprep_steps_done(struct vprep_steps *steps);
/* Gives @step the facts of another one of its kind. -ENOMEM. */
int vprep_step_copy_facts(struct vprep_step *step, const struct vprep_step *from);
/* The step of that kind for that device; NULL: there is none. */
const struct vprep_step *vprep_steps_find(const struct vprep_steps *steps,
					  const struct vprep_step_kind *kind,
					  const char *device);

/* ---- what other parts ask about a step, whatever its kind ---- */

/* A fact by its name in the journal. NULL and -1: it is absent, or the kind has no such
 * fact. */
const char *vprep_step_text(const struct vprep_step *step, const char *name);
int64_t vprep_step_number(const struct vprep_step *step, const char *name);

/* Neither undone nor a mark that has served. */
bool vprep_step_is_live(const struct vprep_step *step);
/* A kernel write of it never came back. */
bool vprep_step_is_quarantined(const struct vprep_step *step);
/* The device is the owner's. */
bool vprep_step_is_claim(const struct vprep_step *step);
bool vprep_step_is_live_claim(const struct vprep_step *step);
/* The first live step for that device of which @is says yes; NULL: there is none. */
const struct vprep_step *vprep_steps_live_of(const struct vprep_steps *steps,
					     const char *device,
					     bool (*is)(const struct vprep_step *step));
/* The claim of that device among them that is live. NULL: there is none. */
const struct vprep_step *vprep_steps_claim_of(const struct vprep_steps *steps,
					      const char *device);
/* A live claim that others may have beside it. */
bool vprep_step_is_shared_claim(const struct vprep_step *step);
/* A mark that the device is being given back. */
bool vprep_step_is_release(const struct vprep_step *step);
/* It is never undone and, once done, stands for nothing: a module that was loaded. */
bool vprep_step_is_lasting(const struct vprep_step *step);
/* It binds its device to another driver, which undoing takes back. */
bool vprep_step_binds(const struct vprep_step *step);
/* It changes the number of a PF's VFs; its device is the PF. */
bool vprep_step_changes_vfs(const struct vprep_step *step);
/* The topmost folder that was made for a rule file, or NULL. */
const char *vprep_step_made_directory(const struct vprep_step *step);

/* The node that the step is about, below /dev; NULL: there is none, or it is not known
 * yet. */
const char *vprep_step_node_path(const struct vprep_step *step);

/* To whom a node is given. */
struct vprep_step_node {
	const char *path; /* below /dev; NULL: not known yet */
	uid_t uid;
	gid_t gid;
	mode_t mode;
};

/* False for a step that gives no node of a group or of a device by itself. */
bool vprep_step_node(const struct vprep_step *step, struct vprep_step_node *ret);

/* The live step that gives the node by which the device of a claim is used: that of its
 * group or of itself; else, where its group has none, VFIO's for it alone. NULL: none. */
const struct vprep_step *vprep_steps_node_of(const struct vprep_steps *steps,
					     const struct vprep_step *claim);

/* The live step that bound the device of a claim; where its driver was right, the claim.
 * Both have it as "driver". */
const struct vprep_step *vprep_steps_driver_of(const struct vprep_steps *steps,
					       const struct vprep_step *claim);

/* Of such a step: the path is NULL for VFIO's own, which is looked up by its device. */
struct vprep_step_node vprep_step_grant(const struct vprep_step *step);

/* A mediated device that is made. */
struct vprep_step_mdev {
	const char *parent;
	const char *type;
};

/* False for a step that makes none. */
bool vprep_step_mdev(const struct vprep_step *step, struct vprep_step_mdev *ret);
/* The same for one of which nobody can say whether it is there: it is just being made, or
 * that failed. */
bool vprep_step_pending_mdev(const struct vprep_step *step, struct vprep_step_mdev *ret);
/* What a live step makes for that device. False: none does. */
bool vprep_steps_mdev_of(const struct vprep_steps *steps, const char *device,
			 struct vprep_step_mdev *ret);

/* The mdev or function of a step about one that is made by itself, for nobody yet: its
 * device is "mdev_UUID" or "vgpu_ADDRESS". NULL for any other step. */
const char *vprep_step_made_mdev(const struct vprep_step *step);

#define VPREP_STEP_MADE_MDEV "mdev_"
#define VPREP_STEP_MADE_VGPU "vgpu_"

/* ---- what is on the host no more as a step left it ---- */

/* What mends it; a later one is more. */
enum vprep_drift_level {
	VPREP_DRIFT_NONE,
	VPREP_DRIFT_REDO, /* doing the step again, while the device is in use, too */
	VPREP_DRIFT_LOST, /* giving the device back, and attaching it anew */
};

struct vprep_drift {
	enum vprep_drift_level level; /* the highest */
	bool gone;		      /* there is no such device any more */
	char **what;		      /* for a person, a few words each */
};

/* Adds a line, unless it is there already. -ENOMEM. */
int vprep_drift_add(struct vprep_drift *drift, enum vprep_drift_level level,
		    const char *format, ...) __attribute__((format(printf, 3, 4)));
void vprep_drift_done(struct vprep_drift *drift);

#endif
