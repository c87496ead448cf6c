/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parents of mediated devices on the session's fake host:
 *
 *	mtty		mtty-1 (24), mtty-2 (2)
 *	0000:06:00.1	nvidia-11 (4), whose devices have nvidia/vgpu_params
 */
#ifndef VPREP_TESTS_UNIT_MDEV_FIXTURE_H
#define VPREP_TESTS_UNIT_MDEV_FIXTURE_H

#include "session-fixture.h"

#define UUID "c2177883-f1bb-47f0-914d-32a22e3a8804"
#define UUID2 "d0a3c1f0-7c5e-4b7e-9a57-6a1d5c9f0b22"
#define MDEV "mdev_" UUID
#define MDEV_DIR "sys/bus/mdev/devices/" UUID

int mdev_setup(void **state);
/* Besides, mtty is a node device, and there are fibre channel hosts: host1 makes no
 * vports, host3 can have two, host12 one. */
int mdev_fc_setup(void **state);

#define MDEV_TEST(fn) cmocka_unit_test_setup_teardown(fn, mdev_setup, host_teardown)

/* A definition of mdevctl's for UUID; what it says stays over a host_configure(). */
void mdev_define(struct host *h, const char *parent, const char *json);
/* As somebody else would. */
void mdev_make(struct host *h, const char *type, const char *uuid);
/* How many instances of a type of mtty are left. */
unsigned mdev_left(struct host *h, const char *type);
/* The error of the last call is of that kind and says that. */
void mdev_check_error(struct host *h, enum vprep_code code, const char *text);
/* vprep_mdev_create(); *@ret_name (may be NULL) is freed by the caller. */
int mdev_create(struct host *h, struct vprep_mdev_request request, char **ret_name);
int mdev_remove(struct host *h, const char *name);

#endif
