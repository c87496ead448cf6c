// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Will SELinux let libvirt start the hook, and let the hook work? The policy has a
 * boolean for hooks, virt_hooks_unconfined, and a type for them, virt_hook_t: a program
 * of another type stays in the daemon's domain, which for virtqemud may not write sysfs.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "verb/doctor.h"

#define BOOLEAN "virt_hooks_unconfined"
#define TYPE "virt_hook_t"

/* The path of the program that a link of the host leads to, or else of the file itself. */
static const char *program_of(struct vprep_doctor *d, const char *hook)
{
	_cleanup_free_ char *target = NULL;

	if (vprep_io_host_readlink(d->session->io, hook, &target) < 0 || *target != '/')
		return hook;
	return vprep_pool_dup(d->pool, target);
}

static bool has_type(const char *label, const char *type)
{
	const char *at = strstr(label, type);

	return at && at > label && at[-1] == ':' &&
	       (at[strlen(type)] == ':' || !at[strlen(type)]);
}

static int say_label(struct vprep_doctor *d, const char *hook)
{
	const char *program = program_of(d, hook);
	_cleanup_free_ char *label = NULL;
	const char *fix;
	int r;

	r = program ? vprep_io_host_label(d->session->io, hook, &label) : -ENOMEM;
	if (r == -ENOMEM)
		return r;
	if (r < 0 && r != -ENODATA)
		return vprep_doctor_say(d, NOTE, NULL,
					"enforcing; the label of %s cannot be read: %s",
					program, strerror(-r));
	if (label && has_type(label, TYPE))
		return vprep_doctor_say(d, OK, NULL, "enforcing; %s runs unconfined",
					program);
	fix = vprep_pool_strf(d->pool,
			      "semanage fcontext -a -t " TYPE " %s && restorecon %s",
			      program, program);
	if (!label)
		return vprep_doctor_say(d, WARNING, fix,
					"enforcing, and %s has no label: a confined "
					"daemon cannot start it",
					program);
	return vprep_doctor_say(d, WARNING, fix,
				"enforcing, and %s is %.200s, not " TYPE
				": started by a confined daemon it cannot change devices",
				program, label);
}

static int say_enforcing(struct vprep_doctor *d, const char *hook)
{
	_cleanup_free_ char *value = NULL; /* as it is, and as it will be */
	int r;

	r = vprep_io_read(d->session->io, VPREP_SYS, &value,
			  "fs/selinux/booleans/" BOOLEAN);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return vprep_doctor_say(
			d, NOTE,
			"when a guest does not start: ausearch -m avc -ts recent",
			"enforcing, and its policy has no " BOOLEAN
			": whether libvirt may start %s is for the policy to say",
			hook);
	if (*value != '1')
		return vprep_doctor_say(d, PROBLEM, "setsebool -P " BOOLEAN " on",
					"enforcing, and " BOOLEAN
					" is off: libvirt may not start %s",
					hook);
	return say_label(d, hook);
}

int vprep_doctor_selinux(struct vprep_doctor *d)
{
	_cleanup_free_ char *enforcing = NULL, *hook = NULL;
	int r;

	r = vprep_io_read(d->session->io, VPREP_SYS, &enforcing, "fs/selinux/enforce");
	if (r < 0) /* a kernel without it, or it is off */
		return r == -ENOMEM ? r : 0;
	if (!streq(enforcing, "1"))
		return vprep_doctor_say(
			d, OK, NULL, "permissive: it writes down what it would forbid");
	r = vprep_doctor_our_hook(d->session->io, &hook);
	if (r < 0)
		return r;
	return hook ? say_enforcing(d, hook)
		    : vprep_doctor_say(d, OK, NULL,
				       "enforcing; libvirt has no hook of ours");
}
