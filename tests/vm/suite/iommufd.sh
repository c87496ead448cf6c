#!/bin/bash
# Guests of libvirt 12 whose domains say by which of VFIO's nodes a device is used. Here libvirt
# sets no owners, so QEMU's user has what the hook gave it; libvirt opens what iommufd takes as
# root, and hands it over.
# shellcheck disable=SC1091,SC2034,SC2154
. /src/tests/vm/guest/lib.sh
. /src/tests/vm/guest/libvirt.sh

vf=0000:05:10.1 second=0000:05:10.3
[ "$VFIO" != group ] || skip_all "this kernel has no nodes of single devices"
grep -q 'attribute name="iommufd"' /usr/share/libvirt/schemas/basictypes.rng ||
	skip_all "this libvirt does not know iommufd"

pool_vfs
/src/examples/libvirt/setup "$hook" > "$work/setup" 2>&1
qemu_conf+=('dynamic_ownership = 0' 'namespaces = []')
start_libvirtd || bail_out "libvirtd does not start"

# says WISH ADDRESS: a device with that word of its own.
says() {
	local device
	device=$(vf "$2" yes)
	echo "${device/<source>/<driver name=\'vfio\' iommufd=\'$1\'/><source>}"
}

# device_node ADDRESS: the node of its own
device_node() {
	local dirs=(/sys/bus/pci/devices/"$1"/vfio-dev/vfio*)
	echo "/dev/vfio/devices/${dirs[0]##*/}"
}

owner_of() { stat -c %U "$1"; }

# opened NAME: what of VFIO its QEMU has open.
opened() { find "/proc/$(qemu_of "$1")/fd" -printf '%l\n' | grep -E '^/dev/(vfio|iommu)' | sort -u | paste -sd' '; }

# VFIO pulls the module in only at the first bind of a boot.
guest_xml own 1011 "$(says yes $vf)" > "$work/guest.xml"
run virsh -q define "$work/guest.xml"
like "$err" "not supported by host" "without /dev/iommu libvirt does not even define such a domain"
like "$(vfio-prep doctor)" "note +iommufd .*libvirt defines no domain.*modprobe iommufd" \
	"doctor says what to do"
modprobe iommufd
if [ "$VFIO" = cdev ]; then
	define own 1011 "$(says yes $vf)"
	run virsh -q start own
	like "$err" "device assignment is not supported by the host" \
		"libvirt 12.8 looks for the container of groups even so, which this kernel does not make"
	virsh -q undefine own
	mkdir -p /dev/vfio
	mknod -m 600 /dev/vfio/vfio c 10 196
fi
udevadm settle
snapshot "$work/before"

# --- by the device's own word, and by the domain's ---
define own 1011 "$(says yes $vf)"
ok "a guest whose device says yes starts" virsh -q start own
ok "it runs" is_running own
is "$(owner_of "/proc/$(qemu_of own)")" libvirt-qemu "QEMU is not root"
is "$(opened own)" "/dev/iommu $(device_node $vf)" "it has the device's own node open, and /dev/iommu"
is "$(owner_of "$(device_node $vf)")" libvirt-qemu "which is its user's"
[ "$VFIO" = cdev ] || is "$(owner_of "/dev/vfio/$(group_of $vf)")" root "the group's is not"
like "$(vfio-prep status)" "$vf" "status knows it"
ok "it is destroyed" virsh -q destroy own
nothing_left "the host is as it was"

qemu_args="<iommufd enabled='yes'/>"
define domain 1012 "$(vf $vf yes)" "$(vf $second yes)"
qemu_args=
ok "a guest whose domain says so starts" virsh -q start domain
ok "it runs" is_running domain
is "$(owner_of "$(device_node $vf)") $(owner_of "$(device_node $second)")" "libvirt-qemu libvirt-qemu" \
	"all its devices are used by nodes of their own"
is "$(opened domain)" "/dev/iommu $(printf '%s\n' "$(device_node $vf)" "$(device_node $second)" |
	sort | paste -sd' ')" "QEMU has those open alone"
[ "$VFIO" = cdev ] || is "$(owner_of "/dev/vfio/$(group_of $vf)")" root "no group's is given"
ok "it is destroyed" virsh -q destroy domain
nothing_left "the host is as it was"

# --- what it means without libvirt ---
guest_xml x 1013 "$(says yes $vf)" > "$work/guest.xml"
is "$(vfio-prep requests "$work/guest.xml" --json | jq -c '.[0].iommufd')" true "requests shows it"
vfio-prep prepare "$work/guest.xml"
like "$(vfio-prep qemu-args --domain "$work/guest.xml")" "-object iommufd,.*host=$vf,iommufd=" \
	"qemu-args goes by it, whoever may open /dev/iommu"
vfio-prep release "$(uuid 1013)"

if [ "$VFIO" = cdev ]; then
	define no 1014 "$(says no $vf)"
	run virsh -q start no
	like "$err" "$vf without iommufd, and this kernel has no VFIO nodes of IOMMU groups" \
		"no, on this kernel: virsh tells the reason"
else
	define no 1014 "$(says no $vf)"
	ok "no: it starts" virsh -q start no
	is "$(owner_of "$(device_node $vf)") $(owner_of "/dev/vfio/$(group_of $vf)")" "root libvirt-qemu" \
		"its user gets the group's node"
	like "$(opened no)" "^/dev/vfio/$(group_of $vf) /dev/vfio/vfio\$" "which QEMU has open"
	ok "it is destroyed" virsh -q destroy no
fi
nothing_left "nothing was changed"
stop_libvirtd
done_testing
