/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A node device element by element, in the order and form of `virsh nodedev-dumpxml`. The
 * files of the capabilities emit; xml.c and text.c receive. What libvirt's schema
 * (nodedev.rng) does not allow is left out.
 */
#ifndef VPREP_NODEDEV_EMIT_H
#define VPREP_NODEDEV_EMIT_H

#include <stdint.h>

#include "model/pci.h"

/* Receives the elements. */
struct vprep_nodedev_emitter {
	void (*open)(void *to, const char *element);
	void (*set)(void *to, const char *attribute, const char *value);
	void (*text)(void *to, const char *text);
	void (*close)(void *to);
	/* An <address> of a PCI device. */
	void (*address)(void *to, struct vprep_pci_address address);
	void *to;
};

/* <element>text</element>; nothing for NULL. */
void vprep_emit(const struct vprep_nodedev_emitter *e, const char *element,
		const char *text);
void vprep_emit_number(const struct vprep_nodedev_emitter *e, const char *element,
		       const char *format, ...) __attribute__((format(printf, 3, 4)));
/* <element>, to be closed. */
void vprep_emit_open(const struct vprep_nodedev_emitter *e, const char *element);
/* <capability type='…'>, to be closed. */
void vprep_emit_cap(const struct vprep_nodedev_emitter *e, const char *type);
/* An attribute of the element that was opened last. */
void vprep_emit_set(const struct vprep_nodedev_emitter *e, const char *attribute,
		    const char *format, ...) __attribute__((format(printf, 3, 4)));
void vprep_emit_close(const struct vprep_nodedev_emitter *e);
/* <element attribute='…'/> */
void vprep_emit_with(const struct vprep_nodedev_emitter *e, const char *element,
		     const char *attribute, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* <product id='0x…'>name</product> */
void vprep_emit_id(const struct vprep_nodedev_emitter *e, const char *element,
		   uint16_t id, const char *name);
#endif
