/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A session on a fake host of its own:
 *
 *	group 7	0000:05:10.1 igbvf, power/control auto
 *	group 8	0000:05:10.3 igbvf
 *	group 9	0000:00:05.0 a bridge on pcieport
 *		0000:06:00.0 e1000e
 *		0000:06:00.1 snd, power/control auto
 *		0000:06:00.2 unbound
 *	none	0000:07:00.0 e1000e
 *
 * vfio-pci and other-vfio are loaded.
 */
#ifndef VPREP_TESTS_UNIT_SESSION_FIXTURE_H
#define VPREP_TESTS_UNIT_SESSION_FIXTURE_H

#include <stdbool.h>

#include "fake/fake.h"
#include "session/session.h"

#define VF "0000:05:10.1"
#define VF2 "0000:05:10.3"
#define BRIDGE "0000:00:05.0"
#define NIC "0000:06:00.0"
#define SND "0000:06:00.1"
#define FREE "0000:06:00.2"
#define LONE "0000:07:00.0"
#define RULES "run/udev/rules.d/"
#define OWNERS "run/vfio-prep/owners/"
#define PUBLIC "run/vfio-prep/public/"

struct host {
	struct fake *fake;
	struct vprep_session *session;
	struct vprep_error err; /* of the last call */
	char *before;		/* the snapshot that it must be again */
	char *idle;   /* the last one without an owner: what it must be in the end */
	char *leaves; /* words of the lines that may differ in the end */
	char *log;    /* what the session told, a line each */
	unsigned n_fds;
};

int host_setup(void **state);
/* Gives back what is held still. The host must be then what it was when it was remembered
 * without an owner, but for what the test declared, and no file descriptor may be open. */
int host_teardown(void **state);

/* The same with VFIO's nodes of single devices. */
int host_setup_cdevs(void **state);
#define CDEV_RULE(device) RULES "99-vfio-prep-vfio_dev_" device ".rules"

#define HOST_TEST(fn) cmocka_unit_test_setup_teardown(fn, host_setup, host_teardown)

/* Opens the session anew, with these lines in its configuration besides the usual. */
void host_configure(struct host *h, const char *lines);
void host_fake_bridge_driver(struct host *h, const char *driver);
/* What it is now is what it must be again. */
void host_remember(struct host *h);
/* The test leaves a difference for good: each line of it has one of the words. */
void host_leaves(struct host *h, const char *words);
bool host_is_same(struct host *h);
/* Fails with the difference. */
void host_check_same(struct host *h);
/* NULL: unbound. */
void host_check_driver(struct host *h, const char *address, const char *driver);
/* NULL: unset. */
void host_check_override(struct host *h, const char *address, const char *override);

/* @node is below /dev. Given: to the user of the fixture's configuration. */
bool host_is_node(struct host *h, const char *node, uid_t uid, gid_t gid, mode_t mode);
bool host_is_given(struct host *h, const char *node);

/* To an attribute, the path of which is below /sys. */
void host_write(struct host *h, const char *value, const char *path);
/* Process 4711, "qemu", has that file open, until proc/4711 is removed. */
void host_open(struct host *h, const char *path);

/* @names are separated by blanks; the rest of the request is as given. */
int host_ask(struct host *h, const char *names, struct vprep_request request);
int host_attach(struct host *h, const char *names);
/* For the domain "web1" with these elements in its <devices>. */
#define DOMAIN "6a28e9f6-6627-49b8-8c24-741ab810ecc0"
int host_prepare(struct host *h, const char *devices);
/* The whole document is given. */
int host_prepare_xml(struct host *h, const char *xml);
/* *@ret_held (may be NULL): it held something. */
int host_release(struct host *h, const char *domain, bool *ret_held);
/* NULL: all. */
int host_detach(struct host *h, const char *names);
int host_detach_owner(struct host *h, const char *owner);
/* *@ret_n (may be NULL): how many owners were put right. */
int host_recover(struct host *h, size_t *ret_n);
/* The state that status gives the owner; "" when it has no such owner. Static. */
const char *host_owner_state(struct host *h, const char *owner);
size_t host_count_quarantined(struct host *h);
/* The journals that there are become those of an earlier boot. */
void host_reboot(struct host *h);
/* A byte of the owner's journal changes. */
void host_corrupt(struct host *h, const char *owner);

typedef int (*host_work)(struct host *h);

/* Runs @work in a process of its own. True: it was killed. Everything that it started has
 * ended when this returns. */
bool host_is_killed(struct host *h, host_work work);
/* The number of writes below /sys (and module loads) that @work makes. */
unsigned host_count_writes(struct host *h, host_work work);

#endif
