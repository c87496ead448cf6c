#!/bin/bash
# Addresses of another boot: the card that apply.sh has, too, is in another slot, and all buses have
# other numbers. The same file declares the same.
. /src/tests/vm/guest/lib.sh

declared=/etc/vfio-prep.d pci=/sys/bus/pci/devices
card=0000:01:00.1
mkdir -p $declared
cp /src/tests/vm/guest/card.conf $declared/lab.conf
modprobe vfio-pci
udevadm settle
is "$(cat $pci/$card/device)" 0x10c9 "the card is here"
not_ok "and not where it was" eval "grep -q 0x10c9 $pci/$igb_pf/device"

# devices_of NAME
devices_of() { vfio-prep pools --json | jq -r --arg name "$1" '.pools[] | select(.name == $name).members[].name'; }

is "$(devices_of card)" $card "its name finds it, by its maker and the address of its interface"
is "$(devices_of by-serial)" 0000:05:00.0 "another one, by its serial number"
is "$(devices_of behind-bridge)" 0000:02:01.0 "a device of another bus number, by the way to it"

run vfio-prep apply
is "$status" 0 "the file applies" || diag "$err"
mapfile -t vfs < <(vfs_of $card)
is "${#vfs[@]} $(driver_of "${vfs[0]}") $(driver_of "${vfs[1]}") $(driver_of "${vfs[2]}") $(driver_of "${vfs[6]}")" \
	"7 vfio-pci vfio-pci igbvf vfio-pci" "to the card where it is now"
is "$(devices_of web1)" "${vfs[6]}" "a VF is found by the address that it was given"
run vfio-prep apply
is "$status $out" "0 as declared" "a second time nothing is to be done"
export_is_as_declared
rm -r $declared
ok "all of it goes back" vfio-prep apply
is "$(vfs_of $card)" "" "and no VF is left"
done_testing
