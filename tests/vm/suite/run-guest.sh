#!/bin/bash
# A guest that really uses its devices: QEMU in the testbed, started by `run` as an ordinary user,
# boots a kernel that drives what it was given.
. /src/tests/vm/guest/lib.sh

vf=0000:05:10.1 nic=0000:04:00.0 mdev=c2177883-f1bb-47f0-914d-32a22e3a8804
kernel=$(uname -r)

# initramfs FILE: loads the drivers and tells what came of it on the console.
initramfs() {
	local dir=$work/initramfs module line path
	mkdir -p "$dir"/{bin,dev,proc,sys,modules}
	cp /usr/bin/busybox "$dir/bin/"
	for module in igbvf e1000e; do
		modprobe -S "$kernel" --show-depends $module
	done | while read -r line path _; do
		[ "$line" = insmod ] || continue
		module=$(basename "$path" .xz)
		xz -dc "$path" > "$dir/modules/$module" 2> /dev/null || cp "$path" "$dir/modules/"
		grep -qxF "$module" "$dir/modules/order" 2> /dev/null || echo "$module" >> "$dir/modules/order"
	done
	cat > "$dir/init" <<'END'
#!/bin/busybox sh
b=/bin/busybox
$b mount -t devtmpfs dev /dev
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
for module in $($b cat /modules/order); do $b insmod "/modules/$module"; done
for dev in /sys/bus/pci/devices/*; do
	[ -e "$dev/net" ] || continue
	for net in "$dev"/net/*; do
		echo "GUEST net $($b basename "$($b readlink "$dev/driver")") $($b cat "$net/address")"
	done
done
for port in 0 1 2 3; do
	type=$($b cat /sys/class/tty/ttyS$port/type 2> /dev/null) || continue
	[ "$type" = 0 ] || echo "GUEST serial ttyS$port $($b basename "$($b readlink -f /sys/class/tty/ttyS$port/device/../..)")"
done
echo "GUEST end"
$b poweroff -f
END
	chmod +x "$dir/init"
	(cd "$dir" && find . | busybox cpio -o -H newc 2> /dev/null | gzip -1) > "$1"
	chmod 644 "$1"
}

# guest DEVICE…: its console is in $RESULTS/console. The word for the devices is in the middle, as
# anywhere.
guest() {
	timeout 400 vfio-prep run "$@" --memory 256M --user nobody --force -- \
		qemu-system-x86_64 -accel tcg -cpu max -machine q35 -m 256 @DEVICES@ \
		-display none -nodefaults -no-reboot -serial stdio \
		-kernel "/boot/vmlinuz-$kernel" -initrd "$work/initrd" \
		-append "console=ttyS0 quiet panic=-1 no_timer_check" \
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
initramfs "$work/initrd"
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
