// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/name.h"

#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "common/error.h"
#include "common/str.h"

#define UUID_LENGTH 36
#define NODE_NAME_MAX 63
#define SHOWN_MAX 60 /* of a hostile name, in a message */

/* pci_DDDD_BB_SS_F is the address with its punctuation replaced. */
static int parse_node_device_pci(const char *s, struct vprep_pci_address *ret)
{
	char address[24];
	size_t len = strlen(s), d;

	if (len < 12 || len > 16)
		return -EINVAL;
	d = len - 8;
	if (s[d] != '_' || s[d + 3] != '_' || s[d + 6] != '_')
		return -EINVAL;
	memcpy(address, s, len + 1);
	address[d] = address[d + 3] = ':';
	address[d + 6] = '.';
	return vprep_pci_address_parse(address, ret);
}

static int parse_short_pci(const char *s, struct vprep_pci_address *ret)
{
	char address[sizeof("0000:05:10.1")] = "0000:";

	if (strlen(s) != sizeof("05:10.1") - 1)
		return -EINVAL;
	memcpy(address + sizeof("0000:") - 1, s, sizeof("05:10.1"));
	return vprep_pci_address_parse(address, ret);
}

/* As dev_valid_name() in the kernel has it. */
static bool is_interface_name(const char *s)
{
	size_t i, len = strlen(s);

	if (len == 0 || len >= IFNAMSIZ || streq(s, ".") || streq(s, ".."))
		return false;
	for (i = 0; i < len; i++)
		if (s[i] == '/' || s[i] == ':' || isspace((unsigned char)s[i]) ||
		    iscntrl((unsigned char)s[i]))
			return false;
	return true;
}

/* libvirt writes '_' for every '-'. */
static bool parse_mdev(const char *text, char *uuid)
{
	size_t i;

	for (i = 0; i < UUID_LENGTH; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		uuid[i] = text[i] == '_' ? '-' : text[i];
		if (dash ? uuid[i] != '-' : !isxdigit((unsigned char)uuid[i]))
			return false;
		uuid[i] = (char)tolower((unsigned char)uuid[i]);
	}
	uuid[i] = '\0';
	return text[i] == '\0' || text[i] == '_';
}

/* What libvirt makes of a sysfs name, and a UUID as it is usually written. */
static bool is_node_device_name(const char *text)
{
	size_t i;

	for (i = 0; text[i]; i++)
		if (i >= NODE_NAME_MAX ||
		    (!isalnum((unsigned char)text[i]) && !strchr("_-", text[i])))
			return false;
	return true;
}

int vprep_name_parse(const char *text, struct vprep_name *ret, struct vprep_error *err)
{
	static const struct {
		const char *prefix;
		enum vprep_name_kind kind;
	} prefixes[] = {
		{ "mdev_", VPREP_NAME_MDEV },
		{ "usb_", VPREP_NAME_USB },
		{ "scsi_", VPREP_NAME_SCSI },
	};
	struct vprep_name name = { .kind = VPREP_NAME_PCI, .text = text };
	size_t i;

	if (vprep_pci_address_parse(text, &name.pci) == 0 ||
	    parse_short_pci(text, &name.pci) == 0 ||
	    (strncmp(text, "pci_", 4) == 0 &&
	     parse_node_device_pci(text + 4, &name.pci) == 0)) {
		*ret = name;
		return 0;
	}
	for (i = 0; i < VPREP_ARRAY_SIZE(prefixes); i++) {
		if (strncmp(text, prefixes[i].prefix, strlen(prefixes[i].prefix)) != 0)
			continue;
		name.kind = prefixes[i].kind;
		if (!is_node_device_name(text) ||
		    (name.kind == VPREP_NAME_MDEV &&
		     !parse_mdev(text + strlen(prefixes[i].prefix), name.uuid)))
			break;
		*ret = name;
		return 0;
	}
	if (i < VPREP_ARRAY_SIZE(prefixes) || strncmp(text, "pci_", 4) == 0 ||
	    !is_interface_name(text))
		return vprep_error_set(
			err, VPREP_E_USAGE, EINVAL, NULL,
			"'%.*s%s' is not a device name: expected pci_0000_05_10_1, "
			"0000:05:10.1, 05:10.1, usb_1_2, scsi_0_0_0_0, mdev_UUID or a network interface",
			SHOWN_MAX, text, strlen(text) > SHOWN_MAX ? "..." : "");
	name.kind = VPREP_NAME_NETDEV;
	*ret = name;
	return 0;
}
