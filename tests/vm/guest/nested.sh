# Sourced after lib.sh: what a guest in the guest boots, which drives the devices that it was given.
# shellcheck shell=bash disable=SC2034,SC2154

kernel=$(uname -r)

# initramfs FILE MODULE…: loads the drivers and tells what came of it on the console.
initramfs() {
	local file=$1 dir=$work/initramfs module line path
	shift
	mkdir -p "$dir"/{bin,dev,proc,sys,modules}
	cp /usr/bin/busybox "$dir/bin/"
	for module; do
		modprobe -S "$kernel" --show-depends "$module"
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
	for net in "$dev"/net/* "$dev"/virtio*/net/*; do
		[ -e "$net/address" ] || continue
		echo "GUEST net $($b basename "$($b readlink "${net%/net/*}/driver")") $($b cat "$net/address")"
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
	(cd "$dir" && find . | busybox cpio -o -H newc 2> /dev/null | gzip -1) > "$file"
	chmod 644 "$file"
}

# guest_words: of QEMU, for such a guest with that initramfs; its console is standard output.
guest_words=(-accel tcg -cpu max -machine q35 -m 256 -display none -nodefaults -no-reboot -serial stdio
	-kernel "/boot/vmlinuz-$kernel" -initrd "$work/initrd"
	-append "console=ttyS0 quiet panic=-1 no_timer_check")
