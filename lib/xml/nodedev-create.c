// SPDX-License-Identifier: GPL-2.0-or-later
/* As libvirt's src/conf/node_device_conf.c reads it for virNodeDeviceCreateXML(). */
#include "xml/nodedev-create.h"

#include <errno.h>
#include <stdlib.h>

#include "common/error.h"
#include "model/vport.h"
#include "xml/reader.h"
#include "xml/value.h"

#define NAME_MAX_LENGTH 255

struct reading {
	struct vprep_nodedev_definition *definition;
	bool has_parent, has_capability;
	unsigned line; /* of the capability */
};

static int refuse_wwn(const struct vprep_xml_node *node, const char *what,
		      const char *value, struct vprep_error *err)
{
	return vprep_xml_refuse(err, node->line,
				"%s '%.60s': a WWN has 16 hexadecimal digits", what,
				value);
}

static int read_wwn_attribute(const struct vprep_xml_node *node, const char *name,
			      uint64_t *ret, struct vprep_error *err)
{
	const char *value = vprep_xml_attribute(node, name);

	if (value && vprep_wwn_parse(value, ret) < 0)
		return refuse_wwn(node, name, value, err);
	return 0;
}

static int read_wwn(const struct vprep_xml_node *node, const char *name, uint64_t *ret,
		    struct vprep_error *err)
{
	const struct vprep_xml_node *child = vprep_xml_child(node, VPREP_XML_PLAIN, name);

	if (child && vprep_wwn_parse(vprep_xml_text(child), ret) < 0)
		return refuse_wwn(child, name, vprep_xml_text(child), err);
	return 0;
}

static int take_parent(void *data, const struct vprep_xml_node *node,
		       struct vprep_error *err)
{
	struct reading *reading = data;
	struct vprep_nodedev_definition *definition = reading->definition;
	const char *name = vprep_xml_text(node);
	int r;

	if (reading->has_parent)
		return vprep_xml_refuse(err, node->line, "a second <parent>");
	reading->has_parent = true;
	r = read_wwn_attribute(node, "wwnn", &definition->vport.parent_wwnn, err);
	if (r == 0)
		r = read_wwn_attribute(node, "wwpn", &definition->vport.parent_wwpn, err);
	if (r == 0)
		r = read_wwn_attribute(node, "fabric_wwn",
				       &definition->vport.parent_fabric, err);
	if (r < 0)
		return r;
	if (!definition->vport.parent_wwnn != !definition->vport.parent_wwpn)
		return vprep_xml_refuse(err, node->line, "<parent> has a %s but no %s",
					definition->vport.parent_wwnn ? "wwnn" : "wwpn",
					definition->vport.parent_wwnn ? "wwpn" : "wwnn");
	if (strlen(name) > NAME_MAX_LENGTH)
		return vprep_xml_refuse(err, node->line,
					"<parent> is longer than any device's name");
	if (*name && vprep_str_replace(&definition->parent, name) < 0)
		return vprep_error_oom(err);
	return 0;
}

static int read_mdev(const struct vprep_xml_node *node,
		     struct vprep_nodedev_definition *definition, struct vprep_error *err)
{
	const struct vprep_xml_node *type =
		vprep_xml_child(node, VPREP_XML_PLAIN, "type");
	const struct vprep_xml_node *uuid =
		vprep_xml_child(node, VPREP_XML_PLAIN, "uuid");
	const struct vprep_xml_node *attr =
		vprep_xml_child(node, VPREP_XML_PLAIN, "attr");
	const char *id;
	int r;

	definition->cap = VPREP_CAP_MDEV;
	if (!type)
		return vprep_xml_refuse(err, node->line,
					"a mediated device needs <type id='TYPE'/>");
	r = vprep_xml_get_word(type, "id", true, &id, err);
	if (r < 0)
		return r;
	if (attr)
		return vprep_xml_refuse(err, attr->line,
					"<attr>: attributes of a mediated device are "
					"taken from mdevctl's definition only");
	if (uuid && vprep_uuid_parse(vprep_xml_text(uuid), &definition->uuid) < 0)
		return vprep_xml_refuse(err, uuid->line, "<uuid> '%.60s': not a UUID",
					vprep_xml_text(uuid));
	definition->has_uuid = uuid != NULL;
	return vprep_str_replace(&definition->type, id) < 0 ? vprep_error_oom(err) : 0;
}

static bool is_capability(const struct vprep_xml_node *node, const char *wanted)
{
	const char *type = vprep_xml_attribute(node, "type");

	return vprep_xml_is(node, VPREP_XML_PLAIN, "capability") && type &&
	       streq(type, wanted);
}

static int read_vport(const struct vprep_xml_node *node,
		      struct vprep_nodedev_definition *definition,
		      struct vprep_error *err)
{
	const struct vprep_xml_node *c = node->children;
	int r;

	definition->cap = VPREP_CAP_SCSI_HOST;
	while (c && !is_capability(c, "fc_host"))
		c = c->next;
	if (!c)
		return vprep_xml_refuse(err, node->line,
					"of SCSI hosts only vports can be made: it needs "
					"<capability type='fc_host'/>");
	r = read_wwn(c, "wwnn", &definition->vport.wwnn, err);
	return r < 0 ? r : read_wwn(c, "wwpn", &definition->vport.wwpn, err);
}

static int take_capability(void *data, const struct vprep_xml_node *node,
			   struct vprep_error *err)
{
	struct reading *reading = data;
	const char *type = vprep_xml_attribute(node, "type");

	if (reading->has_capability)
		return vprep_xml_refuse(err, node->line, "a second <capability>");
	reading->has_capability = true;
	reading->line = node->line;
	if (is_capability(node, "mdev"))
		return read_mdev(node, reading->definition, err);
	if (is_capability(node, "scsi_host"))
		return read_vport(node, reading->definition, err);
	return vprep_xml_refuse(err, node->line,
				"<capability type='%.40s'>: only 'mdev' and 'scsi_host' "
				"can be made",
				type ? type : "");
}

static const struct vprep_xml_handler handlers[] = {
	{ NULL, VPREP_XML_PLAIN, "parent", take_parent },
	{ NULL, VPREP_XML_PLAIN, "capability", take_capability },
};

static const struct vprep_xml_schema schema = { "device", handlers,
						VPREP_ARRAY_SIZE(handlers) };

int vprep_nodedev_definition_parse(const char *text, size_t len,
				   struct vprep_nodedev_definition *ret,
				   struct vprep_error *err)
{
	_cleanup_(vprep_nodedev_definition_done) struct vprep_nodedev_definition
		definition = { 0 };
	struct reading reading = { .definition = &definition };
	int r;

	r = vprep_xml_read(text, len, &schema, &reading, err);
	if (r == 0 && !reading.has_capability)
		r = vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
				    "the device has no <capability>");
	if (r == 0 && definition.cap == VPREP_CAP_MDEV && !definition.parent)
		r = vprep_xml_refuse(err, reading.line,
				     "a mediated device needs a <parent> with the name "
				     "of a node device");
	if (r < 0)
		return r;
	*ret = TAKE_STRUCT(definition);
	return 0;
}

void vprep_nodedev_definition_done(struct vprep_nodedev_definition *definition)
{
	free(definition->parent);
	free(definition->type);
	*definition = (struct vprep_nodedev_definition){ 0 };
}
