// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * VDSM's hook: makes the host devices of a virtual machine ready before it starts, and
 * gives everything back when it is gone. Its mediated devices (custom property mdev_type)
 * and those that its metadata asks for by declared names are added to its domain XML. The
 * point is the folder that the program was called in.
 *
 * I1  The environment holds custom properties of the virtual machine: nothing of it is
 *     trusted, and nothing but three variables is looked at.
 * I2  The file is edited last: until then nothing of it has changed.
 * I3  What is given back comes from the journal, whatever the XML says by then.
 * I4  Standard output stays empty.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "domxml.h"
#include "file.h"
#include "mdev-type.h"
#include "common/str.h"
#include "signals.h"
#include "vfio-prep.h"
#include "work.h"

/* What VDSM makes of an exit status. */
enum { GO_ON = 0, FAILED_GO_ON = 1, FAILED_STOP = 2 };

static const char *point;

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void say(const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list ap;

	va_start(ap, format);
	text = vprep_vstrf(format, ap);
	va_end(ap);
	fprintf(stderr, "vfio-prep: %s: %s\n", point, text ? text : "out of memory");
}

/* The value of a variable; NULL when it is not set or empty. */
static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static bool is_uuid(const char *text)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	size_t i;

	for (i = 0; form[i]; i++)
		if (form[i] == '-'
			    ? text[i] != '-'
			    : !text[i] || !strchr("0123456789abcdefABCDEF", text[i]))
			return false;
	return text[i] == '\0';
}

/* The UUID of the virtual machine; NULL after a message when VDSM gave none. */
static const char *machine(void)
{
	const char *id = variable("vmId");

	if (id && is_uuid(id))
		return id;
	say("vmId is '%s', which is not a UUID", id ? vprep_quote(id).text : "");
	return NULL;
}

/* ---- before_vm_start ---- */

/* What is added to the document: text for its <devices>; and text that tells how each
 * mediated device is made, which only the library gets to see. */
struct additions {
	struct vprep_buf devices;
	struct vprep_buf definitions;
	size_t n; /* devices that the document does not have yet */
};

static void additions_done(struct additions *a)
{
	vprep_buf_done(&a->devices);
	vprep_buf_done(&a->definitions);
}

/* The UUID of mediated device @i. The first is the one that VDSM would give. Each further
 * one is made of the machine's id and its number, so it is the same at every start. */
static int uuid_of(const char *vm, size_t i, char **ret)
{
	_cleanup_free_ char *name = i > 0 ? vprep_strf("%s/%zu", vm, i + 1) : strdup(vm);
	struct vprep_error err;
	int r;

	if (!name)
		return -ENOMEM;
	r = vprep_mdev_uuid(name, ret, &err);
	if (r < 0)
		say("%s", err.message);
	return r;
}

/* @requests: the devices that the document has already, in JSON. */
static int add_mdevs(const struct vprep_vdsm_mdevs *mdevs, const char *vm,
		     const char *requests, struct additions *ret)
{
	vprep_buf_add(&ret->definitions,
		      "<metadata><o:vm xmlns:o='http://ovirt.org/vm/1.0'>");
	for (size_t i = 0; i < mdevs->n; i++) {
		const struct vprep_vdsm_mdev *mdev = &mdevs->items[i];
		_cleanup_free_ char *uuid = NULL;
		int r = uuid_of(vm, i, &uuid);

		if (r < 0)
			return r;
		vprep_buf_addf(&ret->definitions,
			       "<o:device devtype='hostdev' uuid='%s'>"
			       "<o:mdevType>%s%s%s</o:mdevType></o:device>",
			       uuid, mdev->type, mdev->placement ? "|" : "",
			       mdev->placement ? mdev->placement : "");
		if (strstr(requests, uuid))
			continue;
		vprep_buf_addf(&ret->devices,
			       "<hostdev mode='subsystem' type='mdev' model='vfio-pci'%s>"
			       "<source><address uuid='%s'/></source></hostdev>",
			       mdevs->nodisplay ? "" : " display='on'", uuid);
		ret->n++;
	}
	vprep_buf_add(&ret->definitions, "</o:vm></metadata>");
	return ret->definitions.failed || ret->devices.failed ? -ENOMEM : 0;
}

/* The document that was filled, without what only the library got to see: that stands in
 * front of what is behind @places->end. -EINVAL: it is not there. */
static int take_definitions_out(char *filled, const struct vprep_vdsm_file *file,
				const struct vprep_domain_places *places,
				const char *definitions)
{
	size_t rest = file->len - places->end, n = strlen(definitions);
	size_t len = strlen(filled);
	char *at;

	if (len < rest + n)
		return -EINVAL;
	at = filled + len - rest - n;
	if (memcmp(at, definitions, n) != 0)
		return -EINVAL;
	memmove(at, at + n, rest + 1);
	return 0;
}

/* The file gets that text; if it cannot, all is given back. */
static int replace(const struct vprep_vdsm_file *file, const char *text, size_t len,
		   const char *vm)
{
	int r = vprep_vdsm_file_replace(file, text, len);

	if (r < 0) {
		say("cannot write the domain XML: %s; its devices are given back",
		    strerror(-r));
		vprep_vdsm_release(vm);
	}
	return r;
}

static int replace_filled(const struct vprep_vdsm_file *file, char *filled,
			  const struct vprep_domain_places *places,
			  const char *definitions, const char *vm)
{
	int r = take_definitions_out(filled, file, places, definitions);

	if (r < 0) {
		say("the domain XML with its devices is another one; they are given "
		    "back");
		vprep_vdsm_release(vm);
	}
	return r < 0 ? r : replace(file, filled, strlen(filled), vm);
}

/* Prepares the devices of the document with its additions, then writes them to the file,
 * and with them the devices that were chosen for declared names. */
static int start_with(const struct vprep_vdsm_file *file, const struct additions *a,
		      const char *vm)
{
	const char *devices = a->n > 0 ? a->devices.data : "";
	const char *definitions = a->definitions.data ? a->definitions.data : "";
	bool fills = vprep_domain_has_names(file->text, file->len);
	_cleanup_free_ char *edited = NULL, *full = NULL, *filled = NULL;
	struct vprep_domain_places places;
	size_t edited_len, full_len;
	const char *why;
	int r;

	why = vprep_domain_places_find(file->text, file->len, &places);
	if (why) {
		say("the domain XML cannot be edited: %s", why);
		return -EINVAL;
	}
	edited = vprep_domxml_add(file->text, file->len, &places, devices, "",
				  &edited_len);
	full = vprep_domxml_add(file->text, file->len, &places, devices, definitions,
				&full_len);
	r = vprep_vdsm_prepare(full, full_len, fills ? &filled : NULL);
	if (r == 0 && fills)
		return replace_filled(file, filled, &places, definitions, vm);
	return r < 0 || a->n == 0 ? r : replace(file, edited, edited_len, vm);
}

static int start_edited(const struct vprep_vdsm_file *file,
			const struct vprep_vdsm_mdevs *mdevs, const char *requests,
			const char *vm)
{
	_cleanup_(additions_done) struct additions additions = { .n = 0 };
	int r = mdevs->n > 0 ? add_mdevs(mdevs, vm, requests, &additions) : 0;

	return r < 0 ? r : start_with(file, &additions, vm);
}

static int start(const struct vprep_vdsm_file *file, const struct vprep_vdsm_mdevs *mdevs)
{
	_cleanup_free_ char *requests = NULL;
	struct vprep_error err = { 0 };
	const char *vm;
	int r;

	if (mdevs->n == 0 && !vprep_domain_may_need_us(file->text, file->len))
		return 0;
	r = vprep_requests_json(file->text, file->len, &requests, &err);
	if (r < 0) {
		say("the domain XML: %s", err.message);
		return r;
	}
	vm = machine();
	if (!vm)
		return -EINVAL;
	if (!strcasestr(file->text, vm)) { /* devices are given back by vmId */
		say("the domain XML is not that of vmId %s", vm);
		return -EINVAL;
	}
	return mdevs->n > 0 || vprep_domain_has_names(file->text, file->len)
		       ? start_edited(file, mdevs, requests, vm)
		       : vprep_vdsm_prepare(file->text, file->len, NULL);
}

static int before_vm_start(void)
{
	const char *path = variable("_hook_domxml"), *wanted = variable("mdev_type");
	struct vprep_vdsm_mdevs mdevs = { .n = 0 };
	struct vprep_vdsm_file file;
	const char *why = wanted ? vprep_vdsm_mdevs_parse(wanted, &mdevs) : NULL;
	int r;

	if (why) {
		say("mdev_type '%s': %s; expected TYPE, TYPE|compact or TYPE|separate, "
		    "several with commas between them, and nodisplay in front",
		    vprep_quote(wanted).text, why);
		return FAILED_STOP;
	}
	if (!path) {
		say("no _hook_domxml: this is not called by VDSM");
		return FAILED_STOP;
	}
	r = vprep_vdsm_file_open(path, &file);
	if (r < 0) {
		say("cannot open the domain XML %s: %s", vprep_quote(path).text,
		    strerror(-r));
		return FAILED_STOP;
	}
	r = start(&file, &mdevs);
	vprep_vdsm_file_close(&file);
	return r < 0 ? FAILED_STOP : GO_ON;
}

/* ---- after_vm_destroy ---- */

static int after_vm_destroy(void)
{
	const char *vm = machine();

	return vm && vprep_vdsm_release(vm) == 0 ? GO_ON : FAILED_GO_ON;
}

/* ---- */

static const struct {
	const char *point;
	int (*run)(void);
} points[] = {
	{ "before_vm_start", before_vm_start },
	{ "after_vm_destroy", after_vm_destroy },
};

/* "before_vm_start" of ".../hooks/before_vm_start/50_vfio_prep", cut out in place. */
static const char *point_of(char *program)
{
	char *slash = program ? strrchr(program, '/') : NULL;

	if (!slash)
		return "?";
	*slash = '\0';
	slash = strrchr(program, '/');
	return slash ? slash + 1 : program;
}

int main(int argc, char **argv)
{
	if (vprep_fds_open_missing() < 0)
		return FAILED_STOP;
	vprep_signals_init();
	point = point_of(argc > 0 ? argv[0] : NULL);
	for (size_t i = 0; i < VPREP_ARRAY_SIZE(points); i++)
		if (strcmp(point, points[i].point) == 0)
			return points[i].run();
	say("nothing is done at this point: the program belongs into the folders "
	    "before_vm_start and after_vm_destroy of VDSM's hooks");
	return GO_ON;
}
