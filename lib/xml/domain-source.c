// SPDX-License-Identifier: GPL-2.0-or-later
/* What stands in a device's <source>, as libvirt's src/conf/domain_conf.c reads it. */
#include "xml/domain-internal.h"

#include <errno.h>

#include "common/error.h"
#include "xml/value.h"

#define WWN_DIGITS 16

static int read_pci_address(const struct vprep_xml_node *source,
			    struct vprep_pci_address *ret, struct vprep_error *err)
{
	static const struct vprep_xml_number forms[] = {
		{ "domain", .max = UINT32_MAX },
		{ "bus", .max = 0xff },
		{ "slot", .max = 0x1f },
		{ "function", .max = 7 },
	};
	const struct vprep_xml_node *address =
		vprep_xml_child(source, VPREP_XML_PLAIN, "address");
	uint64_t parts[VPREP_ARRAY_SIZE(forms)];
	size_t i;

	/* libvirt takes its absence for address 0, the host bridge: never what is meant */
	if (!address)
		return vprep_xml_refuse(err, source->line, "<source> has no <address>");
	for (i = 0; i < VPREP_ARRAY_SIZE(forms); i++) {
		int r = vprep_xml_get_number(address, &forms[i], &parts[i], err);

		if (r < 0)
			return r;
	}
	*ret = (struct vprep_pci_address){
		.domain = (uint32_t)parts[0],
		.bus = (uint8_t)parts[1],
		.slot = (uint8_t)parts[2],
		.function = (uint8_t)parts[3],
	};
	return 0;
}

static int read_pci(const struct vprep_xml_node *device,
		    const struct vprep_xml_node *source,
		    struct vprep_device_request *request, struct vprep_error *err)
{
	const struct vprep_xml_node *driver =
		vprep_xml_child(device, VPREP_XML_PLAIN, "driver");
	const char *managed = vprep_xml_attribute(device, "managed");
	const char *model = NULL;
	int r;

	request->kind = VPREP_REQUEST_PCI;
	/* libvirt ignores any other value here */
	request->pci.managed = managed && streq(managed, "yes");
	r = read_pci_address(source, &request->pci.address, err);
	if (r == 0 && driver)
		r = vprep_xml_get_word(driver, "model", false, &model, err);
	if (r == 0 && vprep_str_replace(&request->pci.driver, model) < 0)
		r = vprep_error_oom(err);
	return r;
}

static int read_usb_id(const struct vprep_xml_node *source,
		       struct vprep_device_request *request, struct vprep_error *err)
{
	static const struct vprep_xml_number id = { "id", .required = true,
						    .max = 0xffff };
	static const struct vprep_xml_number nonzero = { "id", .required = true, .min = 1,
							 .max = 0xffff };
	const struct vprep_xml_node *vendor =
		vprep_xml_child(source, VPREP_XML_PLAIN, "vendor");
	const struct vprep_xml_node *product =
		vprep_xml_child(source, VPREP_XML_PLAIN, "product");
	uint64_t numbers[2];
	int r;

	if (!vendor && !product)
		return 0;
	if (!vendor || !product)
		return vprep_xml_refuse(err, source->line,
					"<source> has a <%s> but no <%s>",
					vendor ? "vendor" : "product",
					vendor ? "product" : "vendor");
	r = vprep_xml_get_number(vendor, &nonzero, &numbers[0], err);
	if (r == 0)
		r = vprep_xml_get_number(product, &id, &numbers[1], err);
	if (r < 0)
		return r;
	request->usb.has_id = true;
	request->usb.vendor = (uint16_t)numbers[0];
	request->usb.product = (uint16_t)numbers[1];
	return 0;
}

static int read_usb_address(const struct vprep_xml_node *source,
			    struct vprep_device_request *request, struct vprep_error *err)
{
	static const struct vprep_xml_number bus = { "bus", .required = true,
						     .max = UINT32_MAX };
	static const struct vprep_xml_number device = { "device", .required = true,
							.max = UINT32_MAX };
	const struct vprep_xml_node *address =
		vprep_xml_child(source, VPREP_XML_PLAIN, "address");
	uint64_t numbers[2];
	int r;

	if (!address)
		return 0;
	r = vprep_xml_get_number(address, &bus, &numbers[0], err);
	if (r == 0)
		r = vprep_xml_get_number(address, &device, &numbers[1], err);
	if (r < 0)
		return r;
	/* neither is ever 0: there it means that nobody has looked yet */
	request->usb.has_address = numbers[0] && numbers[1];
	request->usb.bus = (unsigned)numbers[0];
	request->usb.device = (unsigned)numbers[1];
	return 0;
}

static int read_usb(const struct vprep_xml_node *device,
		    const struct vprep_xml_node *source,
		    struct vprep_device_request *request, struct vprep_error *err)
{
	const char *startup = vprep_xml_attribute(source, "startupPolicy");
	int r;

	(void)device;
	request->kind = VPREP_REQUEST_USB;
	if (startup && vprep_startup_policy_parse(startup, &request->usb.startup) < 0)
		return vprep_xml_refuse(err, source->line,
					"<source startupPolicy='%.60s'>: expected "
					"mandatory, requisite or optional",
					startup);
	r = read_usb_id(source, request, err);
	if (r == 0)
		r = read_usb_address(source, request, err);
	if (r == 0 && !request->usb.has_id && !request->usb.has_address)
		r = vprep_xml_refuse(err, source->line,
				     "<source> names no usb device: neither <vendor> and "
				     "<product> nor <address>");
	return r;
}

static int read_scsi_adapter(const struct vprep_xml_node *source, unsigned *ret,
			     struct vprep_error *err)
{
	static const char prefix[] = "scsi_host";
	const struct vprep_xml_node *adapter =
		vprep_xml_child(source, VPREP_XML_PLAIN, "adapter");
	const char *name = adapter ? vprep_xml_attribute(adapter, "name") : NULL;
	uint64_t number;

	if (!name || !*name)
		return vprep_xml_refuse(err, source->line,
					"<source> has no <adapter name=...>");
	if (strncmp(name, prefix, strlen(prefix)) != 0 ||
	    vprep_xml_parse_number(name + strlen(prefix), 0, UINT32_MAX, &number) < 0)
		return vprep_xml_refuse(err, adapter->line,
					"<adapter name='%.60s'>: expected scsi_hostN",
					name);
	*ret = (unsigned)number;
	return 0;
}

static int read_scsi(const struct vprep_xml_node *device,
		     const struct vprep_xml_node *source,
		     struct vprep_device_request *request, struct vprep_error *err)
{
	static const struct vprep_xml_number forms[] = {
		{ "bus", .required = true, .max = UINT32_MAX },
		{ "target", .required = true, .max = UINT32_MAX },
		{ "unit", .required = true, .max = UINT64_MAX },
	};
	const char *protocol = vprep_xml_attribute(source, "protocol");
	const struct vprep_xml_node *address =
		vprep_xml_child(source, VPREP_XML_PLAIN, "address");
	uint64_t parts[VPREP_ARRAY_SIZE(forms)];
	size_t i;

	(void)device;
	if (protocol && streq(protocol, "iscsi"))
		return 0; /* QEMU talks to the target itself */
	if (protocol && !streq(protocol, "adapter"))
		return vprep_xml_refuse(err, source->line,
					"<source protocol='%.60s'>: expected adapter or "
					"iscsi",
					protocol);
	if (!address)
		return vprep_xml_refuse(err, source->line, "<source> has no <address>");
	for (i = 0; i < VPREP_ARRAY_SIZE(forms); i++) {
		int r = vprep_xml_get_number(address, &forms[i], &parts[i], err);

		if (r < 0)
			return r;
	}
	request->kind = VPREP_REQUEST_SCSI;
	request->scsi.bus = (unsigned)parts[0];
	request->scsi.target = (unsigned)parts[1];
	request->scsi.unit = parts[2];
	return read_scsi_adapter(source, &request->scsi.host, err);
}

static int read_scsi_host(const struct vprep_xml_node *device,
			  const struct vprep_xml_node *source,
			  struct vprep_device_request *request, struct vprep_error *err)
{
	const char *protocol = vprep_xml_attribute(source, "protocol");
	const char *wwpn = vprep_xml_attribute(source, "wwpn");
	const char *digits;
	uint64_t number;

	(void)device;
	if (!protocol || !streq(protocol, "vhost"))
		return vprep_xml_refuse(err, source->line,
					"<source protocol='%.60s'>: expected vhost",
					protocol ? protocol : "");
	if (!wwpn)
		return vprep_xml_refuse(err, source->line,
					"<source> has no 'wwpn' attribute");
	digits = strncmp(wwpn, "naa.", 4) == 0 ? wwpn + 4 : "";
	if (strncmp(digits, "0x", 2) == 0)
		digits += 2;
	if (strlen(digits) != WWN_DIGITS ||
	    vprep_parse_u64(digits, 16, UINT64_MAX, &number) < 0)
		return vprep_xml_refuse(err, source->line,
					"<source wwpn='%.60s'>: expected naa. and 16 "
					"hexadecimal digits",
					wwpn);
	request->kind = VPREP_REQUEST_SCSI_HOST;
	memcpy(request->scsi_host.wwpn, wwpn, strlen(wwpn) + 1);
	return 0;
}

static int read_mdev(const struct vprep_xml_node *device,
		     const struct vprep_xml_node *source,
		     struct vprep_device_request *request, struct vprep_error *err)
{
	const char *model = vprep_xml_attribute(device, "model");
	const struct vprep_xml_node *address =
		vprep_xml_child(source, VPREP_XML_PLAIN, "address");
	const char *uuid = address ? vprep_xml_attribute(address, "uuid") : NULL;

	if (!model || vprep_mdev_model_parse(model, &request->mdev.model) < 0)
		return vprep_xml_refuse(err, device->line,
					"<%.60s model='%.60s'>: expected vfio-pci, "
					"vfio-ccw or vfio-ap",
					device->name, model ? model : "");
	if (!uuid)
		return vprep_xml_refuse(err, source->line,
					"<source> has no <address uuid=...>");
	if (vprep_uuid_parse(uuid, &request->mdev.uuid) < 0)
		return vprep_xml_refuse(err, address->line,
					"<address uuid='%.60s'>: not a UUID", uuid);
	request->kind = VPREP_REQUEST_MDEV;
	return 0;
}

int vprep_domain_read_nvme(const struct vprep_xml_node *source,
			   struct vprep_device_request *request, struct vprep_error *err)
{
	static const struct vprep_xml_number namespace = { "namespace", 10, true, 1,
							   UINT64_MAX };
	const char *type = vprep_xml_attribute(source, "type");
	const char *managed = vprep_xml_attribute(source, "managed");
	int r;

	request->kind = VPREP_REQUEST_PCI;
	if (!type || !streq(type, "pci"))
		return vprep_xml_refuse(err, source->line,
					"<source type='%.60s'>: expected pci",
					type ? type : "");
	if (managed && !streq(managed, "yes") && !streq(managed, "no"))
		return vprep_xml_refuse(err, source->line,
					"<source managed='%.60s'>: expected yes or no",
					managed);
	request->pci.managed = !managed || streq(managed, "yes");
	r = vprep_xml_get_number(source, &namespace, &request->pci.namespace_id, err);
	if (r < 0)
		return r;
	return read_pci_address(source, &request->pci.address, err);
}

int vprep_domain_read_vdpa(const struct vprep_xml_node *source,
			   struct vprep_device_request *request, struct vprep_error *err)
{
	const char *path = vprep_xml_attribute(source, "dev");
	_cleanup_free_ char *printable = NULL;

	if (!path)
		return vprep_xml_refuse(err, source->line,
					"<source> has no 'dev' attribute");
	printable = strdup(path);
	if (!printable)
		return vprep_error_oom(err);
	vprep_str_make_printable(printable);
	if (*path != '/' || !streq(path, printable))
		return vprep_xml_refuse(err, source->line,
					"<source dev='%.60s'>: expected an absolute path",
					path);
	request->kind = VPREP_REQUEST_VDPA;
	request->vdpa.path = TAKE_PTR(printable);
	return 0;
}

int vprep_domain_read_hostdev(const char *type, const struct vprep_xml_node *device,
			      struct vprep_device_request *request,
			      struct vprep_error *err)
{
	static const struct {
		const char *type;
		int (*read)(const struct vprep_xml_node *device,
			    const struct vprep_xml_node *source,
			    struct vprep_device_request *request,
			    struct vprep_error *err);
	} types[] = {
		{ "pci", read_pci },   { "usb", read_usb },
		{ "mdev", read_mdev }, { "scsi_host", read_scsi_host },
		{ "scsi", read_scsi },
	};
	const struct vprep_xml_node *source =
		vprep_xml_child(device, VPREP_XML_PLAIN, "source");
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(types); i++) {
		if (!type || !streq(types[i].type, type))
			continue;
		if (!source)
			return vprep_xml_refuse(err, device->line,
						"<%.60s> has no <source>", device->name);
		return types[i].read(device, source, request, err);
	}
	return vprep_xml_refuse(err, device->line,
				"<%.60s> of type '%.60s': expected pci, usb, mdev, scsi "
				"or scsi_host",
				device->name, type ? type : "");
}
