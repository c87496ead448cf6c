#!/bin/bash
# Guests of libvirtd with host devices: the hook makes ready and gives back what they name. Here
# libvirt itself sets no owners, so QEMU's user can open only what we gave it.
# shellcheck disable=SC1091,SC2154
. /src/tests/vm/guest/lib.sh
. /src/tests/vm/guest/libvirt.sh

tablet=/dev/bus/usb/001/002

if sanitized; then
	skip "the hook is linked to libc alone" "and to the sanitizers"
else
	is "$(ldd "$hook" | sed -n 's/^\t\(lib[a-z]*\)\..*/\1/p')" libc "the hook is linked to libc alone"
fi
pool_vfs
make_mdev
is "$(vfio-prep doctor --json | jq -r '.[] | select(.check == "libvirt-hook") | .status')" note \
	"doctor notes that there is no hook"
run /src/examples/libvirt/setup "$hook"
like "$out" "ok +libvirt-hook +/etc/libvirt/hooks/qemu.d/vfio-prep is in place" "the example installs it"
qemu_conf+=('dynamic_ownership = 0' 'namespaces = []')
start_libvirtd || bail_out "libvirtd does not start"
like "$(vfio-prep doctor)" "ok +libvirt-hook +libvirtd .pid [0-9]+. calls" \
	"doctor says that libvirtd calls it"

# --- the example: two VFs, an NVMe disk, a USB device and an mdev ---
sed "s/type='kvm'/type='qemu'/" /src/examples/libvirt/guest.xml > "$work/guest.xml"
disk="0000:03:00.0 "
no_disk=
[ "$(qemu-system-x86_64 --version | sed -n 's/.*version \([0-9]*\).*/\1/p')" -lt 11 ] || no_disk="QEMU 11"
[ ! -e /sys/class/iommu/ivhd0 ] || no_disk="the emulated AMD IOMMU"
if [ -n "$no_disk" ]; then
	skip "its NVMe disk" "with $no_disk, QEMU's own NVMe driver waits for ever for the disk"
	sed -i '/<disk /,/<\/disk>/d' "$work/guest.xml"
	disk=
fi
virsh -q define "$work/guest.xml"
snapshot "$work/before"
ok "the guest of the example starts" virsh -q start web1
ok "it runs" is_running web1
is "$(devices_of web1)" "${disk}0000:05:10.1 0000:05:10.3 $mdev usb_1_1" "its devices are held for it"
is "$(stat -c %U "/proc/$(qemu_of web1)")" libvirt-qemu "QEMU is not root"
is "$(stat -c '%U %a' $tablet)" "libvirt-qemu 600" "the USB node is QEMU's"
for address in ${disk}0000:05:10.1 0000:05:10.3; do
	is "$(driver_of "$address") $(stat -c %U "/dev/vfio/$(group_of "$address")")" \
		"vfio-pci libvirt-qemu" "$address is on vfio-pci, its node QEMU's"
done
run vfio-prep attach 05:10.1
like "$err" "belongs to domain 'web1'" "nobody else gets one of them, and is told whose they are"
ok "it is destroyed" virsh -q destroy web1
nothing_left "the host is as it was"

# --- a pool of VFs ---
virsh -q net-create /src/examples/libvirt/network.xml
define pooled 1005 "<interface type='network'><source network='vfs'/></interface>"
ok "a guest with a VF of a network's pool starts" virsh -q start pooled
ok "it runs" is_running pooled
is "$(devices_of pooled)" 0000:05:11.1 "the VF that libvirt chose is held for it"
is "$(stat -c %U "/dev/vfio/$(group_of 0000:05:11.1)")" libvirt-qemu "its node is QEMU's"
ok "it is destroyed" virsh -q destroy pooled
nothing_left "and leaves nothing"

# --- starts that fail ---
other=$(ls /sys/bus/pci/devices/0000:04:00.0/net)
ip addr add 192.0.2.1/24 dev "$other"
ip link set "$other" up
udevadm settle
snapshot "$work/before"
define refused 1006 "$(vf 0000:05:10.1 yes)" "$(nvme_disk 0000:04:00.1)"
run virsh -q start refused
like "$err" "0000:04:00.0.*$other.*192.0.2.1" "a group member in use: virsh tells the reason"
nothing_left "nothing was changed"
ip addr flush dev "$other"
ip link set "$other" down
mkfs.ext4 -q /dev/disk/by-id/nvme-QEMU_NVMe_Ctrl_disk
mount /dev/disk/by-id/nvme-QEMU_NVMe_Ctrl_disk /mnt
udevadm settle
snapshot "$work/before"
define mounted 1007 "$(vf 0000:05:10.1 yes)" "$(nvme_disk 0000:03:00.0)"
run virsh -q start mounted
like "$err" "0000:03:00.0.*mounted at /mnt" "a mounted disk: virsh tells the reason"
is "$(grep -c . <<< "$err")" 2 "in one line"
nothing_left "nothing was changed"
umount /mnt
qemu_args="<qemu:commandline><qemu:arg value='-no-such-option'/></qemu:commandline>"
define broken 1008 "$(vf 0000:05:10.1 yes)"
qemu_args=
udevadm settle
snapshot "$work/before"
not_ok "QEMU itself fails" virsh -q start broken
nothing_left "its devices were given back"

# --- names ---
name="a b'c&amp;\$(touch oops)%s%n;ü\\"
define "$name" 1009 "$(vf 0000:05:10.1 yes)"
ok "a guest with a hostile name starts" virsh -q start "$(uuid 1009)"
ok "and is destroyed" virsh -q destroy "$(uuid 1009)"
guest_xml x 1010 "$(vf 0000:05:10.1 yes)" > "$work/guest.xml"
printf -v long '%4000s' x
for name in ../../../etc/x $'a\nb' '' -rf "$long"; do
	run "$hook" "$name" prepare begin - < "$work/guest.xml"
	is "$status $out$err $(driver_of 0000:05:10.1)" "0  vfio-pci" "a name of ${#name} bytes is only data"
	run "$hook" "$name" release end - < "$work/guest.xml"
done
not_ok "no name is a command" test -e /oops
nothing_left "nor a path"

remove_mdev
done_testing
