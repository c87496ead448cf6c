#!/bin/bash
# list and show beside libvirt's own node device driver: the same devices, the same tree, the
# same XML, on a host with one of everything that the testbed can have.
. /src/tests/vm/guest/lib.sh

export LIBVIRT_DEFAULT_URI=qemu:///system
schema=/usr/share/libvirt/schemas/nodedev.rng
wwn=20000000c9831234:10000000c9831234
vgpu=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
orphan=83b8f4f2-509f-382f-3c1e-e6bfe0fa1002
defined=(83b8f4f2-509f-382f-3c1e-e6bfe0fa1003 83b8f4f2-509f-382f-3c1e-e6bfe0fa1004)

# --- a host with one of everything ---

igb_vfs 7
modprobe -a vfio-pci sg sr_mod vgem fcoe mdev mtty mdpy loop dummy bridge 8021q sit
modprobe mac80211_hwsim 2> /dev/null
modprobe scsi_debug sector_size=4096
debug=/sys/bus/pseudo/drivers/scsi_debug
echo 5 > $debug/ptype; echo 1 > $debug/add_host	# a CD drive beside the disk
ip link add vp0 type veth peer name vp1
ip link add br0 type bridge
ip link add link vp0 name vp0.5 type vlan id 5
for net in vp0 vp1; do ip link set $net up; done
echo vp0 > /sys/bus/fcoe/ctlr_create
for host in /sys/class/fc_host/*; do echo $wwn > "$host/vport_create"; done 2> /dev/null
echo $vgpu > /sys/class/mdev_bus/mtty/mdev_supported_types/mtty-2/create
echo $orphan > /sys/class/mdev_bus/mdpy/mdev_supported_types/mdpy-vga/create
mkdir -p "/etc/mdevctl.d/mtty" "/etc/mdevctl.d/$igb_pf"
echo '{"mdev_type":"mtty-2","start":"manual","attrs":[]}' > "/etc/mdevctl.d/mtty/${defined[0]}"
echo '{"mdev_type":"none-1","start":"manual","attrs":[{"heads":"4"},{"a/b":"x y"}]}' \
	> "/etc/mdevctl.d/$igb_pf/${defined[1]}"
truncate -s 8M "$work/loop"; losetup -f "$work/loop"
udevadm settle
ok "libvirtd starts" start_libvirtd

# --- the same devices ---

ok "virsh lists" eval 'virsh -q nodedev-list > $work/virsh.list'
ok "we list" eval 'vfio-prep list > $work/our.list'
is "$(< "$work/our.list")" "$(< "$work/virsh.list")" "the same devices in the same order"
mapfile -t names < "$work/our.list"

capabilities=(system pci usb_device usb net scsi_host scsi_target scsi storage fc_host vports
	scsi_generic drm mdev_types mdev ccw css vdpa ap_card ap_queue ap_matrix vpd)
# What this machine cannot have.
absent=' ccw css vdpa ap_card ap_queue ap_matrix vpd '
commands=()
for cap in "${capabilities[@]}"; do
	commands+=("echo '== $cap@'; nodedev-list --cap $cap;")
done
virsh -q "${commands[*]}" | tr @ "\n" > "$work/virsh.caps"
for cap in "${capabilities[@]}"; do
	want=$(sed -n "/^== $cap\$/,/^==/{/^==/d; /./p}" "$work/virsh.caps")
	is "$(vfio-prep list --cap "$cap")" "$want" "the same with $cap"
	[[ $absent == *" $cap "* ]] || unlike "$want" '^$' "and there are some"
done
is "$(vfio-prep list --cap net --cap drm)" "$(virsh -q nodedev-list --cap net,drm)" \
	"capabilities add up"
is "$(vfio-prep list --bus block)" "$(vfio-prep list --cap storage)" "a bus"
is "$(vfio-prep list --bus scsi --cap scsi)" "$(vfio-prep list --cap scsi)" \
	"a bus and a capability"
unlike "${names[*]}" 'net_br0_|net_vp0_5_|loop' "no bridge, no VLAN, no loop device, as with libvirt"

virsh -q nodedev-list --tree > "$work/virsh.tree"
vfio-prep list --tree > "$work/our.tree"
ok "the same tree" diff "$work/virsh.tree" "$work/our.tree"

# --- the same XML ---
# Known differences, each for a reason:
#   order      libvirt gives members of a group and types of mediated devices in the order
#              that readdir() has, we sort them
#   uuid       where the firmware has none, libvirt makes one up at each start; we give zeroes
#   fabric_wwn outside a fabric the kernel says 0, which libvirt's own schema refuses
#   address    of a tunnel is no MAC, which libvirt's own schema refuses
#   size       libvirt multiplies sectors of 512 bytes by the logical block size; what it
#              calls blocks are those sectors
#   port       where a USB device is plugged in: libvirt 12 began to say it, and an older one's
#              schema refuses it
# normalize: an element a line, the members of each list sorted.
normalize() {
	xmllint --noblanks --c14n "$1" | sed 's/<device>/\n&/g; s/<\(address\|type\) [^>]*>/\n&/g;
		s/<\/type><\/capability>/<\/type>\n<\/capability>/g; s/<\/iommuGroup>/\n&/g;
		s/<capability/\n&/g; s/<path>/\n&/g; s/<[^/>]*><\/[a-z]*>/\n&/g' | sed '/^$/d' |
	awk '
		function flush(  i, j, t) {
			for (i = 2; i <= n; i++)
				for (j = i; j > 1 && run[j - 1] > run[j]; j--) {
					t = run[j]; run[j] = run[j - 1]; run[j - 1] = t
				}
			for (i = 1; i <= n; i++) print run[i]
			n = 0
		}
		/^<(address bus|type id)/ { run[++n] = $0; next }
		{ flush(); print }
		END { flush() }'
}

mkdir "$work/virsh" "$work/ours"
mapfile -t commands < <(printf 'nodedev-dumpxml %s;\n' "${names[@]}")
{ echo '<all>'; virsh -q "${commands[*]}"; echo '</all>'; } > "$work/virsh.xml"
echo '<all>' > "$work/our.xml"
for name in "${names[@]}"; do
	vfio-prep show "$name" --xml > "$work/ours/$name" || echo "show $name failed"
	cat "$work/ours/$name" >> "$work/our.xml"
done
echo '</all>' >> "$work/our.xml"

size=$(< /sys/class/block/sdb/size)
firmware_uuid=$(cat /sys/class/dmi/id/product_uuid 2> /dev/null)
cp "$work/our.xml" "$work/our.known"
cp -r "$work/ours" "$work/valid"
cp "$work/virsh.xml" "$work/virsh.known"
if ! grep -q '<port>' "$work/virsh.xml"; then
	is "$(grep -hc '<port>' "$work"/ours/usb_[0-9]_[0-9] "$work"/ours/usb_usb*)" \
		"$(vfio-prep list --cap usb_device | sed 's/.*/1/')" "difference: the port of each USB device"
	not_ok "difference: the older schema refuses it" \
		xmllint --noout --relaxng "$schema" "$work/valid/usb_1_1"
	sed -i 's|<port>[0-9.]*</port>||' "$work/our.known" "$work"/valid/usb_*
fi
normalize "$work/our.known" > "$work/our.lines"
if [[ $firmware_uuid != [0-9a-fA-F]*-* ]]; then
	zeroes=00000000-0000-0000-0000-000000000000
	ok "difference: the uuid that the firmware does not have" \
		grep -q "<uuid>$zeroes</uuid>" "$work/ours/computer"
	sed -i "0,/<uuid>/s|<uuid>.*</uuid>|<uuid>$zeroes</uuid>|" "$work/virsh.known"
fi
ok "difference: the fabric's name" grep -q '<fabric_wwn>0</fabric_wwn>' "$work/virsh.known"
sed -i '/<fabric_wwn>0<\/fabric_wwn>/d' "$work/virsh.known"
ok "difference: an address that is no MAC" grep -q '<address>00:00:00:00</address>' "$work/virsh.known"
sed -i '/<address>00:00:00:00<\/address>/d' "$work/virsh.known"
ok "difference: the size of a disk of 4096 byte blocks" \
	grep -q "<size>$((size * 4096))</size>" "$work/virsh.known"
sed -i "/<block>.dev.sdb</,/<.device>/ {
	s|<size>$((size * 4096))</size>|<size>$((size * 512))</size>|
	s|<num_blocks>$size</num_blocks>|<num_blocks>$((size / 8))</num_blocks>| }" "$work/virsh.known"
normalize "$work/virsh.known" > "$work/virsh.lines"
ok "the same XML for all ${#names[@]}" diff "$work/virsh.lines" "$work/our.lines"
is "$(grep -c '^<device>' "$work/our.xml")" "${#names[@]}" "all of them were compared"
virsh -q nodedev-dumpxml mtty_mtty > "$work/mtty"
not_ok "libvirt's schema has no place for mtty" xmllint --noout --relaxng "$schema" "$work/mtty"
rm "$work/valid/mtty_mtty"
ok "it takes all others" xmllint --noout --relaxng "$schema" "$work"/valid/*

# --- defined with mdevctl, and not there ---

inactive() { virsh -q nodedev-list --cap mdev --inactive > "$work/virsh.inactive" && [ -s "$work/virsh.inactive" ]; }
ok "libvirt knows the definitions" wait_for 20 inactive
is "$(vfio-prep list --cap mdev --inactive)" "$(< "$work/virsh.inactive")" "the same are inactive"
is "$(vfio-prep list --cap mdev --inactive | wc -l)" "${#defined[@]}" "both of them"
is "$(vfio-prep list --cap mdev --all)" "$(virsh -q nodedev-list --cap mdev --all)" "the same with --all"
while read -r name; do
	virsh -q nodedev-dumpxml "$name" > "$work/virsh.one"
	vfio-prep show "$name" --xml > "$work/our.one"
	is "$(normalize "$work/our.one")" "$(normalize "$work/virsh.one")" "the same XML of $name"
done < "$work/virsh.inactive"

# --- names, forms ---

for name in 05:10.1 0000:05:10.1 /sys/bus/pci/devices/0000:05:10.1 \
	/sys/devices/pci0000:00/0000:00:09.0/0000:05:10.1; do
	is "$(vfio-prep show "$name" --xml)" "$(< "$work/ours/pci_0000_05_10_1")" "by name $name"
done
is "$(vfio-prep show mdev_${vgpu//-/_} --xml)" "$(< "$work/ours/mdev_${vgpu//-/_}_mtty")" \
	"by the name that libvirt gave it before 7.3"
is "$(vfio-prep show vp0 --xml)" "$(cat "$work"/ours/net_vp0_*)" "by interface"
for cap in "${capabilities[@]}"; do
	name=$(sed -n "/^== $cap\$/,/^==/{/^==/d; /./p}" "$work/virsh.caps" | head -n 1)
	[ -n "$name" ] || continue
	vfio-prep show "$name" > "$work/page" || echo "show $name failed"
	grep -q '^  what ' "$work/page" || echo "$name is not told"
	! grep -E 'maxCount|80203|phys_function|virt_functions|availableInstances|0x[0-9a-f]{6}' "$work/page"
done > "$work/pages"
is "$(< "$work/pages")" "" "there is a page of each capability, in words for people"
page=$(vfio-prep show 05:10.1)
like "$page" "^0000:05:10.1  Intel 82576 Virtual Function" "it begins with what it is"
like "$page" "Ethernet controller, virtual function 0 of 0000:05:00.1, ids 8086:10ca" "of which card"
like "$page" "group +[0-9]+, in which nothing else is" "what goes with it"
like "$page" "who has it +nobody: it is free" "who has it"
like "$page" "attach +possible.*vfio-prep attach 0000:05:10.1" "and what attach would say"
like "$(vfio-prep show "$igb_pf")" "SR-IOV +7 of 7 virtual functions: 0000:05:10.1 0000:05:10.3 " \
	"a card has its functions"
like "$(vfio-prep show mtty)" "mdev type +mtty-2 \(Dual port serial\): 1 made, [0-9]+ left" \
	"a parent what can be made"
like "$(vfio-prep show 01:01.0)" "group +[0-9]+, whose 3 devices go together:.*0000:01:02.0" \
	"who shares a group is shown what goes with it"
like "$(vfio-prep show sda)" "given with +scsi_" "a disk is given with its SCSI device"
like "$(vfio-prep show vp0)" "attach +nothing that a guest can have" "and veth with nothing"
run vfio-prep show pci_0000_ff_00_0
is "$status" 3 "a device that there is not"
like "$err" "no such node device.*vfio-prep list" "it is said, and where to look"
run vfio-prep list --cap nonsense
is "$status" 2 "a capability that there is not"

# --- oVirt's shape ---

vfio-prep list --json > "$work/json"
is "$(jq -r 'keys[]' "$work/json" | sort)" "$(sort "$work/our.list")" "JSON has them all"
is "$(jq '[.. | nulls] | length' "$work/json")" 0 "with no null"
is "$(jq -c '.pci_0000_05_10_1' "$work/json")" "$(vfio-prep show 05:10.1 --json | jq -c '.[]')" \
	"show has the same"
is "$(jq -cS '.pci_0000_05_10_1.params | del(.iommu_group)' "$work/json")" \
	'{"address":{"bus":"5","domain":"0","function":"1","slot":"16"},"capability":"pci","driver":"igbvf","is_assignable":"true","parent":"pci_0000_00_09_0","physfn":"pci_0000_05_00_1","product":"82576 Virtual Function","product_id":"0x10ca","vendor":"Intel Corporation","vendor_id":"0x8086"}' \
	"a VF"
is "$(jq -c '.pci_0000_05_00_1.params.totalvfs' "$work/json")" 7 "the number of VFs is one"
is "$(jq -r '.pci_0000_00_05_0.params.is_assignable' "$work/json")" false "a bridge is not for guests"
is "$(jq -cS '.usb_1_1.params | del(.parent)' "$work/json")" \
	'{"address":{"bus":"1","device":"2"},"capability":"usb_device","driver":"usb","is_assignable":"true","product":"QEMU Tablet","product_id":"0x0001","vendor":"Adomax Technology Co., Ltd","vendor_id":"0x0627"}' \
	"a USB device"
disk=$(jq -r 'to_entries[] | select(.value.params.block_path == "/dev/sdb").key' "$work/json")
is "$(jq -cS ".$disk.params | del(.address, .parent)" "$work/json")" \
	'{"block_path":"/dev/sdb","capability":"scsi","driver":"sd","is_assignable":"true","product":"scsi_debug","udev_path":"/dev/sg1","vendor":"Linux"}' \
	"a SCSI disk"

# --- a list of names that is damaged, or nobody to read it ---

vf=$(< "$work/ours/pci_0000_05_10_1")
echo 'C 0z  broken' > "$work/pci.ids"
mount --bind "$work/pci.ids" /usr/share/misc/pci.ids
is "$(vfio-prep show 05:10.1 --xml)" "$vf" "without libpci's list udevd's names do"
umount /usr/share/misc/pci.ids
libpci=$(realpath /usr/lib/*/libpci.so.3)
mount --bind /dev/null "$libpci"
is "$(vfio-prep show 05:10.1 --xml)" "$vf" "and without libpci"
umount "$libpci"

# --- a tree that is not the host ---

mkdir -p "$work/root"/{sys,run}
mount --rbind /sys "$work/root/sys"
mount --bind /run "$work/root/run"
is "$(vfio-prep list --tree --sysroot "$work/root")" "$(< "$work/our.tree")" "the same tree by --sysroot"
# The network stack is asked for features.
sed -i '/<feature name/d' "$work"/ours/net_*
cd "$work/ours" || exit
for name in computer block_sda_* block_nvme2* net_vp0_* pci_0000_00_05_0 pci_0000_05_00_1 scsi_host9 \
	usb_1_1 usb_2_2_1_0 drm_card0 mdev_*_mdpy; do
	is "$(vfio-prep show "$name" --xml --sysroot "$work/root")" "$(< "$name")" \
		"the same XML: $name"
done
cd /
umount -l "$work/root/sys" "$work/root/run"

# --- a captured tree ---

ok "a capture that keeps all" vfio-prep capture "$work/same" --identifying
is "$(vfio-prep list --tree --sysroot "$work/same")" "$(< "$work/our.tree")" "it has the same tree"
is "$(vfio-prep list --json --sysroot "$work/same" | md5sum)" "$(md5sum < "$work/json")" "and the same JSON"
is "$(vfio-prep groups --json --sysroot "$work/same")" "$(vfio-prep groups --json)" "and the same groups"
for verb in check plan; do
	run vfio-prep $verb 05:10.1 05:10.3
	want="$status $out"
	run vfio-prep $verb 05:10.1 05:10.3 --sysroot "$work/same"
	is "$status $out" "$want" "and $verb says the same"
done
ok "one that does not" vfio-prep capture "$work/other"
is "$(vfio-prep list --sysroot "$work/other" | wc -l)" "${#names[@]}" "it has as many devices"
is "$(vfio-prep groups --json --sysroot "$work/other" | sed -E 's/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}//')" \
	"$(vfio-prep groups --json | sed -E 's/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}//')" "and the same groups"
cat /sys/class/net/*/address /sys/class/fc_host/*/{port,node}_name | sed 's/^0x//; /^[0:]*$/d' > "$work/secrets"
printf '%s\n' $vgpu $orphan 33333333000003e80 3333333000003e80 28754-0000:00:0a.0:00.0-1 >> "$work/secrets"
tr -d : < "$work/secrets" | grep . > "$work/squeezed"
is "$(grep -rlFif "$work/secrets" "$work/other"; grep -rlFif "$work/squeezed" "$work/other")" "" "no secret in a file"
is "$(find "$work/other" | grep -Fif "$work/secrets"; find "$work/other" -type l -printf '%l\n' | grep -Fif "$work/secrets")" \
	"" "nor in a name or a link"
run vfio-prep capture "$work/other"
is "$status" 2 "a folder that is there is not written to"

stop_libvirtd
done_testing
