#!/bin/bash
# A domain's <interface type='hostdev'>: its PF gets the guest's MAC address and VLAN for the VF, and
# afterwards has what it had.
. /src/tests/vm/guest/lib.sh
. /src/tests/vm/guest/sweep.sh

vf=0000:05:10.1
mac=52:54:00:11:22:33 pf='' own=''
pci=/sys/bus/pci/devices
modprobe vfio-pci
printf 'deadline-unbind = 1\n' > /etc/vfio-prep.conf

# xml BUS SLOT FUNCTION [VLAN]
xml() {
	echo "<domain type='kvm'><name>web1</name><uuid>6a28e9f6-6627-49b8-8c24-741ab810ecc0</uuid>
	<devices><interface type='hostdev' managed='yes'><mac address='$mac'/>
	<source><address type='pci' domain='0' bus='$1' slot='$2' function='$3'/></source>
	${4:+<vlan><tag id='$4'/></vlan>}</interface></devices></domain>"
}
xml 5 0x10 1 42 > "$work/web1.xml"

# vf_line: what the PF's interface says of the VF: "MAC, rest".
vf_line() {
	local line
	line=$(ip link show dev "$pf" | grep "^ *vf 0 ")
	line=${line#*link/ether }
	echo "${line%% *}${line#*ff:ff:ff:ff:ff:ff}"
}

# interface_of ADDRESS VAR: its interface, once udev has named it.
interface_of() {
	local names
	udevadm settle
	names=("$pci/$1"/net/*)
	printf -v "$2" %s "${names[0]##*/}"
}

there_and_back() {
	snapshot "$work/before"
	ok "$1: prepare" vfio-prep prepare "$work/web1.xml"
	like "$(vf_line)" "^$mac, vlan 42, spoof" "$1: the PF has the guest's MAC address and VLAN"
	ok "$1: release" vfio-prep release web1
	udevadm settle
	snapshot "$work/after"
	same_snapshot "$work/before" "$work/after" "$1: the host is as it was"
}

igb_vfs 7
interface_of "$igb_pf" pf

run vfio-prep plan --domain "$work/web1.xml"
like "$out" "vf-config +$vf +MAC address $mac, VLAN 42, by its PF" "the plan has it"
there_and_back "a PF that is down"
like "$(vf_line)" '^00:00:00:00:00:00, spoof' "no MAC address is set, as before"

# The VF's own driver tells its random address to the PF, which shows it then.
ip link set "$pf" up
sysfs_native "$vf"
wait_for 5 test "$(vf_line)" != '00:00:00:00:00:00, spoof checking on, link-state auto, trust off'
interface_of "$vf" own
before=$(< "/sys/class/net/$own/address")
like "$(vf_line)" "^$before," "the PF has the address that the VF has given itself"
there_and_back "a PF that is up"
interface_of "$vf" own
is "$(< "/sys/class/net/$own/address")" "$before" "the VF's own interface has its address again"

ip link set "$pf" vf 0 mac 02:11:22:33:44:55 vlan 7 qos 5
there_and_back "what the administrator had set"
like "$(vf_line)" '^02:11:22:33:44:55, vlan 7, qos 5,' "it is set again"

# --- a guest ---
ip link set "$pf" vf 0 mac 00:00:00:00:00:00 vlan 0
snapshot "$work/before"
vfio-prep prepare "$work/web1.xml" > /dev/null 2>&1
ok "QEMU takes the VF" qemu_hold -u libvirt-qemu "$vf"
like "$(vf_line)" "^$mac, vlan 42," "a reset leaves the guest's address there"
run vfio-prep release web1
is "$status" 3 "a guest that still has the VF is not disturbed"
like "$err" "guest web1 runs \\(pid [0-9]+\\)" "who has it is told"
like "$(vf_line)" "^$mac, vlan 42," "its address stays"
qemu_release
ok "once the guest has ended, release gives it back" vfio-prep release web1
udevadm settle
# with the PF up the VF's driver tells it a new random address
ip link set "$pf" vf 0 mac 00:00:00:00:00:00
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

vfio-prep prepare "$work/web1.xml" > /dev/null 2>&1
ip link set "$pf" vf 0 mac 02:aa:aa:aa:aa:aa
run vfio-prep release web1
is "$status" 0 "what somebody else set meanwhile does not stop the release"
like "$err" "$vf: its MAC address was changed by somebody else meanwhile; left as it is" "it is told"
like "$(vf_line)" '^02:aa:aa:aa:aa:aa, spoof' "and stays; the VLAN is back"
ip link set "$pf" vf 0 mac 00:00:00:00:00:00

# --- killed ---
# Around the PF being told, with its interface down.
ip link set "$pf" down
sysfs_native "$vf"
udevadm settle
snapshot "$work/before"
make_state() {
	vfio-prep release web1
	[ "$1" = "$work/down" ] || vfio-prep prepare "$work/web1.xml"
}
mend() { at=; begin "$work/down"; sysfs_native "$vf"; }
for name in prepared down; do begin "$work/$name"; state "$work/$name"; done
for name in prepare release; do
	who=$work/web1.xml before=$work/down
	[ $name = prepare ] || who=web1 before=$work/prepared
	sweep_kills "$name" clone,sendto "vfio-prep $name $who" "$before" "$work/down" "$work/prepared"
done
mend

# --- refused ---
xml 1 2 0 > "$work/no-vf.xml"
run vfio-prep prepare "$work/no-vf.xml"
is "$status" 3 "a device that is no VF is refused"
like "$err" "0000:01:02.0: its MAC address and VLAN cannot be set: it is not an SR-IOV virtual function" \
	"with its reason"
ip netns add other
ip link set "$pf" netns other
run vfio-prep prepare "$work/web1.xml"
is "$status" 3 "a VF whose PF is in another network namespace is refused"
like "$err" "its PF $igb_pf \(driver igb\) has no network interface, or it is in another" "with its reason"
ip netns exec other ip link set "$pf" netns 1
ip netns delete other
xml 5 0x10 1 4095 > "$work/vlan.xml"
run vfio-prep prepare "$work/vlan.xml"
is "$status" 2 "VLAN 4095 is refused"
like "$err" "VLAN 4095 is not one of 1 to 4094" "with its reason"
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "nothing was touched"

igb_vfs 0
rm /etc/vfio-prep.conf
done_testing
