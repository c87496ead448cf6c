// SPDX-License-Identifier: GPL-2.0-or-later
#include "device/qemu.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "common/str.h"

#define IOMMUFD "vprep-iommufd"
#define PAIRS_MAX 6

/* A comma in a value is doubled, or else it would end the value. */
static void add_text_value(struct vprep_buf *buf, const struct vprep_qemu_pair *pair)
{
	const char *p;

	if (!pair->text) {
		vprep_buf_addf(buf, "%" PRIu64, pair->number);
		return;
	}
	for (p = pair->text; *p; p++)
		vprep_buf_addf(buf, *p == ',' ? ",%c" : "%c", *p);
}

static int text_of(const struct vprep_qemu_pair *pairs, char **ret)
{
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	size_t i;

	add_text_value(&buf, &pairs[0]);
	for (i = 1; pairs[i].key; i++) {
		vprep_buf_addf(&buf, ",%s=", pairs[i].key);
		add_text_value(&buf, &pairs[i]);
	}
	return vprep_buf_take(&buf, ret);
}

static int json_of(const struct vprep_qemu_pair *pairs, char **ret)
{
	_cleanup_json_ struct vprep_json_document document = { 0 };
	struct vprep_json object = vprep_json_begin_object(&document);
	const struct vprep_qemu_pair *pair;

	for (pair = pairs; pair->key; pair++)
		if (pair->text)
			vprep_json_add_string(object, pair->key, pair->text);
		else
			vprep_json_add_unsigned(object, pair->key, pair->number);
	return vprep_json_text(&document, VPREP_JSON_PLAIN, ret);
}

int vprep_qemu_add(struct vprep_qemu *q, const char *flag,
		   const struct vprep_qemu_pair *pairs)
{
	bool json = q->json && streq(flag, "-device");
	_cleanup_free_ char *value = NULL;
	int r = json ? json_of(pairs, &value) : text_of(pairs, &value);

	if (r == 0)
		r = vprep_strv_add(&q->words, flag);
	return r < 0 ? r : vprep_strv_add(&q->words, value);
}

int vprep_qemu_add_vfio(struct vprep_qemu *q, const char *driver,
			const struct vprep_qemu_pair *where,
			const struct vprep_device *device)
{
	const struct vprep_qemu_pair pairs[PAIRS_MAX] = {
		{ .key = "driver", .text = driver },
		*where,
		{ .key = vprep_device_is_by_cdev(device, q->iommufd) ? "iommufd" : NULL,
		  .text = IOMMUFD },
	};

	return vprep_qemu_add(q, "-device", pairs);
}

int vprep_qemu_add_disk(struct vprep_qemu *q, const char *driver, const char *bus,
			const struct vprep_qemu_pair *source, bool read_only)
{
	char name[sizeof("vprep-disk4294967295")];
	struct vprep_qemu_pair node[PAIRS_MAX] = { { 0 } };
	size_t n;

	snprintf(name, sizeof(name), "vprep-disk%u", q->n_disks++);
	for (n = 0; source[n].key; n++)
		node[n] = source[n];
	if (read_only)
		node[n++] = (struct vprep_qemu_pair){ "read-only", "on", 0 };
	node[n] = (struct vprep_qemu_pair){ "node-name", name, 0 };
	return vprep_qemu_add(q, "-blockdev", node) < 0
		       ? -ENOMEM
		       : vprep_qemu_add(
				 q, "-device",
				 (const struct vprep_qemu_pair[]){
					 { "driver", driver, 0 },
					 { "drive", name, 0 },
					 { .key = bus ? "bus" : NULL, .text = bus },
					 { 0 } });
}

static bool has_cdev(const struct vprep_qemu *q, const struct vprep_devices *devices)
{
	size_t i;

	for (i = 0; i < devices->n; i++)
		if (vprep_device_is_by_cdev(&devices->items[i], q->iommufd))
			return true;
	return false;
}

static bool has_kind(const struct vprep_devices *devices,
		     const struct vprep_device_kind *kind)
{
	size_t i;

	for (i = 0; i < devices->n; i++)
		if (devices->items[i].kind == kind)
			return true;
	return false;
}

/* Buses and objects that the devices refer to, which must stand before them. */
static int add_shared(struct vprep_qemu *q, const struct vprep_devices *devices)
{
	const struct vprep_device_kind *const *kind;
	int r = 0;

	if (has_cdev(q, devices))
		r = vprep_qemu_add(
			q, "-object",
			(const struct vprep_qemu_pair[]){ { "qom-type", "iommufd", 0 },
							  { "id", IOMMUFD, 0 },
							  { 0 } });
	for (kind = vprep_device_kinds; r == 0 && *kind; kind++)
		if ((*kind)->qemu_bus && has_kind(devices, *kind))
			r = vprep_qemu_add(
				q, "-device",
				(const struct vprep_qemu_pair[]){
					{ "driver", (*kind)->qemu_bus_driver, 0 },
					{ "id", (*kind)->qemu_bus, 0 },
					{ 0 } });
	return r;
}

int vprep_qemu_words(const struct vprep_devices *devices, bool iommufd, bool json,
		     char ***ret)
{
	struct vprep_qemu q = { .iommufd = iommufd, .json = json };
	size_t i;
	int r;

	q.words = calloc(1, sizeof(char *));
	r = q.words ? add_shared(&q, devices) : -ENOMEM;
	for (i = 0; r == 0 && i < devices->n; i++)
		r = devices->items[i].kind->add_to_qemu(&q, &devices->items[i]);
	if (r < 0) {
		vprep_strv_free(q.words);
		return r;
	}
	*ret = q.words;
	return 0;
}
