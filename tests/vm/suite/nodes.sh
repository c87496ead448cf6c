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

# --- nodes that somebody else has open ---
# holds FILE COMMAND…: COMMAND is refused while a process has FILE open
holds() {
	local file=$1 holder
	shift
	sleep 1000 4< "$file" &
	holder=$!
	until [ -e "/proc/$holder/fd/4" ] && grep -q '^sleep$' "/proc/$holder/comm"; do :; done
	run "$@"
	is "$status" 3 "${file##*/} is open: ${*:2:2}: exit status"
	like "$err" "in use: pid $holder \(sleep\) has /dev/" "${file##*/} is open: it says by whom"
	kill "$holder"
	wait "$holder" 2> /dev/null || :
}

mknod "$work/tap" c $((0x$(stat -c %t "$node"))) $((0x$(stat -c %T "$node")))
touch "$work/disk" && mount --bind /dev/sda "$work/disk"
controller=$(basename "$(readlink -f "/sys/bus/usb/devices/$tablet/../..")")
udevadm settle
holds "$node" vfio-prep attach "$usb"
holds "$work/tap" vfio-prep attach "$usb"
holds "$generic" vfio-prep attach "$scsi"
holds /dev/sda vfio-prep attach "$scsi"
holds "$work/disk" vfio-prep attach "$scsi"
holds "$work/disk" vfio-prep attach "usb_${storage//[-.]/_}"
holds "$work/disk" vfio-prep attach "$controller"
umount "$work/disk"
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "all of it changed nothing"

vfio-prep attach "$usb" 2> /dev/null
printf 'deadline-unbind = 1\n' > "$work/short.conf"
sleep 1000 4< "$work/tap" &
holder=$!
until [ -e "/proc/$holder/fd/4" ] && grep -q '^sleep$' "/proc/$holder/comm"; do :; done
run vfio-prep --config "$work/short.conf" detach "$usb"
is "$status" 4 "a node that is open is not taken back"
like "$err" "pid $holder \(sleep\) has /dev/${node#/dev/} open" "it says who has it"
is "$(stat -c '%U %a' "$node")" "libvirt-qemu 600" "it is given still"
kill $holder
wait $holder 2> /dev/null
ok "recover takes it back" vfio-prep recover
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
