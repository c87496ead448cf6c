// SPDX-License-Identifier: GPL-2.0-or-later
/* Devices of which a process has a node open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"

#include "in-use-fixture.h"

static char driver_nvidia[] = "nvidia", driver_vfio[] = "mlx5_vfio_pci";

static void add_process(struct fixture *f, int pid, const char *command)
{
	tree_file(f->tree, command, "proc/%d/cmdline", pid);
}

static void a_card_whose_nodes_are_open_is_in_use(void **state)
{
	struct fixture *f = *state;

	f->device.class_code = 0x030000;
	add_node(f, "226:0", "card0", "dri/card0", HERE "/drm");
	add_node(f, "226:128", "renderD128", "dri/renderD128", HERE "/drm");
	add_process(f, 7, "/usr/bin/Xorg");
	add_fd(f, 7, 3, "/dev/dri/card0");
	add_fd(f, 7, 4, "/dev/dri/renderD128");
	expect_use(f, "pid 7 (Xorg) has /dev/dri/card0 open", "end pid 7", false);
}

static void each_further_process_is_counted_once(void **state)
{
	struct fixture *f = *state;

	f->device.class_code = 0x030000;
	add_node(f, "226:0", "card0", "dri/card0", HERE "/drm");
	add_node(f, "226:128", "renderD128", "dri/renderD128", HERE "/drm");
	add_process(f, 7, "Xorg");
	add_process(f, 8, "shell");
	add_fd(f, 7, 3, "/dev/dri/card0");
	add_fd(f, 7, 4, "/dev/dri/renderD128");
	add_fd(f, 8, 3, "/dev/dri/card0");
	add_fd(f, 8, 4, "/dev/dri/renderD128");
	expect_use(f, "pid 7 (Xorg) and 1 more have /dev/dri/card0 open", "end pid 7",
		   false);
}

/* Who has what open is read once for all devices. */
static void a_process_that_has_ended_meanwhile_does_not_count(void **state)
{
	struct fixture *f = *state;

	f->device.class_code = 0x030000;
	add_node(f, "226:0", "card0", "dri/card0", HERE "/drm");
	add_process(f, 7, "Xorg");
	add_process(f, 8, "shell");
	add_fd(f, 7, 3, "/dev/dri/card0");
	add_fd(f, 8, 3, "/dev/dri/card0");
	expect_use(f, "pid 7 (Xorg) and 1 more have /dev/dri/card0 open", "end pid 7",
		   false);
	tree_thaw(f->tree);
	tree_remove(f->tree, "proc/7");
	vprep_uses_done(&f->uses);
	assert_int_equal(fixture_ask_again(f), 0);
	assert_int_equal(f->uses.n, 1);
	expect_among(f, "pid 8 (shell) has /dev/dri/card0 open", false);
}

static void another_cards_nodes_are_not_ours(void **state)
{
	struct fixture *f = *state;

	f->device.class_code = 0x030000;
	add_node(f, "226:0", "card0", "dri/card0", HERE "/drm");
	add_node(f, "226:1", "card1", "dri/card1", "devices/pci0000:00/0000:00:04.0/drm");
	add_fd(f, 7, 3, "/dev/dri/card1");
	expect_free(f);
}

static void an_nvidia_card_is_found_by_its_minor(void **state)
{
	struct fixture *f = *state;

	f->device.class_code = 0x030200;
	f->device.vendor = 0x10de;
	f->device.driver = driver_nvidia;
	tree_file(f->tree, "Model: \t\t X\nDevice Minor: \t 1\nGPU Excluded:\t No\n",
		  "proc/driver/nvidia/gpus/0000:00:03.0/information");
	add_process(f, 8, "trainer");
	add_fd(f, 7, 3, "/dev/nvidia0");
	add_fd(f, 7, 4, "/dev/nvidiactl");
	add_fd(f, 8, 3, "/dev/nvidia1");
	add_fd(f, 9, 3, "/dev/nvidia11");
	expect_use(f, "pid 8 (trainer) has /dev/nvidia1 open", "end pid 8", false);
}

static void an_nvidia_card_of_unknown_minor_may_be_any(void **state)
{
	struct fixture *f = *state;

	f->device.class_code = 0x030200;
	f->device.vendor = 0x10de;
	f->device.driver = driver_nvidia;
	add_process(f, 7, "trainer");
	add_fd(f, 6, 3, "/dev/nvidia-uvm");
	add_fd(f, 7, 3, "/dev/nvidia0");
	expect_use(f, "pid 7 (trainer) has /dev/nvidia0 open", "end pid 7", false);
}

static void an_nvidia_vf_has_no_nodes_of_the_driver(void **state)
{
	struct fixture *f = *state;

	f->device.class_code = 0x030200;
	f->device.vendor = 0x10de;
	f->device.driver = driver_nvidia;
	f->device.has_physfn = true;
	add_process(f, 7, "nvidia-persistenced");
	add_fd(f, 7, 3, "/dev/nvidia0");
	expect_free(f);
}

static void an_nvidia_switch_whose_nodes_are_open_is_in_use(void **state)
{
	static char driver[] = "nvidia-nvswitch";
	struct fixture *f = *state;

	f->device.vendor = 0x10de;
	f->device.class_code = 0x068000;
	f->device.driver = driver;
	add_process(f, 7, "nv-fabricmanager");
	add_fd(f, 6, 3, "/dev/nvidia0");
	add_fd(f, 6, 4, "/dev/nvidia-nvswitchctl");
	expect_free(f);
	tree_thaw(f->tree);
	add_fd(f, 7, 3, "/dev/nvidia-nvswitch1");
	expect_use(f, "pid 7 (nv-fabricmanager) has /dev/nvidia-nvswitch1 open",
		   "end pid 7", false);
}

static void a_sound_card_whose_nodes_are_open_is_in_use(void **state)
{
	struct fixture *f = *state;

	f->device.class_code = 0x040300;
	add_node(f, "116:3", "pcmC0D0p", "snd/pcmC0D0p", HERE "/sof/sound/card0");
	add_process(f, 7, "pipewire");
	add_fd(f, 7, 30, "/dev/snd/pcmC0D0p");
	expect_use(f, "pid 7 (pipewire) has /dev/snd/pcmC0D0p open", "end pid 7", false);
}

static void a_device_that_a_guest_has_open_is_in_use(void **state)
{
	static const char command[] =
		"/usr/bin/qemu-system-x86_64\0-name\0guest=web1\0-m\0001G";
	struct fixture *f = *state;

	f->device.driver = driver_vfio;
	tree_bytes(f->tree, command, sizeof(command), "proc/4711/cmdline");
	add_fd(f, 4711, 20, "/dev/vfio/vfio");
	add_fd(f, 4711, 21, "/dev/vfio/22");
	expect_use(f, "pid 4711 (qemu-system-x86_64, guest web1) has /dev/vfio/22 open",
		   "stop guest web1", false);
}

static void a_vgpu_that_a_guest_has_open_is_in_use(void **state)
{
	static char nvidia[] = "nvidia";
	struct fixture *f = *state;

	f->device.driver = nvidia;
	f->device.vendor = 0x10de;
	tree_file(f->tree, "1155\n", "sys/" HERE "/nvidia/current_vgpu_type");
	add_process(f, 12, "qemu");
	add_fd(f, 12, 21, "/dev/vfio/22");
	expect_use(f, "pid 12 (qemu) has /dev/vfio/22 open", "end pid 12", false);
}

static void a_group_without_an_iommu_that_is_open_is_in_use(void **state)
{
	struct fixture *f = *state;

	f->device.driver = driver_vfio;
	f->device.group = -1;
	tree_link(f->tree, "../../../../kernel/iommu_groups/3",
		  "sys/bus/pci/devices/%s/iommu_group", f->device.text.s);
	add_fd(f, 12, 21, "/dev/vfio/noiommu-3");
	expect_use(f, "pid 12 (?) has /dev/vfio/noiommu-3 open", "end pid 12", false);
}

static void another_group_that_is_open_is_not_ours(void **state)
{
	struct fixture *f = *state;

	f->device.driver = driver_vfio;
	add_fd(f, 4711, 21, "/dev/vfio/2");
	add_fd(f, 4711, 22, "/dev/vfio/222");
	expect_free(f);
}

static void a_device_node_that_is_open_is_in_use(void **state)
{
	struct fixture *f = *state;

	f->device.driver = driver_vfio;
	f->device.group = -1;
	add_node(f, "511:5", "vfio5", "vfio/devices/vfio5", HERE "/vfio-dev");
	add_process(f, 12, "crosvm");
	add_fd(f, 12, 21, "/dev/vfio/devices/vfio5");
	expect_use(f, "pid 12 (crosvm) has /dev/vfio/devices/vfio5 open", "end pid 12",
		   false);
}

static void a_disk_that_another_guest_has_open_is_in_use(void **state)
{
	static const char command[] = "/usr/bin/qemu-system-x86_64\0-name\0guest=web1";
	struct fixture *f = *state;

	add_disk(f);
	tree_bytes(f->tree, command, sizeof(command), "proc/4711/cmdline");
	add_fd(f, 4711, 21, "/dev/sda");
	expect_use(f, "pid 4711 (qemu-system-x86_64, guest web1) has /dev/sda open",
		   "stop guest web1", false);
	vprep_uses_done(&f->uses);
	assert_int_equal(vprep_in_use_below(f->scan, "0:0:0:0", &f->uses), 0);
	assert_int_equal(f->uses.n, 1);
	vprep_uses_done(&f->uses);
	assert_int_equal(vprep_in_use_below(f->scan, "0:0:0:1", &f->uses), 0);
	assert_int_equal(f->uses.n, 0);
}

static void any_node_that_is_open_is_a_use(void **state)
{
	struct fixture *f = *state;

	add_node(f, "247:0", "uio0", "uio0", HERE "/uio");
	add_node(f, "231:192", "uverbs0", "infiniband/uverbs0", HERE "/infiniband_verbs");
	add_process(f, 7, "testpmd");
	add_fd(f, 7, 3, "/dev/infiniband/uverbs0");
	expect_use(f, "pid 7 (testpmd) has /dev/infiniband/uverbs0 open", "end pid 7",
		   false);
}

static void who_listens_to_input_only_is_no_user(void **state)
{
	struct fixture *f = *state;

	add_node(f, "13:64", "event0", "input/event0", HERE "/usb1/1-2/1-2:1.0/input0");
	add_node(f, "240:0", "hidraw0", "hidraw0", HERE "/usb1/1-2/1-2:1.0/hidraw");
	add_fd(f, 7, 3, "/dev/input/event0");
	add_fd(f, 7, 4, "/dev/hidraw0");
	expect_free(f);
}

/* It looks into a disk whenever somebody has written to it, and is done in a moment. */
static void udevd_is_waited_for(void **state)
{
	struct fixture *f = *state;
	pid_t child;

	add_disk(f);
	add_process(f, 7, "(udev-worker)");
	add_fd(f, 7, 3, "/dev/sda");
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		vprep_sleep_ms(100);
		tree_remove(f->tree, "proc/7/fd/3");
		_exit(0);
	}
	assert_int_equal(vprep_in_use_new(f->io, &f->scan), 0);
	assert_int_equal(fixture_ask_again(f), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(f->uses.n, 0);
}

static void the_processes_are_looked_at_once_a_scan(void **state)
{
	struct fixture *f = *state;

	f->device.driver = driver_vfio;
	add_fd(f, 4711, 21, "/dev/vfio/22");
	assert_int_equal(fixture_ask(f), 0);
	tree_thaw(f->tree);
	tree_remove(f->tree, "proc/4711/fd");
	assert_int_equal(fixture_ask_again(f), 0);
	assert_int_equal(f->uses.n, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		USE_TEST(a_card_whose_nodes_are_open_is_in_use),
		USE_TEST(each_further_process_is_counted_once),
		USE_TEST(a_process_that_has_ended_meanwhile_does_not_count),
		USE_TEST(another_cards_nodes_are_not_ours),
		USE_TEST(an_nvidia_card_is_found_by_its_minor),
		USE_TEST(an_nvidia_card_of_unknown_minor_may_be_any),
		USE_TEST(an_nvidia_vf_has_no_nodes_of_the_driver),
		USE_TEST(an_nvidia_switch_whose_nodes_are_open_is_in_use),
		USE_TEST(a_sound_card_whose_nodes_are_open_is_in_use),
		USE_TEST(a_device_that_a_guest_has_open_is_in_use),
		USE_TEST(a_vgpu_that_a_guest_has_open_is_in_use),
		USE_TEST(a_group_without_an_iommu_that_is_open_is_in_use),
		USE_TEST(another_group_that_is_open_is_not_ours),
		USE_TEST(a_device_node_that_is_open_is_in_use),
		USE_TEST(a_disk_that_another_guest_has_open_is_in_use),
		USE_TEST(any_node_that_is_open_is_a_use),
		USE_TEST(who_listens_to_input_only_is_no_user),
		USE_TEST(udevd_is_waited_for),
		USE_TEST(the_processes_are_looked_at_once_a_scan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
