#!/bin/bash
# What listing devices costs: 4096 PCI devices beside lspci, on a tree that is not the kernel's in
# the place of /sys, and this host's own devices beside virsh with a warm daemon; and what comparing
# these 4096 with 200 sections costs beside listing them. Run in the guest.
. /src/tests/vm/guest/lib.sh

bench=/src/tests/bench
count=4096

# measure ROUNDS NAME ARGUMENTS [NAME COMMAND]…: vfio-prep with these arguments, that of the other
# checkout where there is one, and other programs.
measure() {
	local rounds=$1 name=$2 arguments=$3 against=()
	shift 3
	[ ! -x /build/against/hook/vfio-prep ] ||
		against=("against $name" "/build/against/hook/vfio-prep $arguments")
	python3 -IS "$bench/measure.py" "$rounds" "$name" "vfio-prep $arguments" "${against[@]}" "$@"
}

igb_vfs 7
start_libvirtd || bail_out "libvirtd does not start"
virsh -q -c qemu:///system nodedev-list > /dev/null
export -f measure
export bench
echo "this host:"
measure 9 "list --tree" "list --tree" \
	"virsh nodedev-list --tree" "virsh -q -c qemu:///system nodedev-list --tree"
measure 9 "list" "list" "virsh nodedev-list" "virsh -q -c qemu:///system nodedev-list"
measure 9 "show VF --xml" "show 05:10.1 --xml" \
	"virsh nodedev-dumpxml VF" "virsh -q -c qemu:///system nodedev-dumpxml pci_0000_05_10_1"
measure 5 "list --json" "list --json"
stop_libvirtd

echo "$count PCI devices:"
python3 -IS $bench/pci-tree.py "$work/sys" $count
for words in '' every; do
	mkdir -p "$work/declared$words"
	python3 -IS $bench/declared.py 200 $words > "$work/declared$words/bench.conf"
	echo "declared-dirs = $work/declared$words" > "$work/vfio-prep$words.conf"
done
# 200 sections are to take less than twice the time of the names; those by every word, each of which
# is read of every device, less than the table.
compare() {
	measure 5 list list '200 sections' "vfio-prep apply --check --config $work/vfio-prep.conf"
	measure 3 '200 sections, every word' "apply --check --config $work/vfio-prepevery.conf" \
		'list, as a table' "script -qec 'vfio-prep list' /dev/null"
}
export -f compare
export work
unshare -m bash -c "mount --bind $work/sys /sys && compare &&
	measure 5 'list --cap pci' 'list --cap pci' 'lspci -D -k' 'lspci -D -k' &&
	measure 3 'list --tree' 'list --tree' &&
	measure 3 'list --json --cap pci' 'list --json --cap pci'"
echo 1..0
