// SPDX-License-Identifier: GPL-2.0-or-later
/* What passthrough needs of the host, looked at one by one. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "common/export.h"
#include "session/node-owner.h"
#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "verb/doctor.h"
#include "host/driver.h"
#include "host/iommu.h"
#include "session/session.h"
#include "udev/udevd.h"

int vprep_doctor_say(struct examination *e, const char *check, const char *status,
		     char *detail, char *fix)
{
	struct vprep_diagnosis *item = NULL;
	char *name = strdup(check);

	if (name && detail)
		item = vprep_array_add(e->out->items, e->out->n);
	if (!item) {
		free(name);
		free(detail);
		free(fix);
		return -ENOMEM;
	}
	vprep_str_make_printable(detail);
	*item = (struct vprep_diagnosis){
		.check = name,
		.status = status,
		.detail = detail,
		.fix = fix,
	};
	return 0;
}

static int examine_kernel(struct examination *e)
{
	_cleanup_free_ char *release = NULL;

	if (vprep_io_read(e->session->io, VPREP_PROC, &release, "sys/kernel/osrelease") <
	    0)
		return vprep_doctor_say(e, "kernel", NOTE,
					vprep_strf("its release cannot be read"), NULL);
	return vprep_doctor_say(e, "kernel", OK, vprep_strf("Linux %s", release), NULL);
}

static int examine_root(struct examination *e)
{
	if (!e->session->io->live)
		return vprep_doctor_say(e, "privileges", NOTE,
					vprep_strf("looking at a captured tree"), NULL);
	if (geteuid() == 0)
		return vprep_doctor_say(e, "privileges", OK,
					vprep_strf("running as root"), NULL);
	return vprep_doctor_say(
		e, "privileges", NOTE,
		vprep_strf("not root: devices can be looked at, not changed"),
		vprep_strf("run attach, detach and recover as root"));
}

static const char *iommu_advice(const char *command_line)
{
	if (strstr(command_line, "iommu=off"))
		return "take iommu=off, intel_iommu=off or amd_iommu=off from the kernel "
		       "command "
		       "line, and reboot";
	return "enable VT-d or AMD-Vi in the firmware; on Intel boot with intel_iommu=on";
}

static int examine_iommu(struct examination *e)
{
	_cleanup_free_ char *command_line = NULL;
	_cleanup_free_ unsigned *numbers = NULL;
	size_t n;
	int r;

	r = vprep_iommu_numbers(e->session->io, &numbers, &n);
	if (r < 0)
		return r;
	if (n > 0)
		return vprep_doctor_say(e, "iommu", OK,
					vprep_strf("on, with %zu groups", n), NULL);
	if (vprep_io_read(e->session->io, VPREP_PROC, &command_line, "cmdline") < 0)
		command_line = NULL;
	return vprep_doctor_say(e, "iommu", PROBLEM,
				vprep_strf("off or absent: no device has an IOMMU group"),
				strdup(iommu_advice(command_line ? command_line : "")));
}

static int examine_interrupts(struct examination *e)
{
	_cleanup_free_ char *value = NULL;

	if (vprep_io_read(e->session->io, VPREP_SYS, &value,
			  "module/vfio_iommu_type1/parameters/allow_unsafe_interrupts") <
		    0 ||
	    !streq(value, "Y"))
		return 0;
	return vprep_doctor_say(
		e, "interrupts", WARNING,
		vprep_strf(
			"allow_unsafe_interrupts is on: a guest with a device can inject "
			"interrupts into the host"),
		vprep_strf(
			"turn it off unless this hardware has no interrupt remapping"));
}

static int examine_vfio(struct examination *e)
{
	const struct vprep_pci_device any = { 0 };
	struct vprep_driver_choice choice = { 0 };
	int r;

	r = vprep_driver_choose(e->session->io, &any, NULL, &choice);
	if (r == -ENOENT)
		return vprep_doctor_say(
			e, "vfio-pci", PROBLEM,
			vprep_strf("neither loaded nor installed for this kernel"),
			vprep_strf("install the kernel's modules package"));
	if (r < 0)
		return r;
	r = vprep_doctor_say(e, "vfio-pci", OK,
			     choice.module
				     ? vprep_strf("installed; loaded when first needed")
				     : vprep_strf("loaded"),
			     NULL);
	vprep_driver_choice_done(&choice);
	return r;
}

static int examine_udevd(struct examination *e)
{
	if (!e->session->io->live)
		return 0;
	if (vprep_udevd_is_running(e->session->io))
		return vprep_doctor_say(e, "udevd", OK, vprep_strf("running"), NULL);
	return vprep_doctor_say(
		e, "udevd", WARNING,
		vprep_strf("not running: node owners are set directly, and nothing "
			   "sets them "
			   "again after an event"),
		vprep_strf("start systemd-udevd"));
}

static int examine_rules_dir(struct examination *e)
{
	const char *path = e->session->config->rules_dir;
	_cleanup_close_ int dir = -1;
	int r;

	r = vprep_io_host_dir(e->session->io, path, false, &dir);
	if (r == -ENOENT)
		return vprep_doctor_say(e, "rules-dir", OK,
					vprep_strf("%s is made when needed", path), NULL);
	if (r == 0 && geteuid() == 0 && e->session->io->live &&
	    faccessat(dir, ".", W_OK, AT_EACCESS) < 0)
		r = -errno;
	if (r < 0)
		return vprep_doctor_say(
			e, "rules-dir", PROBLEM,
			vprep_strf("%s cannot be used: %s", path, strerror(-r)),
			vprep_strf("set rules-dir in /etc/vfio-prep.conf"));
	return vprep_doctor_say(e, "rules-dir", OK, vprep_strf("%s", path), NULL);
}

static int examine_account(struct examination *e)
{
	struct vprep_node_owner node_owner;
	struct vprep_error err;

	if (vprep_node_owner_find(NULL, e->session->config, &node_owner, &err) < 0)
		return vprep_doctor_say(
			e, "user", PROBLEM, vprep_strf("%.200s", err.message),
			vprep_strf("correct user or group in /etc/vfio-prep.conf"));
	if (node_owner.fallback)
		return vprep_doctor_say(
			e, "user", NOTE,
			vprep_strf(
				"no QEMU user (qemu, libvirt-qemu): nodes stay root's"),
			vprep_strf("give --user, or set user in /etc/vfio-prep.conf"));
	return vprep_doctor_say(e, "user", OK,
				vprep_strf("nodes go to %s (%u:%u)", node_owner.name,
					   node_owner.uid, node_owner.gid),
				NULL);
}

static int examine_journals(struct examination *e)
{
	struct vprep_status *status;
	struct vprep_error err;
	size_t i;
	int r = 0;

	if (vprep_status(e->session, &status, &err) < 0)
		return vprep_doctor_say(e, "journal", geteuid() == 0 ? PROBLEM : NOTE,
					vprep_strf("%.300s", err.message), NULL);
	for (i = 0; r == 0 && i < status->n_owners; i++)
		if (status->owners[i].problem)
			r = vprep_doctor_say(e, "journal", WARNING,
					     vprep_strf("owner '%.60s': %.300s",
							status->owners[i].name,
							status->owners[i].problem),
					     NULL);
	if (r == 0)
		r = vprep_doctor_say(e, "journal", OK,
				     vprep_strf("%zu owners, %zu devices in quarantine",
						status->n_owners, status->n_quarantined),
				     NULL);
	vprep_status_free(status);
	return r;
}

static char *joined(char *const *words)
{
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	char *text;

	for (; words && *words; words++)
		vprep_buf_addf(&buf, "%s%s", buf.len ? " " : "", *words);
	return vprep_buf_take(&buf, &text) < 0 ? NULL : text;
}

static char *deny_list(const struct vprep_config *c)
{
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	char *text;
	size_t i;

	for (i = 0; i < c->n_deny; i++)
		vprep_buf_addf(&buf, "%s%s", i ? " " : "",
			       vprep_pci_address_text(c->deny[i]).s);
	return vprep_buf_take(&buf, &text) < 0 ? NULL : text;
}

static int examine_config(struct examination *e)
{
	const struct vprep_config *c = e->session->config;
	_cleanup_free_ char *serial = joined(c->serial_drivers);
	_cleanup_free_ char *deny = deny_list(c);

	if (!serial || !deny)
		return -ENOMEM;
	return vprep_doctor_say(
		e, "configuration", OK,
		vprep_strf(
			"user=%s group=%s mode=%04o group-policy=%s prepare=%s rules-dir=%s "
			"deadline-bind=%u deadline-unbind=%u deadline-module=%u "
			"deadline-node=%u deadline-numvfs=%u parallel=%u serial-drivers=%s deny=%s",
			c->user ? c->user : "(QEMU's)", c->group ? c->group : "(user's)",
			c->mode, c->policy == VPREP_POLICY_STRICT ? "strict" : "whole",
			vprep_prepare_which_name(c->prepare), c->rules_dir,
			c->deadlines[VPREP_DEADLINE_BIND],
			c->deadlines[VPREP_DEADLINE_UNBIND],
			c->deadlines[VPREP_DEADLINE_MODULE],
			c->deadlines[VPREP_DEADLINE_NODE],
			c->deadlines[VPREP_DEADLINE_NUMVFS], c->parallel, serial, deny),
		NULL);
}

VPREP_EXPORT int vprep_doctor(struct vprep_session *session, struct vprep_diagnoses **ret,
			      struct vprep_error *err)
{
	static int (*const examinations[])(struct examination *) = {
		examine_kernel,	      examine_root,    examine_iommu,
		examine_interrupts,   examine_vfio,    examine_udevd,
		examine_rules_dir,    examine_account, examine_journals,
		vprep_doctor_libvirt, examine_config,
	};
	struct vprep_diagnoses *out = calloc(1, sizeof(*out));
	struct examination e = { .session = session, .out = out };
	size_t i;
	int r = out ? 0 : -ENOMEM;

	for (i = 0; r == 0 && i < VPREP_ARRAY_SIZE(examinations); i++)
		r = examinations[i](&e);
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
	size_t i;

	if (!diagnoses)
		return;
	for (i = 0; i < diagnoses->n; i++) {
		free((char *)diagnoses->items[i].check);
		free((char *)diagnoses->items[i].detail);
		free((char *)diagnoses->items[i].fix);
	}
	free(diagnoses->items);
	free(diagnoses);
}
