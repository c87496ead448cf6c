#!/bin/bash
# What attach and detach cost, against the bare writes, driverctl and virsh: run in the guest.
#   attach.sh [--rule] [SIZE…]    1, 7: VFs of an 82576; 64: of an NVMe controller; else all
#   --rule: keep driverctl's udev rule, which starts three processes for every group's node;
#   without, udevd works as on a host that has no driverctl
# Whole processes are timed, so starting them counts. The tools take turns, in an order that is
# reversed every round, as others use the machine at the same time; medians are told. Before
# each turn udevd has no worker left, as on a quiet host, whatever the tool before did to it.
# libvirtd reacts to the events of the others, so it runs for virsh alone.
# shellcheck disable=SC1091,SC2086,SC2154,SC2317
set -u
. /src/tests/vm/guest/lib.sh

bench=/build/tests/bench
declare -A times median calls rounds=([1]=9 [7]=7 [64]=7) slow_rounds=([1]=7 [7]=2 [64]=1)
devices=() former=none size=0 rule=0 writers=16
tools=(vfio-prep bare bare-writers bare-udev true)

# --- the tools: TOOL_attach and TOOL_detach act on ${devices[@]} ---

vfio-prep_attach() { vfio-prep attach "${devices[@]}"; }
vfio-prep_detach() { vfio-prep detach "${devices[@]}"; }
against_attach() { /build/against/hook/vfio-prep attach "${devices[@]}"; }
against_detach() { /build/against/hook/vfio-prep detach "${devices[@]}"; }
bare_attach() { "$bench/bare" attach "${devices[@]}"; }
bare_detach() { "$bench/bare" detach "$former" "${devices[@]}"; }
# As many writers at once as vfio-prep has.
bare-writers_attach() { share attach; }
bare-writers_detach() { share detach "$former"; }
# What it costs to start a program at all.
true_attach() { /bin/true; "$bench/bare" attach "${devices[@]}"; }
true_detach() { /bin/true; "$bench/bare" detach "$former" "${devices[@]}"; }
bare-udev_attach() { "$bench/bare-udev" attach "${devices[@]}"; }
bare-udev_detach() { "$bench/bare-udev" detach "$former" "${devices[@]}"; }

# share VERB [ARGUMENT]: the devices are dealt out to several processes.
share() {
	local i k status=0 some pids=()
	for ((i = 0; i < writers && i < ${#devices[@]}; i++)); do
		some=()
		for ((k = i; k < ${#devices[@]}; k += writers)); do some+=("${devices[k]}"); done
		"$bench/bare" "$@" "${some[@]}" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i" || status=$?; done
	return $status
}

each() { # COMMAND…: @ in it is the device, % its name in libvirt
	local device name words
	for device in "${devices[@]}"; do
		name=pci_${device//[:.]/_}
		words=("${@/#@/$device}")
		"${words[@]/#%/$name}"	# driverctl calls it a failure that there is no former driver
	done
	return 0
}

driverctl_attach() { each driverctl set-override @ vfio-pci; }
driverctl_detach() { each driverctl unset-override @; }
virsh_attach() { each virsh -q -c qemu:///system nodedev-detach %; }
virsh_detach() { each virsh -q -c qemu:///system nodedev-reattach %; }

# --- measuring ---

quiesce() {
	udevadm settle
	udevadm control --reload	# ends the workers
	read -rt 0.1 <> <(:)
}

# driverctl tells vfio-pci the ID of the device, and leaves it: vfio-pci would then take devices
# that are probed without an override, such as those that driverctl and virsh give back.
forget_id() {
	local dev=/sys/bus/pci/devices/${devices[0]}
	echo "$(< "$dev/vendor") $(< "$dev/device")" > /sys/bus/pci/drivers/vfio-pci/remove_id
}

# All devices are on DRIVER, or none has one.
all_on() {
	local device link
	for device in "${devices[@]}"; do
		link=/sys/bus/pci/devices/$device/driver
		if [ "$1" = none ]; then
			[ ! -e "$link" ] || return
		else
			[ "$link" -ef "/sys/bus/pci/drivers/$1" ] || return
		fi
	done
}

# After a failure: the next tool finds the devices as the first one did.
tidy() {
	local device
	vfio-prep detach --all
	vfio-prep recover
	for device in "${devices[@]}"; do
		all_on "$former" && break
		echo > "/sys/bus/pci/devices/$device/driver_override"
		"$bench/bare" detach "$former" "$device"
	done
} > /dev/null 2>&1

# turn TOOL VERB DRIVER: one measurement; DRIVER is where the devices are then to be.
turn() {
	local start end status=0
	quiesce
	start=${EPOCHREALTIME/./}
	"$1_$2" > "$work/out" 2>&1 || status=$?
	end=${EPOCHREALTIME/./}
	[ "$1.$2" != driverctl.attach ] || forget_id
	if [ "$status" -eq 0 ] && all_on "$3"; then
		times[$size.$1.$2]+=" $((end - start))"
		return
	fi
	echo "not counted: $1 $2 of $size: status $status, or not all on $3: $(< "$work/out")"
	tidy
	return 1
}

# count_calls: of all processes of vfio-prep; what only waits is left out, as it depends on the time.
count_calls() {
	local verb
	echo 'parallel = 4' > /etc/vfio-prep.conf	# more children would depend on the time, too
	for verb in attach detach; do
		quiesce
		strace -f -c -o "$work/calls" -e trace='!poll,ppoll,wait4,restart_syscall,clock_nanosleep' \
			vfio-prep "$verb" "${devices[@]}" > /dev/null 2>&1
		calls[$size.$verb]=$(awk '$NF == "total" { print $4 }' "$work/calls")
	done
	rm /etc/vfio-prep.conf
}

both() { turn "$1" attach vfio-pci && turn "$1" detach "$former"; }

# play ROUNDS TOOL…
play() {
	local n=$1 round i tool order
	shift
	order=("$@")
	for tool; do
		[ "$size" -lt 64 ] || break	# long enough without warming up
		both "$tool"
		unset "times[$size.$tool.attach]" "times[$size.$tool.detach]"
	done
	for ((round = 0; round < n; round++)); do
		for ((i = 0; i < $#; i++)); do
			both "${order[round % 2 ? $# - 1 - i : i]}"
		done
	done
}

# measure SIZE…: the devices exist.
measure() {
	local all=("${devices[@]}")
	for size; do
		devices=("${all[@]:0:size}")
		play "${rounds[$size]}" "${tools[@]}"
		count_calls
		play "${slow_rounds[$size]}" driverctl
	done
	start_libvirtd || echo "libvirtd does not start"
	wait_for 60 virsh -q -c qemu:///system nodedev-info "pci_${all[-1]//[:.]/_}" > /dev/null
	for size; do
		devices=("${all[@]:0:size}")
		play "${slow_rounds[$size]}" virsh
	done
	stop_libvirtd || echo "libvirtd does not stop"
	devices=("${all[@]}")
}

measure_igb() {
	igb_vfs 7
	mapfile -t devices < <(vfs_of "$igb_pf")
	wait_for 10 all_on igbvf || echo "igbvf does not drive the VFs"
	former=igbvf
	measure "$@"
	igb_vfs 0
}

measure_nvme() {
	nvme_vfs 64
	mapfile -t devices < <(vfs_of "$nvme_pf")
	former=none
	measure "$@"
	nvme_vfs 0
}

# --- telling ---

# middle KEY: sets median[KEY], microseconds.
middle() {
	local sorted
	mapfile -t sorted < <(printf '%s\n' ${times[$1]} | sort -n)	# words on purpose
	median[$1]=$(((sorted[${#sorted[@]} / 2] + sorted[(${#sorted[@]} - 1) / 2]) / 2))
}

# row SIZE TOOL
row() {
	local key=$1.$2 us count
	[ -n "${times[$key.attach]-}" ] && [ -n "${times[$key.detach]-}" ] || return
	middle "$key.attach"
	middle "$key.detach"
	median[$key]=$((median[$key.attach] + median[$key.detach]))
	read -ra count <<< "${times[$key.attach]}"
	printf '%4s  %-10s' "$1" "$2"
	for us in "${median[$key.attach]}" "${median[$key.detach]}" "${median[$key]}"; do
		printf ' %7d.%d' $((us / 1000)) $((us % 1000 / 100))
	done
	printf ' %5d\n' "${#count[@]}"
}

# demand KEY KEY "at least"|above|"at most" LIMIT: a ratio, LIMIT in hundredths.
demand() {
	local a=${median[$1]-} b=${median[$2]-} ratio word=FAIL
	[ -n "$a" ] && [ -n "$b" ] || return
	ratio=$((a * 100 / b))
	case $3 in
	"at least") [ "$ratio" -ge "$4" ] && word=PASS ;;
	above) [ "$ratio" -gt "$4" ] && word=PASS ;;
	"at most") [ "$ratio" -le "$4" ] && word=PASS ;;
	esac
	printf '%s  %-40s %3d.%02d, wanted: %s %d.%02d\n' "$word" "$1 / $2" \
		$((ratio / 100)) $((ratio % 100)) "$3" $(($4 / 100)) $(($4 % 100))
}

if [ "${1-}" = --rule ]; then
	rule=1
	shift
fi
[ $# -gt 0 ] || set -- 1 7 64
igb=() nvme=()
for size; do
	case $size in
	1 | 7) igb+=("$size") ;;
	64) nvme+=(64) ;;
	*) bail_out "no size $size" ;;
	esac
done
[ ! -x /build/against/hook/vfio-prep ] || tools+=(against)
[ -x "$bench/bare" ] || bail_out "$bench is not built"
modprobe -a vfio-pci igbvf
[ "$rule" = 1 ] || ln -sf /dev/null /etc/udev/rules.d/89-vfio-uio.rules
snapshot "$work/before"
[ ${#igb[@]} -eq 0 ] || measure_igb "${igb[@]}"
[ ${#nvme[@]} -eq 0 ] || measure_nvme "${nvme[@]}"
snapshot "$work/after"

echo
echo ' VFs  tool        attach ms detach ms    sum ms times'
for size; do
	for tool in "${tools[@]}" driverctl virsh; do row "$size" "$tool"; done
done
echo
for verb in attach detach; do demand "1.vfio-prep.$verb" "1.true.$verb" "at most" 130; done
demand 64.vfio-prep.attach 64.bare-writers.attach "at most" 150
demand 64.vfio-prep.detach 64.bare-writers.detach "at most" 80
demand 64.vfio-prep.attach 1.vfio-prep.attach "at most" 300
demand 64.virsh 64.vfio-prep "at least" 4000
demand 64.driverctl 64.vfio-prep "at least" 1500
for size; do
	[ -z "${calls[$size.attach]-}" ] ||
		echo "system calls of vfio-prep for $size: attach ${calls[$size.attach]}," \
			"detach ${calls[$size.detach]}"
done
for size; do demand "$size.vfio-prep" "$size.against" "at most" 105; done
same_snapshot "$work/before" "$work/after" "the host is as it was"
