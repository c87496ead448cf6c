/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A node device told: libvirt's XML, and a page for people with the same facts. */
#ifndef VPREP_XML_NODEDEV_H
#define VPREP_XML_NODEDEV_H

#include "model/nodedev.h"

/* Receives a device in libvirt's elements and their order. */
struct vprep_nodedev_emitter {
	void (*open)(void *to, const char *element);
	void (*set)(void *to, const char *attribute, const char *value);
	void (*text)(void *to, const char *text);
	void (*close)(void *to);
	/* An <address> of a PCI device. */
	void (*address)(void *to, struct vprep_pci_address address);
	void *to;
};

void vprep_nodedev_tell(const struct vprep_nodedev *d,
			const struct vprep_nodedev_emitter *sink);

/* Both: -ENOMEM; *@ret is freed with free(). */
int vprep_nodedev_xml(const struct vprep_nodedev *d, char **ret);
int vprep_nodedev_text(const struct vprep_nodedev *d, char **ret);

#endif
