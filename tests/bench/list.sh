#!/bin/bash
# What listing devices costs: 4096 PCI devices beside lspci, on a tree that is not the kernel's in
# the place of /sys, and this host's own devices beside virsh with a warm daemon. Run in the guest.
. /src/tests/vm/guest/lib.sh

bench=/src/tests/bench
count=4096

igb_vfs 7
start_libvirtd || bail_out "libvirtd does not start"
virsh -q -c qemu:///system nodedev-list > /dev/null
echo "this host:"
python3 -IS $bench/measure.py 9 \
	"list --tree" "vfio-prep list --tree" \
	"virsh nodedev-list --tree" "virsh -q -c qemu:///system nodedev-list --tree"
python3 -IS $bench/measure.py 9 \
	"list" "vfio-prep list" "virsh nodedev-list" "virsh -q -c qemu:///system nodedev-list"
python3 -IS $bench/measure.py 9 \
	"show VF --xml" "vfio-prep show 05:10.1 --xml" \
	"virsh nodedev-dumpxml VF" "virsh -q -c qemu:///system nodedev-dumpxml pci_0000_05_10_1"
python3 -IS $bench/measure.py 5 "list --json" "vfio-prep list --json"
stop_libvirtd

echo "$count PCI devices:"
python3 -IS $bench/pci-tree.py "$work/sys" $count
unshare -m bash -c "mount --bind $work/sys /sys && python3 -IS $bench/measure.py 5 \
	'list --cap pci' 'vfio-prep list --cap pci' 'lspci -D -k' 'lspci -D -k' &&
	python3 -IS $bench/measure.py 3 'list --tree' 'vfio-prep list --tree' &&
	python3 -IS $bench/measure.py 3 'list --json --cap pci' 'vfio-prep list --json --cap pci'"
echo 1..0
