#!/bin/bash
# What happens to attached devices behind our back, signals, and several commands at once.
. /src/tests/vm/guest/lib.sh

pci=/sys/bus/pci/devices
igb_vfs 4
modprobe vfio-pci
udevadm settle
snapshot "$work/before"

# --- a device that goes away ---
vfio-prep attach 05:10.1 2> /dev/null
igb_vfs 0
run vfio-prep detach 05:10.1
is "$status" 0 "a VF that is gone can be given back"
like "$err" "not there any more" "it is said"
igb_vfs 4
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "nothing is left"

# --- somebody else's hand ---
vfio-prep attach 05:10.1 2> /dev/null
echo 0000:05:10.1 > $pci/0000:05:10.1/driver/unbind
echo > $pci/0000:05:10.1/driver_override
echo 0000:05:10.1 > /sys/bus/pci/drivers/igbvf/bind
run vfio-prep detach 05:10.1
is "$status" 0 "a device that somebody took back already"
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

vfio-prep attach 05:10.1 2> /dev/null
modprobe pci-stub
echo pci-stub > $pci/0000:05:10.1/driver_override
echo 0000:05:10.1 > $pci/0000:05:10.1/driver/unbind
echo 0000:05:10.1 > /sys/bus/pci/drivers/pci-stub/bind
run vfio-prep detach 05:10.1
is "$status" 0 "a device that somebody gave to another driver"
like "$err" "somebody else.*left as it is" "it is said"
is "$(driver_of 0000:05:10.1) $(< $pci/0000:05:10.1/driver_override)" "pci-stub pci-stub" \
	"it stays there"
sysfs_native 0000:05:10.1
udevadm settle

vfio-prep attach 05:10.1 2> /dev/null
echo '# changed' >> "/run/udev/rules.d/99-vfio-prep-iommu_group_$(group_of 0000:05:10.1).rules"
run vfio-prep detach 05:10.1
like "$err" "changed by somebody else" "a rule file that somebody changed stays"
rm /run/udev/rules.d/*
rmdir /run/udev/rules.d

# The old driver's module is unloaded meanwhile: it is loaded again.
for device in 05:10.1 05:10.3 05:10.5 05:10.7; do vfio-prep attach "$device" 2> /dev/null; done
ok "the driver's module goes" rmmod igbvf
ok "all come back" vfio-prep detach --all
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "on their driver"

# --- signals ---
for signal in INT TERM HUP; do
	# As fast as can be, so that the signal comes at different moments.
	for pause in 0.02 0.05 0.08; do
		# a background command of a script ignores SIGINT: start it through env
		env --default-signal=INT vfio-prep attach 05:10.1 05:10.3 05:10.5 05:10.7 \
			2> "$work/err" &
		pid=$!
		read -rt "$pause" <> <(:)
		kill -"$signal" "$pid" 2> /dev/null
		wait "$pid"
		status=$?
		[ "$status" -ne 0 ] || vfio-prep detach --all 2> /dev/null
		[[ $status =~ ^(0|1|130|143|129)$ ]] || break 2
	done
done
like "$status" '^(0|1|130|143|129)$' "a signal ends attach as it should"
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "and leaves nothing behind"

# --- several at once ---
pids=()
for device in 05:10.1 05:10.3 05:10.5 05:10.7; do
	vfio-prep attach "$device" --owner "guest-$device" 2> "$work/$device" &
	pids+=($!)
done
status=0
for pid in "${pids[@]}"; do wait "$pid" || status=1; done
is "$status" 0 "four owners attach at once"
pids=()
for device in 05:10.1 05:10.3 05:10.5 05:10.7; do
	vfio-prep detach --owner "guest-$device" &
	pids+=($!)
done
status=0
for pid in "${pids[@]}"; do wait "$pid" || status=1; done
is "$status" 0 "and give back at once"
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

vfio-prep attach 05:10.1 2> /dev/null &
vfio-prep attach 05:10.3 2> /dev/null &
wait
is "$(driver_of 0000:05:10.1) $(driver_of 0000:05:10.3)" "vfio-pci vfio-pci" \
	"two commands of one owner take turns"
ok "all come back" vfio-prep detach --all
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

# --- names ---
owner=$'../../etc/x "quoted" \xc3\xa9'
ok "an owner's name is data" vfio-prep attach 05:10.1 --owner "$owner"
is "$(ls /run/vfio-prep/owners)" '%2E.%2F..%2Fetc%2Fx%20%22quoted%22%20%C3%A9.jsonl' \
	"it stays in its folder"
is "$(vfio-prep status --json | jq -r '.owners[0].name')" "$owner" "and comes back whole"
ok "it can give back" vfio-prep detach --owner "$owner"
run vfio-prep attach 05:10.1 --owner "$(printf 'a%.0s' {1..4000})"
is "$status" 2 "4,000 characters are too many"
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

done_testing
