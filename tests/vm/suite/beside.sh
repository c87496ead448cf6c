#!/bin/bash
# The host beside the record: what somebody changed behind our back is seen and mended, a record
# that is gone is not taken for the host's own state, and a guest that runs keeps its devices.
. /src/tests/vm/guest/lib.sh

vf=0000:05:10.1
modprobe vfio-pci
igb_vfs 4
udevadm settle
snapshot "$work/before"

now() { vfio-prep status --json | jq -r ".owners[0].host[0] | $1"; }
# differs REGEX DESC: status shows it as text and in JSON, with the command that mends it.
differs() {
	run vfio-prep status
	like "$out" "$1" "$2: status says what differs"
	like "$out" "held, changed" "$2: and that it is not as it was left"
	like "$(now '.differs | join("; ")')" "$1" "$2: in JSON, too"
	like "$(now .fix)" "^vfio-prep attach $vf" "$2: with the command"
}
# mends DESC: attach by the same owner puts it right, and it goes back as if nothing had been.
mends() {
	local node
	ok "$1: attach mends it" vfio-prep attach "$vf"
	node=/dev/vfio/$(group_of $vf)
	is "$(driver_of $vf) $(stat -c '%U %a' "$node")" "vfio-pci libvirt-qemu 600" "$1: it is as it should be"
	is "$(now '.differs | length')" 0 "$1: nothing differs any more"
	run vfio-prep attach "$vf"
	is "$status" 3 "$1: then there is nothing to attach"
	ok "$1: it goes back" vfio-prep detach --all
	udevadm settle
	snapshot "$work/after"
	same_snapshot "$work/before" "$work/after" "$1: the host is as it was"
}

ok "a VF" vfio-prep attach $vf
node=/dev/vfio/$(group_of $vf)
is "$(now '"\(.present) \(.driver) \(.node) \(.uid) \(.mode)"')" \
	"true vfio-pci $node $(id -u libvirt-qemu) 0600" "status shows the device as it is"
is "$(now '.differs | length')" 0 "nothing differs"

# What 'virsh nodedev-reattach' does.
sysfs_native $vf
differs "driver is igbvf, not vfio-pci" "reattached"
mends "reattached"

vfio-prep attach $vf 2> /dev/null
igb_vfs 0
run vfio-prep status
like "$out" "$vf: it is not there any more.*vfio-prep detach $vf" "a VF that is gone"
is "$(now .present)" false "in JSON, too"
igb_vfs 3
differs "driver is igbvf, not vfio-pci" "other VFs"
ok "attach mends it" vfio-prep attach $vf
ok "it goes back" vfio-prep detach --all
igb_vfs 4

snapshot "$work/before"

vfio-prep attach $vf 2> /dev/null
ok "vfio-pci goes" modprobe -r vfio-pci
differs "no driver, not vfio-pci" "without vfio-pci"
ok "attach mends it" vfio-prep attach $vf
ok "it goes back" vfio-prep detach --all
modprobe vfio-pci
udevadm settle
snapshot "$work/before"

vfio-prep attach $vf 2> /dev/null
udevadm settle # an event that is still to come gives the node back to the guest
chown root:root "$node"
differs "$node belongs to 0:0 mode 0600, not" "a node that somebody took"
mends "a node that somebody took"
vfio-prep attach $vf 2> /dev/null
udevadm settle
chmod 666 "$node"
differs "mode 0666, not .* mode 0600" "a mode that somebody changed"
mends "a mode that somebody changed"
vfio-prep attach $vf 2> /dev/null
rm "$node"
differs "$node is not there" "a node that somebody removed"
mends "a node that somebody removed"
vfio-prep attach $vf 2> /dev/null
rm -r /run/udev/rules.d
differs "rule .* is not there" "a rule that somebody removed"
mends "a rule that somebody removed"

# A guest that runs keeps what it has: only its node is set again.
vfio-prep attach $vf 2> /dev/null
qemu_hold -u libvirt-qemu $vf
udevadm settle # an event that is still to come gives the node back to the guest
chown root:root "$node"
ok "a guest's node is set again" vfio-prep attach $vf
is "$(stat -c '%U' "$node") $(kill -0 "$qemu_pid" && echo runs)" "libvirt-qemu runs" "and the guest runs on"
qemu_release
ok "it goes back" vfio-prep detach --all
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

# --- a record that is gone ---

# lost DEVICE [NAME]: attaches it for the owner 'web', and loses the record.
lost() {
	local name=${2-$1}
	ok "$1" vfio-prep attach "$1" --owner web
	rm -rf /run/vfio-prep
	run vfio-prep status
	like "$out" "$name.*web.*vfio-prep recover" "$1: status names the orphan"
	is "$(vfio-prep status --json | jq -r '.orphans[0].owner')" web "$1: in JSON, too"
	run vfio-prep doctor
	like "$out" "orphans.*$name" "$1: doctor names it"
	run vfio-prep attach "$1"
	is "$status" 3 "$1: attach refuses it"
	like "$err" "$name was attached by web and its record is gone.*vfio-prep recover" "$1: and says why"
	run vfio-prep detach "$1"
	like "$err" "vfio-prep recover" "$1: so does detach"
	run vfio-prep recover --dry-run
	like "$out" "would be" "$1: a dry run tells what would be done"
	ok "$1: recover gives it back" vfio-prep recover
	udevadm settle
	is "$(ls /run/udev/rules.d/*vfio-prep* /run/vfio-prep 2> /dev/null)" "" "$1: nothing of ours is left"
}

lost $vf
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

ok "two VFs" vfio-prep attach $vf 0000:05:10.3 --owner web
rm -rf /run/vfio-prep
qemu_hold -u libvirt-qemu $vf
run vfio-prep recover
is "$status" 4 "an orphan that a guest has open stays"
like "$out" "$vf.*pid $qemu_pid" "the guest is named"
is "$(driver_of $vf) $(driver_of 0000:05:10.3)" "vfio-pci igbvf" "the other one goes back"
qemu_release
ok "once the guest is gone, recover finishes" vfio-prep recover
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

modprobe sg
udevadm settle
tablet=$(grep -l 'QEMU USB Tablet' /sys/bus/usb/devices/*/product | head -1)
tablet=$(basename "$(dirname "$tablet")")
usb=usb_${tablet//[-.]/_}
unode=/dev/bus/usb/$(printf '%03d/%03d' "$(< "/sys/bus/usb/devices/$tablet/busnum")" \
	"$(< "/sys/bus/usb/devices/$tablet/devnum")")
lost "$usb"
is "$(stat -c '%U' "$unode")" root "$usb: its node is root's"
disk=$(basename "$(readlink -f /sys/block/sda/device)")
generic=/dev/$(ls "/sys/bus/scsi/devices/$disk/scsi_generic")
lost "scsi_${disk//:/_}"
is "$(stat -c '%U' "$generic")" root "its node is root's"
if modprobe mtty 2> /dev/null; then
	uuid=c2177883-f1bb-47f0-914d-32a22e3a8804
	echo "$uuid" > /sys/class/mdev_bus/mtty/mdev_supported_types/mtty-2/create
	udevadm settle
	lost "mdev_$uuid" "$uuid"
	link=$(readlink "/sys/bus/mdev/devices/$uuid/iommu_group")
	is "$(stat -c '%U %a' "/dev/vfio/${link##*/}")" "root 600" "$uuid: its node is root's"
	echo 1 > "/sys/bus/mdev/devices/$uuid/remove"
else
	skip "a mediated device" "this kernel has no mtty"
fi

# --- release while the guest runs ---

cat > "$work/web1.xml" <<-XML
	<domain type='kvm'><name>web1</name><uuid>6a28e9f6-6627-49b8-8c24-741ab810ecc0</uuid>
	<devices><hostdev mode='subsystem' type='pci' managed='yes'><source>
	<address domain='0' bus='5' slot='0x10' function='1'/></source></hostdev></devices></domain>
XML
snapshot "$work/before"
ok "a domain" vfio-prep prepare "$work/web1.xml"
qemu_hold -u libvirt-qemu $vf
begin=${EPOCHREALTIME/./}
run vfio-prep release web1
is "$status" 3 "release is refused while the guest runs"
like "$err" "guest web1 runs \(pid $qemu_pid" "it names the process"
ok "at once" test $((${EPOCHREALTIME/./} - begin)) -lt 5000000
is "$(vfio-prep status --json | jq -r '.owners[0].state')" held "nothing was begun"
printf 'deadline-unbind = 2\n' > "$work/short.conf"
run vfio-prep --config "$work/short.conf" release --force web1
is "$status" 4 "--force waits as long as its deadline"
ok "and ends nothing" kill -0 "$qemu_pid"
run vfio-prep recover --dry-run
is "$status" 4 "a dry run sees the guest, too"
like "$out" "left.*pid $qemu_pid" "and that it would be left"
qemu_release
run vfio-prep recover --dry-run
like "$status $out" "^0 .*would be put right" "without the guest it would be put right"
ok "and so it is" vfio-prep recover

ok "a domain" vfio-prep prepare "$work/web1.xml"
qemu_hold -u libvirt-qemu $vf
kill -KILL "$qemu_pid"
ok "a guest that is ending is waited for" vfio-prep release web1
qemu_release
ok "a domain" vfio-prep prepare "$work/web1.xml"
qemu_hold -u libvirt-qemu $vf
(sleep 1; kill -KILL "$qemu_pid") &
ok "libvirt's hook waits for a guest" /build/hook/libvirt-qemu web1 release end - < "$work/web1.xml"
qemu_release
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"
done_testing
