#!/bin/bash
# VDSM's hook as VDSM runs it: as user vdsm, no arguments, custom properties in the environment,
# a file to edit in place.
. /src/tests/vm/guest/lib.sh

modprobe mtty 2> /dev/null || skip_all "this kernel has no mtty"
modprobe vfio-pci
igb_vfs 1
useradd --system --no-create-home vdsm 2> /dev/null || :
command=$(strings /build/hook/vdsm-hook | grep -m 1 '/vfio-prep$')
mkdir -p "$(dirname "$command")"
ln -sfn /build/hook/vfio-prep "$command"
ok "the set-up" /src/examples/vdsm/setup /build/hook/vdsm-hook "$command"
chmod 755 "$work"

vm=6a28e9f6-6627-49b8-8c24-741ab810ecc0
mdev=67d496a0-d7d9-30f7-9c2d-4844b2d3c76e
xml=$work/hook.xml

# hook POINT [NAME=VALUE…]: with nothing else in the environment.
hook() {
	local point=$1
	shift
	run env -i setpriv --reuid vdsm --regid vdsm --clear-groups env -i \
		PATH=/nowhere LANG=C "$@" "/usr/libexec/vdsm/hooks/$point/50_vfio_prep"
}
start() { hook before_vm_start vmId=$vm _hook_domxml="$xml" "$@"; }
destroy() { hook after_vm_destroy vmId=$vm _hook_domxml=; }

# domain DEVICES: writes it as VDSM does, to a file of user vdsm.
domain() {
	cat > "$xml" <<END
<?xml version='1.0' encoding='utf-8'?>
<domain xmlns:ovirt-vm="http://ovirt.org/vm/1.0" type="kvm"><name>fedora &amp; 40</name>
    <uuid>$vm</uuid><!-- </devices> -->
	<metadata><ovirt-vm:vm><ovirt-vm:minGuaranteedMemoryMb type="int">512</ovirt-vm:minGuaranteedMemoryMb></ovirt-vm:vm></metadata>
    <devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
        $1
    </devices>
</domain>
END
	chown vdsm:vdsm "$xml"
	chmod 0640 "$xml"
	cp "$xml" "$work/original.xml"
}
pci="<hostdev mode='subsystem' type='pci' managed='no'><source><address domain='0x0000' bus='0x05' slot='0x10' function='0x1'/></source></hostdev>"
added="<hostdev mode='subsystem' type='mdev' model='vfio-pci' display='on'><source><address uuid='$mdev'/></source></hostdev>"

# edited WANTED DESC: the file is the original with WANTED in front of its </devices>.
edited() {
	python3 -IS - "$work/original.xml" "$xml" "$1" > "$work/cmp" <<'END'
import sys
old, new, text = open(sys.argv[1], 'rb').read(), open(sys.argv[2], 'rb').read(), sys.argv[3].encode()
at = old.rindex(b'</devices>')
print('same' if new == old[:at] + text + old[at:] else new.decode())
END
	is "$(< "$work/cmp")" same "$2"
}
unchanged() { ok "$1" cmp "$work/original.xml" "$xml"; }

snapshot "$work/before"

domain ""
inode=$(stat -c '%i %U:%G %a' "$xml")
start mdev_type=mtty-2 LD_LIBRARY_PATH=/nowhere
is "$status:$out" "0:" "before_vm_start"
diag "$err"
edited "$added" "the device is added, every other byte stays"
ok "it is well-formed" xmllint --noout "$xml"
is "$(stat -c '%i %U:%G %a' "$xml")" "$inode" "it is the same file"
is "$(basename "$(readlink /sys/bus/mdev/devices/$mdev/mdev_type)")" mtty-2 "the device exists"
group=$(readlink /sys/bus/mdev/devices/$mdev/iommu_group)
is "$(stat -c '%U %a' "/dev/vfio/${group##*/}")" "libvirt-qemu 600" "its node is given"
like "$(vfio-prep status)" "fedora & 40 +domain +held" "the domain holds it"
cp "$xml" "$work/original.xml"
start mdev_type=mtty-2
is "$status" 0 "once more"
unchanged "nothing is added twice"
destroy
is "$status:$out" "0:" "after_vm_destroy, with no XML at all"
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"
destroy
is "$status" 0 "with nothing held"

domain "$pci"
start "mdev_type=nodisplay,mtty-1|separate"
is "$status" 0 "beside a hostdev that is there"
edited "${added/ display=\'on\'/}" "nodisplay leaves display out"
is "$(driver_of 0000:05:10.1)" vfio-pci "what the XML names is prepared, too"
ok "it is well-formed" xmllint --noout "$xml"
destroy
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

start
is "$status" 2 "an XML with an mdev that nobody says how to make"
like "$err" "nothing says how to make it" "it is said so"
domain "$pci"
start
is "$status" 0 "without mdev_type"
unchanged "the file is left alone"
is "$(driver_of 0000:05:10.1)" vfio-pci "the device is prepared"
destroy
is "$(driver_of 0000:05:10.1)" igbvf "and given back"
domain "<sound model='ich6'/>"
start
is "$status:$err" "0:" "a domain without host devices is not looked at"

# Devices by declared names: chosen, claimed and written into the file.
mkdir -p /etc/vfio-prep.d
printf '[device lab-nic]\nmatch = address=0000:05:10.*\n' > /etc/vfio-prep.d/lab.conf
# named DEVICES NAMES: such a domain.
named() {
	domain "$1"
	sed -i "s|<metadata>|&<vp:prepare xmlns:vp='urn:vfio-prep:1'>$2</vp:prepare>|" "$xml"
	cp "$xml" "$work/original.xml"
}
named "" "<vp:device name='lab-nic'/>"
run vfio-prep prepare "$xml"
is "$status" 3 "libvirt's hook could not write the device"
start
is "$status:$out" "0:" "before_vm_start with a declared name" || diag "$err"
sed -i "s|<vp:device name='lab-nic'|& address='0000:05:10.1'|" "$work/original.xml"
is "$(sed "s|^\( *\)  <hostdev.*|\1|; /^ *$/d" "$xml")" "$(sed '/^ *$/d' "$work/original.xml")" \
	"the address is noted, every other byte stays"
is "$(grep -c "^      $pci$" "$xml")" 1 "the device is added"
is "$(stat -c '%U:%G %a' "$xml")" "vdsm:vdsm 640" "it is the same file"
ok "it is well-formed" xmllint --noout "$xml"
is "$(driver_of 0000:05:10.1)" vfio-pci "the device is prepared"
cp "$xml" "$work/original.xml"
start
is "$status" 0 "once more"
unchanged "nothing is added twice"
destroy
is "$(driver_of 0000:05:10.1)" igbvf "it is given back"
named "" "<vp:device name='lab-nic'/>"
start mdev_type=mtty-2
is "$status" 0 "beside a mediated device" || diag "$err"
is "$(grep -o "uuid='$mdev'\|$pci" "$xml" | wc -l) $(grep -c mdevType "$xml")" "2 0" "both are added, and how it was made is not"
ok "it is well-formed" xmllint --noout "$xml"
destroy
ok "somebody else has the only one" vfio-prep attach 0000:05:10.1
named "" "<vp:device name='lab-nic'/>"
start mdev_type=mtty-2
is "$status" 2 "then the start is stopped"
like "$err" "@lab-nic: 1 wanted, 0 of 1 can be had: 0000:05:10.1 belongs to owner 'manual'" "and it is said who has it"
unchanged "the file is left alone"
ok "it goes back" vfio-prep detach --all
rm -r /etc/vfio-prep.d
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

domain "$pci"
for type in "../../x" "mtty-2'/><x" "mtty-2|where" "nodisplay" "a b" $'a\nb' "mtty-2," '$(reboot)'; do
	start mdev_type="$type"
	is "$status" 2 "refused: ${type//$'\n'/ }"
	like "$err" "^vfio-prep: before_vm_start: mdev_type '.*expected TYPE" "it is said why"
	unchanged "the file is left alone"
done
start mdev_type=mtty-9
is "$status" 2 "an unknown type stops the start"
like "$err" "types that exist: .*mtty-1" "it is said what there is"
unchanged "the file is left alone"
is "$(driver_of 0000:05:10.1)" igbvf "all or nothing"
start mdev_type=mtty-2 vmId=x
is "$status" 2 "no vmId"
start mdev_type=mtty-2 vmId=00000000-0000-4000-8000-000000000001
is "$status" 2 "another machine's vmId"
hook before_vm_start vmId=$vm mdev_type=mtty-2
is "$status" 2 "no file"
echo '<domain><devices>' > "$xml"
start mdev_type=mtty-2
is "$status" 2 "a broken document"
hook after_vm_destroy
is "$status" 1 "after_vm_destroy without vmId goes on"
mkdir -p /usr/libexec/vdsm/hooks/after_vm_start
ln -sfn /build/hook/vdsm-hook /usr/libexec/vdsm/hooks/after_vm_start/50_vfio_prep
hook after_vm_start vmId=$vm
is "$status" 0 "another point"
like "$err" "after_vm_start: nothing is done at this point" "it is said so"
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

# As root, and from a file that root owns.
domain ""
chown root "$xml"
run env -i PATH=/nowhere vmId=$vm mdev_type=mtty-2 _hook_domxml="$xml" LD_PRELOAD= \
	/usr/libexec/vdsm/hooks/before_vm_start/50_vfio_prep
is "$status" 0 "as root"
edited "$added" "the device is added"
run env -i vmId=$vm /usr/libexec/vdsm/hooks/after_vm_destroy/50_vfio_prep
is "$status" 0 "and given back"

# --- what user vdsm may do by himself, with the real sudo and no hook in between ---

as_vdsm() { setpriv --reuid vdsm --regid vdsm --clear-groups "$@"; }

# as_root WORD…: vdsm has the command run as root. Status 1 and "password is required" or the
# like: sudo itself refuses; the command's own refusal is 3.
as_root() { run as_vdsm sudo -n "$command" "$@"; }

# refused_by_sudo DESC WORD…
refused_by_sudo() {
	local desc=$1
	shift
	run as_vdsm sudo -n "$@"
	is "$status" 1 "$desc"
	like "$err" "^sudo: " "sudo itself refuses" || diag "$err"
}

refused_by_sudo "no other verb" "$command" detach --all
refused_by_sudo "no file of vdsm's choice" "$command" prepare /etc/passwd
refused_by_sudo "no other configuration" "$command" prepare - --config /tmp/x
refused_by_sudo "nor in front" "$command" --config /tmp/x prepare -
for option in "--user vdsm" --user=vdsm "--mode 666" --force "--group-policy whole"; do
	# shellcheck disable=SC2086
	refused_by_sudo "no option: $option" "$command" prepare - $option
	# shellcheck disable=SC2086
	refused_by_sudo "nor in front: $option" "$command" $option prepare -
	# shellcheck disable=SC2086
	refused_by_sudo "nor between: $option" "$command" prepare $option -
done
refused_by_sudo "no name but a UUID" "$command" release web1
refused_by_sudo "no file of his to be filled" "$command" prepare --fill /etc/passwd
refused_by_sudo "nor with an option" "$command" prepare --fill --force -
refused_by_sudo "nor by itself" "$command" fill -
refused_by_sudo "nothing behind it" "$command" release $vm --config /tmp/x
refused_by_sudo "no option of release" "$command" release --force $vm
refused_by_sudo "no device by name" "$command" attach 0000:05:10.1 --user vdsm
refused_by_sudo "no environment" LD_PRELOAD=/tmp/x.so "$command" prepare -
refused_by_sudo "nor all of his own" -E "$command" prepare -
refused_by_sudo "no other user" -u nobody "$command" prepare -
refused_by_sudo "no other group" -g disk "$command" prepare -
as_root "prepare -" < /dev/null
is "$status" 2 "words that only look like the line once they are joined are no verb"

# What a document may bring about. It stands in no file that root wrote.
modprobe sg
disk=$(basename "$(readlink -f /sys/block/sda/device)")
IFS=: read -r host channel target unit <<< "$disk"
tablet=$(dirname "$(grep -l 'QEMU USB Tablet' /sys/bus/usb/devices/*/product | head -1)")
usb=$(printf '/dev/bus/usb/%03d/%03d' "$(< "$tablet/busnum")" "$(< "$tablet/devnum")")
generic=/dev/$(ls "/sys/bus/scsi/devices/$disk/scsi_generic")
scsi_element="<hostdev mode='subsystem' type='scsi'><source><adapter name='scsi_host$host'/><address bus='$channel' target='$target' unit='$unit'/></source></hostdev>"
usb_element="<hostdev mode='subsystem' type='usb'><source><address bus='$((10#$(< "$tablet/busnum")))' device='$((10#$(< "$tablet/devnum")))'/></source></hostdev>"
udevadm settle
snapshot "$work/before"

# ours ATTRIBUTES DEVICES: such a document.
ours() {
	printf '%s' "<domain><name>mine</name><uuid>$vm</uuid>" \
		"<metadata><vp:prepare xmlns:vp='urn:vfio-prep:1' $1/></metadata>" \
		"<devices>$2</devices></domain>"
}
# Anyone may read what a USB device is, as udev has it.
not_his() { not_ok "$2" as_vdsm test -w "$1"; }

for user in vdsm vdsm:vdsm "$(id -u vdsm)" root:vdsm "libvirt-qemu:vdsm"; do
	for what in "a SCSI disk:$generic:$scsi_element" "a USB device:$usb:$usb_element"; do
		IFS=: read -r name node element <<< "$what"
		as_root prepare - <<< "$(ours "user='$user'" "$element")"
		is "$status" 3 "$name for $user"
		like "$err" "<vp:prepare user='$user'>: the configuration gives nodes to libvirt-qemu" "is refused"
		not_his "$node" "he cannot open it"
	done
done
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "nothing has changed"
as_root prepare - <<< "$(ours "" "$scsi_element$usb_element")"
is "$status" 0 "devices for a virtual machine are his to ask for" || diag "$err"
is "$(stat -c '%U %a' "$generic" "$usb" | uniq)" "libvirt-qemu 600" "they are given to QEMU's user"
not_his "$generic" "and not to him"
not_his "$usb" "neither of them"
as_root release $vm
is "$status" 0 "and his to give back"
echo 'group-policy = strict' > /etc/vfio-prep.conf
as_root prepare - <<< "$(ours "group-policy='whole'" "<hostdev mode='subsystem' type='pci'><source><address bus='1' slot='1'/></source></hostdev>")"
is "$status" 3 "a group policy that the administrator does not have"
like "$err" "the configuration says group-policy = strict" "is refused"
rm /etc/vfio-prep.conf
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"
igb_vfs 0
done_testing
