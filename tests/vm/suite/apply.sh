#!/bin/bash
# The host as it is declared: made so, left alone, changed with the file, and as it was in the end.
. /src/tests/vm/guest/lib.sh

declared=/etc/vfio-prep.d
mkdir -p $declared
modprobe vfio-pci
udevadm settle
snapshot "$work/before"

run vfio-prep apply --check
is "$status $out" "0 as declared" "nothing is declared at first"

cp /src/tests/vm/guest/card.conf $declared/lab.conf
run vfio-prep apply --check
is "$status" 5 "it differs"
like "$out" "differs: $igb_pf: 0 VFs; declared 7 .$declared/lab.conf" "how, and where it is declared"
run vfio-prep apply --dry-run
is "$status" 0 "a dry run"
like "$out" "would be changed: $igb_pf" "tells the same"
is "$(vfs_of $igb_pf)" "" "and nothing was done"
run vfio-prep apply
is "$status" 0 "applied" || diag "$err"
mapfile -t vfs < <(vfs_of "$igb_pf")
is "${#vfs[@]} $(driver_of "${vfs[0]}") $(driver_of "${vfs[1]}") $(driver_of "${vfs[2]}") $(driver_of "${vfs[6]}")" \
	"7 vfio-pci vfio-pci igbvf vfio-pci" "VFs, and those for guests"
interface=$(ls /sys/bus/pci/devices/$igb_pf/net)
like "$(ip link show dev "$interface")" "vf 6 .*52:54:00:0a:0b:0c.*vlan 42" "one has its address and VLAN"
is "$(stat -c '%U %a' "/dev/vfio/$(group_of "${vfs[0]}")")" "root 600" "its node is root's"
udevadm settle
snapshot "$work/declared"
run vfio-prep apply
is "$status $out" "0 as declared" "a second time nothing is to be done"
snapshot "$work/after"
same_snapshot "$work/declared" "$work/after" "and nothing was"
run vfio-prep status
like "$out" "declared" "status shows who did it"

# --- owners ---

ok "an owner takes one" vfio-prep attach @web1 --owner web1
is "$(stat -c '%U' "/dev/vfio/$(group_of "${vfs[6]}")")" libvirt-qemu "its node is the guest's"
run vfio-prep apply
is "$status $out" "0 as declared" "that is as declared, too"
mv $declared/lab.conf "$work/lab.conf"
run vfio-prep apply
is "$status" 3 "what he has is not taken"
like "$err" "${vfs[6]} belongs to owner 'web1'" "and it is said"
mv "$work/lab.conf" $declared/lab.conf
ok "it goes back" vfio-prep detach --owner web1
udevadm settle
snapshot "$work/after"
same_snapshot "$work/declared" "$work/after" "to the declared state"
qemu_hold "${vfs[1]}"
run vfio-prep apply
is "$status $out" "0 as declared" "a guest of somebody's is no difference"
qemu_release

# --- somebody else's hand ---

sysfs_native "${vfs[0]}"
run vfio-prep apply --check --json
is "$(jq -r '.differences[].device' <<< "$out")" "${vfs[0]}" "what somebody changed differs"
ok "it is made so again" vfio-prep apply
is "$(driver_of "${vfs[0]}")" vfio-pci "on its driver"
ip link set "$interface" vf 6 vlan 7
ok "and what its PF says" vfio-prep apply
like "$(ip link show dev "$interface")" "vf 6 .*vlan 42" "is as declared"

# --- export ---

export_is_as_declared
if modprobe mtty 2> /dev/null; then
	vfio-prep mdev create --type mtty-2 --uuid c2177883-f1bb-47f0-914d-32a22e3a8804 > "$work/out" 2>&1
	vfio-prep export > "$work/export.conf"
	vfio-prep mdev remove c2177883-f1bb-47f0-914d-32a22e3a8804 2> "$work/err"
	run vfio-prep apply --check "$work/export.conf"
	like "$status $out" "^5 .*mdev_c2177883-f1bb-47f0-914d-32a22e3a8804: it is not there" "a mediated device, too"
	printf '[mdev c2177883-f1bb-47f0-914d-32a22e3a8804]\ntype = mtty-2\nparent = mtty\n' > $declared/mdev.conf
	ok "it is made" vfio-prep apply
	ok "and there" test -e /sys/bus/mdev/devices/c2177883-f1bb-47f0-914d-32a22e3a8804
	rm $declared/mdev.conf
	ok "it goes" vfio-prep apply
	not_ok "with its file" test -e /sys/bus/mdev/devices/c2177883-f1bb-47f0-914d-32a22e3a8804
	modprobe -r mtty
else
	skip "a mediated device" "this kernel has no mtty"
fi

# --- driverctl disagrees ---

driverctl set-override "${vfs[0]}" igbvf 2> "$work/err" || diag "$(< "$work/err")"
run vfio-prep doctor
like "$out" "driverctl binds ${vfs[0]} to igbvf ./etc/driverctl.d/pci-${vfs[0]}., and @guests in $declared/lab.conf declares" \
	"doctor names both"
driverctl unset-override "${vfs[0]}" 2> "$work/err" || diag "$(< "$work/err")"
run vfio-prep doctor --json
is "$(jq -r '.[] | select(.check == "declared") | .status' <<< "$out")" ok "and is content without it"
ok "what driverctl did is made so again" vfio-prep apply
is "$(driver_of "${vfs[0]}")" vfio-pci "on its driver"

# --- what a PF says of its VFs ---

rm $declared/lab.conf
ok "nothing is declared any more" vfio-prep apply
udevadm settle
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

# vf_line N: what the PF's interface says of the VF behind its MAC address, which a VF that its own
# driver has may change.
vf_line() {
	local line
	line=$(ip link show dev "$interface" | grep "^ *vf $1 ")
	echo "${line#*ff:ff:ff:ff:ff:ff}"
}

igb_vfs 2
before=$(vf_line 1)
cat > $declared/vfs.conf << EOF
[vfs $igb_pf]
count = 2
vf.1.trust = yes
vf.1.spoofchk = no
EOF
run vfio-prep apply --check
is "$status $out" "5 differs: ${vfs[1]}: trust no, spoofchk yes; declared trust yes, spoofchk no ($declared/vfs.conf)" \
	"trust and spoof check differ"
ok "they are set" vfio-prep apply
like "$(vf_line 1)" "spoof checking off.*trust on" "as declared"
is "$(vf_line 0)" "$before" "the other VF has what it had"
run vfio-prep apply
is "$status $out" "0 as declared" "they are found so"
ip link set "$interface" vf 1 trust off
run vfio-prep apply --check --json
is "$(jq -r '.differences[] | .device + " " + .what' <<< "$out")" \
	"${vfs[1]} trust no; declared trust yes ($declared/vfs.conf)" "what somebody changed"
ok "is mended" vfio-prep apply
like "$(vf_line 1)" "spoof checking off.*trust on" "and as declared"

# igb takes a rate while there is a link, and has no state of a VF's link.
printf 'vf.1.rate = 100\n' >> $declared/vfs.conf
ip link set "$interface" down
run vfio-prep apply
is "$status" 4 "a rate without a link: what the VF had goes back before that is known"
like "$err" "${vfs[1]}: cannot set its rate 100 .vf.1.rate., by its PF $igb_pf: Invalid argument; .* a link" \
	"is said by its key"
like "$err" "is given back already" "and that the host is another than before"
ip link set "$interface" up
wait_for 20 grep -qx 1 "/sys/class/net/$interface/carrier" || diag "no link"
ok "with one it is set" vfio-prep apply
like "$(vf_line 1)" "max_tx_rate 100Mbps.*spoof checking off.*trust on" "beside the others"
run vfio-prep apply
is "$status $out" "0 as declared" "and found so"
cp $declared/vfs.conf "$work/vfs.conf"
printf 'vf.0.link = enable\n' >> $declared/vfs.conf
run vfio-prep apply
is "$status" 1 "what the driver has no setting for"
like "$err" "${vfs[0]}: cannot set its link enable .vf.0.link., .*: Operation not supported; its driver has no such" \
	"is said by its key"
cp "$work/vfs.conf" $declared/vfs.conf
ok "without it" vfio-prep apply
like "$(vf_line 1)" "max_tx_rate 100Mbps.*spoof checking off.*trust on" "all is there"
vfio-prep export > "$work/export.conf"
like "$(< "$work/export.conf")" "vf.1.trust = yes.vf.1.spoofchk = no.vf.1.rate = 100" "it is exported"
export_is_as_declared
ok "an owner takes the VF" vfio-prep attach "${vfs[1]}" --owner web1
vfio-prep export > "$work/export.conf"
run vfio-prep apply --check "$work/export.conf"
is "$status $out" "0 as declared" "then, too" || diag "$(< "$work/export.conf")"
ok "it goes back" vfio-prep detach --owner web1
rm $declared/vfs.conf
ok "nothing is declared" vfio-prep apply
is "$(vf_line 1)" "$before" "the PF says of it what it said before"
ip link set "$interface" down

# --- what others made by hand ---

# As driverctl and mdevctl leave it, and as administrators do.
sysfs_vfio "${vfs[0]}"
mdev=''
if modprobe mtty 2> /dev/null; then
	mdev=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
	echo $mdev > /sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1/create
fi
udevadm settle
vfio-prep export > "$work/export.conf"
like "$(< "$work/export.conf")" "match = address=${vfs[0]} .*driver = vfio-pci" "a device that has an override"
like "$(< "$work/export.conf")" "count = 2" "VFs of sriov_numvfs"
[ -z "$mdev" ] || like "$(< "$work/export.conf")" "mdev $mdev.*type = mtty-1" "a mediated device"
run vfio-prep apply --check "$work/export.conf"
is "$status $out" "0 as declared" "all of it is as declared" || diag "$(< "$work/export.conf")"
run vfio-prep apply "$work/export.conf"
is "$status $out" "0 as declared" "and nothing is to be done"
vfio-prep capture "$work/tree" > "$work/out" 2>&1
vfio-prep export --sysroot "$work/tree" > "$work/tree.conf"
like "$(< "$work/tree.conf")" "count = 2.*match = address=${vfs[0]} " "of a captured tree the same"
run vfio-prep apply --check "$work/tree.conf" --sysroot "$work/tree"
is "$status $out" "0 as declared" "is as declared" || diag "$(< "$work/tree.conf")"
run vfio-prep apply "$work/tree.conf" --sysroot "$work/tree"
is "$status" 2 "but nothing is changed in one"
sysfs_native "${vfs[0]}"
name=${vfs[0]//:/-}
run vfio-prep apply --check "$work/export.conf"
is "$status $out" "5 differs: ${vfs[0]}: on igbvf; declared to be on vfio-pci (@bound-$name in $work/export.conf)" \
	"what changes differs"
run vfio-prep apply --check "$work/tree.conf" --sysroot "$work/tree"
is "$status $out" "0 as declared" "but not in the tree"
if [ -n "$mdev" ]; then
	echo 1 > /sys/bus/mdev/devices/$mdev/remove
	modprobe -r mtty
fi
igb_vfs 0
udevadm settle

# --- killed at any time ---

# Each system call of a kind that changes something is where a process is killed; recover, or the
# next apply, puts it right.
cat > $declared/small.conf << EOF
[vfs $igb_pf]
count = 2
autoprobe = no
vf.0.mac = 52:54:00:0a:0b:0d

[device guests]
match = pf=$igb_pf
boot = bind
EOF
points=0 wrong=0
for ((n = 1; n < 60; n++)); do
	strace -f -qq -o /dev/null -e trace=write,unlinkat,mkdirat,renameat,sendto \
		-e inject=write,unlinkat,mkdirat,renameat,sendto:signal=SIGKILL:when=$n \
		vfio-prep apply > "$work/out" 2> "$work/err"
	status=$?
	points=$((points + 1))
	if [ $((points % 2)) -eq 0 ]; then
		vfio-prep recover > "$work/out" 2>&1 || wrong=$((wrong + 1))
	fi
	if ! vfio-prep apply > "$work/out" 2>&1 || [ "$(vfio-prep apply)" != "as declared" ]; then
		wrong=$((wrong + 1))
		diag "killed at $n: $(< "$work/out")"
	fi
	mv $declared/small.conf "$work/small.conf"
	vfio-prep apply > "$work/out" 2>&1 || { wrong=$((wrong + 1)); diag "back after $n: $(< "$work/out")"; }
	mv "$work/small.conf" $declared/small.conf
	[ $status -ne 0 ] || break
done
diag "$points points, killed at each but the last"
is "$wrong" 0 "killed at $points points, and put right"
rm -r $declared
udevadm settle
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"
done_testing
