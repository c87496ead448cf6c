# host.py DIR: below DIR what vfio-prep reads of a host with all that the drawing of a report
# shows: root buses of two NUMA nodes, bridges, a shared group, cards with virtual functions, types of
# mediated devices, disks in use, and names that would do harm if they were not escaped.
import os
import sys

root = sys.argv[1] + "/sys"
drivers = set()


def write(path, text):
    os.makedirs(os.path.dirname(root + "/" + path), exist_ok=True)
    with open(root + "/" + path, "w") as f:
        f.write(text + "\n")


def link(path, target):
    os.makedirs(os.path.dirname(root + "/" + path), exist_ok=True)
    os.symlink(os.path.relpath(root + "/" + target, os.path.dirname(root + "/" + path)), root + "/" + path)


def pci(parent, address, ids, kind, group, driver=None, node=0, **more):
    path = parent + "/" + address
    vendor, device = ids.split(":")
    uevent = "PCI_CLASS=%s\nPCI_SLOT_NAME=%s" % (kind.lstrip("0"), address)
    for name, text in (("vendor", "0x" + vendor), ("device", "0x" + device), ("class", "0x" + kind),
                       ("numa_node", str(node)), ("uevent", uevent + ("\nDRIVER=" + driver if driver else ""))):
        write(path + "/" + name, text)
    for name, text in more.items():
        write(path + "/" + name, str(text))
    link("bus/pci/devices/" + address, path)
    if group is not None:
        link(path + "/iommu_group", "kernel/iommu_groups/%d" % group)
        link("kernel/iommu_groups/%d/devices/%s" % (group, address), path)
    if driver:
        link(path + "/driver", "bus/pci/drivers/" + driver)
        os.makedirs(root + "/bus/pci/drivers/" + driver, exist_ok=True)
    return path


def port(parent, address, group, node=0):
    return pci(parent, address, "8086:3420", "060400", group, "pcieport", node,
               current_link_speed="8.0 GT/s PCIe", current_link_width=8,
               max_link_speed="16.0 GT/s PCIe", max_link_width=16)


def net(path, name, number):
    write(path + "/net/" + name + "/operstate", "down")
    write(path + "/net/" + name + "/address", "52:54:00:00:00:%02x" % number)
    write(path + "/net/" + name + "/uevent", "INTERFACE=" + name + "\nIFINDEX=%d" % number)
    link("class/net/" + name, path + "/net/" + name)
    link(path + "/net/" + name + "/device", path)


def functions(card, parent, bus, ids, kind, count, group, driver):
    write(card + "/sriov_totalvfs", str(count))
    write(card + "/sriov_numvfs", str(count))
    for i in range(count):
        address = "0000:%02x:%02x.%d" % (bus, 2 + i // 8, i % 8)
        vf = pci(parent, address, ids, kind, group + i, driver)
        link("%s/virtfn%d" % (card, i), vf)
        link(vf + "/physfn", card)


first, second = "devices/pci0000:00", "devices/pci0000:80"
os.makedirs(root + "/bus/pci/slots")
pci(first, "0000:00:00.0", "8086:09a2", "060000", 0)
pci(first, "0000:00:1f.0", "8086:a1c1", "060100", 1)
pci(first, "0000:00:1f.4", "8086:a1a3", "0c0500", 1, "i801_smbus")
pci(first, "0000:00:14.0", "8086:a1af", "0c0330", 2, "xhci_hcd")
above = port(first, "0000:00:02.0", 3)
card = pci(above, "0000:01:00.0", "8086:1593", "020000", 4, "ice", current_link_speed="8.0 GT/s PCIe",
           current_link_width=8, max_link_speed="16.0 GT/s PCIe", max_link_width=16)
net(card, "ens1f0", 2)
functions(card, above, 1, "8086:1889", "020000", 32, 100, "iavf")
above = port(first, "0000:00:03.0", 5)
switch = pci(above, "0000:02:00.0", "10b5:8747", "060400", 5, "pcieport")
for i in range(3):
    below = pci(switch, "0000:03:%02x.0" % (8 + i), "10b5:8747", "060400", 5, "pcieport")
    pci(below, "0000:%02x:00.0" % (4 + i), "10de:1eb8", "030200", 5, "nvidia" if i else "vfio-pci")
    pci(below, "0000:%02x:00.1" % (4 + i), "10de:10f8", "040300", 5, "snd_hda_intel" if not i else None)
write("bus/pci/slots/7<b>&\"/address", "0000:04:00")
above = port(second, "0000:80:01.0", 6, 1)
disks = pci(above, "0000:81:00.0", "144d:a824", "010802", 7, "nvme", 1)
functions(disks, above, 0x81, "144d:a824", "010802", 128, 200, None)
above = port(second, "0000:80:02.0", 8, 1)
pci(above, "0000:82:00.0", "144d:a80a", "010802", 9, "nvme", 1)
above = port(second, "0000:80:03.0", 10, 1)
gpu = pci(above, "0000:83:00.0", "10de:20b5", "030200", 11, None, 1)
for name, text in (("name", "GRID <A100-5C>"), ("device_api", "vfio-pci"), ("available_instances", "7")):
    write(gpu + "/mdev_supported_types/nvidia-471/" + name, text)
link("class/mdev_bus/0000:83:00.0", gpu)
