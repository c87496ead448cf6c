#!/bin/bash
# What happens to guests with host devices besides start and destroy: several at once, saving, a
# killed QEMU, a killed libvirtd. Nothing is left behind, and no guest dies of the hook.
# shellcheck disable=SC1091,SC2154,SC2317
. /src/tests/vm/guest/lib.sh
. /src/tests/vm/guest/libvirt.sh

# kill_libvirtd: as a crash would end it.
kill_libvirtd() {
	local pid
	pid=$(< /run/libvirtd.pid)
	kill -KILL "$pid"
	wait_for 10 test ! -e "/proc/$pid"
	rm -f /run/libvirtd.pid
}

is_gone() { [ -z "$(devices_of "$1")" ]; }
has_ended() { [ "$(virsh -q domstate "$1")" = "shut off" ]; }

pool_vfs
start_libvirtd || bail_out "libvirtd does not start"
# It has seen that there is no hook, and is told to look again.
/src/examples/libvirt/setup "$hook" > "$work/setup"
like "$(< "$work/setup")" "libvirtd .pid [0-9]+. " "the hook is installed while libvirtd runs"

# --- several at once ---
udevadm settle
snapshot "$work/before"
define one 1001 "$(vf 0000:05:10.1 yes)" "$(vf 0000:05:10.3 no)"
define two 1002 "$(vf 0000:05:10.5 no)" "$(vf 0000:05:10.7 yes)"
interface=$(vf 0000:05:11.1 yes)
interface=${interface/hostdev mode=\'subsystem\' type=\'pci\'/interface type=\'hostdev\'}
interface=${interface/address domain/address type=\'pci\' domain}
define three 1003 "${interface/\/hostdev//interface}"
pids=()
for name in one two three; do virsh -q start $name > "$work/$name" 2>&1 & pids+=($!); done
for i in 0 1 2; do ok "a guest of three starts" wait "${pids[i]}"; done
for name in one two three; do ok "$name runs" is_running $name || diag "$(< "$work/$name")"; done
is "$(devices_of one) $(devices_of two) $(devices_of three)" \
	"0000:05:10.1 0000:05:10.3 0000:05:10.5 0000:05:10.7 0000:05:11.1" "each holds its own"
define four 1004 "$(vf 0000:05:10.5 yes)"
run virsh -q start four
like "$err" "belongs to domain 'two'" "one more that wants what another has is told who has it"

# --- a guest that runs ---
pid=$(qemu_of one)
not_ok "a guest with a VF cannot be saved" virsh -q save one "$work/saved"
not_ok "nor by managedsave" virsh -q managedsave one
ok "it is reset" virsh -q reset one
ok "it is asked to shut down" virsh -q shutdown one
kill_libvirtd
run vfio-prep recover
is "$status $(devices_of one)" "0 0000:05:10.1 0000:05:10.3" "recover takes nothing from a guest that runs"
rm /etc/libvirt/hooks/qemu.d/vfio-prep
printf '#!/bin/sh\nexec %s "$@"\n' "$hook" > /etc/libvirt/hooks/qemu.d/vfio-prep
chmod 755 /etc/libvirt/hooks/qemu.d/vfio-prep
mv /run/vfio-prep/owners "$work/owners"	# reconnect finds a journal that it cannot use
echo broken > /run/vfio-prep/owners
socat -u UNIX-RECV:/dev/log "OPEN:$work/log,creat,append" &
logger=$!
wait_for 10 test -S /dev/log
start_libvirtd || bail_out "libvirtd does not start again"
ok "after a crash of libvirtd the guest runs" is_running one
is "$(qemu_of one)" "$pid" "it is the same QEMU"
like "$(tr -d '\0' < "$work/log")" "vfio-prep.*: guest one: .*/run/vfio-prep" \
	"what the hook could not do is in the system's log"
kill $logger
rm /run/vfio-prep/owners
mv "$work/owners" /run/vfio-prep/owners
is "$(devices_of one)" "0000:05:10.1 0000:05:10.3" "its devices are held"

# --- ends ---
kill -KILL "$pid"
ok "QEMU is killed: the devices are given back" wait_for 20 is_gone one
ok "libvirtd knows" wait_for 10 has_ended one
kill -TERM "$(qemu_of three)"
ok "QEMU ends by itself: the devices are given back" wait_for 20 is_gone three
pid=$(qemu_of two)
kill_libvirtd
kill -KILL "$pid"
start_libvirtd || bail_out "libvirtd does not start again"
wait_for 10 has_ended two
vfio-prep recover > /dev/null
nothing_left "both killed, the host is as it was"

# --- the hook is told to stop, and libvirtd dies while it works ---
vfio-prep attach 0000:05:11.5 2> /dev/null
exec {lock}< /run/vfio-prep/lock
flock "$lock"
guest_xml one 1001 "$(vf 0000:05:10.1 yes)" > "$work/guest.xml"
"$hook" one prepare begin - < "$work/guest.xml" 2> "$work/stopped" &
stopping=$!
wait_for 10 grep -q -- '-> FLOCK' /proc/locks
kill $stopping
flock -u "$lock"
status=0
wait $stopping || status=$?
is "$status $(driver_of 0000:05:10.1)" "1 igbvf" "a hook that is told to stop rolls back"
like "$(< "$work/stopped")" "^vfio-prep: .*interrupted" "and says so"
flock "$lock"
virsh -q start one > /dev/null 2>&1 &
starting=$!
ok "the hook waits" wait_for 10 pgrep -f "libvirt-qemu one prepare begin"
kill_libvirtd
wait $starting
exec {lock}<&-
ok "it goes on when libvirtd is gone" wait_for 10 eval '! pgrep -f "libvirt-qemu one prepare"'
start_libvirtd || bail_out "libvirtd does not start again"
ok "the guest starts all the same" virsh -q start one
is "$(devices_of one)" "0000:05:10.1 0000:05:10.3" "with its devices"
ok "and is destroyed" virsh -q destroy one
vfio-prep detach --all 2> /dev/null
nothing_left "the host is as it was"

# --- saving ---
guest_xml tablet 1005 "<hostdev mode='subsystem' type='usb'><source><vendor id='0x0627'/>
	<product id='0x0001'/></source></hostdev>" > "$work/guest.xml"
sed -i "s/type='usb' model='none'/type='usb' model='qemu-xhci'/" "$work/guest.xml"
virsh -q define "$work/guest.xml"
ok "a guest with a USB device starts" virsh -q start tablet
ok "it is saved" virsh -q managedsave tablet
nothing_left "saved, it holds nothing"
ok "it starts again" virsh -q start tablet
is "$(devices_of tablet)" usb_1_1 "it holds its device"
ok "it is destroyed" virsh -q destroy tablet
nothing_left "the host is as it was"

done_testing
