#!/bin/bash
# A driver hangs with a lock, that of all network interfaces (RTNL) or of a USB device: every verb
# ends all the same, says why where it cannot go on, and goes on when the lock is free again.
. /src/tests/vm/guest/lib.sh

[[ $(modinfo -F vermagic /build/fault/hold.ko) == "$(uname -r) "* ]] ||
	skip_all "no module that makes this kernel hang"
first=0000:05:10.1 second=0000:05:10.3 third=0000:05:10.5
stuck="the configuration of network interfaces is stuck"

# ends STATUS DESC COMMAND…: within 25 s.
ends() {
	local want=$1 desc=$2
	shift 2
	run timeout --signal=KILL 25 "$@"
	is "$status" "$want" "$desc"
	[ "$status" -eq "$want" ] || diag "$err"
}

igb_vfs 3
for address in $first $second $third; do
	wait_for 20 test -d "/sys/bus/pci/devices/$address/net" || bail_out "$address has no interface"
done
udevadm settle
name=$(ls "/sys/bus/pci/devices/$first/net")
pf_name=$(ls "/sys/bus/pci/devices/$igb_pf/net")
ip link set "$name" up
ip link set "$pf_name" up
# The PF learns the address that the first VF has chosen for itself.
knows_address() { ip link show "$pf_name" | grep -q "vf 0 .* $(< "/sys/class/net/$name/address")"; }
wait_for 20 knows_address || diag "the PF does not learn the VF's address"
mkdir -p /etc/vfio-prep.d
cat > /etc/vfio-prep.d/test.conf << END
[device by-mac]
match = mac=$(< "/sys/class/net/$name/address")
[vfs $igb_pf]
count = 3
vf.2.mac = 52:54:00:00:00:01
END
cat > "$work/web1.xml" << END
<domain type='kvm'><name>web1</name><uuid>6a28e9f6-6627-49b8-8c24-741ab810ecc0</uuid><devices>
<interface type='hostdev' managed='yes'><mac address='52:54:00:12:34:56'/>
<source><address type='pci' domain='0' bus='5' slot='0x10' function='5'/></source></interface>
</devices></domain>
END
ok "one is attached before" vfio-prep attach $second
snapshot "$work/before"
vfio-prep show "$pf_name" > "$work/page"
like "$(< "$work/page")" "features  " "an interface's features are told"

ok "the lock is held" insmod /build/fault/hold.ko lock=rtnl

# --- what only looks ---
ends 0 "status" vfio-prep status
ends 0 "the table" vfio-prep list
ends 0 "all node devices" vfio-prep list --json
ends 0 "groups" vfio-prep groups
ends 0 "an interface" vfio-prep show "$pf_name"
like "$out" "network interface $pf_name" "what is known of it is told"
ends 0 "its PCI device" vfio-prep show $first
ends 0 "a report" vfio-prep report "$work/report.html"
ends 0 "doctor" vfio-prep doctor
ends 0 "a capture" vfio-prep capture "$work/captured"
ends 1 "a pool" vfio-prep pools
like "$err" "cannot look at the devices of @by-mac: $stuck" "a pool: it is said why"
ends 1 "export" vfio-prep export
like "$err" "cannot read how $igb_pf is: $stuck" "export: it is said why"
ends 1 "apply --check" vfio-prep apply --check
like "$err" "$stuck" "apply --check: it is said why"

# --- what changes ---
ends 3 "an interface that is up" vfio-prep attach $first
like "$err" "$name is up, and the kernel does not tell its addresses within 5 s: $stuck" \
	"an interface that is up: it is said why"
ends 1 "a device by its MAC address" vfio-prep attach @by-mac
like "$err" "$stuck" "a device by its MAC address: it is said why"
ends 1 "apply" vfio-prep apply
like "$err" "$stuck" "apply: it is said why"
ends 1 "a domain's VF that is to have a MAC address" vfio-prep prepare "$work/web1.xml"
like "$err" "$third: the kernel does not tell its MAC address and VLAN within 5 s: $stuck" \
	"a domain's VF: it is said why"
ends 0 "a device without an interface" vfio-prep attach "$nvme_pf" --owner disk
ends 0 "goes back" vfio-prep detach --owner disk

ok "the lock is free" rmmod hold
udevadm settle
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "nothing has changed"
ok "then it all works: a pool" vfio-prep pools
ok "a domain's VF" vfio-prep prepare "$work/web1.xml"
ok "goes back" vfio-prep release web1
ok "and the one from before" vfio-prep detach $second
not_ok "no journal is left" test -e /run/vfio-prep
rm -r /etc/vfio-prep.d

# --- a USB device ---
usb=1-1
hangs="usb_1_1: the kernel does not tell its serial number within 5 s: a driver or a program hangs with it"
vfio-prep attach usb_1_1 --owner other
ok "the lock of $usb is held" insmod /build/fault/hold.ko lock=$usb
ends 0 "the table" vfio-prep list
ends 0 "all node devices" vfio-prep list --json
ends 0 "status" vfio-prep status
ends 0 "a report" vfio-prep report "$work/report.html"
for verb in check attach; do
	ends 1 "$verb" vfio-prep "$verb" usb_1_1
	like "$err$out" "$hangs" "$verb: it is said why"
done
ends 0 "what is held goes back" vfio-prep detach usb_1_1
like "$err" "usb_1_1 is given back" "and it is said"
ends 0 "another device" vfio-prep attach "$nvme_pf" --owner disk
ends 0 "goes back" vfio-prep detach --owner disk
ok "the lock is free" rmmod hold
ok "then it works" vfio-prep attach usb_1_1
ok "and goes back" vfio-prep detach usb_1_1
done_testing
