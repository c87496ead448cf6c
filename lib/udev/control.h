/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sockets by which udevd is told what to do. Up to systemd 259 there is "control",
 * with packets (systemd's src/udev/udev-ctrl.c); since 258 also "io.systemd.Udev", with
 * Varlink (src/udev/udev-varlink.c); since 260 that alone, and "control" is a link to it.
 * Which of them is there is seen by connecting: that works in every network namespace.
 */
#ifndef VPREP_UDEV_CONTROL_H
#define VPREP_UDEV_CONTROL_H

#include <stdbool.h>

/* Whether somebody listens at a socket in the folder @dir. Nobody is disturbed: udevd is
 * not connected to. */
bool vprep_udev_control_is_there(const char *dir);

/*
 * Has udevd read its rules again, and waits until it is at it. Events that it begins from
 * then on go by the new rules; one that it had begun may still go by the old ones.
 * -ECONNREFUSED and -ENOENT: nobody is there; -ETIMEDOUT: no answer within @milliseconds;
 * -EINTR: @interrupted says so (NULL: never); -EPROTO: not the answer that was expected.
 */
int vprep_udev_control_reload(const char *dir, int milliseconds,
			      bool (*interrupted)(void *data), void *data);

/* The same without waiting for it, by packets alone: whoever calls a method by Varlink
 * has to wait for its answer. Errors as above. */
int vprep_udev_control_tell_reload(const char *dir);

#endif
