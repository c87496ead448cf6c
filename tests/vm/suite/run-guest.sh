#!/bin/bash
# A guest that really uses its devices: QEMU in the testbed, started by `run` as an ordinary user,
# boots a kernel that drives what it was given.
. /src/tests/vm/guest/lib.sh
. /src/tests/vm/guest/nested.sh

vf=0000:05:10.1 nic=0000:04:00.0 mdev=c2177883-f1bb-47f0-914d-32a22e3a8804

# guest DEVICE…: its console is in $RESULTS/console. The word for the devices is in the middle, as
# anywhere.
guest() {
	timeout 400 vfio-prep run "$@" --memory 256M --user nobody --force -- \
		qemu-system-x86_64 @DEVICES@ "${guest_words[@]}" \
		< /dev/null > "$RESULTS/console" 2> "$work/err"
}

modprobe mtty || bail_out "this kernel has no mtty"
igb_vfs 7
interface=$(ls /sys/bus/pci/devices/$nic/net)
nic_mac=$(< "/sys/class/net/$interface/address")
# a VF gets its address from a PF that is up
pf=$(ls /sys/bus/pci/devices/0000:05:00.1/net)
ip link set "$pf" up
ip link set "$pf" vf 0 mac 52:54:00:12:34:56
echo "$mdev" > /sys/class/mdev_bus/mtty/mdev_supported_types/mtty-2/create
initramfs "$work/initrd" igbvf e1000e
chmod 755 "$work"
udevadm settle
snapshot "$work/before"

# --- what QEMU takes ---

run vfio-prep qemu-args $vf "mdev_$mdev"
words=$out
ok "attach" vfio-prep attach $vf "mdev_$mdev" --user nobody
for form in text json; do
	if [ $form = json ]; then
		mapfile -t args < <(vfio-prep qemu-args $vf "mdev_$mdev" --json | jq -r '.[]')
	else
		eval "args=($words)"
	fi
	ok "QEMU takes the $form form" timeout 60 prlimit --memlock=unlimited \
		setpriv --reuid nobody --regid nogroup --init-groups vfio-prep run $vf "mdev_$mdev" --memory 64 -- \
		sh -c 'echo quit | exec qemu-system-x86_64 "$@"' - -S -accel tcg -machine q35 -m 64 \
		-display none -nodefaults -monitor stdio "${args[@]}"
done
ok "detach" vfio-prep detach --all

# --- a guest with a VF, a whole network card and a mediated device ---

status=0
guest pci_0000_05_10_1 $nic "mdev_$mdev" || status=$?
is $status 0 "a guest runs and ends" || diag "$(< "$work/err")"
out=$(tr -d '\r' < "$RESULTS/console")
like "$out" "GUEST end" "it came to its end" || diag "$out"
like "$out" "GUEST net igbvf 52:54:00:12:34:56" "its igbvf has the VF, with its MAC address"
like "$out" "GUEST net e1000e $nic_mac" "its e1000e has the card, with its MAC address"
like "$out" "GUEST serial ttyS[1-3]" "it finds the serial ports of the mediated device"
udevadm settle
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

done_testing
