#!/bin/bash
# A host that does not remap interrupts: nothing is given away, unless that is allowed.
. /src/tests/vm/guest/lib.sh

vf=0000:05:10.1
module=vfio_iommu_type1
[ "$VFIO" != cdev ] || module=iommufd
unsafe=/sys/module/$module/parameters/allow_unsafe_interrupts
echo 'iommu-group = kvm' > /etc/vfio-prep.conf
igb_vfs 1

# refused REGEX DESC COMMAND…
refused() {
	local regex=$1 desc=$2
	shift 2
	snapshot "$work/before"
	run "$@"
	is "$status" 3 "$desc: refused"
	like "$err$out" "$regex" "$desc: it says why"
	like "$err$out" "interrupt.*options $module allow_unsafe_interrupts=1" "$desc: and both ways out"
	snapshot "$work/after"
	same_snapshot "$work/before" "$work/after" "$desc: nothing was changed"
}

run vfio-prep doctor
like "$out" "problem +interrupts +not remapped" "doctor finds it"
refused "does not remap interrupts" "check" vfio-prep check "$vf"
refused "does not remap interrupts" "before a module is loaded" vfio-prep attach "$vf"
modprobe vfio-pci
refused "does not remap interrupts" "attach" vfio-prep attach "$vf"
refused "does not remap interrupts" "by force" vfio-prep attach "$vf" --force

# Where the host does not show it, the kernel says so in the end, if a group can be asked.
mkdir "$work/empty"
mount --bind "$work/empty" /sys/kernel/irq
mount --bind "$work/empty" /sys/class/iommu
[ "$VFIO" = cdev ] || refused "the interrupts of its devices are not remapped" "the kernel's own word" \
	vfio-prep attach "$vf"
run vfio-prep attach "$vf" --no-proof
is "$status" 0 "it is not asked for with --no-proof"
not_ok "and QEMU does not get the device" qemu_hold "$vf"
like "$(< "$work/qemu.err")" "Operation not permitted" "as the kernel would have said"
vfio-prep detach --all 2> /dev/null
umount /sys/kernel/irq /sys/class/iommu

# --- allowed ---
echo Y > "$unsafe"
run vfio-prep doctor
like "$out" "warning +interrupts +allow_unsafe_interrupts is on" "doctor warns of the risk"
ok "where it is allowed, a device is attached" vfio-prep attach "$vf"
ok "and QEMU gets it" qemu_hold -u libvirt-qemu "$vf"
qemu_release
ok "given back" vfio-prep detach --all
if [ "$VFIO" = both ]; then
	run timeout 60 vfio-prep run "$vf" --memory 64M -- sh -c 'echo quit | exec qemu-system-x86_64 \
		-S -accel tcg -machine q35 -m 64 -display none -nodefaults -monitor stdio "$@"' - @DEVICES@
	is "$status" 0 "run takes the group's node" || diag "$err"
	like "$err" "iommufd was not told to allow that: the nodes of IOMMU groups are used" "and says why"
fi
echo N > "$unsafe"
for name in vfio-pci vfio-pci-core vfio $module; do modprobe -r "$name" 2> /dev/null; done
not_ok "VFIO is unloaded" test -e "/sys/module/$module" || diag "$(grep -E 'vfio|iommufd' /proc/modules)"
echo "options $module allow_unsafe_interrupts=1" > /etc/modprobe.d/unsafe.conf
ok "by a module's option, before it is loaded" vfio-prep attach "$vf"
ok "given back" vfio-prep detach --all
rm /etc/modprobe.d/unsafe.conf
done_testing
