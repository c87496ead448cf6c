// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What passthrough needs of the host, looked at one by one. A check is one function here,
 * or in a file doctor-NAME.c, and one row of the table `checks` at the end. It says what
 * it found with vprep_doctor_say(), once, not at all or several times; it returns 0, or
 * -errno when the host cannot be looked at.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "common/str.h"
#include "host/cdev.h"
#include "host/driver.h"
#include "host/interrupts.h"
#include "host/iommu.h"
#include "session/node-owner.h"
#include "session/orphans.h"
#include "udev/udevd.h"
#include "verb/doctor.h"

int vprep_doctor_say(struct vprep_doctor *d, const char *status, const char *fix,
		     const char *format, ...)
{
	struct vprep_diagnosis *item = vprep_array_add(d->items, d->n);
	_cleanup_free_ char *detail = NULL;
	va_list ap;

	va_start(ap, format);
	detail = vprep_vstrf(format, ap);
	va_end(ap);
	if (item && detail)
		*item = (struct vprep_diagnosis){
			.check = d->check,
			.status = status,
			.detail = vprep_pool_printable(d->pool, detail),
			.fix = fix,
		};
	else
		d->pool->failed = true;
	return 0;
}

/* What to do in the configuration, by the name of the file that was read. */
static const char *fix_configuration(struct vprep_doctor *d, const char *what)
{
	return vprep_pool_strf(d->pool, "%s in %s", what, d->session->config->path);
}

static int check_kernel(struct vprep_doctor *d)
{
	_cleanup_free_ char *release = NULL;

	if (vprep_io_read(d->session->io, VPREP_PROC, &release, "sys/kernel/osrelease") <
	    0)
		return vprep_doctor_say(d, NOTE, NULL, "its release cannot be read");
	return vprep_doctor_say(d, OK, NULL, "Linux %s", release);
}

static int check_privileges(struct vprep_doctor *d)
{
	if (!d->session->io->live)
		return vprep_doctor_say(d, NOTE, NULL, "looking at a captured tree");
	if (geteuid() == 0)
		return vprep_doctor_say(d, OK, NULL, "running as root");
	return vprep_doctor_say(d, NOTE, "run attach, detach and recover as root",
				"not root: devices can be looked at, not changed");
}

static const char *iommu_advice(const struct vprep_io *io, const char *command_line)
{
	_cleanup_free_ char *hypervisor = NULL;

	if (vprep_io_read(io, VPREP_SYS, &hypervisor, "hypervisor/type") == 0 &&
	    streq(hypervisor, "xen"))
		return "boot without Xen, which keeps the IOMMU from Linux";
	if (command_line && strstr(command_line, "iommu=off"))
		return "take iommu=off, intel_iommu=off or amd_iommu=off from the kernel "
		       "command line, and reboot";
	return "enable VT-d, AMD-Vi or the SMMU in the firmware; on Intel boot with "
	       "intel_iommu=on";
}

static int check_iommu(struct vprep_doctor *d)
{
	_cleanup_free_ char *command_line = NULL;
	_cleanup_free_ unsigned *numbers = NULL;
	const char *model = NULL;
	size_t n;
	int r;

	r = vprep_iommu_numbers(d->session->io, &numbers, &n);
	if (r == 0 && n > 0)
		r = vprep_iommu_model(d->session->io, &model);
	if (r < 0)
		return r;
	if (n > 0)
		return vprep_doctor_say(d, OK, NULL, "on (%s), with %zu groups",
					model ? model : "of an unknown kind", n);
	if (vprep_io_read(d->session->io, VPREP_PROC, &command_line, "cmdline") < 0)
		command_line = NULL;
	return vprep_doctor_say(d, PROBLEM, iommu_advice(d->session->io, command_line),
				"off or absent: no device has an IOMMU group");
}

static bool are_unsafe_interrupts_allowed(const struct vprep_io *io)
{
	static const char *const modules[] = { "vfio_iommu_type1", "iommufd" };
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(modules); i++) {
		_cleanup_free_ char *value = NULL;

		if (vprep_io_read(io, VPREP_SYS, &value,
				  "module/%s/parameters/allow_unsafe_interrupts",
				  modules[i]) == 0 &&
		    streq(value, "Y"))
			return true;
	}
	return false;
}

static int check_interrupts(struct vprep_doctor *d)
{
	_cleanup_free_ unsigned *groups = NULL;
	struct vprep_interrupts i;
	size_t n_groups = 0;
	int r = vprep_interrupts_read(d->session->io, &i);

	if (r == 0)
		r = vprep_iommu_numbers(d->session->io, &groups, &n_groups);
	if (r < 0 || n_groups == 0) /* of that the check of the IOMMU tells */
		return r;
	if (vprep_interrupts_forbid(&i))
		return vprep_doctor_say(
			d, PROBLEM, vprep_interrupts_fix(&i),
			"not remapped: the kernel gives no device to a guest, as " VPREP_INTERRUPTS_MEANING);
	if (i.is_allowed || are_unsafe_interrupts_allowed(d->session->io))
		return vprep_doctor_say(
			d, WARNING,
			i.remapping == VPREP_REMAPPING_ON
				? "turn it off: this host remaps interrupts"
				: "turn it off unless this hardware has no interrupt "
				  "remapping",
			"allow_unsafe_interrupts is on: " VPREP_INTERRUPTS_MEANING);
	return i.remapping == VPREP_REMAPPING_ON
		       ? vprep_doctor_say(d, OK, NULL, "remapped by %s", i.remapper)
		       : 0;
}

static const char *describe_nodes(struct vprep_doctor *d)
{
	const struct vprep_vfio_nodes nodes = vprep_vfio_nodes_read(d->session->io);

	if (!nodes.groups)
		return "a guest gets the nodes of single devices, through iommufd: this "
		       "kernel has none of IOMMU groups";
	return nodes.devices
		       ? "a guest gets the nodes of IOMMU groups, or those of single "
			 "devices through iommufd"
		       : "a guest gets the nodes of IOMMU groups";
}

static int check_vfio(struct vprep_doctor *d)
{
	const struct vprep_pci_device any = { 0 };
	struct vprep_driver_choice choice = { 0 };
	int r;

	r = vprep_driver_choose(d->session->io, &any, NULL, &choice);
	if (r == -ENOENT)
		return vprep_doctor_say(d, PROBLEM,
					"install the kernel's modules package",
					"neither loaded nor installed for this kernel");
	if (r < 0)
		return r;
	vprep_doctor_say(d, OK, NULL, "%s; %s",
			 choice.module ? "installed, loaded when first needed" : "loaded",
			 describe_nodes(d));
	vprep_driver_choice_done(&choice);
	return 0;
}

static int check_udevd(struct vprep_doctor *d)
{
	if (!d->session->io->live)
		return 0;
	if (vprep_udevd_is_running(d->session->io))
		return vprep_doctor_say(d, OK, NULL, "running");
	return vprep_doctor_say(d, WARNING, "start systemd-udevd",
				"not running: node owners are set directly, and nothing "
				"sets them again after an event");
}

static int check_rules_dir(struct vprep_doctor *d)
{
	const char *path = d->session->config->rules_dir;
	_cleanup_close_ int dir = -1;
	int r;

	r = vprep_io_host_dir(d->session->io, path, false, &dir);
	if (r == -ENOENT)
		return vprep_doctor_say(d, OK, NULL, "%s is made when needed", path);
	if (r == 0 && geteuid() == 0 && d->session->io->live &&
	    faccessat(dir, ".", W_OK, AT_EACCESS) < 0)
		r = -errno;
	if (r < 0)
		return vprep_doctor_say(d, PROBLEM, fix_configuration(d, "set rules-dir"),
					"%s cannot be used: %s", path, strerror(-r));
	return vprep_doctor_say(d, OK, NULL, "%s", path);
}

bool vprep_doctor_knows(const struct vprep_doctor *d,
			const struct vprep_node_owner *node_owner)
{
	return d->session->io->live ||
	       (!node_owner->fallback && d->session->config->user);
}

static int check_node_owner(struct vprep_doctor *d)
{
	struct vprep_node_owner owner;
	struct vprep_error err;

	if (vprep_node_owner_find(NULL, d->session->config, &owner, &err) < 0)
		return vprep_doctor_say(d, PROBLEM,
					fix_configuration(d, "correct user or group"),
					"%.200s", err.message);
	if (!vprep_doctor_knows(d, &owner))
		return 0;
	if (owner.fallback)
		return vprep_doctor_say(
			d, NOTE, fix_configuration(d, "give --user, or set user"),
			"no QEMU user (qemu, libvirt-qemu): nodes stay root's");
	return vprep_doctor_say(d, OK, NULL, "nodes go to %s (%u:%u)", owner.name,
				owner.uid, owner.gid);
}

static int check_journals(struct vprep_doctor *d)
{
	struct vprep_status *status;
	struct vprep_error err;
	size_t i;

	if (vprep_status(d->session, &status, &err) < 0)
		return vprep_doctor_say(d, geteuid() == 0 ? PROBLEM : NOTE, NULL,
					"%.300s", err.message);
	for (i = 0; i < status->n_owners; i++)
		if (status->owners[i].problem)
			vprep_doctor_say(d, WARNING, NULL, "owner '%.60s': %.300s",
					 status->owners[i].name,
					 status->owners[i].problem);
	vprep_doctor_say(d, OK, NULL, "%zu owners, %zu devices in quarantine",
			 status->n_owners, status->n_quarantined);
	vprep_status_free(status);
	return 0;
}

/* Is a device attached that no journal knows? */
static int check_orphans(struct vprep_doctor *d)
{
	_cleanup_(vprep_orphans_done) struct vprep_orphans orphans = { 0 };
	struct vprep_error err = { 0 };
	size_t i;
	int r = vprep_orphans_look(d->session, &orphans, &err);

	if (r == -ENOMEM)
		return r;
	if (r < 0) /* the check of the journals tells who may read them */
		return vprep_doctor_say(d, NOTE, NULL, "not looked for: %s", err.message);
	for (i = 0; i < orphans.n; i++) {
		const struct vprep_orphan *o = &orphans.items[i];
		const char *text = vprep_orphan_text(o, d->pool);

		vprep_doctor_say(d, PROBLEM, "vfio-prep recover",
				 "%s: attached by %s, and the record of it is gone "
				 "(%s/%s)",
				 text ? text : "?", o->owner,
				 d->session->config->rules_dir, o->file);
	}
	return orphans.n > 0 ? 0
			     : vprep_doctor_say(d, OK, NULL,
						"every device that is attached has its "
						"record");
}

static int say_files(struct vprep_doctor *d)
{
	_cleanup_buf_ struct vprep_buf text = { 0 };
	char *const *files = d->session->config->files;
	size_t i;

	for (i = 0; files && files[i]; i++)
		vprep_buf_addf(&text, "%s%s", i ? ", " : "", files[i]);
	if (text.failed)
		return -ENOMEM;
	if (text.len == 0)
		return vprep_doctor_say(d, OK, NULL, "no file of it is there");
	return vprep_doctor_say(d, OK, NULL, "read, the last one wins: %s", text.data);
}

/* Which files it is from, what is in effect, the defaults too, and then the sections of
 * devices. */
static int check_configuration(struct vprep_doctor *d)
{
	const struct vprep_config *c = d->session->config;
	_cleanup_buf_ struct vprep_buf keys = { 0 };
	size_t i;

	vprep_config_show(c, &keys);
	if (keys.failed || say_files(d) < 0)
		return -ENOMEM;
	vprep_doctor_say(d, OK, NULL, "%s: %s", c->path, keys.data);
	for (i = 0;; i++) {
		_cleanup_buf_ struct vprep_buf section = { 0 };

		if (!vprep_config_show_section(c, i, &section))
			return 0;
		if (section.failed)
			return -ENOMEM;
		vprep_doctor_say(d, OK, NULL, "%s", section.data);
	}
}

static const struct {
	const char *name;
	int (*run)(struct vprep_doctor *d);
} checks[] = {
	{ "kernel", check_kernel },
	{ "privileges", check_privileges },
	{ "iommu", check_iommu },
	{ "interrupts", check_interrupts },
	{ "vfio-pci", check_vfio },
	{ "udevd", check_udevd },
	{ "rules-dir", check_rules_dir },
	{ "user", check_node_owner },
	{ "iommufd", vprep_doctor_iommufd },
	{ "journal", check_journals },
	{ "orphans", check_orphans },
	{ "libvirt-hook", vprep_doctor_libvirt },
	{ "selinux", vprep_doctor_selinux },
	{ "configuration", check_configuration },
	{ "declared", vprep_doctor_declared },
};

/* Hides no other check. */
static int say_why_not(struct vprep_doctor *d, int r)
{
	if (r == -ELIBACC)
		return vprep_doctor_say(d, PROBLEM, "install libkmod",
					"libkmod is not installed, which finds and loads "
					"the kernel's modules");
	return vprep_doctor_say(d, WARNING, NULL, "not examined: %s", strerror(-r));
}

VPREP_EXPORT int vprep_doctor(struct vprep_session *session, struct vprep_diagnoses **ret,
			      struct vprep_error *err)
{
	struct vprep_doctor d = { .session = session };
	struct vprep_diagnoses *out = vprep_pool_result_new(sizeof(*out), &d.pool);
	size_t i;
	int r = out ? 0 : -ENOMEM;

	for (i = 0; r == 0 && i < VPREP_ARRAY_SIZE(checks); i++) {
		d.check = checks[i].name;
		r = checks[i].run(&d);
		if (r < 0 && !vprep_error_is_shortage(r))
			r = say_why_not(&d, r);
	}
	if (out)
		*out = (struct vprep_diagnoses){
			.items = vprep_pool_take(d.pool, d.items),
			.n = d.n,
		};
	if (r == 0 && d.pool->failed)
		r = -ENOMEM;
	if (r < 0) {
		vprep_diagnoses_free(out);
		return vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "cannot examine the host: %s", strerror(-r));
	}
	*ret = out;
	return 0;
}

VPREP_EXPORT void vprep_diagnoses_free(struct vprep_diagnoses *diagnoses)
{
	vprep_pool_result_free(diagnoses);
}
