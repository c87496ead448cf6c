// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/driver.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "host/mdev.h"
#include "host/pci.h"
#include "io/job.h"

#define VFIO_PCI "vfio-pci"
#define HOLDERS_DEPTH 3
#define DRIVER_NAME_MAX 255
#define UNSET_OVERRIDE "(null)" /* as driver_override reads when there is none */

/* The kernel calls a module by '_' where its driver or file may have '-'. */
static bool same_but_dashes(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if ((*a == '-' ? '_' : *a) != (*b == '-' ? '_' : *b))
			return false;
	return *a == *b;
}

/* Whether the loaded module needs the other one, also by way of a third. */
static bool builds_on(const struct vprep_io *io, const char *module, const char *other,
		      unsigned depth)
{
	_cleanup_strv_ char **holders = NULL;
	size_t i;

	if (vprep_io_list(io, VPREP_SYS, &holders, "module/%s/holders", other) < 0)
		return false;
	if (vprep_strv_has(holders, module))
		return true;
	/* vfio_pci exports nothing that another one could need */
	for (i = 0; depth > 0 && holders[i]; i++)
		if (!streq(holders[i], "vfio_pci") &&
		    builds_on(io, module, holders[i], depth - 1))
			return true;
	return false;
}

static bool is_built_in(const struct vprep_io *io, const char *module)
{
	return vprep_io_exists(io, VPREP_SYS, "module/%s/initstate", module) == 0 &&
	       vprep_io_exists(io, VPREP_SYS, "module/%s", module) == 1;
}

bool vprep_driver_is_vfio(const struct vprep_io *io, const char *driver)
{
	_cleanup_free_ char *module = NULL;
	int r;

	if (!driver)
		return false;
	if (streq(driver, VFIO_PCI))
		return true;
	vprep_io_link_name(io, VPREP_SYS, &module, "bus/pci/drivers/%s/module", driver);
	if (module && builds_on(io, module, "vfio_pci_core", HOLDERS_DEPTH))
		return true;
	if (module && !is_built_in(io, "vfio"))
		return false;
	/* sysfs shows what depends on what among loaded modules only */
	r = module && io->live ? io->ops->module_is_vfio(io, module) : -ENOSYS;
	return r < 0 ? strstr(driver, "vfio") != NULL : r > 0;
}

bool vprep_driver_of_is_vfio(const struct vprep_io *io,
			     const struct vprep_pci_device *device)
{
	return (device->judged ? device->vfio
			       : vprep_driver_is_vfio(io, device->driver)) ||
	       vprep_pci_is_vgpu(io, device);
}

/* Whether the driver leaves DMA to user space, so that a group with it stays viable. The
 * kernel does not show its flag (driver_managed_dma); the drivers in the kernel's tree
 * that set it are listed here. */
static bool leaves_dma(const struct vprep_io *io, const struct vprep_iommu_member *member)
{
	/* Linux: grep -r driver_managed_dma drivers */
	static const char *const listed[] = { "pci-stub", "pcieport", "vfio-platform",
					      "vfio-amba", "vfio-fsl-mc" };
	const char *driver = vprep_iommu_member_driver(member);

	if (vprep_word_index(listed, VPREP_ARRAY_SIZE(listed), driver) >= 0)
		return true;
	return member->pci ? vprep_driver_of_is_vfio(io, member->pci)
			   : vprep_driver_is_vfio(io, driver);
}

const char *vprep_driver_in_the_way(const struct vprep_io *io,
				    const struct vprep_iommu_member *member)
{
	const char *driver = vprep_iommu_member_driver(member);

	return driver && !member->mdev && !leaves_dma(io, member) ? driver : NULL;
}

bool vprep_driver_may_be_open(const struct vprep_io *io, const char *driver)
{
	_cleanup_free_ char *module = NULL;
	uint64_t count;

	/* vfio_device_first_open() takes a reference on the module of the device's driver
	 */
	if (vprep_io_link_name(io, VPREP_SYS, &module, "bus/pci/drivers/%s/module",
			       driver) < 0)
		return true;
	return vprep_io_read_u64(io, VPREP_SYS, 10, &count, "module/%s/refcnt", module) <
		       0 ||
	       count > 0;
}

/* A loaded module names its PCI driver in sysfs. */
static int driver_of_module(const struct vprep_io *io, const char *module, char **ret)
{
	_cleanup_strv_ char **drivers = NULL;
	size_t i;
	int r;

	r = vprep_io_list(io, VPREP_SYS, &drivers, "module/%s/drivers", module);
	if (r < 0)
		return r;
	for (i = 0; drivers[i]; i++)
		if (strncmp(drivers[i], "pci:", 4) == 0) {
			char *name = strdup(drivers[i] + 4);

			if (!name)
				return -ENOMEM;
			*ret = name;
			return 0;
		}
	return -ENOENT;
}

/* A module by the kernel's spelling, and the name that its driver has or will have.
 * Before a module is loaded that name is known by convention only: the driver of vfio_pci
 * is vfio-pci, and those of its variants are called as their modules. */
static int choose_module(const struct vprep_io *io, const char *module,
			 struct vprep_driver_choice *ret)
{
	struct vprep_driver_choice choice = { 0 };
	int r;

	r = driver_of_module(io, module, &choice.driver);
	if (r == -ENOENT) {
		choice.module = strdup(module);
		choice.driver = strdup(streq(module, "vfio_pci") ? VFIO_PCI : module);
		r = choice.module && choice.driver ? 0 : -ENOMEM;
	}
	if (r < 0) {
		vprep_driver_choice_done(&choice);
		return r;
	}
	*ret = choice;
	return 0;
}

static int choose_loaded(const struct vprep_io *io, const char *driver,
			 struct vprep_driver_choice *ret)
{
	struct vprep_driver_choice choice = { 0 };
	int r;

	r = vprep_io_exists(io, VPREP_SYS, "bus/pci/drivers/%s", driver);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	if (!vprep_driver_is_vfio(io, driver))
		return -VPREP_DRIVER_FOREIGN;
	choice.driver = strdup(driver);
	if (!choice.driver)
		return -ENOMEM;
	*ret = choice;
	return 0;
}

static int choose_wanted(struct vprep_io *io, const char *wanted,
			 struct vprep_driver_choice *ret)
{
	_cleanup_strv_ char **modules = NULL;
	int r;

	r = choose_loaded(io, wanted, ret);
	if (r != -ENOENT)
		return r;
	r = io->ops->resolve_alias(io, wanted, &modules);
	if (r < 0)
		return r;
	if (!modules[0])
		return -ENOENT;
	/* what a domain's XML names must not make us load anything else */
	r = streq(modules[0], "vfio_pci") ? 1 : io->ops->module_is_vfio(io, modules[0]);
	if (r <= 0)
		return r < 0 ? r : -VPREP_DRIVER_FOREIGN;
	r = choose_module(io, modules[0], ret);
	if (r == 0 && ret->module && same_but_dashes(ret->driver, wanted))
		r = vprep_str_replace(&ret->driver, wanted);
	return r;
}

int vprep_driver_choose(struct vprep_io *io, const struct vprep_pci_device *device,
			const char *wanted, struct vprep_driver_choice *ret)
{
	_cleanup_strv_ char **modules = NULL;
	_cleanup_free_ char *alias = NULL;
	size_t n;
	int r;

	if (wanted)
		return choose_wanted(io, wanted, ret);
	if (device->modalias && strncmp(device->modalias, "pci:", 4) == 0) {
		alias = vprep_strf("vfio_pci:%s", device->modalias + 4);
		if (!alias)
			return -ENOMEM;
		if (io->ops->count_aliases &&
		    io->ops->count_aliases(io, alias, &n) == 0 && n == 0)
			return choose_wanted(io, VFIO_PCI, ret);
		r = io->ops->resolve_alias(io, alias, &modules);
		if (r < 0)
			return r;
		if (modules[0])
			return choose_module(io, modules[0], ret);
	}
	return choose_wanted(io, VFIO_PCI, ret);
}

int vprep_driver_override(const struct vprep_io *io, struct vprep_pci_address address,
			  char **ret)
{
	struct vprep_pci_text text = vprep_pci_address_text(address);
	char *value = NULL;
	int r;

	r = vprep_io_read(io, VPREP_SYS, &value, "bus/pci/devices/%s/driver_override",
			  text.s);
	if (r < 0)
		return r;
	if (streq(value, UNSET_OVERRIDE) || *value == '\0') {
		free(value);
		value = NULL;
	}
	*ret = value;
	return 0;
}

/* What the child has read. */
struct override {
	int result;
	bool is_set;
	char driver[DRIVER_NAME_MAX + 1];
};

struct override_probe {
	struct vprep_pci_device *const *devices;
	size_t n;
	struct override *answers; /* shared with the child */
};

static struct override ask_override(const struct vprep_io *io,
				    const struct vprep_pci_device *device)
{
	_cleanup_free_ char *driver = NULL;
	struct override answer = { 0 };
	size_t len;

	answer.result = vprep_driver_override(io, device->address, &driver);
	if (answer.result < 0 || !driver)
		return answer;
	answer.is_set = true;
	len = strlen(driver);
	if (len < sizeof(answer.driver))
		memcpy(answer.driver, driver, len + 1);
	else
		answer.result = -ENAMETOOLONG;
	return answer;
}

static int probe_overrides(struct vprep_io *io, void *data, struct vprep_error *ret_err)
{
	struct override_probe *probe = data;
	size_t i;

	(void)ret_err;
	for (i = 0; i < probe->n; i++)
		probe->answers[i] = ask_override(io, probe->devices[i]);
	return 0;
}

/* The driver link is read again afterwards: the rest was read some time ago. */
static int take_overrides(struct vprep_io *io, const struct override_probe *probe)
{
	struct vprep_pci_device *const *devices = probe->devices;
	size_t i;
	int r;

	for (i = 0; i < probe->n; i++) {
		const struct override *answer = &probe->answers[i];
		_cleanup_free_ char *driver = NULL;

		if (answer->result < 0 && answer->result != -ENOENT)
			return answer->result;
		r = answer->is_set
			    ? vprep_str_replace(&devices[i]->override, answer->driver)
			    : 0;
		if (r == 0)
			r = vprep_pci_driver(io, devices[i]->address, &driver);
		if (r < 0)
			return r;
		if (!vprep_str_same(driver, devices[i]->driver))
			return -VPREP_DRIVER_CHANGES;
	}
	return 0;
}

static int explain_lock(const struct vprep_io *io, const struct vprep_pci_device *device,
			size_t n, struct vprep_error *err)
{
	const char *others = n > 1 ? " or a device of the same request" : "";

	/* while a driver is unbound, the device has none any more */
	if (vprep_io_exists(io, VPREP_SYS, "bus/pci/devices/%s/driver", device->text.s) ==
	    1)
		return vprep_error_set(err, VPREP_E_IN_USE, VPREP_DRIVER_CHANGES,
				       device->text.s,
				       "%s%s: the kernel holds the device's lock: its "
				       "driver is still being bound, or it is reset; see "
				       "the kernel log",
				       device->text.s, others);
	return vprep_error_set(
		err, VPREP_E_IN_USE, ETIMEDOUT, device->text.s,
		"%s%s: the kernel holds the device's lock: an unbind or reset is "
		"waiting for a process that has it open; see 'vfio-prep status'",
		device->text.s, others);
}

int vprep_driver_read_overrides(struct vprep_io *io,
				struct vprep_pci_device *const *devices, size_t n,
				unsigned deadline, struct vprep_error *err)
{
	size_t size = n * sizeof(struct override);
	struct override_probe probe = { devices, n, NULL };
	struct vprep_job job = { .run = probe_overrides,
				 .data = &probe,
				 .deadline = deadline };
	struct vprep_jobs jobs = { .jobs = &job, .n = 1, .parallel = 1 };
	const char *others = n > 1 ? " or a device of the same request" : "";
	int r;

	probe.answers = mmap(NULL, size, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (probe.answers == MAP_FAILED)
		return vprep_error_oom(err);
	r = io->live ? vprep_jobs_run(io, &jobs) : probe_overrides(io, &probe, NULL);
	if (r == 0)
		r = take_overrides(io, &probe);
	munmap(probe.answers, size);
	if (r == -ETIMEDOUT)
		return explain_lock(io, devices[0], n, err);
	if (r == -VPREP_DRIVER_CHANGES)
		return vprep_error_set(err, VPREP_E_IN_USE, -r, devices[0]->text.s,
				       "%s%s: its driver changes just now; try again",
				       devices[0]->text.s, others);
	return r < 0 ? vprep_error_set(err, VPREP_E_FAILED, -r, devices[0]->text.s,
				       "%s%s: cannot read its driver_override: %s",
				       devices[0]->text.s, others, strerror(-r))
		     : 0;
}
