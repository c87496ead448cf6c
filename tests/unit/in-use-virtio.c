// SPDX-License-Identifier: GPL-2.0-or-later
/* What the host does with a virtio device: shared folders, consoles, and main memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "in-use-fixture.h"

#define MOUNT(point, type, source, options)                                              \
	"36 1 0:45 / " point " rw,relatime - " type " " source " " options "\n"
#define BY_VIRTIO "rw,access=client,trans=virtio"
#define PARENT HERE "/virtio0"

static void add_virtio(struct fixture *f, const char *driver)
{
	tree_device(f->tree, "bus/virtio/devices", "virtio0", HERE);
	tree_dir(f->tree, "sys/bus/virtio/drivers/%s", driver);
	tree_link(f->tree, driver, "sys/" PARENT "/driver");
	tree_link(f->tree, "mnt:[1]", "proc/self/ns/mnt");
}

static void add_9p(struct fixture *f, const char *mounts)
{
	static const char tag[] = "src";

	add_virtio(f, "9pnet_virtio");
	tree_bytes(f->tree, tag, sizeof(tag), "sys/" PARENT "/mount_tag");
	tree_file(f->tree, mounts, "proc/self/mountinfo");
}

static void a_mounted_9p_is_never_taken(void **state)
{
	struct fixture *f = *state;

	add_9p(f, MOUNT("/mnt/a\\040b", "9p", "src", BY_VIRTIO));
	expect_use(f, "9p 'src' is mounted at /mnt/a b", "umount '/mnt/a b'", true);
}

static void another_tag_or_transport_is_not_ours(void **state)
{
	struct fixture *f = *state;

	add_9p(f, MOUNT("/a", "9p", "other", BY_VIRTIO)
			  MOUNT("/b", "9p", "src", "rw,trans=tcp,port=564")
				  MOUNT("/c", "virtiofs", "src", "rw"));
	expect_free(f);
}

static void a_mount_in_another_namespace_counts(void **state)
{
	struct fixture *f = *state;

	add_9p(f, "");
	tree_link(f->tree, "mnt:[1]", "proc/3/ns/mnt");
	tree_link(f->tree, "mnt:[2]", "proc/4711/ns/mnt");
	tree_file(f->tree, "sh", "proc/4711/cmdline");
	tree_file(f->tree, MOUNT("/srv", "9p", "src", BY_VIRTIO), "proc/4711/mountinfo");
	tree_link(f->tree, "mnt:[2]", "proc/4712/ns/mnt");
	tree_file(f->tree, MOUNT("/srv", "9p", "src", BY_VIRTIO), "proc/4712/mountinfo");
	expect_use(f,
		   "9p 'src' is mounted at /srv in the mount namespace of pid 4711 (sh)",
		   "nsenter -t 4711 -m umount /srv", true);
}

static void a_mounted_virtiofs_is_never_taken(void **state)
{
	struct fixture *f = *state;

	add_virtio(f, "virtiofs");
	tree_file(f->tree, MOUNT("/mnt", "virtiofs", "home", "rw"),
		  "proc/self/mountinfo");
	/* an older kernel does not tell the tag: it may be this one */
	expect_use(f, "virtiofs 'home' is mounted at /mnt", "umount /mnt", true);
	tree_thaw(f->tree);
	tree_link(f->tree, "../../../devices/x/virtio0", "sys/fs/virtiofs/1/device");
	tree_file(f->tree, "home\n", "sys/fs/virtiofs/1/tag");
	expect_use(f, "virtiofs 'home' is mounted at /mnt", "umount /mnt", true);
	tree_thaw(f->tree);
	tree_file(f->tree, "other\n", "sys/fs/virtiofs/1/tag");
	expect_free(f);
}

static void a_folder_that_is_not_mounted_is_free(void **state)
{
	struct fixture *f = *state;

	add_9p(f, MOUNT("/", "ext4", "/dev/root", "rw") "x\n\n1 2 3\n");
	expect_free(f);
	tree_thaw(f->tree);
	tree_remove(f->tree, "sys/" PARENT "/mount_tag");
	expect_free(f);
}

static void the_kernels_console_is_in_use(void **state)
{
	struct fixture *f = *state;

	tree_device(f->tree, "class/tty", "ttyS4", HERE "/tty");
	tree_file(f->tree, "tty0 ttyS4\n", "sys/class/tty/console/active");
	expect_use(f, "the kernel's console is on it (ttyS4)",
		   "boot without 'console=ttyS4' on the kernel's command line", false);
	tree_thaw(f->tree);
	tree_file(f->tree, "ttyS40\n", "sys/class/tty/console/active");
	expect_free(f);
}

static void a_virtio_console_is_in_use(void **state)
{
	struct fixture *f = *state;

	add_virtio(f, "virtio_console");
	tree_device(f->tree, "class/tty", "hvc0", "devices/virtual/tty");
	tree_file(f->tree, "hvc0\n", "sys/class/tty/console/active");
	expect_use(f, "the kernel's console is on it (hvc0)",
		   "boot without 'console=hvc0' on the kernel's command line", false);
	tree_thaw(f->tree);
	tree_remove(f->tree, "sys/class/tty/console");
	expect_free(f);
	tree_thaw(f->tree);
	tree_file(f->tree, "agetty", "proc/7/cmdline");
	add_fd(f, 7, 0, "/dev/hvc0");
	expect_use(f, "pid 7 (agetty) has /dev/hvc0 open", "end pid 7", false);
}

static void main_memory_is_never_taken(void **state)
{
	struct fixture *f = *state;

	add_virtio(f, "virtio_mem");
	expect_use(f, "the host has its memory (virtio0)",
		   "have the hypervisor take that memory away, then unbind virtio0 from "
		   "virtio_mem",
		   true);
	tree_thaw(f->tree);
	tree_remove(f->tree, "sys/" PARENT "/driver");
	expect_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		USE_TEST(a_mounted_9p_is_never_taken),
		USE_TEST(another_tag_or_transport_is_not_ours),
		USE_TEST(a_mount_in_another_namespace_counts),
		USE_TEST(a_mounted_virtiofs_is_never_taken),
		USE_TEST(a_folder_that_is_not_mounted_is_free),
		USE_TEST(the_kernels_console_is_in_use),
		USE_TEST(a_virtio_console_is_in_use),
		USE_TEST(main_memory_is_never_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
