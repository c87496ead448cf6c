// SPDX-License-Identifier: GPL-2.0-or-later
/* A node device in libvirt's XML. */
#include <stdio.h>

#include "common/cleanup.h"
#include "nodedev/kind.h"
#include "xml/writer.h"

static void open_element(void *to, const char *element)
{
	vprep_xml_open(to, element);
}

static void set_attribute(void *to, const char *attribute, const char *value)
{
	vprep_xml_set(to, attribute, value);
}

static void add_text(void *to, const char *text)
{
	vprep_xml_add_text(to, text);
}

static void close_element(void *to)
{
	vprep_xml_close(to);
}

static void add_address(void *to, struct vprep_pci_address a)
{
	char value[sizeof("0xffffffff")];

	vprep_xml_open(to, "address");
	snprintf(value, sizeof(value), "0x%04x", a.domain);
	vprep_xml_set(to, "domain", value);
	snprintf(value, sizeof(value), "0x%02x", a.bus);
	vprep_xml_set(to, "bus", value);
	snprintf(value, sizeof(value), "0x%02x", a.slot);
	vprep_xml_set(to, "slot", value);
	snprintf(value, sizeof(value), "0x%x", a.function);
	vprep_xml_set(to, "function", value);
	vprep_xml_close(to);
}

int vprep_nodedev_xml(struct vprep_nodedev_reader *reader, char **ret)
{
	_cleanup_(vprep_xml_writer_done) struct vprep_xml_writer w = { .depth = 0 };
	const struct vprep_nodedev_emitter emitter = {
		.open = open_element,
		.set = set_attribute,
		.text = add_text,
		.close = close_element,
		.address = add_address,
		.to = &w,
	};

	vprep_nodedev_emit(reader, &emitter);
	return vprep_xml_take(&w, ret);
}
