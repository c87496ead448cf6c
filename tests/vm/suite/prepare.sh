#!/bin/bash
# Whole domains without libvirt: prepare, release, and what they leave.
. /src/tests/vm/guest/lib.sh

uuid=6a28e9f6-6627-49b8-8c24-741ab810ecc0
mdev=c2177883-f1bb-47f0-914d-32a22e3a8804

# domain DEVICES [NAME [UUID]] > FILE
domain() {
	printf '<domain type="qemu"><name>%s</name><uuid>%s</uuid><devices>%s</devices></domain>\n' \
		"${2-web1}" "${3-$uuid}" "$1"
}

# hostdev_pci BUS SLOT FUNCTION [MANAGED]
hostdev_pci() {
	printf '<hostdev mode="subsystem" type="pci" managed="%s"><source><address domain="0" bus="%s" slot="%s" function="%s"/></source></hostdev>' \
		"${4-yes}" "$1" "$2" "$3"
}

owner_of() { stat -c '%U %a' "$1"; }

modprobe sg
modprobe mtty
modprobe vdpa_sim_net 2> /dev/null && modprobe vhost_vdpa && {
	vdpa dev add name sim0 mgmtdev vdpasim_net 2> /dev/null || :
}
echo "$mdev" > /sys/class/mdev_bus/mtty/mdev_supported_types/mtty-2/create
igb_vfs 7
disk=$(basename "$(readlink -f /sys/block/sda/device)")
IFS=: read -r host bus target unit <<< "$disk"
nvme=$(basename "$(readlink -f "/sys/bus/pci/devices/0000:03:00.0")")
udevadm settle
snapshot "$work/before"

# --- every form at once ---

{
	hostdev_pci 5 0x10 1
	hostdev_pci 5 0x10 3 no
	echo '<interface type="hostdev" managed="yes"><source><address type="pci" bus="5" slot="0x10" function="5"/></source></interface>'
	echo '<disk type="nvme" device="disk"><driver name="qemu" type="raw"/><source type="pci" namespace="1"><address bus="3"/></source><target dev="vda" bus="virtio"/></disk>'
	echo '<hostdev mode="subsystem" type="usb"><source><vendor id="0x0627"/><product id="0x0001"/></source></hostdev>'
	echo "<hostdev mode='subsystem' type='scsi'><source><adapter name='scsi_host$host'/><address bus='$bus' target='$target' unit='$unit'/></source></hostdev>"
	echo "<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address uuid='$mdev'/></source></hostdev>"
	[ ! -e /dev/vhost-vdpa-0 ] || echo '<interface type="vdpa"><source dev="/dev/vhost-vdpa-0"/></interface>'
} > "$work/devices"
domain "$(< "$work/devices")" > "$work/web1.xml"

run vfio-prep plan --domain "$work/web1.xml"
is "$status" 0 "plan"
like "$out" "owner $uuid" "the owner is the domain's uuid"
ok "check" vfio-prep check --domain - < "$work/web1.xml"
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "neither changes anything"

ok "prepare" vfio-prep prepare "$work/web1.xml"
for address in 0000:05:10.1 0000:05:10.3 0000:05:10.5 "$nvme"; do
	is "$(driver_of "$address")" vfio-pci "$address is bound"
	is "$(owner_of "/dev/vfio/$(group_of "$address")")" "libvirt-qemu 600" "its node is given"
done
link=$(readlink "/sys/bus/mdev/devices/$mdev/iommu_group")
is "$(owner_of "/dev/vfio/${link##*/}")" "libvirt-qemu 600" "the mdev's node"
tablet=$(grep -l 'QEMU USB Tablet' /sys/bus/usb/devices/*/product | head -1)
tablet=${tablet%/product}
is "$(owner_of "/dev/bus/usb/$(printf '%03d/%03d' "$(< "$tablet/busnum")" "$(< "$tablet/devnum")")")" \
	"libvirt-qemu 600" "the USB device's"
is "$(owner_of "/dev/$(ls "/sys/bus/scsi/devices/$disk/scsi_generic")")" "libvirt-qemu 600" \
	"the SCSI device's"
if [ -e /dev/vhost-vdpa-0 ]; then
	is "$(owner_of /dev/vhost-vdpa-0)" "libvirt-qemu 600" "the vDPA device's"
else
	skip "the vDPA device's" "this kernel has no vdpa_sim_net, or iproute2 no vdpa"
fi
ok "QEMU's user can open the nodes" qemu_hold -u libvirt-qemu 0000:05:10.1 0000:05:10.3
qemu_release
like "$(vfio-prep status)" web1 "status has the domain's name"
is "$(vfio-prep status --json | jq -r '.owners[0] | .id, .kind, .name' | xargs)" \
	"$uuid domain web1" "and its id and kind"
snapshot "$work/held"
ok "prepare again" vfio-prep prepare "$work/web1.xml"
snapshot "$work/after"
same_snapshot "$work/held" "$work/after" "changes nothing"
domain "$(hostdev_pci 5 0x10 7)" > "$work/more.xml"
ok "prepare with one more" vfio-prep prepare "$work/more.xml"
is "$(driver_of 0000:05:10.7)" vfio-pci "attaches that one"

# --- others ---

domain "$(hostdev_pci 5 0x10 1)" web2 11111111-2222-3333-4444-555555555555 > "$work/web2.xml"
run vfio-prep prepare "$work/web2.xml"
is "$status" 3 "another domain is refused"
like "$err" "belongs to domain 'web1'" "it is said whose it is"
run vfio-prep detach 0000:05:10.1
is "$status" 3 "detach of a domain's device is refused"
run vfio-prep release nobody
is "$status" 0 "release of one that holds nothing"
like "$err" "holds nothing" "it is said"
ok "release by name" vfio-prep release web1
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"
ok "prepare" vfio-prep prepare "$work/web1.xml"
ok "release by uuid in capitals" vfio-prep release "${uuid^^}"
ok "release again" vfio-prep release "$uuid"
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

# --- what somebody else changed meanwhile ---

domain "$(hostdev_pci 5 0x10 1)" > "$work/one.xml"
ok "prepare" vfio-prep prepare "$work/one.xml"
sysfs_native 0000:05:10.1
ok "prepare after somebody took it back" vfio-prep prepare "$work/one.xml"
is "$(driver_of 0000:05:10.1)" vfio-pci "it is bound again"
ok "release" vfio-prep release "$uuid"
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

# --- all or none ---

ip addr add 192.0.2.1/24 dev "$(ls /sys/bus/pci/devices/0000:04:00.0/net)"
ip link set "$(ls /sys/bus/pci/devices/0000:04:00.0/net)" up
snapshot "$work/busy"
domain "$(hostdev_pci 5 0x10 1; hostdev_pci 4 0 0)" > "$work/bad.xml"
run vfio-prep prepare "$work/bad.xml"
is "$status" 3 "one device in use"
like "$err" "0000:04:00.0 is in use: .*192.0.2.1" "it is said how"
snapshot "$work/after"
same_snapshot "$work/busy" "$work/after" "nothing was touched"
domain "$(hostdev_pci 5 0x10 1)<hostdev mode='subsystem' type='usb'><source><vendor id='0x1d6b'/><product id='0x0002'/></source></hostdev>" > "$work/bad.xml"
run vfio-prep prepare "$work/bad.xml"
is "$status" 3 "a hub"
like "$err" "is a hub" "is nothing for a guest"
domain "$(hostdev_pci 5 0x10 1)<hostdev mode='subsystem' type='usb'><source><vendor id='0x1234'/><product id='0x5678'/></source></hostdev>" > "$work/bad.xml"
run vfio-prep prepare "$work/bad.xml"
is "$status" 3 "a USB device that is not there"
like "$err" "usb 1234:5678: there is no such USB device" "is named"
domain "$(hostdev_pci 5 0x10 1)<hostdev mode='subsystem' type='usb'><source startupPolicy='optional'><vendor id='0x1234'/><product id='0x5678'/></source></hostdev>" > "$work/optional.xml"
run vfio-prep prepare "$work/optional.xml"
is "$status" 0 "one that may be missing"
like "$err" "usb 1234:5678 is not there" "is told, and passed over"
ok "release" vfio-prep release web1
run vfio-prep prepare - <<< "<domain><name>x"
is "$status" 2 "a document that is cut off"
like "$err" "line [0-9]+" "the line is said"
snapshot "$work/after"
same_snapshot "$work/busy" "$work/after" "the host is as it was"

# --- names are data ---

for name in '../../etc/x' "$(printf 'x%.0s' {1..248})" $'two\nlines'; do
	domain "$(hostdev_pci 5 0x10 1)" "$name" > "$work/named.xml"
	run vfio-prep prepare "$work/named.xml"
	is "$status" 2 "a domain called ${name:0:12}, which libvirt cannot start, is refused"
	like "$err" 'line [0-9]+: <name> ' "it is said why"
done
for name in 'a b' '"quoted"' "$(printf 'x%.0s' {1..247})" $'tab\tand'; do
	xml_name=${name//\"/\&quot;}
	domain "$(hostdev_pci 5 0x10 1)" "$xml_name" > "$work/named.xml"
	ok "prepare of a domain called ${name:0:12}" vfio-prep prepare "$work/named.xml"
	run vfio-prep status
	unlike "$out" $'\t' "status shows no control character"
	ok "release by that name" vfio-prep release "$name"
	run vfio-prep status --json
	is "$(jq '.owners | length' <<< "$out")" 0 "nothing is held"
done
printf '<domain type="qemu"><name>bare</name><devices>%s</devices></domain>' \
	"$(hostdev_pci 5 0x10 1)" > "$work/bare.xml"
ok "a domain without uuid" vfio-prep prepare "$work/bare.xml"
ok "is released by its name" vfio-prep release bare
snapshot "$work/after"
same_snapshot "$work/busy" "$work/after" "the host is as it was"

# --- the configuration and the metadata ---

printf 'prepare = unmanaged\n' > "$work/conf"
domain "$(hostdev_pci 5 0x10 1; hostdev_pci 5 0x10 3 no)" > "$work/two.xml"
ok "prepare = unmanaged" vfio-prep --config "$work/conf" prepare "$work/two.xml"
is "$(driver_of 0000:05:10.1) $(driver_of 0000:05:10.3)" "igbvf vfio-pci" "leaves managed ones"
ok "release" vfio-prep release web1
sed 's,<devices>,<metadata><vp:prepare xmlns:vp="urn:vfio-prep:1" group-policy="strict" user="nobody"/></metadata><devices>,' \
	"$work/one.xml" > "$work/nobody.xml"
run vfio-prep prepare "$work/nobody.xml"
is "$status" 3 "a user in the metadata that nobody allowed"
like "$err" "<vp:prepare user='nobody'>: the configuration gives nodes to libvirt-qemu, and its metadata-users is empty" "is refused"
is "$(driver_of 0000:05:10.1)" igbvf "and nothing is touched"
printf 'metadata-users = daemon, nobody\n' > "$work/conf"
ok "one that metadata-users lists" vfio-prep --config "$work/conf" prepare "$work/nobody.xml"
is "$(owner_of "/dev/vfio/$(group_of 0000:05:10.1)")" "nobody 600" "gets the node"
ok "release" vfio-prep release web1
domain "$(hostdev_pci 1 1 0)" > "$work/edu.xml"
sed -i 's,<devices>,<metadata><vp:prepare xmlns:vp="urn:vfio-prep:1" group-policy="strict"/></metadata><devices>,' \
	"$work/edu.xml"
run vfio-prep prepare "$work/edu.xml"
is "$status" 3 "a strict group policy in the metadata"
like "$err" "0000:01:02.0" "refuses the member in the way"

done_testing
