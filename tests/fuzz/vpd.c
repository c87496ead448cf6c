// SPDX-License-Identifier: GPL-2.0-or-later
/* A PCI device whose Vital Product Data are of any bytes: its XML can be read, its JSON
 * as well. */
#include "fuzz.h"

#include <json-c/json.h>

#include "host/anonymize-file.h"
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

static char *describe(struct vprep_session *session, enum vprep_node_format form)
{
	char *text = NULL;

	CHECK(vprep_node_device_describe(session, "pci_0000_00_03_0", form, &text,
					 NULL) == 0);
	return text;
}

static void check_xml(const char *text)
{
	static const struct vprep_xml_schema schema = { .root = "device" };
	struct vprep_error err = { 0 };

	if (vprep_xml_read(text, strlen(text), &schema, NULL, &err) == 0)
		return;
	fprintf(stderr, "%s\n%s\n", err.message, text);
	abort();
}

static void check_json(const char *text)
{
	struct json_object *object = json_tokener_parse(text);

	CHECK(object);
	json_object_put(object);
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void check_anonymized(struct vprep_session *session, const uint8_t *data,
			     size_t len, const char *xml)
{
	_cleanup_(vprep_anonymize_freep) struct vprep_anonymize *a =
		vprep_anonymize_new();
	_cleanup_free_ uint8_t *bytes = malloc(len + 1);
	_cleanup_free_ char *after = NULL;

	CHECK(a && bytes);
	memcpy(bytes, data, len);
	CHECK(vprep_anonymize_vpd(a, bytes, len) == 0);
	fuzz_put_file(NIC "/vpd", bytes, len);
	after = describe(session, VPREP_NODE_XML);
	if (count_lines(xml) != count_lines(after)) {
		fprintf(stderr, "%s\n%s\n", xml, after);
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct vprep_session *session;
	_cleanup_free_ char *xml = NULL, *json = NULL;

	if (len == 0)
		return 0;
	if (!session)
		session = host();
	fuzz_put_file(NIC "/vpd", data, len);
	xml = describe(session, VPREP_NODE_XML);
	check_xml(xml);
	json = describe(session, VPREP_NODE_JSON);
	check_json(json);
	check_anonymized(session, data, len, xml);
	return 0;
}
