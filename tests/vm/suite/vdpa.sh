#!/bin/bash
# vDPA devices, simulated by the kernel: by each of their names, in a domain, in a guest, and while
# somebody has one open.
. /src/tests/vm/guest/lib.sh
. /src/tests/vm/guest/nested.sh

uuid=6a28e9f6-6627-49b8-8c24-741ab810ecc0
mac=52:54:00:12:34:56
user=libvirt-qemu

[[ $(modinfo -F vermagic vdpa_sim_net 2> /dev/null) == "$(uname -r) "* ]] ||
	skip_all "no simulated vDPA devices for this kernel"
modprobe -a vdpa_sim_net vdpa_sim_blk vhost_vdpa
ok "a network card" vdpa dev add name sim0 mgmtdev vdpasim_net mac $mac
ok "and a disk" vdpa dev add name disk.0 mgmtdev vdpasim_blk
udevadm settle
snapshot "$work/before"

owner_of() { stat -c '%U %a' "$1"; }

# --- names ---
for name in vdpa_sim0 vhost-vdpa-0 /dev/vhost-vdpa-0; do
	run vfio-prep check $name
	is "$status" 0 "check $name" || diag "$err"
	run vfio-prep attach $name
	is "$status" 0 "attach" || diag "$err"
	is "$(owner_of /dev/vhost-vdpa-0)" "$user 600" "gives the node"
	like "$(vfio-prep status)" vhost-vdpa-0 "status knows it"
	run vfio-prep attach $name
	is "$status" 3 "not twice"
	like "$err" "vhost-vdpa-0 is attached already, by this owner" "it is said"
	ok "detach" vfio-prep detach $name
done
run vfio-prep plan vdpa_disk_0
like "$out" "/dev/vhost-vdpa-1 to " "a name with other characters is as libvirt writes it"
is "$(vfio-prep list --cap vdpa | xargs)" "vdpa_disk_0 vdpa_sim0" "as list does"
for name in vdpa_sim1 vhost-vdpa-7 /dev/vhost-vdpa-7; do
	run vfio-prep check $name
	is "$status" 3 "$name is not there"
	like "$err" "$name.*no such vhost-vdpa node.*vdpa dev add" "it is said, and what to do"
done
run vfio-prep check /dev/sda
is "$status" 2 "another node is no name"
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

# --- for a guest's process ---
run vfio-prep qemu-args vdpa_sim0
is "$out" "-netdev vhost-vdpa,id=vprep-net0,vhostdev=/dev/vhost-vdpa-0 -device virtio-net-pci,netdev=vprep-net0,mac=$mac" \
	"qemu-args has the card's own MAC address"
run vfio-prep qemu-args vdpa_disk_0
like "$out" "driver|virtio-blk-vhost-vdpa,path=/dev/vhost-vdpa-1.*-device virtio-blk-pci" "a disk is one"
is "$(setpriv --reuid nobody --regid nogroup --clear-groups vfio-prep qemu-args vdpa_disk_0)" "$out" \
	"for everybody"
run vfio-prep cdi vdpa_sim0
is "$(jq -c '[.devices[] | .name, .containerEdits.deviceNodes[].path]' <<< "$out")" \
	'["vdpa_sim0","/dev/vhost-vdpa-0"]' "cdi has its node"
run vfio-prep run vdpa_sim0 --user nobody -- sh -c 'exec 3<> /dev/vhost-vdpa-0 && id -un'
is "$status $out" "0 nobody" "run: its user opens it"
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "and it goes back"

# --- a domain, and a QEMU that has it ---
cat > "$work/web1.xml" << END
<domain type="qemu"><name>web1</name><uuid>$uuid</uuid><memory unit="MiB">64</memory><devices>
<interface type="vdpa"><mac address="$mac"/><source dev="/dev/vhost-vdpa-0"/></interface>
</devices></domain>
END
is "$(vfio-prep requests "$work/web1.xml" --json | jq -c .)" \
	"[{\"type\":\"vdpa\",\"path\":\"/dev/vhost-vdpa-0\",\"mac\":\"$mac\"}]" "requests has its MAC address"
like "$(vfio-prep qemu-args --domain "$work/web1.xml")" "virtio-net-pci,.*mac=$mac" "qemu-args, too"
ok "prepare" vfio-prep prepare "$work/web1.xml"
run vfio-prep attach vdpa_sim0
is "$status" 3 "it is the domain's"
like "$err" "vhost-vdpa-0 belongs to domain 'web1'" "it is said whose"
chmod 755 "$work"
mkfifo "$work/qmp"
# shellcheck disable=SC2046
prlimit --memlock=unlimited setpriv --reuid $user --regid kvm --clear-groups \
	qemu-system-x86_64 -S -accel tcg -machine q35 -m 64 -display none -nodefaults -qmp stdio \
	$(vfio-prep qemu-args --domain "$work/web1.xml") \
	< "$work/qmp" > "$work/qmp.out" 2> "$work/qemu.err" &
qemu=$!
exec {qmp}> "$work/qmp"
ok "a QEMU of its user opens it" wait_for 60 grep -q QMP "$work/qmp.out" || diag "$(< "$work/qemu.err")"
run vfio-prep release web1
is "$status" 3 "release is refused while the guest runs"
like "$err" "guest web1 runs \(pid $qemu\): it has /dev/vhost-vdpa-0 open" "it is said why"
run vfio-prep check vdpa_sim0 --force
like "$err$out" "belongs to domain 'web1'" "check still says whose it is"
(sleep 2; echo '{"execute":"qmp_capabilities"}{"execute":"quit"}' >&"$qmp") &
run vfio-prep release --force web1
is "$status" 0 "by force it waits until QEMU has ended"
like "$err" "waiting up to 30 s for pid $qemu \(qemu[^)]*\)" "it says for whom" || diag "$err"
wait "$qemu"
exec {qmp}>&-
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

# --- a guest that drives it ---
initramfs "$work/initrd" virtio_pci virtio_net
run timeout 300 vfio-prep run vdpa_sim0 --user nobody --memory 256M -- \
	qemu-system-x86_64 @DEVICES@ "${guest_words[@]}"
is "$status" 0 "a guest runs and ends" || diag "$err"
like "$out" "GUEST net virtio_net $mac" "its virtio_net has the card, with its MAC address" || diag "$out"

# --- who holds it ---
exec 5<> /dev/vhost-vdpa-0
run vfio-prep attach vdpa_sim0
is "$status" 3 "one that is open is refused"
like "$err" "vhost-vdpa-0 is in use: pid $$ .*ha[sv]e? /dev/vhost-vdpa-0 open" "it is said by whom"
exec 5<&-
ok "prepare" vfio-prep prepare "$work/web1.xml"
exec 5<> /dev/vhost-vdpa-0
printf 'deadline-unbind = 1\n' > "$work/short.conf"
run vfio-prep --config "$work/short.conf" release --force web1
is "$status" 4 "nor is it given back"
like "$err" "pid $$ .*has /dev/vhost-vdpa-0 open" "it is said by whom"
exec 5<&-
ok "until it is closed" vfio-prep recover
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

# --- one that goes meanwhile ---
ok "attach" vfio-prep attach vdpa_sim0
vdpa dev del sim0
run vfio-prep status
like "$out" "vhost-vdpa-0 is not there" "status tells that it has gone"
vdpa dev add name other mgmtdev vdpasim_net
run vfio-prep attach vdpa_other --owner other
is "$status" 3 "another one with its node is not another's yet"
like "$err" "vhost-vdpa-0 .*manual" "it is said whose the node is"
ok "the lost one is given back" vfio-prep detach --all
ok "then it is" vfio-prep attach vdpa_other --owner other
ok "and goes back" vfio-prep detach --owner other
is "$(owner_of /dev/vhost-vdpa-0)" "root 600" "nothing is left of both"
done_testing
