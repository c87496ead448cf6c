#!/bin/bash
# New VFs are settled when numvfs ends, and one whose probe is just running can be attached.
. /src/tests/vm/guest/lib.sh

igb=/sys/bus/pci/devices/$igb_pf
vf=0000:05:10.1
slow=/run/udev/rules.d/50-slow.rules
modprobe vfio-pci
mkdir -p "${slow%/*}"

# makes WANT DESC: 7 VFs, whose drivers are WANT when numvfs ends.
makes() {
	run vfio-prep numvfs "$igb_pf" 7
	is "$status $(igb_drivers)" "0 $1" "$2"
}

all7="igbvf igbvf igbvf igbvf igbvf igbvf igbvf"
none7="- - - - - - -"

# --- udevd, which is late, loads the driver ---
echo 'ACTION=="add", SUBSYSTEM=="pci", ATTR{device}=="0x10ca", PROGRAM="/bin/sleep 1"' > "$slow"
udevadm control --reload
udevadm control --ping
for i in 1 2; do
	modprobe -r igbvf
	makes "$all7" "$i: the driver is loaded by udevd: numvfs ends when all have it"
	run vfio-prep attach "$vf"
	like "$status $err" "^0 .*$vf attached" "$i: a VF can be attached at once"
	ok "$i: and given back" vfio-prep detach --all
	is "$(driver_of "$vf")" igbvf "$i: to its driver"
	vfio-prep numvfs "$igb_pf" 0 2> /dev/null
done

# --- no driver will come ---
echo 0 > "$igb/sriov_drivers_autoprobe"
makes "$none7" "where the PF lets no driver come, none is waited for"
vfio-prep numvfs "$igb_pf" 0 2> /dev/null
echo 1 > "$igb/sriov_drivers_autoprobe"
rm "$slow"
udevadm control --reload
udevadm control --ping

# --- the kernel probes in the background ---
modprobe -r igbvf
modprobe igbvf async_probe=1
for i in 1 2; do
	makes "$all7" "$i: drivers that are probed in the background are waited for"
	vfio-prep numvfs "$igb_pf" 0 2> /dev/null
done
for i in 1 2 3; do
	echo 7 > "$igb/sriov_numvfs"
	run vfio-prep attach "$vf"
	like "$status $err" "^0 .*$vf attached" "$i: a VF whose probe is just running is attached"
	ok "$i: and given back" vfio-prep detach --all
	echo 0 > "$igb/sriov_numvfs"
	udevadm settle
done
done_testing
