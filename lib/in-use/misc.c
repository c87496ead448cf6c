// SPDX-License-Identifier: GPL-2.0-or-later
/* Uses that show in open files, in what is plugged in, and in functions of its own. */
#include <errno.h>

#include "common/str.h"
#include "host/driver.h"
#include "in-use/internal.h"

#define CLASS_DISPLAY 0x03
#define CLASS_AUDIO 0x0401
#define CLASS_HDA 0x0403
#define CLASS_USB_HOST 0x0c03
#define VENDOR_NVIDIA 0x10de

#define USB_CLASS_HID 3

/* All that any device is asked about, for the one pass over the processes. */
static const char *const node_folders[] = { "vfio/", "dri/", "snd/", "nvidia", NULL };

static int load_holders(struct vprep_in_use *scan)
{
	int r;

	if (scan->holders_loaded)
		return 0;
	r = vprep_holders_scan_any(scan->io, node_folders, &scan->holders);
	scan->holders_loaded = r == 0;
	return r;
}

/* The holders are by node: a process with several nodes comes several times. */
static bool is_counted(const struct vprep_holders *holders, size_t at, char *const *nodes)
{
	size_t i;

	for (i = 0; i < at; i++)
		if (holders->items[i].pid == holders->items[at].pid &&
		    vprep_strv_has(nodes, holders->items[i].node))
			return true;
	return false;
}

/* One use for all processes: a desktop's card has dozens. */
static int tell_holders(struct vprep_in_use *scan, char *const *nodes,
			struct vprep_uses *uses)
{
	const struct vprep_holder *first = NULL;
	_cleanup_free_ char *who = NULL;
	size_t i, n = 0;
	char *what, *fix;
	int r;

	r = nodes ? load_holders(scan) : 0;
	if (r < 0)
		return r;
	for (i = 0; nodes && i < scan->holders.n; i++) {
		if (!vprep_strv_has(nodes, scan->holders.items[i].node) ||
		    is_counted(&scan->holders, i, nodes))
			continue;
		if (n++ == 0)
			first = &scan->holders.items[i];
	}
	if (!first)
		return 0;
	who = vprep_holder_text(first);
	if (!who)
		return -ENOMEM;
	what = n > 1 ? vprep_strf("%s and %zu more have /dev/%s open", who, n - 1,
				  first->node)
		     : vprep_strf("%s has /dev/%s open", who, first->node);
	fix = first->guest ? vprep_strf("stop guest %s", first->guest)
			   : vprep_strf("end pid %d", (int)first->pid);
	return vprep_uses_add(uses, false, what, fix);
}

/* Adds FOLDER/NAME for the entries of a class that are on the device and have a node. */
static int add_class_nodes(struct vprep_in_use *scan, enum vprep_index_kind kind,
			   const struct vprep_pci_device *device, const char *folder,
			   bool (*is_node)(const char *name), char ***nodes)
{
	const struct vprep_index *index;
	size_t i;
	int r;

	r = vprep_in_use_index(scan, kind, &index);
	for (i = 0; r == 0 && i < index->n; i++) {
		_cleanup_free_ char *node = NULL;

		if (!vprep_index_entry_is_on(&index->items[i], device) ||
		    !is_node(index->items[i].name))
			continue;
		node = vprep_strf("%s/%s", folder, index->items[i].name);
		r = node ? vprep_strv_add(nodes, node) : -ENOMEM;
	}
	return r;
}

/* The connectors ("card0-HDMI-A-1") have no node. */
static bool is_drm_node(const char *name)
{
	return strchr(name, '-') == NULL;
}

/* A card as such has none either. */
static bool is_sound_node(const char *name)
{
	return strncmp(name, "card", 4) != 0;
}

/* The driver's own nodes are numbered by it; an old one does not tell the number. */
static int add_nvidia_nodes(struct vprep_in_use *scan,
			    const struct vprep_pci_device *device, char ***nodes)
{
	static const char key[] = "Device Minor:", prefix[] = "nvidia";
	_cleanup_free_ char *text = NULL;
	const char *minor;
	size_t i, digits;
	int r;

	r = vprep_io_read(scan->io, VPREP_PROC, &text,
			  "driver/nvidia/gpus/%s/information", device->text.s);
	if (r < 0 && !vprep_in_use_is_absent(r))
		return r;
	r = load_holders(scan);
	minor = text ? strstr(text, key) : NULL;
	if (minor)
		minor += sizeof(key) - 1 + strspn(minor + sizeof(key) - 1, " \t");
	for (i = 0; r == 0 && i < scan->holders.n; i++) {
		const char *node = scan->holders.items[i].node;

		if (strncmp(node, prefix, sizeof(prefix) - 1) != 0)
			continue;
		node += sizeof(prefix) - 1;
		digits = strspn(node, "0123456789");
		if (digits == 0 || node[digits] != '\0' ||
		    (minor && (strspn(minor, "0123456789") != digits ||
			       strncmp(minor, node, digits) != 0)))
			continue;
		r = vprep_strv_add(nodes, scan->holders.items[i].node);
	}
	return r;
}

int vprep_in_use_graphics(struct vprep_in_use *scan,
			  const struct vprep_pci_device *device, struct vprep_uses *uses)
{
	_cleanup_strv_ char **nodes = NULL;
	int r;

	if (device->class_code >> 16 != CLASS_DISPLAY)
		return 0;
	r = add_class_nodes(scan, VPREP_INDEX_DRM, device, "dri", is_drm_node, &nodes);
	if (r == 0 && device->vendor == VENDOR_NVIDIA && device->driver &&
	    streq(device->driver, "nvidia"))
		r = add_nvidia_nodes(scan, device, &nodes);
	return r < 0 ? r : tell_holders(scan, nodes, uses);
}

int vprep_in_use_sound(struct vprep_in_use *scan, const struct vprep_pci_device *device,
		       struct vprep_uses *uses)
{
	_cleanup_strv_ char **nodes = NULL;
	uint32_t class = device->class_code >> 8;
	int r;

	if (class != CLASS_AUDIO && class != CLASS_HDA)
		return 0;
	r = add_class_nodes(scan, VPREP_INDEX_SOUND, device, "snd", is_sound_node,
			    &nodes);
	return r < 0 ? r : tell_holders(scan, nodes, uses);
}

/* 1 when the virtual console is a bound frame buffer's. */
static int is_framebuffer_console(const struct vprep_in_use *scan, const char *console)
{
	_cleanup_free_ char *name = NULL;
	uint64_t bound = 0;
	int r;

	r = vprep_io_read(scan->io, VPREP_SYS, &name, "class/vtconsole/%s/name", console);
	if (r == 0 && strstr(name, "frame buffer"))
		r = vprep_io_read_u64(scan->io, VPREP_SYS, 10, &bound,
				      "class/vtconsole/%s/bind", console);
	if (r < 0 && !vprep_in_use_is_absent(r))
		return r;
	return bound == 1;
}

int vprep_in_use_console(struct vprep_in_use *scan, const struct vprep_pci_device *device,
			 struct vprep_uses *uses)
{
	_cleanup_strv_ char **consoles = NULL;
	uint64_t boot_vga = 0;
	size_t i;
	int r;

	/* Without a driver it is the firmware's frame buffer: vfio-pci removes that. */
	if (device->class_code >> 16 != CLASS_DISPLAY || !device->driver ||
	    vprep_driver_is_vfio(scan->io, device->driver))
		return 0;
	r = vprep_io_read_u64(scan->io, VPREP_SYS, 10, &boot_vga,
			      "bus/pci/devices/%s/boot_vga", device->text.s);
	if (r == 0 && boot_vga == 1)
		r = vprep_io_list(scan->io, VPREP_SYS, &consoles, "class/vtconsole");
	if (r < 0)
		return vprep_in_use_is_absent(r) ? 0 : r;
	for (i = 0; consoles && consoles[i]; i++) {
		r = is_framebuffer_console(scan, consoles[i]);
		if (r < 0)
			return r;
		if (r > 0)
			return vprep_uses_add(
				uses, false,
				vprep_strf("is the console's graphics card (%s)",
					   consoles[i]),
				vprep_strf("write 0 to the attribute bind of vtconsole %s",
					   consoles[i]));
	}
	return 0;
}

/* A VF that is somebody's already goes with the others: not even by force. */
static int add_taken_vf(struct vprep_in_use *scan, const struct vprep_pci_device *pf,
			unsigned number, struct vprep_uses *uses)
{
	_cleanup_free_ char *vf = NULL, *driver = NULL;
	int r;

	r = vprep_io_link_name(scan->io, VPREP_SYS, &vf, "bus/pci/devices/%s/virtfn%u",
			       pf->text.s, number);
	if (r == 0)
		r = vprep_io_link_name(scan->io, VPREP_SYS, &driver,
				       "bus/pci/devices/%s/driver", vf);
	if (r < 0)
		return vprep_in_use_is_absent(r) ? 0 : r;
	if (!vprep_driver_is_vfio(scan->io, driver))
		return 0;
	return vprep_uses_add(
		uses, true,
		vprep_strf("its virtual function %s is prepared for a guest (on "
			   "%s)",
			   vf, driver),
		vprep_strf("vfio-prep detach %s", vf));
}

int vprep_in_use_vfs(struct vprep_in_use *scan, const struct vprep_pci_device *device,
		     struct vprep_uses *uses)
{
	unsigned i;
	int r;

	if (device->n_vfs == 0)
		return 0;
	r = vprep_uses_add(uses, false,
			   vprep_strf("has %u virtual function%s", device->n_vfs,
				      device->n_vfs > 1 ? "s" : ""),
			   vprep_strf("echo 0 > /sys/bus/pci/devices/%s/sriov_numvfs",
				      device->text.s));
	for (i = 0; r == 0 && i < device->n_vfs; i++)
		r = add_taken_vf(scan, device, i, uses);
	return r;
}

/* A HID interface's boot protocol, "keyboard" or "mouse"; NULL for all else. */
static int input_kind(struct vprep_in_use *scan, const char *interface, const char **ret)
{
	static const char *const protocols[] = { NULL, "keyboard", "mouse" };
	uint64_t class = 0, protocol = 0;
	int r;

	r = vprep_io_read_u64(scan->io, VPREP_SYS, 16, &class,
			      "bus/usb/devices/%s/bInterfaceClass", interface);
	if (r == 0 && class == USB_CLASS_HID)
		r = vprep_io_read_u64(scan->io, VPREP_SYS, 16, &protocol,
				      "bus/usb/devices/%s/bInterfaceProtocol", interface);
	if (r < 0 && !vprep_in_use_is_absent(r))
		return r;
	*ret = protocol < VPREP_ARRAY_SIZE(protocols) ? protocols[protocol] : NULL;
	return 0;
}

static int tell_input(struct vprep_in_use *scan, const char *interface, const char *kind,
		      struct vprep_uses *uses)
{
	int port = (int)strcspn(interface, ":");
	_cleanup_free_ char *product = NULL;
	int r;

	r = vprep_io_read(scan->io, VPREP_SYS, &product, "bus/usb/devices/%.*s/product",
			  port, interface);
	if (r < 0 && !vprep_in_use_is_absent(r))
		return r;
	return vprep_uses_add(uses, false,
			      vprep_strf("a %s is plugged into it (usb %.*s%s%s)", kind,
					 port, interface, product ? ", " : "",
					 product ? product : ""),
			      vprep_strf("plug the %s into another controller", kind));
}

int vprep_in_use_usb(struct vprep_in_use *scan, const struct vprep_pci_device *device,
		     struct vprep_uses *uses)
{
	const struct vprep_index *index;
	size_t i;
	int r;

	if (device->class_code >> 8 != CLASS_USB_HOST)
		return 0;
	r = vprep_in_use_index(scan, VPREP_INDEX_USB, &index);
	for (i = 0; r == 0 && i < index->n; i++) {
		const char *name = index->items[i].name, *kind;

		/* "1-2" is a device, "1-2:1.0" an interface of it. */
		if (!vprep_index_entry_is_on(&index->items[i], device) ||
		    !strchr(name, ':'))
			continue;
		r = input_kind(scan, name, &kind);
		if (r == 0 && kind)
			r = tell_input(scan, name, kind, uses);
	}
	return r;
}

static int add_vfio_nodes(struct vprep_in_use *scan,
			  const struct vprep_pci_device *device, char ***nodes)
{
	_cleanup_strv_ char **names = NULL;
	_cleanup_free_ char *group = NULL;
	_cleanup_free_ char *noiommu = NULL;
	size_t i;
	int r;

	if (device->group >= 0) {
		group = vprep_strf("vfio/%d", device->group);
		noiommu = vprep_strf("vfio/noiommu-%d", device->group);
		if (!group || !noiommu || vprep_strv_add(nodes, group) < 0 ||
		    vprep_strv_add(nodes, noiommu) < 0)
			return -ENOMEM;
	}
	r = vprep_io_list(scan->io, VPREP_SYS, &names, "bus/pci/devices/%s/vfio-dev",
			  device->text.s);
	if (r < 0)
		return vprep_in_use_is_absent(r) ? 0 : r;
	for (i = 0; names[i]; i++) {
		_cleanup_free_ char *node = vprep_strf("vfio/devices/%s", names[i]);

		if (!node || vprep_strv_add(nodes, node) < 0)
			return -ENOMEM;
	}
	return 0;
}

int vprep_in_use_vfio(struct vprep_in_use *scan, const struct vprep_pci_device *device,
		      struct vprep_uses *uses)
{
	_cleanup_strv_ char **nodes = NULL;
	int r;

	if (!vprep_driver_is_vfio(scan->io, device->driver))
		return 0;
	r = add_vfio_nodes(scan, device, &nodes);
	return r < 0 ? r : tell_holders(scan, nodes, uses);
}

int vprep_in_use_node(struct vprep_in_use *scan, const char *node,
		      struct vprep_uses *uses)
{
	_cleanup_strv_ char **nodes = NULL;

	return vprep_strv_add(&nodes, node) < 0 ? -ENOMEM
						: tell_holders(scan, nodes, uses);
}
