#!/bin/bash
# Proves the testbed itself: run in the guest by boot, with each IOMMU.
# shellcheck disable=SC1091,SC2154
set -u
. /src/tests/vm/guest/lib.sh

shared_bridge=0000:00:05.0 edu=0000:01:01.0 e1000=0000:01:02.0
vf=0000:05:10.1

ids() { local d=/sys/bus/pci/devices/$1; echo "$(< "$d/vendor"):$(< "$d/device")"; }

modprobe vfio-pci
[ ! -e /sys/bus/pci/devices/0000:06:00.0 ] || wait_for 10 test -c /dev/sg0
snapshot "$work/start"
ok "udev's control socket is there" test -S /run/udev/control
is "$(ids 0000:05:00.0)" 0x8086:0x10c9 "the 82576's first port is 0000:05:00.0"
is "$(ids 0000:05:00.1)" 0x8086:0x10c9 "its second port is 0000:05:00.1"
is "$(driver_of 0000:05:00.1)" igb "igb drives it"
is "$(ids $edu)" 0x1234:0x11e8 "edu is $edu"
is "$(ids $e1000)" 0x8086:0x100e "e1000 is $e1000"

groups=(/sys/kernel/iommu_groups/*/)
if [ -d "${groups[0]}" ]; then
	iommu=1
	pass "there are IOMMU groups: ${#groups[@]}"
	is "$(group_members $edu)" "$shared_bridge $edu $e1000" "the shared group's members"
else
	iommu=0
	skip "there are IOMMU groups" "no IOMMU"
	skip "the shared group's members" "no IOMMU"
fi

ok "igb makes 7 VFs" igb_vfs 7
mapfile -t vfs < <(vfs_of "$igb_pf")
is "${vfs[*]}" "0000:05:10.1 0000:05:10.3 0000:05:10.5 0000:05:10.7 0000:05:11.1 \
0000:05:11.3 0000:05:11.5" "their addresses"
is "$(ids $vf)" 0x8086:0x10ca "a VF is an 82576 VF"
for address in "${vfs[@]}"; do
	if [ $iommu = 1 ]; then
		is "$(group_members "$address")" "$address" "$address has a group of its own"
	else
		skip "$address has a group of its own" "no IOMMU"
	fi
done

if [ $iommu = 1 ]; then
	snapshot "$work/before"
	not_ok "the group is not viable while e1000 drives a member" \
		eval "sysfs_vfio $edu && group_viable $edu"
	sysfs_native $edu
	ok "edu goes to vfio-pci by sysfs" sysfs_vfio $edu
	ok "its group's node appears" test -c "/dev/vfio/$(group_of $edu)"
	snapshot "$work/bound"
	not_ok "the snapshot sees it" cmp "$work/before" "$work/bound"
	ok "and back" sysfs_native $edu
	snapshot "$work/after"
	same_snapshot "$work/before" "$work/after" "the host is as it was"

	ok "a VF goes to vfio-pci" sysfs_vfio $vf
	node=/dev/vfio/$(group_of $vf)
	ok "a paused QEMU holds it" qemu_hold $vf
	not_ok "so its group is busy" python3 -c "import os; os.open('$node', os.O_RDWR)"
	ok "QEMU lets go" qemu_release
	ok "and the group opens" python3 -c "import os; os.open('$node', os.O_RDWR)"
	not_ok "an unprivileged QEMU may not open it" qemu_hold -u libvirt-qemu $vf
	chown libvirt-qemu "$node"
	ok "unless it owns the node" qemu_hold -u libvirt-qemu $vf
	qemu_release
	chown root "$node"
	ok "the VF goes back" sysfs_native $vf
else
	skip "vfio-pci, snapshots, QEMU" "no IOMMU"
fi
ok "igb drops its VFs" igb_vfs 0

if [ -e "/sys/bus/pci/devices/$nvme_pf" ]; then
	ok "nvme makes 64 VFs" nvme_vfs 64
	mapfile -t vfs < <(vfs_of "$nvme_pf")
	is "${#vfs[@]} ${vfs[0]} ${vfs[63]}" "64 0000:02:00.1 0000:02:08.0" "their addresses"
	nvme_vfs 0
	is "$(driver_of 0000:03:00.0)" nvme "the NVMe disk is driven by nvme"
	ok "it holds a file system" eval 'mkfs.ext4 -q /dev/disk/by-id/nvme-QEMU_NVMe_Ctrl_disk &&
		mount /dev/disk/by-id/nvme-QEMU_NVMe_Ctrl_disk /mnt && umount /mnt'
	is "$(driver_of 0000:04:00.0)" e1000e "an e1000e"
	is "$(driver_of 0000:06:00.0)" xhci_hcd "an xHCI"
	like "$(lsusb)" "Tablet" "with a tablet"
	ok "and a SCSI generic node for its disk" wait_for 10 test -c /dev/sg0
else
	skip "NVMe, e1000e, USB" "not in this topology"
fi

if modinfo mtty > /dev/null 2>&1; then
	ok "mtty loads" modprobe mtty
	ok "and offers mdev types" test -d /sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1
	ok "mtty unloads" rmmod mtty
else
	skip "mtty offers mdev types" "not built for this kernel"
fi
snapshot "$work/end"
same_snapshot "$work/start" "$work/end" "the host ends as it began"
done_testing
