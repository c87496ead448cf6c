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

# the program that the installed rule asks
mkdir -p /usr/local/libexec/vfio-prep
ln -sf /build/hook/iommu-group /usr/local/libexec/vfio-prep/iommu-group
echo 'iommu-group = kvm' > /etc/vfio-prep.conf
user=(setpriv --reuid libvirt-qemu --regid libvirt-qemu --init-groups)

not_ok "VFIO is not loaded yet" test -e /sys/class/vfio-dev
run vfio-prep doctor
like "$out" "note +iommufd +/dev/iommu comes with VFIO's first device, and goes to group kvm then" \
	"doctor knows of /dev/iommu"
run "${user[@]}" vfio-prep check $vf
is "$status" 0 "check, as a user"
run vfio-prep plan $vf
if [ "$VFIO" = cdev ]; then
	unlike "$out" '/dev/vfio/[0-9]' "the plan names no node of the group"
else
	like "$out" '/dev/vfio/[0-9]' "the plan names the node of the group"
fi
like "$out" 'cdev-permission +0000:05:10.1' "and that of the device, before VFIO is there"
like "$out" "iommufd-permission .*/dev/iommu to group $(getent group kvm | cut -d: -f3)," "and /dev/iommu"
run vfio-prep attach $vf
is "$status" 0 "the first attach of this boot"
unlike "$err" 'did not handle|directly' "nothing was waited for in vain"
is "$(stat -c '%G %a' /dev/iommu)" "kvm 660" "/dev/iommu is the group's"
node=$(device_node $vf)
is "$(stat -c '%U %a' "$node")" "libvirt-qemu 600" "the device's node is given"
group=/dev/vfio/$(group_of $vf)
if [ "$VFIO" = cdev ]; then
	not_ok "there is none of the group" test -e "$group"
else
	is "$(stat -c '%U %a' "$group")" "libvirt-qemu 600" "so is the group's"
fi
attached=$err
udevadm trigger --action=change "/sys/class/vfio-dev/${node##*/}"
udevadm settle
is "$(stat -c '%U %a' "$node")" "libvirt-qemu 600" "an event leaves it as it is"
used=$group
[ "$VFIO" != cdev ] || used=$node
like "$attached" "$vf attached: $used is for libvirt-qemu" "it is said by which node"
run vfio-prep status
like "$out" "$vf: driver vfio-pci, $used libvirt-qemu:$(id -gn libvirt-qemu) 0600" "status knows it"
unlike "$out" 'changed|mend' "and finds it as it should be"
ok "a QEMU of an unprivileged user opens it through iommufd" timeout 60 prlimit --memlock=unlimited \
	"${user[@]}" sh -c 'echo quit | exec qemu-system-x86_64 -S -accel tcg -machine q35 -m 64 \
	-display none -nodefaults -monitor stdio -object iommufd,id=i -device "$1"' - \
	"vfio-pci,host=$vf,iommufd=i"

# --- who may open /dev/iommu ---
run vfio-prep doctor
like "$out" "ok +iommufd +/dev/iommu is 0:.*, mode 0660: libvirt-qemu .* can open it" "doctor is content"
chgrp root /dev/iommu
run vfio-prep doctor
like "$out" "warning +iommufd +/dev/iommu is 0:0, .*iommu-group .* says group kvm" "a change is found"
cp /build/hook/60-vfio-prep.rules /run/udev/rules.d/
udevadm control --reload
udevadm trigger --action=change /sys/class/misc/iommu
udevadm settle
is "$(stat -c '%G %a' /dev/iommu)" "kvm 660" "the installed rule does the same at an event"
chgrp root /dev/iommu
ok "the next attach, too" vfio-prep attach $second
is "$(stat -c '%G' /dev/iommu)" kvm "mends it"
ok "and back" vfio-prep detach $second
is "$(stat -c '%G' /dev/iommu)" kvm "it stays so"
: > /etc/vfio-prep.conf
chgrp root /dev/iommu
udevadm trigger --action=change /sys/class/misc/iommu
udevadm settle
is "$(stat -c '%G' /dev/iommu)" root "where it is not set, the rule changes nothing"
run vfio-prep doctor
level=note
[ "$VFIO" != cdev ] || level=warning # there is no other way
like "$out" "$level +iommufd .*libvirt-qemu .* cannot open it.*fix: .*set iommu-group" "doctor says how"
rm /run/udev/rules.d/60-vfio-prep.rules
echo 'iommu-group = no-such-group' > /etc/vfio-prep.conf
run vfio-prep doctor
like "$out" "problem +iommufd +iommu-group: group 'no-such-group' does not exist" "a wrong name is found"
: > /etc/vfio-prep.conf

# --- every verb that only looks ---
printf '%s' '<domain type="qemu"><name>web1</name><memory unit="MiB">64</memory><devices>' \
	'<hostdev mode="subsystem" type="pci" managed="yes"><source>' \
	'<address bus="5" slot="0x10" function="3"/></source></hostdev></devices></domain>' > "$work/web1.xml"
chmod 755 "$work"
for words in "list" "list --tree" "show $vf" groups "check $second" "plan $second" "check --domain $work/web1.xml" \
	"plan --domain $work/web1.xml" "requests $work/web1.xml" "qemu-args $vf" "cdi $vf" \
	"qemu-args --domain $work/web1.xml" "mdev types" doctor status; do
	for as in root user; do
		run=(vfio-prep)
		[ $as = root ] || run=("${user[@]}" vfio-prep)
		# shellcheck disable=SC2086
		run "${run[@]}" $words
		[[ $as/$words == user/status ]] || is "$status" 0 "$words, as $as" || diag "$err"
		[ "$VFIO" != cdev ] ||
			unlike "$out$err" '/dev/vfio/([0-9]|vfio)' "$words, as $as: names no node of a group"
	done
done

# --- a guest's process ---
run vfio-prep cdi $vf
if [ "$VFIO" = cdev ]; then
	is "$(jq -c '[.devices[].containerEdits.deviceNodes[].path]' <<< "$out")" \
		"[\"$node\",\"/dev/iommu\"]" "cdi names what there is"
	like "$(vfio-prep qemu-args $vf)" "-object iommufd,.*host=$vf,iommufd=" "qemu-args, too"
	vfio-prep detach $vf
	run vfio-prep run $vf -- true
	is "$status" 3 "a user who may not open /dev/iommu is refused"
	like "$err" "may not open /dev/iommu .*set 'iommu-group = " "it is said why, and what to do"
else
	vfio-prep detach $vf
	run vfio-prep run $vf -- true
	is "$status" 0 "a user who may not open /dev/iommu uses the group's node"
	like "$err" "may not open /dev/iommu \(iommu-group .*nodes of IOMMU groups are used" "it is said"
fi
echo 'iommu-group = kvm' > /etc/vfio-prep.conf
run vfio-prep run $vf -- sh -c 'for f in "$1"*; do exec 3<> "$f" && echo "$f"; done; exec 4<> /dev/iommu && echo iommu' \
	sh /dev/vfio/devices/vfio
like "$out" '/dev/vfio/devices/vfio[0-9]+ *iommu$|/dev/vfio/devices/vfio[0-9]+.iommu' "its user opens both"
run timeout 60 vfio-prep run $vf --memory 64M -- sh -c 'echo "{\"execute\":\"qmp_capabilities\"}{\"execute\":\"quit\"}" |
	qemu-system-x86_64 -M q35 -accel tcg -m 64 -display none -nodefaults -S -qmp stdio "$@"' sh @DEVICES@
is "$status" 0 "a QEMU of his opens the device through iommufd"
like "$out" '"event": "SHUTDOWN"' "and comes to its end" || diag "$err"

# --- a domain ---
snapshot "$work/before"
ok "prepare" vfio-prep prepare "$work/web1.xml"
node=$(device_node $second)
is "$(stat -c '%U %a' "$node")" "libvirt-qemu 600" "gives the node"
[ "$VFIO" = cdev ] || node=/dev/vfio/$(group_of $second)
exec 5<> "$node"
run vfio-prep check $second
like "$err$out" "domain 'web1'" "check says whose it is"
printf 'deadline-unbind = 1\n' > "$work/short.conf"
run vfio-prep --config "$work/short.conf" release --force name:web1
is "$status" 4 "not given back while it is open"
like "$err" "pid $$ .*has $node open" "by the node that is open"
exec 5<&-
ok "release" vfio-prep release web1
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

# --- a record that is lost ---
vfio-prep attach $second
rm -r /run/vfio-prep
run vfio-prep doctor
like "$out" "orphans.*$second" "doctor finds a device whose record is lost"
ok "recover gives it back" vfio-prep recover
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

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
like "$err" "pid $$ .*has $node open" "it is said by whom, and by which node"
exec 5<&-
ok "but afterwards" vfio-prep recover
ok "and the other" vfio-prep detach --all
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"
done_testing
