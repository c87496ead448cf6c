// SPDX-License-Identifier: GPL-2.0-or-later
#include "in-use-fixture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "in-use/internal.h"

static int claim(struct vprep_io *io, const char *node)
{
	struct fixture *f = io->data;

	f->n_claims++;
	if (f->claimed && strcmp(node, f->claimed) == 0)
		return 1;
	return f->claim_result;
}

static int addresses(struct vprep_io *io, struct vprep_io_address **ret, size_t *ret_n)
{
	struct fixture *f = io->data;
	size_t size = f->n_addresses * sizeof(**ret);

	while (f->addresses_hang)
		pause();
	f->n_address_reads++;
	*ret = malloc(size + 1);
	if (!*ret)
		return -ENOMEM;
	if (size)
		memcpy(*ret, f->addresses, size);
	*ret_n = f->n_addresses;
	return 0;
}

static const struct vprep_io_ops ops = {
	.block_is_claimed = claim,
	.addresses = addresses,
};

int fixture_setup(void **state)
{
	static char driver[] = "native";
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->tree = tree_new();
	assert_int_equal(vprep_io_new_at(f->tree->dir, true, &ops, &f->io), 0);
	f->io->data = f;
	f->device = (struct vprep_pci_device){
		.address = { .slot = 3 },
		.text = { "0000:00:03.0" },
		.class_code = 0x010000,
		.driver = driver,
		.group = 22,
	};
	tree_device(f->tree, "bus/pci/devices", "0000:00:03.0", "devices/pci0000:00");
	*state = f;
	return 0;
}

int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	vprep_uses_done(&f->uses);
	vprep_in_use_free(f->scan);
	vprep_io_free(f->io);
	tree_free(f->tree);
	free(f);
	return 0;
}

int fixture_ask_again(struct fixture *f)
{
	return vprep_in_use_of(f->scan, &f->device, &f->uses);
}

int fixture_ask(struct fixture *f)
{
	tree_freeze(f->tree);
	vprep_uses_done(&f->uses);
	vprep_in_use_free(f->scan);
	assert_int_equal(vprep_in_use_new(f->io, &f->scan), 0);
	f->scan->privileged = !f->unprivileged;
	return fixture_ask_again(f);
}

void expect_use(struct fixture *f, const char *what, const char *fix, bool never_taken)
{
	size_t i;

	assert_int_equal(fixture_ask(f), 0);
	for (i = 0; f->uses.n != 1 && i < f->uses.n; i++)
		print_error("use: %s\n", f->uses.items[i].what);
	assert_int_equal(f->uses.n, 1);
	assert_string_equal(f->uses.items[0].what, what);
	assert_string_equal(f->uses.items[0].fix, fix);
	assert_int_equal(f->uses.items[0].never_taken, never_taken);
}

void expect_free(struct fixture *f)
{
	assert_int_equal(fixture_ask(f), 0);
	if (f->uses.n > 0)
		fail_msg("in use: %s", f->uses.items[0].what);
}

void expect_among(const struct fixture *f, const char *what, bool never_taken)
{
	size_t i;

	for (i = 0; i < f->uses.n; i++) {
		if (strcmp(f->uses.items[i].what, what) != 0)
			continue;
		assert_int_equal(f->uses.items[i].never_taken, never_taken);
		return;
	}
	for (i = 0; i < f->uses.n; i++)
		print_error("use: %s\n", f->uses.items[i].what);
	fail_msg("not among the uses: %s", what);
}

void add_block(struct fixture *f, const char *name, const char *devices,
	       const char *number)
{
	char uevent[256], text[32];

	tree_device(f->tree, "class/block", name, devices);
	snprintf(uevent, sizeof(uevent), "DEVNAME=%s\nDEVTYPE=disk\n", name);
	snprintf(text, sizeof(text), "%s\n", number);
	tree_file(f->tree, uevent, "sys/%s/%s/uevent", devices, name);
	tree_file(f->tree, text, "sys/%s/%s/dev", devices, name);
	tree_dir(f->tree, "sys/%s/%s/holders", devices, name);
}

void add_interface(struct fixture *f, const char *name, const char *flags)
{
	tree_device(f->tree, "class/net", name, HERE "/net");
	tree_file(f->tree, flags, "sys/" HERE "/net/%s/flags", name);
}

void add_node(struct fixture *f, const char *number, const char *name, const char *node,
	      const char *devices)
{
	char target[256], uevent[128];

	snprintf(target, sizeof(target), "../../%s/%s", devices, name);
	snprintf(uevent, sizeof(uevent), "DEVNAME=%s\n", node);
	tree_link(f->tree, target, "sys/dev/char/%s", number);
	tree_file(f->tree, uevent, "sys/%s/%s/uevent", devices, name);
}

void add_fd(struct fixture *f, int pid, int fd, const char *target)
{
	tree_link(f->tree, target, "proc/%d/fd/%d", pid, fd);
}

void add_disk(struct fixture *f)
{
	add_block(f, "sda", DISK, "8:0");
	add_block(f, "sda1", DISK "/sda", "8:1");
	add_block(f, "sda2", DISK "/sda", "8:2");
}

void add_holder(struct fixture *f, const char *block, const char *holder)
{
	tree_link(f->tree, "../..", "sys/class/block/%s/holders/%s", block, holder);
}

void add_mapping(struct fixture *f, const char *dm, const char *number, const char *name,
		 const char *uuid)
{
	add_block(f, dm, VIRTUAL, number);
	tree_file(f->tree, name, "sys/" VIRTUAL "/%s/dm/name", dm);
	tree_file(f->tree, uuid, "sys/" VIRTUAL "/%s/dm/uuid", dm);
}
