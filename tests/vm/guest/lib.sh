# Sourced by the guest's test scripts: TAP, snapshots of the host, devices and their users.
# Starting a process costs 25 ms in the emulated guest, so what runs often uses builtins.
# shellcheck shell=bash

tests=0 failed=0
work=$(mktemp -d /tmp/test.XXXXXX)
guest_lib=$(dirname "${BASH_SOURCE[0]}")

# --- TAP ---

diag() {
	local line
	while IFS= read -r line; do echo "# $line"; done <<< "$*"
}

pass() { tests=$((tests + 1)); echo "ok $tests - $1"; }

fail() {
	tests=$((tests + 1)) failed=$((failed + 1))
	echo "not ok $tests - $1"
	diag "at ${BASH_SOURCE[2]##*/}:${BASH_LINENO[1]}"
}

# ok DESC COMMAND…: the command succeeds. Its output is shown only when it does not.
ok() {
	local desc=$1 status=0
	shift
	"$@" > "$work/ok" 2>&1 || status=$?
	if [ "$status" -eq 0 ]; then
		pass "$desc"
	else
		fail "$desc"
		diag "status $status: $*"
		diag "$(< "$work/ok")"
		return 1
	fi
}

# not_ok DESC COMMAND…: the command fails.
not_ok() {
	local desc=$1
	shift
	if "$@" > "$work/ok" 2>&1; then
		fail "$desc"
		diag "succeeded: $*"
		diag "$(< "$work/ok")"
		return 1
	fi
	pass "$desc"
}

# is GOT WANT DESC
is() {
	if [ "$1" = "$2" ]; then
		pass "$3"
	else
		fail "$3"
		diag "got:  $1"
		diag "want: $2"
		return 1
	fi
}

# like GOT REGEX DESC: an extended regular expression.
like() {
	if [[ $1 =~ $2 ]]; then
		pass "$3"
	else
		fail "$3"
		diag "got:  $1"
		diag "want: /$2/"
		return 1
	fi
}

# unlike GOT REGEX DESC
unlike() {
	if [[ $1 =~ $2 ]]; then
		fail "$3"
		diag "got:    $1"
		diag "unlike: /$2/"
		return 1
	fi
	pass "$3"
}

# skip DESC REASON
# export_is_as_declared: of what export tells of the host nothing differs.
export_is_as_declared() {
	local exported
	exported=$(mktemp)
	vfio-prep export > "$exported"
	run vfio-prep apply --check "$exported"
	is "$status $out" "0 as declared" "what is exported is as declared" || diag "$(< "$exported")"
	rm "$exported"
}

# at_terminal COMMAND: what it prints at a terminal of 80 columns on which nobody types.
at_terminal() {
	python3 -IS -c 'import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(["/bin/sh", "-c", sys.argv[1]])))' "$1" < /dev/null
}

skip() { tests=$((tests + 1)); echo "ok $tests - $1 # SKIP $2"; }

# skip_all REASON: this script has no sense here.
skip_all() { echo "1..0 # SKIP $1"; exit 0; }

bail_out() { echo "Bail out! $*"; exit 1; }

# Prints the plan and exits: 0 when every test passed.
done_testing() {
	echo "1..$tests"
	[ "$failed" -eq 0 ] || diag "$failed of $tests failed"
	[ "$failed" -eq 0 ] && [ "$tests" -gt 0 ]
	exit
}

# run CMD…: sets $status, $out and $err; never fails.
# shellcheck disable=SC2034
run() {
	status=0
	"$@" > "$work/out" 2> "$work/err" || status=$?
	out=$(< "$work/out") err=$(< "$work/err")
	[ "$1" != vfio-prep ] || [[ " $* " != *" --json "* ]] || keep_answer "${@:2}"
}

# keep_answer WORD…: what these words were answered in JSON is looked at when the guest has ended
# (tests/vm/boot).
keep_answer() {
	local word verb=''
	[ -d "${RESULTS-}" ] || return 0
	for word; do
		case $word in
		-*) ;;
		types) [ "$verb" != mdev ] || verb=mdev-types ;;
		*) verb=${verb:-$word} ;;
		esac
	done
	[[ $verb =~ ^[a-z-]+$ && $verb != run ]] || return 0
	mkdir -p "$RESULTS/answers"
	cp "$work/out" "$(mktemp "$RESULTS/answers/$verb.XXXXXX.json")"
}

# sanitized: the program was built with sanitizers.
sanitized() { [ -d /tmp/sanitizer ]; }

# --- the host ---

# snapshot FILE: a sorted description of everything that a test must leave as it was.
snapshot() { python3 -IS "$guest_lib/snapshot.py" > "$1"; }

# same_snapshot BEFORE AFTER DESC
same_snapshot() {
	if diff -U0 "$1" "$2" > "$work/diff"; then
		pass "$3"
	else
		fail "$3"
		diag "$(grep '^[-+][^-+]' "$work/diff")"
		return 1
	fi
}

# driver_of ADDRESS [VAR]: its driver's name, or nothing; into VAR when given.
driver_of() {
	local link=/sys/bus/pci/devices/$1/driver name=''
	[ -e "$link" ] && name=$(readlink "$link") && name=${name##*/}
	if [ $# -gt 1 ]; then printf -v "$2" %s "$name"; else echo "$name"; fi
}

# group_of ADDRESS: the number of its IOMMU group, or nothing.
group_of() {
	local link
	link=$(readlink "/sys/bus/pci/devices/$1/iommu_group") && echo "${link##*/}"
}

# group_members ADDRESS: all addresses in its group, sorted, on one line.
group_members() {
	local path names=()
	for path in "/sys/bus/pci/devices/$1/iommu_group/devices/"*; do names+=("${path##*/}"); done
	echo "${names[*]}"
}

# group_viable ADDRESS: VFIO would let a VM have the group: every member is on a driver that
# leaves DMA alone.
group_viable() { python3 -IS "$guest_lib/viable.py" "$(group_of "$1")"; }

# sysfs_vfio ADDRESS and sysfs_native ADDRESS: bind and give back with nothing but sysfs, for
# tests that need the state without the program under test.
sysfs_vfio() {
	local dev=/sys/bus/pci/devices/$1
	echo vfio-pci > "$dev/driver_override" || return
	[ ! -e "$dev/driver" ] || echo "$1" > "$dev/driver/unbind" || return
	echo "$1" > /sys/bus/pci/drivers_probe
	[ "$(driver_of "$1")" = vfio-pci ]
}

sysfs_native() {
	local dev=/sys/bus/pci/devices/$1
	[ ! -e "$dev/driver" ] || echo "$1" > "$dev/driver/unbind" || return
	echo > "$dev/driver_override"
	echo "$1" > /sys/bus/pci/drivers_probe
}

# set_vfs PF N: the PF's VFs become N, with udev settled.
set_vfs() {
	local dev=/sys/bus/pci/devices/$1
	if [ -e "$dev/virtfn0" ]; then echo 0 > "$dev/sriov_numvfs" || return; fi
	[ "$2" -eq 0 ] || echo "$2" > "$dev/sriov_numvfs" || return
	udevadm settle
}

igb_pf=0000:05:00.1
nvme_pf=0000:02:00.0

# igb_vfs N: 0 to 7 VFs: 0000:05:10.1, 10.3, 10.5, 10.7, 11.1, 11.3, 11.5.
igb_vfs() { set_vfs "$igb_pf" "$1"; }

# igb_drivers: of its VFs, "-" for one without.
igb_drivers() {
	local address driver='' all=()
	for address in $(vfs_of "$igb_pf"); do
		driver_of "$address" driver
		all+=("${driver:--}")
	done
	echo "${all[*]}"
}

# nvme_vfs N: 0 to 64 VFs, with no driver: 0000:02:00.1 to 02:08.0.
nvme_vfs() {
	local autoprobe=/sys/bus/pci/devices/$nvme_pf/sriov_drivers_autoprobe
	echo 0 > "$autoprobe"
	set_vfs "$nvme_pf" "$1" || return
	[ "$1" -ne 0 ] || echo 1 > "$autoprobe"
}

# vfs_of PF: the addresses of its VFs in order, one a line.
vfs_of() {
	local i=0 link
	while link=$(readlink "/sys/bus/pci/devices/$1/virtfn$i"); do
		echo "${link##*/}"
		i=$((i + 1))
	done
}

# wait_for SECONDS COMMAND…: until the command succeeds; fails when it never does.
wait_for() {
	local end=$((${EPOCHREALTIME/./} + $1 * 1000000))
	shift
	until "$@" 2>/dev/null; do
		[ "${EPOCHREALTIME/./}" -lt "$end" ] || return 1
		read -rt 0.05 <> <(:) || :
	done
}

# rule_gives SYSFS NODE WANT: on the device's next event udevd gives NODE the owner and mode WANT,
# "USER MODE". It may still be reading its rules at first.
rule_gives() { chown root:root "$2"; wait_for 20 event_gives "$@"; }

event_gives() {
	udevadm trigger --action=change "$1"
	udevadm settle
	[ "$(stat -c '%U %a' "$2")" = "$3" ]
}

# --- users of devices ---

# qemu_hold [-u USER] ADDRESS…: a paused QEMU opens the devices, mdevs by UUID; returns once it
# has them, or fails with its complaint. One at a time.
qemu_hold() {
	local user=root devices=() by='' address line emulator=(qemu-system-x86_64 -machine q35)
	[ "$(uname -m)" = x86_64 ] || emulator=(qemu-system-aarch64 -machine virt)
	if [ "$1" = -u ]; then user=$2; shift 2; fi
	# without nodes of groups there is no other way
	if [ "$VFIO" = cdev ]; then devices=(-object "iommufd,id=iommufd0") by=,iommufd=iommufd0; fi
	for address; do
		case $address in
		*.?) devices+=(-device "vfio-pci,host=$address$by") ;;
		*) devices+=(-device "vfio-pci,sysfsdev=/sys/bus/mdev/devices/$address$by") ;;
		esac
	done
	rm -f "$work/qmp.in"
	mkfifo -m 666 "$work/qmp.in"
	chmod 755 "$work"
	: > "$work/qmp.out"
	prlimit --memlock=unlimited \
		setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups \
		"${emulator[@]}" -S -accel tcg -m 64 -display none -nodefaults \
		"${devices[@]}" -qmp stdio < "$work/qmp.in" > "$work/qmp.out" 2> "$work/qemu.err" &
	qemu_pid=$!
	exec {qmp}> "$work/qmp.in"
	echo '{"execute":"qmp_capabilities"}' >&"$qmp"
	# QMP answers once all the devices are realized.
	while read -rt 0.05 <> <(:) || :; do
		line=$(< "$work/qmp.out")
		[[ $line != *'"return"'* ]] || return 0
		kill -0 "$qemu_pid" 2>/dev/null || break
	done
	qemu_release
	cat "$work/qemu.err" >&2
	return 1
}

qemu_release() {
	[ -n "${qemu_pid-}" ] || return 0
	kill -KILL "$qemu_pid" 2>/dev/null
	wait "$qemu_pid" 2>/dev/null
	exec {qmp}>&-
	qemu_pid=
}

# --- libvirt ---

qemu_conf=('security_driver = "none"')

start_libvirtd() {
	local daemon
	printf '%s\n' "${qemu_conf[@]}" > /etc/libvirt/qemu.conf
	mkdir -p /run/dbus /run/libvirt
	[ -s /etc/machine-id ] || dbus-uuidgen > /etc/machine-id
	[ -e /run/dbus/pid ] || dbus-daemon --system --fork
	for daemon in virtlogd libvirtd; do
		[ -e "/run/$daemon.pid" ] || "$daemon" -d || return
	done
	wait_for 30 virsh -q -c qemu:///system version > /dev/null
}

stop_libvirtd() {
	local daemon pid
	for daemon in libvirtd virtlogd; do
		pid=$(cat "/run/$daemon.pid" 2>/dev/null) || continue
		kill "$pid"
		wait_for 10 test ! -e "/proc/$pid" || return
	done
}
