#!/bin/bash
# How many system calls each verb makes, in all its processes together. Unlike a time, that number
# is the same on a busy machine. What only waits (poll) is not counted: that depends on the time.
#   calls.sh [SIZE…]   16 32 64: so many VFs, more each time; 508 need the topology "many"
. /src/tests/vm/guest/lib.sh

[ $# -gt 0 ] || set -- 16 32 64
sizes=("$@")
waits='!poll,ppoll,wait4,restart_syscall,clock_nanosleep,rt_sigreturn'
declare -A calls
vfs=()

udevd=$(pgrep -o udevd)

has_no_worker() { [ -z "$(< "/proc/$udevd/task/$udevd/children")" ]; }

# count NAME COMMAND…: sets calls[NAME]. udevd has no worker left, whose open files would be counted.
count() {
	local name=$1
	shift
	udevadm settle
	udevadm control --reload
	wait_for 20 has_no_worker || diag "udevd keeps its workers"
	run strace -f -c -o "$work/trace" -e trace="$waits" "$@"
	[ "$status" -eq 0 ] || fail "$name: status $status: $err"
	calls[$name]=$(awk '$NF == "total" { print $4 }' "$work/trace")
	[ ! -d "${RESULTS-}" ] || cp "$work/trace" "$RESULTS/calls-$name"
}

# at_most NAME LIMIT DESC
at_most() {
	if [ "${calls[$1]}" -le "$2" ]; then
		pass "$3: ${calls[$1]}, at most $2"
	else
		fail "$3: ${calls[$1]}, at most $2"
	fi
}

# each NAME A B: sets each, how many calls every device of those between two sizes costs, in tenths.
each() { each=$(((calls[$1.$3] - calls[$1.$2]) * 10 / ($3 - $2))); }

# per_device NAME LIMIT: the number for each device must not grow with how many there are.
per_device() {
	local first each n=${#sizes[@]}
	each "$1" "${sizes[0]}" "${sizes[1]}"
	first=$each
	each "$1" "${sizes[n - 2]}" "${sizes[n - 1]}"
	calls[$1.each]=$(((each + 9) / 10))
	at_most "$1.each" "$2" "$1, each of ${sizes[n - 1]} devices"
	if [ $((each * 10)) -le $((first * 11 + 10)) ]; then
		pass "$1: $((first / 10)).$((first % 10)) for each of the first, $((each / 10)).$((each % 10)) of the last"
	else
		fail "$1: $((first / 10)).$((first % 10)) for each of the first, $((each / 10)).$((each % 10)) of the last"
	fi
}

# many_vfs N: that many VFs without a driver, of one NVMe controller after the other; sets vfs.
many_vfs() {
	local pf left=$1 total
	vfs=()
	for pf in /sys/bus/pci/drivers/nvme/*:*; do
		pf=${pf##*/}
		read -r total 2>/dev/null < "/sys/bus/pci/devices/$pf/sriov_totalvfs" || continue
		echo 0 > "/sys/bus/pci/devices/$pf/sriov_drivers_autoprobe"
		set_vfs "$pf" $((left < total ? left : total)) || bail_out "no VFs of $pf"
		left=$((left < total ? 0 : left - total))
		mapfile -t -O "${#vfs[@]}" vfs < <(vfs_of "$pf")
	done
}

# --- one device ---
modprobe -a vfio-pci igbvf
igb_vfs 7
vf=0000:05:10.1
wait_for 10 test "$(driver_of $vf)" = igbvf || :
vfio-prep attach $vf && vfio-prep detach $vf	# all modules are loaded
count attach vfio-prep attach $vf
count detach vfio-prep detach $vf
udevadm settle
at_most attach 300 "attach of a VF"
at_most detach 235 "detach of a VF"
igb_vfs 0

# How many children there are depends on the time that their work takes, but for the first ones.
echo 'parallel = 4' > /etc/vfio-prep.conf

# --- many ---
for n in "${sizes[@]}"; do
	many_vfs "$n"
	is "${#vfs[@]}" "$n" "$n VFs are there"
	export_is_as_declared
	count "check.$n" vfio-prep check "${vfs[@]}"
	count "attach.$n" vfio-prep attach "${vfs[@]}"
	count "status.$n" vfio-prep status
	count "groups.$n" vfio-prep groups
	count "list.$n" vfio-prep list pci
	count "detach.$n" vfio-prep detach --all
	udevadm settle
done
many_vfs 0
per_device check 30
per_device attach 70
per_device status 30
per_device groups 30
per_device list 30
per_device detach 60
done_testing
