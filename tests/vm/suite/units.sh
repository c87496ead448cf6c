#!/bin/bash
# The unit that recovers, run by systemd with all that the unit forbids: what a killed command left
# is put right, a module is loaded for it, and libvirt's and vdsm's daemons wait for it. systemd
# is the first process of a PID namespace in this guest, with the guest's devices.
. /src/tests/vm/guest/lib.sh

units=/etc/systemd/system pci=/sys/bus/pci/devices vf=0000:05:10.1
order=$work/order
chmod 755 "$work"
install -d -m 777 "$work/open"
modprobe vfio-pci
install -D /build/hook/vfio-prep /usr/local/sbin/vfio-prep
install -D -m 644 -t $units /build/hook/vfio-prep-recover.service \
	/src/hook/systemd/vfio-prep-recover.timer

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

# Of this boot are only the services that the tests start, none of what a host has besides.
mkdir -p $units/vfio-prep-recover.service.d
printf '[Unit]\nDefaultDependencies=no\n[Service]\nStandardOutput=append:%s\nStandardError=append:%s\n' \
	"$work/said" "$work/said" > $units/vfio-prep-recover.service.d/test.conf
daemons=(libvirtd virtqemud virtnodedevd libvirt-guests supervdsmd vdsmd)
for daemon in "${daemons[@]}"; do
	printf '[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nExecStart=/bin/sh -c "%s"\n' \
		"vfio-prep status --json | grep -q run && echo $daemon early >> $order || echo $daemon >> $order" \
		> "$units/$daemon.service"
done
printf '[Unit]\nDefaultDependencies=no\nWants=vfio-prep-recover.service %s\n' \
	"${daemons[*]/%/.service}" > $units/test.target
printf '[Unit]\nDefaultDependencies=no\n' > $units/idle.target

# systemd_boot TARGET
systemd_boot() {
	: > "$work/said"
	env container=test unshare --pid --fork --kill-child --mount --mount-proc --propagation private \
		/usr/lib/systemd/systemd --system --unit="$1" --log-target=console --log-level=info \
		> "$work/systemd" 2>&1 < /dev/null &
	systemd_pid=$!
	wait_for 60 ctl is-active --quiet "$1"
}

# ctl ARGUMENT…: systemctl, where that systemd is the first process.
ctl() {
	local pid _
	read -r pid _ < "/proc/$systemd_pid/task/$systemd_pid/children"
	nsenter -t "$pid" -m -p systemctl "$@"
}

systemd_end() {
	kill -KILL "$systemd_pid"
	wait "$systemd_pid" 2> /dev/null
	rm -rf /run/systemd
}

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
is "$(result)" success "the unit has succeeded" || diag "$(< "$work/said")" "$(tail -n 20 "$work/systemd")"
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

igb_vfs 0
rm /etc/vfio-prep.conf
install -m 644 -t $units /build/hook/vfio-prep-apply.service
ok "systemd finds nothing wrong with the unit" env SYSTEMD_LOG_LEVEL=warning \
	systemd-analyze verify --man=no $units/vfio-prep-apply.service
mkdir -p /etc/vfio-prep.d $units/vfio-prep-apply.service.d
cp $units/vfio-prep-recover.service.d/test.conf $units/vfio-prep-apply.service.d/
printf 'DefaultDependencies=no\nWants=vfio-prep-apply.service\n' >> $units/test.target
for daemon in "${daemons[@]}"; do
	printf '[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nExecStart=/bin/sh -c "%s"\n' \
		"readlink $pci/$vf/driver >> $order" > "$units/$daemon.service"
done
snapshot "$work/before"
printf '[vfs %s]\ncount = 7\n[device guests]\nmatch = pf=%s\ncount = 2\nboot = bind\n' \
	$igb_pf $igb_pf > /etc/vfio-prep.d/host.conf
for boot in first second; do
	: > "$order"
	ok "$boot boot" systemd_boot test.target
	ok "$boot boot: each daemon has started" \
		wait_for 60 eval '[ "$(wc -l < $order)" -eq '${#daemons[@]}' ]'
	is "$(sort "$order" | uniq -c | tr -s ' ')" " ${#daemons[@]} ../../../../bus/pci/drivers/vfio-pci" \
		"$boot boot: the VF was there for all of them" || diag "$(< "$work/said")"
	is "$(vfs_of $igb_pf | wc -l)" 7 "$boot boot: as many VFs as declared"
	systemd_end
	# as a reboot leaves it
	rm -rf /run/vfio-prep
	for i in $(vfs_of $igb_pf); do [ "$(driver_of "$i")" != vfio-pci ] || sysfs_native "$i"; done
	igb_vfs 0
done
rm -r /etc/vfio-prep.d
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"
done_testing
