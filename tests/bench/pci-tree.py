# pci-tree.py DIR N: below DIR the part of a sysfs that lspci and vfio-prep look at, with N PCI
# devices, 32 to a bus.
import os
import sys

root, count = sys.argv[1], int(sys.argv[2])
os.makedirs(root + "/bus/pci/devices")
os.makedirs(root + "/bus/pci/drivers/nvme")
os.makedirs(root + "/bus/pci/slots")
os.makedirs(root + "/module/nvme")
config = bytearray(256)
config[0:4] = bytes((0x86, 0x80, 0xca, 0x10))
config[0x09:0x0c] = bytes((0, 0, 2))
for bus in range(count // 32):
    os.makedirs(root + "/bus/pci/slots/%d" % bus)
    with open(root + "/bus/pci/slots/%d/address" % bus, "w") as f:
        f.write("0000:%02x:01\n" % bus)
for i in range(count):
    bus, slot = divmod(i, 32)
    name = "0000:%02x:%02x.0" % (bus, slot)
    path = "devices/pci0000:%02x/%s" % (bus, name)
    folder = root + "/" + path
    os.makedirs(folder)
    for attribute, text in (
        ("vendor", "0x8086\n"), ("device", "0x10ca\n"), ("class", "0x020000\n"),
        ("irq", "0\n"), ("numa_node", "-1\n"), ("revision", "0x00\n"),
        ("subsystem_vendor", "0x8086\n"), ("subsystem_device", "0x0000\n"),
        ("modalias", "pci:v00008086d000010CAsv00008086sd00000000bc02sc00i00\n"),
        ("resource", "0x0000000000000000 0x0000000000000000 0x0000000000000000\n" * 13),
        ("uevent", "DRIVER=nvme\nPCI_CLASS=20000\nPCI_ID=8086:10CA\nPCI_SLOT_NAME=%s\n" % name),
    ):
        with open(folder + "/" + attribute, "w") as f:
            f.write(text)
    with open(folder + "/config", "wb") as f:
        f.write(config)
    os.symlink("../../../bus/pci/drivers/nvme", folder + "/driver")
    os.symlink("../../../" + path, root + "/bus/pci/devices/" + name)
