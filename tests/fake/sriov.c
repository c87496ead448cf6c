// SPDX-License-Identifier: GPL-2.0-or-later
/* sriov_numvfs as drivers/pci/iov.c has it, for a PF driver like igb. */
#include "fake/internal.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* kstrtou16() with base 0. */
static int parse_u16(const char *value, unsigned *ret)
{
	_cleanup_free_ char *text = fake_chomp(value);
	bool hex = strncmp(text, "0x", 2) == 0;
	uint64_t number;

	if (vprep_parse_u64(hex ? text + 2 : text, hex ? 16 : 10, UINT16_MAX, &number) <
	    0)
		return -EINVAL;
	*ret = (unsigned)number;
	return 0;
}

/* First routing ID plus the offset plus the index times the stride. */
static char *vf_address(struct fake *f, const char *pf, unsigned index)
{
	unsigned domain = (unsigned)strtoul(pf, NULL, 16);
	unsigned bus = (unsigned)strtoul(strchr(pf, ':') + 1, NULL, 16);
	unsigned slot = (unsigned)strtoul(strrchr(pf, ':') + 1, NULL, 16);
	unsigned function = (unsigned)strtoul(strchr(pf, '.') + 1, NULL, 16);
	unsigned routing = (bus << 8 | slot << 3 | function) +
			   fake_get_number(f, 0, PCI_DEVICE "/sriov_offset", pf) +
			   index * fake_get_number(f, 0, PCI_DEVICE "/sriov_stride", pf);

	return vprep_strf("%04x:%02x:%02x.%x", domain, routing >> 8, routing >> 3 & 0x1f,
			  routing & 7);
}

/* As a driver with PROBE_PREFER_ASYNCHRONOUS, or udevd that loads one. */
static void attach_later(struct fake *f, const char *address)
{
	unsigned ms = fake_get_number(f, 0, ".fake/late-probes");
	struct fake own = { .path = f->path };
	_cleanup_close_ int lock = -1;
	pid_t pid = fork();

	must(pid >= 0);
	if (pid > 0)
		return;
	close_range(0, ~0u, 0); /* the lock of the tree, too */
	usleep(ms * 1000);
	own.dir = open(f->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (own.dir < 0) /* the test is over */
		_exit(0);
	lock = fake_lock(&own);
	if (fake_has(&own, PCI_DEVICE, address))
		fake_attach(&own, address);
	_exit(0);
}

void fake_probe_late(struct fake *f, unsigned milliseconds)
{
	_cleanup_free_ char *text = vprep_strf("%u", milliseconds);

	fake_put(f, 0600, text, ".fake/late-probes");
}

/* VFs sit below the same bridge as their PF. */
static void add_vf(struct fake *f, const char *pf, unsigned index)
{
	_cleanup_free_ char *link = vprep_strf(PCI_DEVICE, pf);
	_cleanup_free_ char *place = fake_canonical(f, link);
	_cleanup_free_ char *address = vf_address(f, pf, index);
	_cleanup_free_ char *id = fake_get(f, PCI_DEVICE "/sriov_vf_device", pf);
	struct fake_pci vf = { .physfn = pf, .address = address, .group = -1 };
	char *slash;

	must(place && id);
	*strrchr(place, '/') = '\0';
	slash = strrchr(place, '/');
	if (strncmp(slash + 1, "pci", 3) != 0)
		vf.parent = slash + 1;
	vf.class_code = fake_get_number(f, 0, PCI_DEVICE "/class", pf);
	vf.vendor = (uint16_t)fake_get_number(f, 0, PCI_DEVICE "/vendor", pf);
	vf.device = (uint16_t)strtoul(id, NULL, 16);
	if (fake_group_of(f, pf) >= 0)
		vf.group = fake_lowest_group(f);
	fake_interface_add_vf(f, pf, index);
	fake_add_pci_locked(f, &vf);
	if (fake_has(f, ".fake/late-probes"))
		attach_later(f, address);
	else
		fake_attach(f, address);
}

/* From the first on; the links go before their VF does, which may wait. */
void fake_disable_vfs(struct fake *f, const char *pf)
{
	unsigned n = fake_get_number(f, 0, PCI_DEVICE "/sriov_numvfs", pf), i;

	for (i = 0; i < n; i++) {
		_cleanup_free_ char *vf =
			fake_link_name(f, PCI_DEVICE "/virtfn%u", pf, i);

		fake_remove(f, PCI_DEVICE "/virtfn%u", pf, i);
		if (!vf)
			continue;
		fake_remove(f, PCI_DEVICE "/physfn", vf);
		fake_remove_pci_locked(f, vf);
		fake_interface_remove_vf(f, pf, i);
	}
	if (fake_has(f, PCI_DEVICE "/sriov_numvfs", pf))
		fake_store(f, "0\n", PCI_DEVICE "/sriov_numvfs", pf);
}

int fake_store_numvfs(struct fake *f, const char *dir, const char *value)
{
	const char *pf = strrchr(dir, '/') + 1;
	_cleanup_free_ char *driver = NULL;
	unsigned n, now, most, i;

	if (parse_u16(value, &n) < 0)
		return -EINVAL;
	if (n > fake_get_number(f, 0, "%s/sriov_totalvfs", dir))
		return -ERANGE;
	fake_wait_device(f, pf);
	now = fake_get_number(f, 0, "%s/sriov_numvfs", dir);
	if (n == now)
		return 0;
	driver = fake_link_name(f, "%s/driver", dir);
	if (!driver || !(fake_driver_flags(f, driver) & FAKE_SRIOV))
		return -ENOENT;
	if (n == 0) {
		fake_put(f, 0600, "", ".fake/busy/%s", pf);
		fake_disable_vfs(f, pf);
		fake_remove(f, ".fake/busy/%s", pf);
		return 0;
	}
	if (now != 0)
		return -EBUSY;
	/* a driver may make fewer and call that success */
	most = fake_get_number(f, n, ".fake/vf-limit/%s", pf);
	for (i = 0; i < n && i < most; i++)
		add_vf(f, pf, i);
	return 0;
}

void fake_limit_vfs(struct fake *f, const char *pf, unsigned most)
{
	_cleanup_free_ char *text = vprep_strf("%u", most);

	fake_put(f, 0600, text, ".fake/vf-limit/%s", pf);
}

/* kstrtobool() */
int fake_store_autoprobe(struct fake *f, const char *dir, const char *value)
{
	if (!strchr("01yYnN", value[0]))
		return -EINVAL;
	fake_store(f, strchr("1yY", value[0]) ? "1\n" : "0\n",
		   "%s/sriov_drivers_autoprobe", dir);
	return 0;
}
