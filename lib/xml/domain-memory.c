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

/* Without a unit it is in KiB. A size that is absent or too large counts as the largest. */
static uint64_t size_of(const char *text, const char *unit)
{
	uint64_t number, scale = 1024;

	if (!text || vprep_xml_parse_number(text, 10, UINT64_MAX, &number) < 0 ||
	    (unit && unit_of(unit, &scale) < 0) ||
	    __builtin_mul_overflow(number, scale, &number))
		return UINT64_MAX;
	return number;
}

static uint64_t read_size(const struct vprep_xml_node *node)
{
	return size_of(vprep_xml_text(node), vprep_xml_attribute(node, "unit"));
}

static void add_size(uint64_t *sum, uint64_t bytes)
{
	if (__builtin_add_overflow(*sum, bytes, sum))
		*sum = UINT64_MAX;
}

static struct vprep_guest_memory *memory_of(void *data)
{
	return &((struct vprep_domain_reading *)data)->domain->memory;
}

/*
 * As virDomainDefPostParseMemory(): <memory> has the modules in it, and the NUMA cells
 * have not. Where there are cells, libvirt goes by these when <memory> is absent or the
 * domain is new; what is more is taken here, as a limit that is too low stops the guest.
 */
void vprep_domain_count_memory(struct vprep_domain_reading *reading)
{
	uint64_t bytes = reading->cells;

	if (bytes > 0)
		add_size(&bytes, reading->modules);
	memory_of(reading)->bytes = bytes > reading->memory ? bytes : reading->memory;
}

int vprep_domain_take_memory(void *data, const struct vprep_xml_node *node,
			     struct vprep_error *err)
{
	struct vprep_domain_reading *reading = data;

	(void)err;
	if (!reading->has_seen_memory) /* as in libvirt, the first counts */
		reading->memory = read_size(node);
	reading->has_seen_memory = true;
	return 0;
}

int vprep_domain_take_memory_device(void *data, const struct vprep_xml_node *node,
				    struct vprep_error *err)
{
	struct vprep_domain_reading *reading = data;
	const struct vprep_xml_node *target =
		vprep_xml_child(node, VPREP_XML_PLAIN, "target");
	const struct vprep_xml_node *size =
		target ? vprep_xml_child(target, VPREP_XML_PLAIN, "size") : NULL;

	(void)err;
	if (size)
		add_size(&reading->modules, read_size(size));
	return 0;
}

int vprep_domain_take_numa(void *data, const struct vprep_xml_node *node,
			   struct vprep_error *err)
{
	struct vprep_domain_reading *reading = data;
	const struct vprep_xml_node *cell;

	(void)err;
	if (reading->has_seen_numa)
		return 0;
	reading->has_seen_numa = true;
	for (cell = node->children; cell; cell = cell->next)
		if (vprep_xml_is(cell, VPREP_XML_PLAIN, "cell"))
			add_size(&reading->cells,
				 size_of(vprep_xml_attribute(cell, "memory"),
					 vprep_xml_attribute(cell, "unit")));
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
