#!/bin/bash
# The nodes that VFIO makes for single devices, which a guest uses through iommufd: beside those of
# the groups, and on a kernel that has none for groups.
. /src/tests/vm/guest/lib.sh

vf=0000:05:10.1 second=0000:05:10.3
[ "$VFIO" != group ] || skip_all "this kernel has no nodes of single devices"
igb_vfs 2
udevadm settle

# device_node ADDRESS: the node of its own
device_node() {
	local dirs=(/sys/bus/pci/devices/"$1"/vfio-dev/vfio*)
	echo "/dev/vfio/devices/${dirs[0]##*/}"
}

not_ok "VFIO is not loaded yet" test -e /sys/class/vfio-dev
run vfio-prep plan $vf
if [ "$VFIO" = cdev ]; then
	unlike "$out" '/dev/vfio/[0-9]' "the plan names no node of the group"
else
	like "$out" '/dev/vfio/[0-9]' "the plan names the node of the group"
fi
like "$out" 'cdev-permission +0000:05:10.1' "and that of the device, before VFIO is there"
run vfio-prep attach $vf
is "$status" 0 "the first attach of this boot"
unlike "$err" 'did not handle|directly' "nothing was waited for in vain"
node=$(device_node $vf)
is "$(stat -c '%U %a' "$node")" "libvirt-qemu 600" "the device's node is given"
group=/dev/vfio/$(group_of $vf)
if [ "$VFIO" = cdev ]; then
	not_ok "there is none of the group" test -e "$group"
else
	is "$(stat -c '%U %a' "$group")" "libvirt-qemu 600" "so is the group's"
fi
udevadm trigger --action=change "/sys/class/vfio-dev/${node##*/}"
udevadm settle
is "$(stat -c '%U %a' "$node")" "libvirt-qemu 600" "an event leaves it as it is"
run vfio-prep status
like "$out" "$vf" "status knows it"
unlike "$out" 'changed|mend' "and finds it as it should be"

# --- a guest's process ---
run vfio-prep cdi $vf
if [ "$VFIO" = cdev ]; then
	is "$(jq -c '[.devices[].containerEdits.deviceNodes[].path]' <<< "$out")" \
		"[\"$node\",\"/dev/iommu\"]" "cdi names what there is"
	like "$(vfio-prep qemu-args $vf)" "-object iommufd,.*host=$vf,iommufd=" "qemu-args, too"
	run vfio-prep run $vf --owner manual -- true
	vfio-prep detach $vf
	run vfio-prep run $vf -- true
	is "$status" 3 "a user who may not open /dev/iommu is refused"
	like "$err" 'may not open /dev/iommu .*add a udev rule' "it is said why, and what to do"
else
	vfio-prep detach $vf
fi
chgrp kvm /dev/iommu
run vfio-prep run $vf -- sh -c 'for f in "$1"*; do exec 3<> "$f" && echo "$f"; done; exec 4<> /dev/iommu && echo iommu' \
	sh /dev/vfio/devices/vfio
like "$out" '/dev/vfio/devices/vfio[0-9]+ *iommu$|/dev/vfio/devices/vfio[0-9]+.iommu' "its user opens both"
run timeout 60 vfio-prep run $vf -- sh -c 'echo "{\"execute\":\"qmp_capabilities\"}{\"execute\":\"quit\"}" |
	qemu-system-x86_64 -M q35 -accel tcg -m 64 -display none -nodefaults -S -qmp stdio "$@"' sh @DEVICES@
is "$status" 0 "a QEMU of his opens the device through iommufd"
like "$out" '"event": "SHUTDOWN"' "and comes to its end" || diag "$err"

# --- mediated devices ---
modprobe mtty
run vfio-prep mdev create --type mtty-2
is "$status" 0 "an mdev is made" || diag "$err"
uuid=$(tail -n 1 <<< "$out")
ok "and attached" vfio-prep attach "mdev_$uuid"
dirs=(/sys/bus/mdev/devices/"$uuid"/vfio-dev/vfio*)
is "$(stat -c '%U %a' "/dev/vfio/devices/${dirs[0]##*/}")" "libvirt-qemu 600" "its node is given"
ok "it goes back" vfio-prep detach "mdev_$uuid"
is "$(stat -c '%U %a' "/dev/vfio/devices/${dirs[0]##*/}")" "root 600" "its node, too"
ok "and is removed" vfio-prep mdev remove "$uuid"

# --- back ---
snapshot "$work/before"
ok "two" vfio-prep attach $vf $second
node=$(device_node $vf)
exec 5<> "$node"
printf 'deadline-unbind = 1\n' > "$work/short.conf"
run vfio-prep --config "$work/short.conf" detach $vf
is "$status" 4 "one that is open is not given back"
like "$err" "pid $$ .*has /dev/vfio/[^ ]* open" "it is said by whom"
exec 5<&-
ok "but afterwards" vfio-prep recover
ok "and the other" vfio-prep detach --all
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"
done_testing
