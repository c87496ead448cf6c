#!/bin/bash
# The host beside the record: what somebody changed behind our back is seen and mended.
. /src/tests/vm/guest/lib.sh

pci=/sys/bus/pci/devices
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
chown root:root "$node"
differs "$node belongs to 0:0 mode 0600, not" "a node that somebody took"
mends "a node that somebody took"
vfio-prep attach $vf 2> /dev/null
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
chown root:root "$node"
ok "a guest's node is set again" vfio-prep attach $vf
is "$(stat -c '%U' "$node") $(kill -0 "$qemu_pid" && echo runs)" "libvirt-qemu runs" "and the guest runs on"
qemu_release
ok "it goes back" vfio-prep detach --all
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"
done_testing
