#!/bin/bash
# Devices that are nodes: USB, SCSI, and mediated devices that exist.
. /src/tests/vm/guest/lib.sh

modprobe sg
disk=$(basename "$(readlink -f /sys/block/sda/device)")
tablet=$(grep -l 'QEMU USB Tablet' /sys/bus/usb/devices/*/product | head -1)
tablet=$(basename "$(dirname "$tablet")")
usb=usb_${tablet//[-.]/_} scsi=scsi_${disk//:/_}
node=/dev/bus/usb/$(printf '%03d/%03d' "$(< "/sys/bus/usb/devices/$tablet/busnum")" \
	"$(< "/sys/bus/usb/devices/$tablet/devnum")")
generic=/dev/$(ls "/sys/bus/scsi/devices/$disk/scsi_generic")
udevadm settle
snapshot "$work/before"

ok "a USB device" vfio-prep attach "$usb"
is "$(stat -c '%U %a' "$node")" "libvirt-qemu 600" "its node is given"
ok "udevd has the rule" rule_gives "/sys/bus/usb/devices/$tablet" "$node" "libvirt-qemu 600"
run vfio-prep attach "$usb" --owner other
is "$status" 3 "a second owner is refused"
like "$err" "belongs to owner 'manual'" "it is said whose it is"
ok "it goes back" vfio-prep detach "$usb"

ok "a SCSI device" vfio-prep attach "$scsi"
is "$(stat -c '%U %a' "$generic")" "libvirt-qemu 600" "its node is given"
ok "it goes back" vfio-prep detach --all
mkfs.ext4 -q /dev/sda && mount /dev/sda /mnt
run vfio-prep attach "$scsi"
is "$status" 3 "a mounted disk is refused"
like "$err" "sda is mounted at /mnt" "it says where"
storage=$(readlink -f /sys/block/sda/device)
storage=${storage%%:1.0/*} storage=${storage##*/}
run vfio-prep attach "usb_${storage//[-.]/_}"
is "$status" 3 "so is the USB device that it is on"
umount /mnt
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

run vfio-prep attach usb_9_9
is "$status" 3 "an unknown USB device"
run vfio-prep attach scsi_9_9_9_9
is "$status" 3 "an unknown SCSI device"
run vfio-prep attach mdev_c2177883-f1bb-47f0-914d-32a22e3a8804
is "$status" 3 "an unknown mediated device"

if modprobe mtty 2> /dev/null; then
	uuid=c2177883-f1bb-47f0-914d-32a22e3a8804
	echo "$uuid" > /sys/class/mdev_bus/mtty/mdev_supported_types/mtty-2/create
	udevadm settle
	snapshot "$work/before"
	ok "a mediated device" vfio-prep attach "mdev_${uuid//-/_}"
	link=$(readlink "/sys/bus/mdev/devices/$uuid/iommu_group")
	is "$(stat -c '%U %a' "/dev/vfio/${link##*/}")" "libvirt-qemu 600" "its node is given"
	ok "it goes back" vfio-prep detach "mdev_$uuid"
	snapshot "$work/after"
	same_snapshot "$work/before" "$work/after" "the host is as it was"
	echo 1 > "/sys/bus/mdev/devices/$uuid/remove"
else
	skip "a mediated device" "this kernel has no mtty"
fi

done_testing
