// SPDX-License-Identifier: GPL-2.0-or-later
/* How much memory a guest locks: by libvirt's rule. */
#include "plan/memlock.h"

#include <errno.h>

#include "common/str.h"
#include "test.h"
#include "xml/domain.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

static uint64_t need(struct vprep_guest_memory memory, unsigned vfio, unsigned vdpa)
{
	struct vprep_device items[8] = { { 0 } };
	const struct vprep_devices devices = { .n = vfio + vdpa, .items = items };

	assert_true(devices.n <= VPREP_ARRAY_SIZE(items));
	for (size_t i = 0; i < devices.n; i++)
		items[i].kind = i < vfio ? &vprep_kind_mdev : &vprep_kind_vdpa;
	return vprep_memlock_need(&memory, &devices, false);
}

/* A guest with 4 GiB and two devices that have memory of their own. */
static uint64_t need_with_regions(bool iommufd, bool iommu, uint64_t first,
				  uint64_t second)
{
	struct vprep_device items[] = {
		{ .kind = &vprep_kind_pci, .regions = first },
		{ .kind = &vprep_kind_pci, .regions = second },
		{ .kind = &vprep_kind_usb, .regions = 77 },
	};
	const struct vprep_devices devices = { .n = VPREP_ARRAY_SIZE(items),
					       .items = items };
	const struct vprep_guest_memory memory = { .bytes = 4 * GIB, .iommu = iommu };

	return vprep_memlock_need(&memory, &devices, iommufd);
}

#define NEED(vfio, vdpa, ...) need((struct vprep_guest_memory){ __VA_ARGS__ }, vfio, vdpa)

static void memory_is_locked_once_for_all_vfio_devices(void **state)
{
	(void)state;
	assert_int_equal(NEED(1, 0, .bytes = 4 * GIB), 5 * GIB);
	assert_int_equal(NEED(3, 0, .bytes = 4 * GIB), 5 * GIB);
	assert_int_equal(NEED(0, 0, .bytes = 4 * GIB), 0);
}

static void an_iommu_in_the_guest_makes_it_once_for_each(void **state)
{
	(void)state;
	assert_int_equal(NEED(3, 0, .bytes = 4 * GIB, .iommu = true), 13 * GIB);
}

static void each_vdpa_device_locks_it_again(void **state)
{
	(void)state;
	assert_int_equal(NEED(0, 2, .bytes = 4 * GIB), 9 * GIB);
	assert_int_equal(NEED(2, 2, .bytes = 4 * GIB), 13 * GIB);
}

/* QEMU opens a container for each, beside that of the guest's own devices. */
static void each_disk_on_an_nvme_controller_locks_it_again(void **state)
{
	struct vprep_device items[] = {
		{ .kind = &vprep_kind_pci,
		  .asked.origin = VPREP_ORIGIN_DISK,
		  .regions = MIB },
		{ .kind = &vprep_kind_pci, .asked.origin = VPREP_ORIGIN_DISK },
		{ .kind = &vprep_kind_pci, .regions = 2 * MIB },
		{ .kind = &vprep_kind_pci },
	};
	struct vprep_devices devices = { .n = 1, .items = items };
	struct vprep_guest_memory memory = { .bytes = 4 * GIB };

	(void)state;
	assert_int_equal(vprep_memlock_need(&memory, &devices, false), 5 * GIB);
	devices.n = 2;
	assert_int_equal(vprep_memlock_need(&memory, &devices, false), 9 * GIB);
	devices.n = 4;
	assert_int_equal(vprep_memlock_need(&memory, &devices, false), 13 * GIB);
	/* the guest maps the memory of its devices, and not that of a controller */
	assert_int_equal(vprep_memlock_need(&memory, &devices, true), 13 * GIB + 2 * MIB);
	memory.iommu = true;
	assert_int_equal(vprep_memlock_need(&memory, &devices, false), 17 * GIB);
}

/* A container of type 1 does not count it. */
static void iommufd_counts_the_memory_of_the_devices(void **state)
{
	(void)state;
	assert_int_equal(need_with_regions(false, false, 32 * GIB, MIB), 5 * GIB);
	assert_int_equal(need_with_regions(true, false, 32 * GIB, MIB), 37 * GIB + MIB);
	assert_int_equal(need_with_regions(true, false, 0, 0), 5 * GIB);
	/* every device's address space has that of all */
	assert_int_equal(need_with_regions(true, true, GIB, 0),
			 4 * GIB * 2 + 2 * GIB + GIB);
	assert_true(need_with_regions(true, false, UINT64_MAX, 1) ==
		    VPREP_MEMLOCK_UNLIMITED);
}

static void what_is_not_known_has_no_limit(void **state)
{
	(void)state;
	assert_true(NEED(1, 0, .bytes = 0) == VPREP_MEMLOCK_UNLIMITED);
	assert_true(NEED(1, 0, .bytes = UINT64_MAX) == VPREP_MEMLOCK_UNLIMITED);
	assert_true(NEED(2, 0, .bytes = UINT64_MAX / 2 + 1, .iommu = true) ==
		    VPREP_MEMLOCK_UNLIMITED);
	assert_true(NEED(0, 0, .bytes = GIB, .locked = true) == VPREP_MEMLOCK_UNLIMITED);
}

static void a_limit_that_is_set_wins(void **state)
{
	(void)state;
	assert_int_equal(NEED(2, 2, .bytes = GIB, .locked = true, .limit = 3 * GIB),
			 3 * GIB);
}

static void sizes_are_read_as_qemu_reads_them(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {
		{ "1", MIB },	      { "512M", 512 * MIB }, { "4G", 4 * GIB },
		{ "4g", 4 * GIB },    { "4GiB", 4 * GIB },   { "4GB", 4 * GIB },
		{ "16k", 16 * 1024 }, { "2T", 2048 * GIB },
	};
	static const char *const bad[] = { "",
					   "G",
					   "0",
					   "-1",
					   "4 G",
					   "4X",
					   "4GG",
					   "1.5G",
					   "0G",
					   "+1",
					   "99999999999999T" };
	uint64_t bytes = 42;
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(good); i++) {
		assert_int_equal(vprep_memory_parse(good[i].text, &bytes), 0);
		assert_int_equal(bytes, good[i].bytes);
	}
	bytes = 42;
	for (i = 0; i < VPREP_ARRAY_SIZE(bad); i++) {
		if (vprep_memory_parse(bad[i], &bytes) == 0)
			fail_msg("'%s' was taken", bad[i]);
		assert_int_equal(bytes, 42);
	}
}

static void sizes_are_told_in_whole_units(void **state)
{
	(void)state;
	assert_string_equal(vprep_size_text(64 * 1024).s, "64 KiB");
	assert_string_equal(vprep_size_text(8 * MIB).s, "8 MiB");
	assert_string_equal(vprep_size_text(GIB + 1).s, "1025 MiB");
	assert_string_equal(vprep_size_text(UINT64_MAX).s, "unlimited memory");
}

static struct vprep_guest_memory read_domain(const char *inside)
{
	_cleanup_free_ char *xml =
		vprep_strf("<domain><name>x</name>%s</domain>", inside);
	_cleanup_(vprep_domain_freep) struct vprep_domain *domain = NULL;
	struct vprep_error err;

	if (vprep_domain_parse(xml, strlen(xml), &domain, &err) < 0)
		fail_msg("%s: %s", inside, err.message);
	return domain->memory;
}

static void a_domain_tells_its_memory(void **state)
{
	static const struct {
		const char *xml;
		uint64_t bytes;
	} rows[] = {
		{ "", 0 },
		{ "<memory>1048576</memory>", GIB },
		{ "<memory unit='GiB'>2</memory>", 2 * GIB },
		{ "<memory unit='G'>2</memory><memory unit='G'>4</memory>", 2 * GIB },
		{ "<memory unit='GB'>2</memory>", 2000000000 },
		{ "<memory unit='bytes'>4096</memory>", 4096 },
		{ "<memory unit='b'> 4096</memory>", 4096 },
		{ "<memory unit='furlong'>1</memory>", UINT64_MAX },
		{ "<memory unit='GiBs'>1</memory>", UINT64_MAX },
		{ "<memory>many</memory>", UINT64_MAX },
		{ "<memory unit='EiB'>99</memory>", UINT64_MAX },
		/* <memory> has the modules in it, unlike the cells */
		{ "<memory unit='MiB'>512</memory><devices><memory model='dimm'><target>"
		  "<size unit='MiB'>128</size></target></memory></devices>",
		  512 * MIB },
		{ "<cpu><numa><cell memory='1048576'/><cell memory='1' unit='GiB'/>"
		  "</numa></cpu><devices><memory model='dimm'><target>"
		  "<size unit='GiB'>2</size></target></memory></devices>",
		  4 * GIB },
		{ "<memory unit='GiB'>1</memory><cpu><numa><cell memory='4' unit='GiB'/>"
		  "</numa></cpu>",
		  4 * GIB },
		{ "<memory unit='GiB'>4</memory><cpu><numa><cell memory='2' unit='GiB'/>"
		  "</numa></cpu>",
		  4 * GIB },
		{ "<memory unit='GiB'>1</memory><cpu><numa><cell/></numa></cpu>",
		  UINT64_MAX },
		{ "<memory>x</memory><devices><memory><target><size>1</size></target>"
		  "</memory><memory/></devices>",
		  UINT64_MAX },
	};
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(rows); i++)
		if (read_domain(rows[i].xml).bytes != rows[i].bytes)
			fail_msg("%s", rows[i].xml);
}

static void a_domain_tells_what_it_locks(void **state)
{
	struct vprep_guest_memory memory;

	(void)state;
	memory = read_domain("<memtune><hard_limit unit='G'>3</hard_limit></memtune>");
	assert_int_equal(memory.limit, 3 * GIB);
	memory = read_domain(
		"<memtune><hard_limit>9007199254740991</hard_limit></memtune>");
	assert_int_equal(memory.limit, 0);
	memory = read_domain("<memoryBacking><locked/></memoryBacking>");
	assert_true(memory.locked && !memory.iommu);
	memory = read_domain("<devices><iommu model='intel'/></devices>");
	assert_true(memory.iommu && !memory.locked);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(memory_is_locked_once_for_all_vfio_devices),
		TEST(an_iommu_in_the_guest_makes_it_once_for_each),
		TEST(each_vdpa_device_locks_it_again),
		TEST(each_disk_on_an_nvme_controller_locks_it_again),
		TEST(iommufd_counts_the_memory_of_the_devices),
		TEST(what_is_not_known_has_no_limit),
		TEST(a_limit_that_is_set_wins),
		TEST(sizes_are_read_as_qemu_reads_them),
		TEST(sizes_are_told_in_whole_units),
		TEST(a_domain_tells_its_memory),
		TEST(a_domain_tells_what_it_locks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
