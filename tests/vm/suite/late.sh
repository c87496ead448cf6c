#!/bin/bash
# Devices that come after boot, run by systemd: they are made as declared, in one run for many. None
# is lost that comes during a run, and what a run does itself does not start the next one for ever.
. /src/tests/vm/guest/lib.sh
. /src/tests/vm/guest/systemd.sh

pci=/sys/bus/pci/devices vf=0000:05:10.1 uuid=c2177883-f1bb-47f0-914d-32a22e3a8804
mdev=/sys/bus/mdev/devices/$uuid
modprobe vfio-pci
igb_vfs 0
install_apply
systemd_udevd=yes
printf '[Unit]\nDefaultDependencies=no\nWants=vfio-prep-apply.service\n' > $units/test.target

# Where the host was looked at, the run stops while there is a file.
cat > /usr/local/sbin/stops <<-'STOPS'
	#!/bin/bash
	vfio-prep "$@"
	status=$?
	[ ! -e /run/stop ] || mv /run/stop /run/stopped
	while [ -e /run/stopped ]; do sleep 0.1; done
	exit $status
STOPS
chmod 755 /usr/local/sbin/stops
printf '[Service]\nExecStart=\nExecStart=/usr/local/libexec/vfio-prep/apply-late /usr/local/sbin/stops\n' \
	> $units/vfio-prep-apply-late.service.d/stops.conf

# declare_only LINE…: all that is declared.
declare_only() { mkdir -p $declared; printf '%s\n' "$@" > $declared/host.conf; }
guests=('[device guests]' "match = pf=$igb_pf" 'boot = bind')

# late MOST DESC COMMAND…: after the command the unit for what comes late has at least one run, and
# at most so many.
late() {
	local most=$1 desc=$2 before n
	shift 2
	late_ends || bail_out "$desc: a run does not end"
	before=$(late_runs)
	"$@" || fail "$desc: $*"
	udevadm settle
	late_ends || { fail "$desc: no end of it"; return; }
	n=$(($(late_runs) - before))
	ok "$desc: $n runs, of at least one and at most $most" test "$n" -ge 1 -a "$n" -le "$most" ||
		diag "$(tail -n 20 "$work/said")"
}

write() { echo "$1" > "$2"; }

# owner_of_vf: its driver, and whose its node is.
owner_of_vf() { echo "$(driver_of $vf) $(stat -c %U "/dev/vfio/$(group_of $vf)")"; }

declare_only "${guests[@]}"
udevadm settle
snapshot "$work/before"
ok "boot" systemd_boot test.target
ok "what comes late is waited for" wait_for 60 ctl is-active --quiet vfio-prep-apply-late.path

late 2 "7 VFs by hand" write 7 $pci/$igb_pf/sriov_numvfs
is "$(igb_drivers)" "vfio-pci vfio-pci vfio-pci vfio-pci vfio-pci vfio-pci vfio-pci" "all of them are as declared"

# --- many, beside an owner ---

ok "an owner takes one" vfio-prep attach $vf --owner guest
is "$(owner_of_vf)" "vfio-pci libvirt-qemu" "and has it"
late_ends
snapshot "$work/declared"
mapfile -t all < <(vfs_of $igb_pf)
all+=("$igb_pf")
many() {
	local _ device
	for _ in {1..8}; do
		for device in "${all[@]}"; do echo add > "$pci/$device/uevent"; done
	done
}
late 2 "64 events" many
snapshot "$work/after"
same_snapshot "$work/declared" "$work/after" "with all as declared they change nothing"
is "$(owner_of_vf)" "vfio-pci libvirt-qemu" "the owner has his all the same"
ok "it goes back" vfio-prep detach --owner guest
is "$(driver_of $vf)" vfio-pci "to the declared state"
late 2 "somebody binds one to the host's driver" sysfs_native $vf
is "$(driver_of $vf)" vfio-pci "it is as declared again"
igb_vfs 0

# --- during a run ---

three_during_a_run() {
	: > /run/stop
	echo add > "$pci/$igb_pf/uevent"
	wait_for 60 test -e /run/stopped || return
	echo 3 > "$pci/$igb_pf/sriov_numvfs"
	udevadm settle
	rm /run/stopped
}
late 3 "3 VFs when the host has been looked at" three_during_a_run
is "$(igb_drivers)" "vfio-pci vfio-pci vfio-pci" "they are as declared all the same"
igb_vfs 0

# --- what comes with a driver ---

echo $igb_pf > $pci/$igb_pf/driver/unbind
declare_only "[vfs $igb_pf]" 'count = 2'
late 2 "the driver of a PF" write $igb_pf /sys/bus/pci/drivers/igb/bind
is "$(igb_drivers)" "igbvf igbvf" "its VFs are made"
if modprobe -n mtty 2> /dev/null; then
	printf '[mdev %s]\ntype = mtty-2\nparent = mtty\n' $uuid > $declared/mdev.conf
	late 2 "a parent of mediated devices" modprobe mtty
	ok "its mediated device is made" test -e $mdev
	rm $declared/mdev.conf
	ok "a file less, and reload" ctl reload vfio-prep-apply.service
	modprobe -r mtty
else
	skip "a parent of mediated devices" "this kernel has no mtty"
fi

# --- what fails ---

declare_only "[vfs $igb_pf]" 'count = 0'
ok "no VFs, and reload" ctl reload vfio-prep-apply.service
is "$(vfs_of $igb_pf)" "" "there are none"
# They are made, and then undone, as no guest can have them: all of it makes events.
declare_only "[vfs $igb_pf]" 'count = 2' "${guests[@]}" 'driver = igb'
late 1 "what fails" write add $pci/$igb_pf/uevent
is "$(ctl show -P Result vfio-prep-apply-late.service)" exit-code "the unit has failed"
is "$(vfs_of $igb_pf)" "" "all is as it was" || diag "$(tail -n 5 "$work/said")"
declare_only "[vfs $igb_pf]" 'count = 2'
late 2 "another device, when that is mended" write add $pci/$igb_pf/uevent
is "$(igb_drivers)" "igbvf igbvf" "all is as declared"

# --- what is declared no more ---

rm -r $declared
late 1 "without a file" write add $pci/$igb_pf/uevent
is "$(igb_drivers)" "igbvf igbvf" "nothing is done"
mkdir $declared
ok "but reload" ctl reload vfio-prep-apply.service
is "$(vfs_of $igb_pf)" "" "gives all back"
ok "stop" ctl stop vfio-prep-apply.service
not_ok "nothing waits for devices then" ctl is-active vfio-prep-apply-late.path
systemd_end
rmdir $declared
rm -rf /run/vfio-prep-late
udevadm settle
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"
done_testing
