// SPDX-License-Identifier: GPL-2.0-or-later
#include "nodedev-fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#define CAPS_MAX 8

int nodedev_setup(void **state)
{
	struct nodedev_host *h = calloc(1, sizeof(*h));
	struct vprep_options options = { 0 };

	assert_non_null(h);
	h->tree = tree_new();
	options.sysroot = h->tree->dir;
	assert_int_equal(vprep_session_new(&options, &h->session, &h->err), 0);
	*state = h;
	return 0;
}

int nodedev_teardown(void **state)
{
	struct nodedev_host *h = *state;

	vprep_session_free(h->session);
	tree_free(h->tree);
	free(h);
	return 0;
}

void add_device(struct nodedev_host *h, const char *folder, const char *name,
		const char *devices, const char *uevent)
{
	tree_device(h->tree, folder, name, devices);
	tree_file(h->tree, uevent, "sys/%s/%s/uevent", devices, name);
}

void add_pci(struct nodedev_host *h, const char *address, const char *devices)
{
	add_device(h, "bus/pci/devices", address, devices, "PCI_CLASS=20000\n");
	tree_file(h->tree, "0x020000\n", "sys/%s/%s/class", devices, address);
	tree_file(h->tree, "0xfff1\n", "sys/%s/%s/vendor", devices, address);
	tree_file(h->tree, "0x00a1\n", "sys/%s/%s/device", devices, address);
}

void expect_list(struct nodedev_host *h, const char *caps, const char *want)
{
	char *copy = caps ? strdup(caps) : NULL, *rest = copy, *cap, *got = NULL;
	struct vprep_node_devices *list = NULL;
	struct vprep_node_filter filter = { 0 };
	const char *names[CAPS_MAX + 1] = { NULL };
	size_t i, n = 0, len = 0, count = 0;
	FILE *f = open_memstream(&got, &len);

	while (copy && (cap = strsep(&rest, " ")) && n < CAPS_MAX)
		names[n++] = cap;
	filter.capabilities = names;
	assert_int_equal(vprep_node_devices(h->session, &filter, &list, &h->err), 0);
	assert_int_equal(vprep_node_devices_count(h->session, &filter, &count, &h->err),
			 0);
	assert_int_equal(count, list->n);
	for (i = 0; i < list->n; i++)
		fprintf(f, "%s\n", list->items[i].name);
	fclose(f);
	assert_string_equal(got, want);
	vprep_node_devices_free(list);
	free(got);
	free(copy);
}

void expect_parent(struct nodedev_host *h, const char *name, const char *parent)
{
	struct vprep_node_devices *list = NULL;

	assert_int_equal(vprep_node_device_find(h->session, name, &list, &h->err), 0);
	assert_int_equal(list->n, 1);
	if (parent)
		assert_string_equal(list->items[0].parent, parent);
	else
		assert_null(list->items[0].parent);
	vprep_node_devices_free(list);
}

static char *describe(struct nodedev_host *h, const char *name,
		      enum vprep_node_format format)
{
	char *text = NULL;
	int r = vprep_node_device_describe(h->session, name, format, &text, &h->err);

	if (r < 0)
		print_error("%s\n", h->err.message);
	assert_int_equal(r, 0);
	return text;
}

/* Without line ends, and what is before the first character of a line. */
static void squeeze(char *text)
{
	char *from, *to = text;
	int begin = 1;

	for (from = text; *from; from++) {
		if (*from == '\n')
			begin = 1;
		else if (*from != ' ' || !begin)
			*to++ = *from;
		begin = *from == '\n' || (*from == ' ' && begin);
	}
	*to = '\0';
}

void expect_xml(struct nodedev_host *h, const char *name, const char *want)
{
	char *got = describe(h, name, VPREP_NODE_XML), *whole;

	assert_true(asprintf(&whole, "<device>%s</device>", want) > 0);
	squeeze(got);
	assert_string_equal(got, whole);
	free(got);
	free(whole);
}

void expect_json(struct nodedev_host *h, const char *name, const char *want)
{
	char *got = describe(h, name, VPREP_NODE_JSON);
	struct json_object *list = json_tokener_parse(got), *device, *params;
	struct json_object_iterator first;

	assert_non_null(list);
	assert_int_equal(json_object_object_length(list), 1);
	first = json_object_iter_begin(list);
	device = json_object_iter_peek_value(&first);
	assert_int_equal(json_object_object_length(device), 1);
	assert_true(json_object_object_get_ex(device, "params", &params));
	assert_string_equal(
		json_object_to_json_string_ext(params, JSON_C_TO_STRING_NOSLASHESCAPE),
		want);
	json_object_put(list);
	free(got);
}

void expect_text(struct nodedev_host *h, const char *name, const char *want)
{
	char *got = describe(h, name, VPREP_NODE_TEXT);

	assert_string_equal(got, want);
	free(got);
}
