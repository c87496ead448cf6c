#!/bin/bash
# The units at boot, run by systemd with all that they forbid. What a killed command left is put
# right, and a module is loaded for it; the host is as it is declared; libvirt's and vdsm's daemons
# wait for both.
. /src/tests/vm/guest/lib.sh
. /src/tests/vm/guest/systemd.sh

pci=/sys/bus/pci/devices vf=0000:05:10.1 order=$work/order
install -d -m 777 "$work/open"
modprobe vfio-pci
install -m 644 -t $units /build/hook/vfio-prep-recover.service /src/hook/systemd/vfio-prep-recover.timer

# --- what they say ---

ok "systemd finds nothing wrong with the units" env SYSTEMD_LOG_LEVEL=warning \
	systemd-analyze verify --man=no $units/vfio-prep-recover.{service,timer}
is "$(< "$work/ok")" "" "not even a warning"
exposure=$(systemd-analyze security --offline=true $units/vfio-prep-recover.service |
	sed -n 's/.*exposure level.*: \([0-9.]*\) .*/\1/p')
diag "exposure ${exposure/./} tenths"
ok "its exposure is at most 4.0 of 10" test "${exposure/./}" -le 40
ok "the timer's command enables both" systemctl enable vfio-prep-recover.timer
ok "the timer" test -e $units/timers.target.wants/vfio-prep-recover.timer
ok "the service at boot" test -e $units/multi-user.target.wants/vfio-prep-recover.service

# --- under systemd ---

unit_alone vfio-prep-recover.service
daemons=(libvirtd virtqemud virtnodedevd libvirt-guests supervdsmd vdsmd)
for daemon in "${daemons[@]}"; do
	printf '[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nExecStart=/bin/sh -c "%s"\n' \
		"vfio-prep status --json | grep -q run && echo $daemon early >> $order || echo $daemon >> $order" \
		> "$units/$daemon.service"
done
printf '[Unit]\nDefaultDependencies=no\nWants=vfio-prep-recover.service %s\n' \
	"${daemons[*]/%/.service}" > $units/test.target
printf '[Unit]\nDefaultDependencies=no\n' > $units/idle.target

result() { ctl show -P Result vfio-prep-recover.service; }

# left_by DESC COMMAND…: a run with these devices is killed, and its command.
left_by() {
	local desc=$1 pid
	shift
	rm -f "$work/open/up"
	vfio-prep run "$@" -- sh -c "echo \$\$ > $work/open/up; exec sleep 1000" > "$work/out" 2> "$work/err" &
	pid=$!
	wait_for 60 test -s "$work/open/up" || bail_out "$desc: $(< "$work/err")"
	kill -KILL $pid "$(< "$work/open/up")"
	wait $pid 2> /dev/null
	like "$(vfio-prep status --json | jq -r '.owners[].state')" 'dead' "$desc is left"
}

igb_vfs 1
names=("$pci/$igb_pf"/net/*)
pf=${names[0]##*/}
cat > "$work/web1.xml" <<-XML
	<domain type='kvm'><name>web1</name><uuid>6a28e9f6-6627-49b8-8c24-741ab810ecc0</uuid><devices>
	<interface type='hostdev' managed='yes'><mac address='52:54:00:11:22:33'/>
	<source><address type='pci' domain='0' bus='5' slot='0x10' function='1'/></source>
	<vlan><tag id='42'/></vlan></interface></devices></domain>
XML
is "$(driver_of $vf)" igbvf "the VF is the host's"
snapshot "$work/before"

left_by "a VF with the guest's MAC address" --domain "$work/web1.xml"
like "$(ip link show dev "$pf")" '52:54:00:11:22:33 .*vlan 42' "its PF has it"
modprobe -r igbvf
ok "systemd starts all" systemd_boot test.target
ok "each daemon has started" wait_for 30 eval '[ "$(wc -l < $order)" -eq '${#daemons[@]}' ]'
is "$(sort "$order" | tr '\n' ' ')" "$(printf '%s\n' "${daemons[@]}" | sort | tr '\n' ' ')" \
	"and none before the devices were given back"
is "$(result)" success "the unit has succeeded" || diag "$(< "$work/said")" "$(dmesg | tail -n 20)"
is "$(driver_of $vf)" igbvf "its driver's module was loaded again"
unlike "$(ip link show dev "$pf")" '52:54:00:11:22:33' "the MAC address is gone"
udevadm settle
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

if modprobe mtty 2> /dev/null; then
	udevadm settle
	snapshot "$work/before"
	cat > "$work/vgpu.xml" <<-XML
		<domain type='qemu'><name>vgpu</name><uuid>6a28e9f6-6627-49b8-8c24-741ab810ecc1</uuid>
		<metadata><vp:prepare xmlns:vp='urn:vfio-prep:1'>
		<vp:mdev uuid='c2177883-f1bb-47f0-914d-32a22e3a8804' type='mtty-1'/></vp:prepare></metadata>
		<devices><hostdev mode='subsystem' type='mdev' model='vfio-pci'>
		<source><address uuid='c2177883-f1bb-47f0-914d-32a22e3a8804'/></source></hostdev></devices></domain>
	XML
	left_by "a mediated device" --domain "$work/vgpu.xml"
	ok "the unit takes it away" ctl start vfio-prep-recover.service || diag "$(< "$work/said")"
	udevadm settle
	snapshot "$work/after"
	same_snapshot "$work/before" "$work/after" "the host is as it was"
	modprobe -r mtty
else
	skip "a mediated device" "this kernel has no mtty"
fi

# The guest's processes are in another PID namespace, so that only the kernel's wait tells of QEMU.
snapshot "$work/before"
printf 'deadline-unbind = 2\n' > /etc/vfio-prep.conf
left_by "a VF" $vf
ok "a guest has it open" qemu_hold $vf
not_ok "the unit fails" ctl start vfio-prep-recover.service
like "$(< "$work/said")" "$vf" "it says of which device"
is "$(ctl is-active vfio-prep-recover.service)" failed "and has ended, whatever is blocked in the kernel"
qemu_release
wait_for 20 test ! -e "$pci/$vf/driver" -o "$(driver_of $vf)" = igbvf
ok "it can be started again, and gives the VF back" ctl start vfio-prep-recover.service ||
	diag "$(< "$work/said")"
udevadm settle
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"
systemd_end

# --- what is declared, at boot ---

uuid=c2177883-f1bb-47f0-914d-32a22e3a8804
mdev=/sys/bus/mdev/devices/$uuid
igb_vfs 0
rm /etc/vfio-prep.conf
install_apply
systemd_udevd=yes
ok "systemd finds nothing wrong with the units" env SYSTEMD_LOG_LEVEL=warning \
	systemd-analyze verify --man=no $units/vfio-prep-apply{,-late}.service $units/vfio-prep-apply-late.path
is "$(< "$work/ok")" "" "not even a warning"
ok "nor udev with the rule" udevadm verify --no-style /usr/lib/udev/rules.d/90-vfio-prep-late.rules
printf 'DefaultDependencies=no\nWants=vfio-prep-apply.service\n' >> $units/test.target
# what each daemon finds when it starts
cat > "$work/note" <<-NOTE
	#!/bin/bash
	drivers=\$(basename -a \$(readlink $pci/$igb_pf/virtfn{0..6}/driver))
	[[ \$(ip link show dev $pf) =~ 'vf 6 '.*52:54:00:0a:0b:0c ]] && mac=mac
	echo "\${drivers//\$'\n'/ } \${mac:-no mac}\$([ ! -e $mdev ] || echo ' mdev')" >> $order
NOTE
chmod 755 "$work/note"
for daemon in "${daemons[@]}"; do
	printf '[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nExecStart=%s\n' "$work/note" \
		> "$units/$daemon.service"
done
mtty=
! modprobe mtty 2> /dev/null || mtty=' mdev'
udevadm settle
snapshot "$work/before"

# boots DESC WANT: with systemd, where each daemon finds that.
boots() {
	: > "$order"
	ok "$1" systemd_boot test.target
	ok "$1: each daemon has started" wait_for 180 eval '[ "$(wc -l < $order)" -eq '${#daemons[@]}' ]'
	is "$(sort "$order" | uniq -c | tr -s ' ')" " ${#daemons[@]} $2" "$1: each of them has found '$2'" ||
		diag "$(< "$work/said")"
}

mkdir $declared
cat > $declared/host.conf <<-CONF
	[vfs $igb_pf]
	count = 7
	vf.6.mac = 52:54:00:0a:0b:0c
	[device guests]
	match = pf=$igb_pf
	count = 2
	boot = bind
CONF
[ -z "$mtty" ] || printf '[mdev %s]\ntype = mtty-2\nparent = mtty\n' $uuid > $declared/mdev.conf
as_declared="vfio-pci vfio-pci igbvf igbvf igbvf igbvf igbvf mac$mtty"
boots "first boot" "$as_declared"
systemd_end
# as a reboot leaves it
rm -rf /run/vfio-prep /run/vfio-prep-late
for i in $(vfs_of $igb_pf); do [ "$(driver_of "$i")" != vfio-pci ] || sysfs_native "$i"; done
igb_vfs 0
[ -z "$mtty" ] || echo 1 > $mdev/remove
boots "second boot" "$as_declared"
ok "what comes late is waited for" wait_for 60 ctl is-active --quiet vfio-prep-apply-late.path
ok "what apply itself has made comes to an end" late_ends
snapshot "$work/declared"
ok "reload" ctl reload vfio-prep-apply.service
ok "restart" ctl restart vfio-prep-apply.service
udevadm settle
snapshot "$work/after"
same_snapshot "$work/declared" "$work/after" "a second and a third time change nothing"
sed -i 's/^count = 2/count = 1/; s/^vf.6.*//' $declared/host.conf
rm -f $declared/mdev.conf
ok "some lines less, and reload" ctl reload vfio-prep-apply.service
is "$(igb_drivers)" "vfio-pci igbvf igbvf igbvf igbvf igbvf igbvf" "a VF is the host's again" ||
	diag "$(< "$work/said")"
unlike "$(ip link show dev "$pf")" '52:54:00:0a:0b:0c' "the MAC address is gone"
not_ok "and the mediated device" test -e $mdev
rm $declared/host.conf
ok "no line, and reload" ctl reload vfio-prep-apply.service
is "$(vfs_of $igb_pf)" "" "no VF is left"
systemd_end
rm -rf /run/vfio-prep-late

boots "a boot with nothing declared" "no mac"
not_ok "nothing waits for devices" ctl is-active vfio-prep-apply-late.path
before=$(late_runs)
echo add > $pci/$igb_pf/uevent
udevadm settle
not_ok "none is noted" test -e /run/vfio-prep-late
is "$(late_runs)" "$before" "nothing was started"
systemd_end
rmdir $declared
udevadm settle
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"
done_testing
