// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether the host remaps interrupts, and what is said where it does not. */
#include "host/interrupts.h"

#include "common/str.h"
#include "session-fixture.h"
#include "test.h"

#define PARAMETER "/parameters/allow_unsafe_interrupts"

static struct vprep_interrupts look(struct host *h)
{
	struct vprep_interrupts i;

	assert_int_equal(vprep_interrupts_read(h->session->io, &i), 0);
	return i;
}

static void put_chips(struct host *h, const char *names)
{
	_cleanup_free_ char *copy = strdup(names);
	char *name, *at = NULL;
	unsigned n = 0;

	fake_remove(h->fake, "sys/kernel/irq");
	for (name = strtok_r(copy, " ", &at); name; name = strtok_r(NULL, " ", &at)) {
		_cleanup_free_ char *line = vprep_strf("%s\n", name);

		fake_put(h->fake, 0444, line, "sys/kernel/irq/%u/chip_name", n++);
	}
	host_leaves(h, "sys/");
}

static void the_chips_tell(void **state)
{
	static const struct {
		const char *chips;
		enum vprep_remapping want;
	} cases[] = {
		{ "IR-IO-APIC DMAR-MSI IR-PCI-MSI", VPREP_REMAPPING_ON },
		{ "DMAR-MSI IR-PCI-MSIX-0000:05:00.0", VPREP_REMAPPING_ON },
		{ "IO-APIC XT-PIC IR-PCI-MSI", VPREP_REMAPPING_ON },
		{ "IO-APIC DMAR-MSI PCI-MSI", VPREP_REMAPPING_OFF },
		{ "XT-PIC PCI-MSIX-0000:05:00.0", VPREP_REMAPPING_OFF },
		{ "GICv3 ITS-MSI", VPREP_REMAPPING_ON },
		{ "GICv3 ITS-PCI-MSIX-0000:01:00.0", VPREP_REMAPPING_ON },
		{ "GICv2 GICv2m-PCI-MSI-0000:01:00.0", VPREP_REMAPPING_OFF },
		{ "GICv3 MBI-PCI-MSI-0000:01:00.0", VPREP_REMAPPING_OFF },
		{ "GICv2m-PCI-MSI-0000:01:00.0 ITS-PCI-MSI", VPREP_REMAPPING_ON },
		{ "GICv3", VPREP_REMAPPING_UNKNOWN },
		{ "", VPREP_REMAPPING_UNKNOWN },
	};
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(cases); i++) {
		put_chips(h, cases[i].chips);
		if (look(h).remapping != cases[i].want)
			fail_msg("%s", cases[i].chips);
	}
}

static void an_iommu_that_cannot_says_so(void **state)
{
	struct host *h = *state;

	put_chips(h, "");
	fake_put(h->fake, 0444, "f00f5a\n", "sys/class/iommu/dmar0/intel-iommu/ecap");
	assert_int_equal(look(h).remapping, VPREP_REMAPPING_UNKNOWN);
	fake_put(h->fake, 0444, "f00f52\n", "sys/class/iommu/dmar1/intel-iommu/ecap");
	assert_int_equal(look(h).remapping, VPREP_REMAPPING_OFF);
	assert_true(look(h).is_incapable);
	put_chips(h, "IR-IO-APIC");
	assert_int_equal(look(h).remapping, VPREP_REMAPPING_ON);
}

static void on_s390_each_function_has_its_own(void **state)
{
	struct host *h = *state;

	put_chips(h, "PCI-MSI");
	assert_int_equal(look(h).remapping, VPREP_REMAPPING_OFF);
	fake_mkdir(h->fake, "sys/class/iommu/s390-iommu.00000008");
	assert_int_equal(look(h).remapping, VPREP_REMAPPING_ON);
	assert_string_equal(look(h).remapper, "the machine");
	assert_int_equal(host_attach(h, VF), 0);
	assert_int_equal(host_detach(h, NULL), 0);
}

static void refused(struct host *h, const char *text)
{
	host_remember(h);
	assert_int_equal(host_attach(h, VF), -EOPNOTSUPP);
	assert_int_equal(h->err.code, VPREP_E_UNSUPPORTED);
	if (!strstr(h->err.message, "does not remap interrupts") ||
	    !strstr(h->err.message, text))
		fail_msg("%s", h->err.message);
	host_check_same(h);
}

static void attach_is_refused_with_both_ways_out(void **state)
{
	struct host *h = *state;

	fake_set_remapping(h->fake, false);
	host_leaves(h, "kernel/irq");
	refused(h, "allow_unsafe_interrupts=1");
	refused(h, "enable interrupt remapping");
	fake_put(h->fake, 0444, "quiet intremap=off ro\n", "proc/cmdline");
	refused(h, "take intremap=off or nointremap from the kernel command line");
	fake_set_remapping(h->fake, true);
	assert_int_equal(host_attach(h, VF), 0);
	assert_int_equal(host_detach(h, NULL), 0);
}

static void who_allows_it_is_not_refused(void **state)
{
	static const char *const modules[] = { "vfio_iommu_type1", "iommufd" };
	struct host *h = *state;
	size_t i;

	fake_set_remapping(h->fake, false);
	host_leaves(h, "kernel/irq allow_unsafe_interrupts sys/module/");
	for (i = 0; i < VPREP_ARRAY_SIZE(modules); i++) {
		fake_put(h->fake, 0644, "N\n", "sys/module/%s" PARAMETER, modules[i]);
		refused(h, "allow_unsafe_interrupts=1");
		fake_put(h->fake, 0644, "Y\n", "sys/module/%s" PARAMETER, modules[i]);
		assert_false(vprep_interrupts_forbid(
			&(struct vprep_interrupts){ .remapping = look(h).remapping,
						    .is_allowed = look(h).is_allowed }));
		fake_remove(h->fake, "sys/module/%s", modules[i]);
	}
	/* before it is loaded, what it will be loaded with */
	fake_put(h->fake, 0600, "vfio_iommu_type1.allow_unsafe_interrupts=0\n",
		 ".fake/options");
	assert_false(look(h).is_allowed);
	fake_put(h->fake, 0600, "vfio_iommu_type1.allow_unsafe_interrupts=Y\n",
		 ".fake/options");
	assert_true(look(h).is_allowed);
	fake_put(h->fake, 0644, "Y\n", "sys/module/vfio_iommu_type1" PARAMETER);
	assert_int_equal(host_attach(h, VF), 0);
	assert_int_equal(host_detach(h, NULL), 0);
}

/* A kernel without nodes of groups has no container of type 1. */
static void without_groups_iommufd_alone_decides(void **state)
{
	struct host *h = *state;

	fake_set_remapping(h->fake, false);
	fake_set_group_nodes(h->fake, false);
	fake_put(h->fake, 0660, "", "dev/iommu");
	fake_mkdir(h->fake, "sys/class/vfio-dev");
	fake_remove(h->fake, "sys/class/vfio");
	host_leaves(h, "kernel/irq sys/module/ sys/class/ dev/");
	fake_put(h->fake, 0644, "Y\n", "sys/module/vfio_iommu_type1" PARAMETER);
	refused(h, "options iommufd allow_unsafe_interrupts=1");
	fake_put(h->fake, 0644, "Y\n", "sys/module/iommufd" PARAMETER);
	assert_int_equal(host_attach(h, VF), 0);
	assert_int_equal(host_detach(h, NULL), 0);
}

static char *diagnose(struct host *h)
{
	struct vprep_diagnoses *all;
	char *text = strdup("");
	size_t i;

	assert_int_equal(vprep_doctor(h->session, &all, &h->err), 0);
	for (i = 0; i < all->n; i++)
		if (streq(all->items[i].check, "interrupts")) {
			free(text);
			text = vprep_strf("%s: %s (%s)", all->items[i].status,
					  all->items[i].detail,
					  all->items[i].fix ? all->items[i].fix : "");
		}
	vprep_diagnoses_free(all);
	return text;
}

static void check_diagnosis(struct host *h, const char *begin, const char *part)
{
	_cleanup_free_ char *text = diagnose(h);

	if (strncmp(text, begin, strlen(begin)) != 0 || !strstr(text, part))
		fail_msg("%s", text);
}

static void doctor_tells(void **state)
{
	struct host *h = *state;

	host_leaves(h, "kernel/irq vfio_iommu_type1");
	check_diagnosis(h, "ok: remapped by the IOMMU", "");
	fake_put(h->fake, 0644, "Y\n", "sys/module/vfio_iommu_type1" PARAMETER);
	check_diagnosis(h, "warning: allow_unsafe_interrupts is on", "turn it off: this");
	fake_set_remapping(h->fake, false);
	check_diagnosis(h, "warning: allow_unsafe_interrupts is on",
			"turn it off unless");
	fake_put(h->fake, 0644, "N\n", "sys/module/vfio_iommu_type1" PARAMETER);
	check_diagnosis(h, "problem: not remapped", "allow_unsafe_interrupts=1");
	put_chips(h, "GICv2 GICv2m-PCI-MSIX-0000:05:00.0");
	check_diagnosis(h, "problem: not remapped",
			"look in the firmware's set-up for an ITS");
	put_chips(h, "GICv2m-PCI-MSIX-0000:01:00.0 ITS-PCI-MSIX-0000:05:00.0");
	check_diagnosis(h, "ok: remapped by the GIC's ITS", "");
	put_chips(h, "");
	check_diagnosis(h, "", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(the_chips_tell),
		HOST_TEST(an_iommu_that_cannot_says_so),
		HOST_TEST(on_s390_each_function_has_its_own),
		HOST_TEST(attach_is_refused_with_both_ways_out),
		HOST_TEST(who_allows_it_is_not_refused),
		HOST_TEST(without_groups_iommufd_alone_decides),
		HOST_TEST(doctor_tells),
	};

	return cmocka_run_group_tests_name("interrupts", tests, NULL, NULL);
}
