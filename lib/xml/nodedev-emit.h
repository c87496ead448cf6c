/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inside of telling a node device, shared by its files. */
#ifndef VPREP_XML_NODEDEV_TELL_H
#define VPREP_XML_NODEDEV_TELL_H

#include "xml/nodedev.h"

/* <element>text</element>; nothing for NULL. */
void vprep_emit(const struct vprep_nodedev_emitter *s, const char *element,
		const char *text);
void vprep_emit_number(const struct vprep_nodedev_emitter *s, const char *element,
		       const char *format, ...) __attribute__((format(printf, 3, 4)));
void vprep_emit_set(const struct vprep_nodedev_emitter *s, const char *attribute,
		    const char *format, ...) __attribute__((format(printf, 3, 4)));
/* <capability type='…'>, to be closed. */
void vprep_emit_open(const struct vprep_nodedev_emitter *s, const char *type);
/* <product id='0x…'>name</product> */
void vprep_emit_id(const struct vprep_nodedev_emitter *s, const char *element,
		   uint16_t id, const char *name);
void vprep_emit_types(const struct vprep_nodedev_emitter *s,
		      const struct vprep_nodedev_mdev_types *types);
void vprep_emit_pci(const struct vprep_nodedev *d, const struct vprep_nodedev_emitter *s);

#endif
