#!/bin/bash
# Every verb and both hooks under valgrind, as they succeed and as they fail: no error, no block of
# memory that nothing leads to, no file left open, in the program and in what it forks; and when it
# has ended, nothing that it started is there any more.
. /src/tests/vm/guest/lib.sh

vf=0000:05:10.1 second=0000:05:10.3
mdev=c2177883-f1bb-47f0-914d-32a22e3a8804
vm=6a28e9f6-6627-49b8-8c24-741ab810ecc0
cgroup=/sys/fs/cgroup/checked
verbs=' ' wrap=()

valgrind=(valgrind --quiet --leak-check=full "--show-leak-kinds=definite,indirect" --num-callers=20
	--track-fds=yes --vgdb=no --trace-children=yes '--trace-children-skip=/bin/*,/usr/*,/sbin/*'
	"--log-file=$work/vg.%p")

# left_running: what is still there of the last command. Only udevadm may be, which tells udevd
# to read its rules, and is not waited for.
left_running() {
	local pid comm
	while read -r pid; do
		read -r comm < "/proc/$pid/comm" || continue
		[ "$comm" = udevadm ] && wait_for 20 test ! -e "/proc/$pid" || echo "pid $pid ($comm) still runs"
	done < "$cgroup/cgroup.procs" 2> /dev/null
}

# clean DESC STATUS COMMAND…: under valgrind, and what ${wrap[@]} has; STATUS is a regular
# expression. Sets $out and $err as run does.
clean() {
	local desc=$1 want=$2 bad logs log
	shift 2
	[ "$1" != vfio-prep ] || verbs+="$2 "
	rm -f "$work"/vg.*
	run checked "$@"
	bad=$(
		[[ $status =~ ^($want)$ ]] || printf 'status %s, not %s: %s\n' "$status" "$want" "$err"
		[ ${#wrap[@]} -eq 0 ] || grep -qE 'INJECTED|killed by' "$work/trace" || echo "nothing was injected"
		mapfile -t logs < <(printf '%s\n' "$work"/vg.* | sort -t. -k3n)
		for log in "${logs[@]}"; do
			awk -v child="$([ "$log" = "${logs[0]}" ]; echo $?)" -f /src/tests/valgrind.awk "$log"
		done
		left_running
	)
	if [ -z "$bad" ]; then pass "$desc"; else fail "$desc"; diag "${bad:0:6000}"; fi
}

# With nothing open but the standard three, in a cgroup of its own.
checked() (
	local fd
	echo 0 > "$cgroup/cgroup.procs"
	for fd in /proc/self/fd/*; do
		fd=${fd##*/}
		[ "$fd" -le 2 ] || eval "exec $fd>&-"
	done
	exec "${wrap[@]}" "${valgrind[@]}" "$@"
)

# failing CALL PATH WHAT COMMAND…: CALL of PATH, or of any, has WHAT injected, in each process once;
# then recover gives the host back.
failing() {
	local call=$1 path=$2 what=$3
	shift 3
	wrap=(strace -f -qq -o "$work/trace" -e "trace=$call" -e "inject=$call:$what:when=1")
	[ "$path" = any ] || wrap+=(-P "$path")
	clean "$2: $call of $path: $what" '[134]' "$@"
	wrap=()
	clean "then recover" 0 vfio-prep recover
	vfio-prep detach --all > /dev/null 2>&1
	udevadm settle
	snapshot "$work/after"
	same_snapshot "$work/before" "$work/after" "the host is as it was"
}

mkdir $cgroup
modprobe -a vfio-pci mtty fcoe
igb_vfs 3
ip link add vp0 type veth peer name vp1
for net in vp0 vp1; do ip link set $net up; done
echo vp0 > /sys/bus/fcoe/ctlr_create
udevadm settle
parent=scsi_$(ls /sys/class/fc_host)
snapshot "$work/before"

hostdev() {
	echo "<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0' bus='0x05' slot='0x10' function='0x$1'/></source></hostdev>"
}
mdev_of() {
	echo "<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address uuid='$1'/></source></hostdev>"
}
cat > "$work/web1.xml" <<END_XML
<domain type='qemu'><name>web1</name><uuid>$vm</uuid>
<metadata><vp:prepare xmlns:vp='urn:vfio-prep:1'><vp:mdev uuid='$mdev' type='mtty-2'/></vp:prepare></metadata>
<devices>$(hostdev 1)$(mdev_of $mdev)
<interface type='hostdev' managed='yes'><mac address='52:54:00:11:22:33'/><source><address type='pci' domain='0' bus='5' slot='0x10' function='3'/></source></interface>
</devices></domain>
END_XML

mkdir -p /etc/vfio-prep.d
printf '[device nic]\nmatch = address=%s\n' $vf > /etc/vfio-prep.d/nic.conf
sed "s,$(hostdev 1),," "$work/web1.xml" > "$work/open.xml"
sed -i "s,</vp:prepare>,<vp:device name='nic'/></vp:prepare>," "$work/open.xml"

# --- those that only look ---
for args in list 'list --tree' 'list --json' "show $vf" 'show computer --xml' "show $vf --json" \
	groups 'groups --json' "requests $work/web1.xml" "requests $work/web1.xml --json" \
	"check $vf" "check --domain $work/web1.xml" "plan $vf" "plan --domain $work/web1.xml --json" \
	pools 'pools --json' export report "fill $work/open.xml" 'apply --check' \
	status 'status --json' recover 'mdev types' 'doctor --json' --help 'attach --help' --version; do
	want=0
	[[ $args != doctor* ]] || want='[013]'
	# shellcheck disable=SC2086
	clean "$args" "$want" vfio-prep $args
done
clean capture 0 vfio-prep capture "$work/host"
clean "groups of what was captured" 0 vfio-prep groups --sysroot "$work/host"

# --- the main job ---
clean attach 0 vfio-prep attach $vf $second
clean "status of what is held" 0 vfio-prep status --json
clean qemu-args 0 vfio-prep qemu-args $vf
clean cdi 0 vfio-prep cdi $vf
clean "attach of what somebody has" 3 vfio-prep attach $vf --owner other
clean detach 0 vfio-prep detach $vf
clean "detach of the rest" 0 vfio-prep detach --all
clean "attach, with a placeholder" 0 vfio-prep attach 01:01.0
clean "detach, with a placeholder" 0 vfio-prep detach 01:01.0
clean "attach by a declared name" 0 vfio-prep attach @nic
clean "detach of it" 0 vfio-prep detach --all
clean prepare 0 vfio-prep prepare "$work/web1.xml"
clean "prepare once more" 0 vfio-prep prepare "$work/web1.xml"
clean release 0 vfio-prep release web1
clean run 0 vfio-prep run $vf -- true
clean "run of what fails" 1 vfio-prep run $vf -- false
clean "run of what is not there" 127 vfio-prep run $vf -- /nonexistent
clean "run as somebody else" 0 vfio-prep run $vf --user nobody --memory 64M -- true @DEVICES@
igb_vfs 0
clean numvfs 0 vfio-prep numvfs $igb_pf 2
clean "numvfs 0" 0 vfio-prep numvfs $igb_pf 0
igb_vfs 3
clean "mdev create" 0 vfio-prep mdev create --type mtty-2 --uuid $mdev
clean "mdev remove" 0 vfio-prep mdev remove $mdev
cat > "$work/vport.xml" <<END_XML
<device><parent>$parent</parent><capability type='scsi_host'><capability type='fc_host'>
<wwnn>20000000c9831234</wwnn><wwpn>10000000c9831234</wwpn></capability></capability></device>
END_XML
clean "create of a vport" 0 vfio-prep create "$work/vport.xml"
clean "destroy of a vport" 0 vfio-prep destroy "$out"
printf '[mdev %s]\ntype = mtty-2\n[device bound]\nmatch = address=%s\nboot = bind\n' $mdev $second > "$work/declared.conf"
: > "$work/nothing.conf"
clean apply 0 vfio-prep apply "$work/declared.conf"
clean "apply of nothing" 0 vfio-prep apply "$work/nothing.conf"
echo "<device><parent>mtty_mtty</parent><capability type='mdev'><type id='mtty-1'/></capability></device>" > "$work/mdev.xml"
clean "create of an mdev" 0 vfio-prep create "$work/mdev.xml"
clean "destroy of an mdev" 0 vfio-prep destroy "$out"
udevadm settle
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

# --- the hooks ---
for operation in 'prepare begin' 'start begin' 'started begin' 'reconnect begin' 'stopped end' 'release end'; do
	# shellcheck disable=SC2086
	clean "libvirt's hook: $operation" 0 /build/hook/libvirt-qemu web1 $operation - < "$work/web1.xml"
done
mkdir -p "$work"/hooks/{before_vm_start,after_vm_destroy}
for point in before_vm_start after_vm_destroy; do
	ln -s /build/hook/vdsm-hook "$work/hooks/$point/50_vfio_prep"
done
sed -e 's,<metadata>.*</metadata>,,' -e "s,$(mdev_of $mdev),," "$work/web1.xml" > "$work/vdsm.xml"
export vmId=$vm _hook_domxml=$work/vdsm.xml mdev_type=mtty-1
clean "VDSM's hook: before_vm_start" 0 "$work/hooks/before_vm_start/50_vfio_prep"
clean "VDSM's hook: after_vm_destroy" 0 "$work/hooks/after_vm_destroy/50_vfio_prep"
mdev_type='no/type'
clean "VDSM's hook: a type that is none" 2 "$work/hooks/before_vm_start/50_vfio_prep"
unset vmId _hook_domxml mdev_type
udevadm settle
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

# --- what is refused ---
clean "a device that is not there" 3 vfio-prep attach 0000:7f:00.0
clean "no device's name" 2 vfio-prep attach ../../etc/passwd
clean "a bridge" 3 vfio-prep attach 00:05.0
clean "a PF with VFs" 3 vfio-prep attach $igb_pf
clean "too many VFs" 3 vfio-prep numvfs $igb_pf 8
clean "an mdev of no type" 3 vfio-prep mdev create --type mtty-9
clean "what is not attached" 3 vfio-prep detach $vf
clean "a driver that is not there" 3 vfio-prep attach $vf --driver nosuch
clean "XML that ends too early" 2 vfio-prep prepare - <<< "<domain><name>x"
sed "s/mtty-2/mtty-9/" "$work/web1.xml" > "$work/bad.xml"
clean "a domain with an mdev of no type" 3 vfio-prep prepare "$work/bad.xml"
clean "libvirt's hook with the same" 3 /build/hook/libvirt-qemu web1 prepare begin - < "$work/bad.xml"
clean "run with a device that is not there" 3 vfio-prep run 0000:7f:00.0 -- true
clean "an unknown verb" 2 vfio-prep atach

# --- what fails on the way ---
journal=/run/vfio-prep/owners/manual.jsonl
failing write /sys/bus/pci/devices/$vf/driver_override error=EIO vfio-prep attach $vf $second
failing write /sys/bus/pci/drivers/igbvf/unbind error=EIO vfio-prep attach $vf $second
failing write /sys/bus/pci/drivers/vfio-pci/bind error=EBUSY vfio-prep attach $vf $second
failing write $journal error=ENOSPC vfio-prep attach $vf
failing renameat any error=ENOSPC vfio-prep attach $vf
failing write /sys/bus/pci/drivers/igbvf/unbind signal=KILL vfio-prep attach $vf $second
vfio-prep attach $vf $second 2> /dev/null
failing write /sys/bus/pci/devices/$vf/driver_override error=EIO vfio-prep detach --all
failing write /sys/class/mdev_bus/mtty/mdev_supported_types/mtty-2/create error=EIO \
	vfio-prep prepare "$work/web1.xml"

# --- a guest that does not let go ---
printf 'deadline-unbind = 1\n' > "$work/conf"
vfio-prep prepare "$work/web1.xml" 2> /dev/null
qemu_hold $vf
clean "release from a guest that still has a device" 4 vfio-prep release --force web1 --config "$work/conf"
qemu_release
clean "recover after it has gone" 0 vfio-prep recover
udevadm settle
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

rm -r /etc/vfio-prep.d
missing=()
for verb in $(vfio-prep --help | sed -n '/^Verbs:/,/^$/s/^  \([a-z-]*\) .*/\1/p'); do
	[[ $verbs == *" $verb "* ]] || missing+=("$verb")
done
is "${missing[*]}" "" "no verb was left out"
done_testing
