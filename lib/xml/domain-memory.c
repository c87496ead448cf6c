// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How much memory a domain's process will lock. Only for the limit that a process gets
 * without libvirt, so nothing is refused here: what cannot be read is not known.
 */
#include "xml/domain-internal.h"

#include <errno.h>
#include <strings.h>

#include "xml/value.h"

/* What libvirt takes for no limit at all. */
#define LIMIT_NONE (UINT64_C(9007199254740991) * 1024)

/* As virScaleInteger(): a bare letter and "iB" are binary, "B" behind a letter decimal. */
static int unit_of(const char *unit, uint64_t *ret)
{
	static const char letters[] = "kmgtpe";
	const char *letter;
	uint64_t base = 1024;
	int i;

	*ret = 1;
	if (strcasecmp(unit, "b") == 0 || strcasecmp(unit, "bytes") == 0)
		return 0;
	letter = *unit ? strchr(letters, *unit | 0x20) : NULL;
	if (!letter)
		return -EINVAL;
	if (strcasecmp(unit + 1, "b") == 0)
		base = 1000;
	else if (unit[1] && strcasecmp(unit + 1, "ib") != 0)
		return -EINVAL;
	for (i = 0; i <= letter - letters; i++)
		*ret *= base;
	return 0;
}

/* Without a unit it is in KiB. A size that is too large counts as the largest. */
static uint64_t read_size(const struct vprep_xml_node *node)
{
	const char *unit = vprep_xml_attribute(node, "unit");
	uint64_t number, scale = 1024;

	if (vprep_xml_parse_number(vprep_xml_text(node), 10, UINT64_MAX, &number) < 0 ||
	    (unit && unit_of(unit, &scale) < 0) ||
	    __builtin_mul_overflow(number, scale, &number))
		return UINT64_MAX;
	return number;
}

static void add_size(struct vprep_guest_memory *memory, uint64_t bytes)
{
	if (__builtin_add_overflow(memory->bytes, bytes, &memory->bytes))
		memory->bytes = UINT64_MAX;
}

static struct vprep_guest_memory *memory_of(void *data)
{
	return &((struct vprep_domain_reading *)data)->domain->memory;
}

int vprep_domain_take_memory(void *data, const struct vprep_xml_node *node,
			     struct vprep_error *err)
{
	struct vprep_domain_reading *reading = data;

	(void)err;
	if (!reading->has_seen_memory) /* as in libvirt, the first counts */
		add_size(memory_of(data), read_size(node));
	reading->has_seen_memory = true;
	return 0;
}

int vprep_domain_take_memory_device(void *data, const struct vprep_xml_node *node,
				    struct vprep_error *err)
{
	const struct vprep_xml_node *target =
		vprep_xml_child(node, VPREP_XML_PLAIN, "target");
	const struct vprep_xml_node *size =
		target ? vprep_xml_child(target, VPREP_XML_PLAIN, "size") : NULL;

	(void)err;
	if (size)
		add_size(memory_of(data), read_size(size));
	return 0;
}

int vprep_domain_take_hard_limit(void *data, const struct vprep_xml_node *node,
				 struct vprep_error *err)
{
	uint64_t limit = read_size(node);

	(void)err;
	if (limit < LIMIT_NONE)
		memory_of(data)->limit = limit;
	return 0;
}

int vprep_domain_take_locked(void *data, const struct vprep_xml_node *node,
			     struct vprep_error *err)
{
	(void)node;
	(void)err;
	memory_of(data)->locked = true;
	return 0;
}

int vprep_domain_take_iommu(void *data, const struct vprep_xml_node *node,
			    struct vprep_error *err)
{
	(void)node;
	(void)err;
	memory_of(data)->iommu = true;
	return 0;
}
