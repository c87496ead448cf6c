#!/bin/bash
# What examples/demo shows: runs in the testbed, as root, and tells what it does. Every step is
# checked; the first that does anything unexpected ends it.
#   demo-guest.sh [--colours]
# shellcheck source=tests/vm/guest/lib.sh
. /src/tests/vm/guest/lib.sh
set -euo pipefail

width=92 chapters=0 bold='' plain='' facts=0
vf=0000:05:10.1 shared=0000:01:01.0 neighbour=0000:01:02.0
vm_user=libvirt-qemu
meaning=([1]="failed, and all was rolled back" [2]="not a command" [3]="refused, nothing was changed"
	[4]="something is left for recover")

if [ "${1-}" = --colours ]; then
	bold=$'\e[1m' plain=$'\e[m'
	export TERM=xterm
fi

die() { echo; echo "demo: $*" >&2; exit 1; }

# must DESC COMMAND…: what the story says has to be so.
must() {
	local desc=$1
	shift
	"$@" > /dev/null 2>&1 || die "not so: $desc"
}

# chapter TITLE, then the paragraph on stdin.
chapter() {
	chapters=$((chapters + 1))
	printf '\n%s%s. %s%s\n' "$bold" "$chapters" "$1" "$plain"
	say
}

say() {
	echo
	tr '\n' ' ' | fold -sw "$width" | sed 's/ *$//'
	echo
}

indented() { tr -d '\r' | fold -sw "$width" | sed 's/ *$//; s/^/    /'; }

prompt() { printf '\n    %s# %s%s\n' "$bold" "$*" "$plain"; }

# in_terminal COMMAND…: as a person sees it who types it.
in_terminal() {
	script -qec "stty cols $width; exec ${*@Q}" /dev/null < /dev/null
}

# took SINCE: the seconds since then, "0.24", of a time as EPOCHREALTIME has it.
took() {
	local now=${EPOCHREALTIME/./} since=${1/./}
	printf '%d.%02d' $(((now - since) / 1000000)) $(((now - since) / 10000 % 100))
}

# show STATUS COMMAND…: shows the command, its output and how long it took; it has to end with STATUS.
show() {
	local want=$1 status=0 start
	shift
	prompt "$*"
	start=$EPOCHREALTIME
	in_terminal "$@" > "$work/shown" || status=$?
	start=$(took "$start")
	indented < "$work/shown"
	if [ "$want" -eq 0 ]; then
		echo "    ($start s)"
	else
		echo "    (exit status $status: ${meaning[$status]}; $start s)"
	fi
	[ "$status" -eq "$want" ] || die "'$*' ended with status $status, not $want"
}

# show_groups ADDRESS…: the answer of `vfio-prep groups` about their groups only.
show_groups() {
	local wanted='' address
	for address; do wanted+=" $(group_of "$address") "; done
	prompt "vfio-prep groups"
	in_terminal vfio-prep groups > "$work/shown"
	awk -v wanted="$wanted" '
		NR == 1 { print; next }
		$1 ~ /^[0-9]+$/ { all++; on = index(wanted, " " $1 " "); shown += on > 0 }
		on
		END { printf "(%d of %d groups shown)\n", shown, all }
	' "$work/shown" | indented
}

# compare: the host has to be as it was at the beginning.
compare() {
	snapshot "$work/after"
	prompt "diff --report-identical-files before after"
	(cd "$work" && diff --report-identical-files before after) > "$work/shown" || {
		indented < "$work/shown"
		die "the host is not as it was"
	}
	indented < "$work/shown"
	echo "    ($facts facts compared)"
}

# qmp COMMAND JQ-FILTER: asks the paused QEMU and prints what the filter makes of its answer.
qmp() {
	local answers
	answers=$(wc -l < "$work/qmp.out")
	printf '\n    -> %s{"execute": "%s"}%s\n' "$bold" "$1" "$plain"
	echo "{\"execute\": \"$1\"}" >&"$qmp"
	wait_for 10 eval "[ \$(wc -l < '$work/qmp.out') -gt $answers ]" ||
		die "QEMU does not answer $1"
	tail -n +$((answers + 1)) "$work/qmp.out" | head -n 1 | jq -er "$2" > "$work/shown" ||
		die "not the answer expected to $1"
	sed 's/^/<- /' "$work/shown" | indented
}

must "the card makes 7 virtual functions" igb_vfs 7
must "they have their driver" test "$(driver_of $vf)" = igbvf
group=$(group_of $vf)
snapshot "$work/before"
facts=$(wc -l < "$work/before")

chapter "The host before" <<'END'
This machine has a network card that is split into 7 virtual functions, and an old PCI bus with two
devices that share one IOMMU group. A virtual machine can have a device only when no driver of
the host is bound to any member of its group, so none of these is ready. An address such as
0000:05:10.1 is a PCI domain, a bus, a device and its function; a group has a number of its own.
The seconds below each command are what it took here, on an emulated processor.
END
show_groups $vf $shared
show 0 vfio-prep show $vf

chapter "The plan" <<'END'
What would it take to give the virtual function 0000:05:10.1 to a virtual machine? "plan" tells
each step, and how it will be undone, and changes nothing.
END
show 0 vfio-prep plan pci_0000_05_10_1

chapter "Attach" <<'END'
One command does all of it. The device has changed its driver, and its group has a node that
belongs to QEMU's user, so that QEMU need not run as root.
END
show 0 vfio-prep attach pci_0000_05_10_1
must "the device is on vfio-pci" test "$(driver_of $vf)" = vfio-pci
show 0 ls -l "/dev/vfio/$group"
must "QEMU's user owns the node" test "$(stat -c %U "/dev/vfio/$group")" = $vm_user
say <<END
$group is the number of the device's IOMMU group, and VFIO's node has its name. $(id -u $vm_user) is the
number of the user $vm_user, $(stat -c %g "/dev/vfio/$group") that of the group $(stat -c %G "/dev/vfio/$group"); mode 0600 lets
nobody else read or write.
END
show_groups $vf

chapter "QEMU takes it" <<'END'
Can QEMU use it? It is started as that user, paused, with the device, and asked by QMP, its protocol
for management, what is on its PCI bus.
END
printf '    QEMU starts, and opens the device … '
begun=$EPOCHREALTIME
qemu_hold -u $vm_user $vf || die "QEMU does not open the device"
echo "it has it, after $(took "$begun") s: process $qemu_pid"
show 0 ps -ww -o user:12,args -p "$qemu_pid"
# The numbers are 8086:10ca, in decimal as jq wants them.
# shellcheck disable=SC2016
qmp query-pci '.return[].devices[] | select(.id.vendor == 32902 and .id.device == 4298) |
	"slot \(.slot): \(.class_info.desc), Intel 82576 virtual function"'
say <<'END'
That is the answer of QEMU itself: the guest's PCI bus has the card's function, in the slot that it
names.
END
show 0 vfio-prep status

chapter "Somebody else wants it" <<'END'
A device has one owner at a time. Somebody who asks for the same one is refused, and is told
who has it.
END
show 3 vfio-prep attach pci_0000_05_10_1 --owner web2
must "the device is where it was" test "$(driver_of $vf)" = vfio-pci

chapter "Detach" <<END
The virtual machine ends, and the device goes back. $facts facts about the host were noted before
all this: the driver, override and power setting of each PCI device, the owner and mode of each
node, udev's rules, the journal. They have to be the same now.
END
qemu_release || :
show 0 vfio-prep detach pci_0000_05_10_1
show_groups $vf
compare

chapter "A device that shares its group" <<'END'
0000:01:01.0 is harder: 0000:01:02.0 is in the same group and has a driver of the host. The
policy "strict" leaves other devices alone, so it refuses, and explains.
END
show 3 vfio-prep attach $shared --group-policy strict
must "nothing was touched" test "$(driver_of $neighbour)" = e1000
say <<'END'
The policy "whole", which is the default, makes the neighbour a placeholder: it is bound to
vfio-pci as well, but no virtual machine gets it. Had the host been using it, by an address on
the interface for example, this would have been refused, too.
END
show 0 vfio-prep attach $shared
show_groups $shared
must "the placeholder is on vfio-pci" test "$(driver_of $neighbour)" = vfio-pci
must "the kernel calls the group viable" group_viable $shared
say <<'END'
And back. The last device of the group takes the placeholder with it.
END
show 0 vfio-prep detach $shared
show_groups $shared
compare

chapter "What was shown" <<END
On Linux $(uname -r), with an emulated IOMMU, every step checked:
END
cat <<END

    * one command made a device ready, and QEMU opened it without being root
    * a second owner was refused, by name
    * a group that is not viable was refused with the reason and the remedy,
      and made viable with a placeholder when the policy allowed it
    * after each detach the host was as before: $facts facts compared, no difference

END
