// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/interrupts.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "host/cdev.h"

#define ECAP_INTERRUPT_REMAPPING (UINT64_C(1) << 3) /* VT-d specification, 11.4.3 */
#define TIMER_IRQ "0"
#define OPTION "allow_unsafe_interrupts"
#define S390_IOMMU "s390-iommu." /* one a PCI function: drivers/iommu/s390-iommu.c */

/*
 * A chip's name tells which irq domain an interrupt is in. On x86 those of the IOMMU's
 * begin with IR- (arch/x86/kernel/apic, drivers/iommu). On Arm it is not the IOMMU that
 * remaps: an ITS takes from each device only its own interrupts, which the kernel calls
 * isolated (IRQ_DOMAIN_FLAG_ISOLATED_MSI, drivers/irqchip/irq-gic-v3-its.c), and a frame,
 * of GICv2m or of GICv3's MBIs, takes any from anybody.
 */
static const struct chip {
	const char *prefix;
	enum vprep_remapping means;
	const char *remapper;
	bool has_no_its;
} chips[] = {
	{ "IR-", VPREP_REMAPPING_ON, "the IOMMU", false },
	{ "ITS-", VPREP_REMAPPING_ON, "the GIC's ITS", false },
	{ "IO-APIC", VPREP_REMAPPING_OFF, NULL, false },
	{ "PCI-MSI", VPREP_REMAPPING_OFF, NULL, false },
	{ "GICv2m", VPREP_REMAPPING_OFF, NULL, true },
	{ "MBI-", VPREP_REMAPPING_OFF, NULL, true },
};

static const struct chip *find_chip(const char *name)
{
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(chips); i++)
		if (strncmp(name, chips[i].prefix, strlen(chips[i].prefix)) == 0)
			return &chips[i];
	return NULL;
}

static void look_at_chip(const struct vprep_io *io, const char *irq,
			 struct vprep_interrupts *i)
{
	_cleanup_free_ char *name = NULL;
	const struct chip *chip;

	if (vprep_io_read(io, VPREP_SYS, &name, "kernel/irq/%s/chip_name", irq) < 0)
		return;
	chip = find_chip(name);
	if (!chip)
		return;
	i->remapping = chip->means;
	i->remapper = chip->remapper;
	i->has_no_its = chip->has_no_its;
}

/* One that is remapped says that the host does it: others, such as the IOMMU's own, need
 * not be. On x86 the timer's often says so, and then they need not be listed. */
static int look_at_chips(const struct vprep_io *io, struct vprep_interrupts *i)
{
	_cleanup_strv_ char **irqs = NULL;
	size_t n;
	int r;

	look_at_chip(io, TIMER_IRQ, i);
	if (i->remapping == VPREP_REMAPPING_ON)
		return 0;
	r = vprep_io_list(io, VPREP_SYS, &irqs, "kernel/irq");
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	for (n = 0; irqs[n] && i->remapping != VPREP_REMAPPING_ON; n++)
		look_at_chip(io, irqs[n], i);
	return 0;
}

/*
 * The kernel uses it on Intel only where all IOMMUs can. AMD's always can. On s390 the
 * chip is PCI-MSI, and yet each function has only its own interrupts:
 * arch_is_isolated_msi() in arch/s390/include/asm/msi.h.
 */
static int look_at_iommus(const struct vprep_io *io, struct vprep_interrupts *i)
{
	_cleanup_strv_ char **iommus = NULL;
	size_t n;
	int r = vprep_io_list(io, VPREP_SYS, &iommus, "class/iommu");

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	for (n = 0; iommus[n]; n++) {
		uint64_t ecap;

		if (strncmp(iommus[n], S390_IOMMU, strlen(S390_IOMMU)) == 0) {
			i->remapping = VPREP_REMAPPING_ON;
			i->remapper = "the machine";
			return 0;
		}
		if (vprep_io_read_u64(io, VPREP_SYS, 16, &ecap,
				      "class/iommu/%s/intel-iommu/ecap", iommus[n]) == 0)
			i->is_incapable |= !(ecap & ECAP_INTERRUPT_REMAPPING);
	}
	if (i->is_incapable)
		i->remapping = VPREP_REMAPPING_OFF;
	return 0;
}

static bool has_word(const char *line, const char *word)
{
	size_t len = strlen(word);
	const char *at;

	for (at = line; (at = strstr(at, word)); at += len)
		if ((at == line || at[-1] == ' ') && (!at[len] || at[len] == ' '))
			return true;
	return false;
}

static void look_at_command_line(const struct vprep_io *io, struct vprep_interrupts *i)
{
	_cleanup_free_ char *line = NULL;

	if (vprep_io_read(io, VPREP_PROC, &line, "cmdline") < 0)
		return;
	i->is_disabled = has_word(line, "intremap=off") || has_word(line, "nointremap");
}

/* kstrtobool(), and an option without a value is true. */
static bool is_true(const char *value)
{
	return *value == '\0' || strchr("1yYtT", *value) ||
	       ((*value == 'o' || *value == 'O') && (value[1] == 'n' || value[1] == 'N'));
}

/* Of a module that is not loaded yet, what it will be loaded with counts. */
static int is_allowed_by(struct vprep_io *io, const char *module, bool *ret)
{
	_cleanup_free_ char *value = NULL;
	int r = vprep_io_read(io, VPREP_SYS, &value, "module/%s/parameters/" OPTION,
			      module);

	if (r == -ENOENT && io->live)
		r = io->ops->module_option(io, module, OPTION, &value);
	if (r == 0)
		*ret |= is_true(value);
	return r == -ENOMEM ? r : 0;
}

/* A guest's container is of type 1, or iommufd itself; what uses a device by the node of
 * its own has iommufd alone. */
static int look_at_options(struct vprep_io *io, struct vprep_interrupts *i)
{
	int r = is_allowed_by(io, "iommufd", &i->is_allowed_by_iommufd);

	i->is_iommufds = !vprep_vfio_nodes_read(io).groups;
	i->is_allowed = i->is_allowed_by_iommufd;
	return r < 0 || i->is_iommufds
		       ? r
		       : is_allowed_by(io, "vfio_iommu_type1", &i->is_allowed);
}

int vprep_interrupts_read(struct vprep_io *io, struct vprep_interrupts *ret)
{
	struct vprep_interrupts i = { 0 };
	int r = look_at_chips(io, &i);

	if (r == 0 && i.remapping != VPREP_REMAPPING_ON)
		r = look_at_iommus(io, &i);
	if (r == 0 && i.remapping == VPREP_REMAPPING_OFF) {
		look_at_command_line(io, &i);
		r = look_at_options(io, &i);
	}
	if (r == 0)
		*ret = i;
	return r;
}
