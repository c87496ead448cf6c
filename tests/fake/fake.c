// SPDX-License-Identifier: GPL-2.0-or-later
/* The life of a fake kernel. */
#include "fake/internal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static void put_host(struct fake *f)
{
	static const char *const folders[] = {
		"sys/dev/char",
		"sys/dev/block",
		".fake/held",
		".fake/busy",
		"dev/vfio",
		"run",
		"sys/bus/pci/devices",
		"sys/bus/pci/drivers",
		"sys/class",
		"sys/module",
		"sys/devices/virtual",
		"sys/kernel/iommu_groups",
		"proc",
	};
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(folders); i++)
		fake_mkdir(f, "%s", folders[i]);
	fake_set_remapping(f, true);
	fake_put(f, 0200, "", "sys/bus/pci/drivers_probe");
	fake_put(f, 0644, "1\n", "sys/bus/pci/drivers_autoprobe");
}

struct fake *fake_new(void)
{
	const char *temp = getenv("TMPDIR");
	_cleanup_free_ char *template =
		vprep_strf("%s/fake.XXXXXX", temp ? temp : "/tmp");
	struct fake *f = calloc(1, sizeof(*f));

	must(f && template && mkdtemp(template));
	f->path = realpath(template, NULL);
	must(f->path);
	f->dir = open(f->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	must(f->dir >= 0);
	fake_mkdir(f, ".fake");
	fake_set_bug_file(f);
	put_host(f);
	return f;
}

void fake_free(struct fake *f)
{
	_cleanup_free_ char *bugs = NULL;
	int lock;

	if (!f)
		return;
	fake_remove(f, ".fake/held");
	/* Let the operations end that waited for it. */
	for (lock = fake_lock(f); fake_anything_busy(f);)
		fake_pause_locked();
	bugs = fake_get(f, ".fake/bugs");
	if (bugs) {
		fprintf(stderr, "fake kernel, in a child: %s\n", bugs);
		abort();
	}
	fake_remove(f, "%s", "");
	close(lock);
	close(f->dir);
	free(f->path);
	free(f);
}

struct vprep_io *fake_io(struct fake *f)
{
	struct vprep_io *io;

	must(vprep_io_new_at(f->path, true, &vprep_fake_ops, &io) == 0);
	return io;
}
