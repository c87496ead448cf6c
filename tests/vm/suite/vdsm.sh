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

# sudo lets it do this, and nothing else.
sudo=(setpriv --reuid vdsm --regid vdsm --clear-groups sudo -n)
not_ok "no other verb" "${sudo[@]}" "$command" detach --all
not_ok "no file of vdsm's choice" "${sudo[@]}" "$command" prepare /etc/passwd
not_ok "no option" "${sudo[@]}" "$command" prepare - --config /tmp/x
not_ok "no name but a UUID" "${sudo[@]}" "$command" release web1
not_ok "nothing behind it" "${sudo[@]}" "$command" release $vm --config /tmp/x
igb_vfs 0
done_testing
