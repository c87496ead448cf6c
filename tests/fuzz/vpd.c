// SPDX-License-Identifier: GPL-2.0-or-later
/* A PCI device whose Vital Product Data are of any bytes: its XML can be read, its JSON
 * as well. */
#include "fuzz.h"

#include <json-c/json.h>

#include "xml/reader.h"

#define NIC "sys/devices/pci0000:00/0000:00:03.0"

static void put(const char *path, const char *content)
{
	fuzz_put_file(path, content, strlen(content));
}

static struct vprep_session *host(void)
{
	const struct vprep_options options = { .sysroot = fuzz_folder() };
	struct vprep_session *session = NULL;

	put(NIC "/uevent", "PCI_CLASS=20000\n");
	put(NIC "/class", "0x020000\n");
	put(NIC "/vendor", "0xfff1\n");
	put(NIC "/device", "0x00a1\n");
	fuzz_put_link(NIC "/subsystem", "../../../bus/pci");
	fuzz_put_link("sys/bus/pci/devices/0000:00:03.0",
		      "../../../devices/pci0000:00/0000:00:03.0");
	CHECK(vprep_session_new(&options, &session, NULL) == 0);
	return session;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct vprep_xml_schema schema = { .root = "device" };
	static struct vprep_session *session;
	struct vprep_error err = { 0 };
	struct json_object *object;
	char *text = NULL;

	if (!session)
		session = host();
	fuzz_put_file(NIC "/vpd", data, len);
	CHECK(vprep_node_device_describe(session, "pci_0000_00_03_0", VPREP_NODE_XML,
					 &text, &err) == 0);
	if (vprep_xml_read(text, strlen(text), &schema, NULL, &err) < 0) {
		fprintf(stderr, "%s\n%s\n", err.message, text);
		abort();
	}
	free(text);
	CHECK(vprep_node_device_describe(session, "pci_0000_00_03_0", VPREP_NODE_JSON,
					 &text, &err) == 0);
	object = json_tokener_parse(text);
	CHECK(object);
	json_object_put(object);
	free(text);
	return 0;
}
