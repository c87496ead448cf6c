#!/bin/bash
# Devices by declared names: what they are, who gets which, and who waits.
. /src/tests/vm/guest/lib.sh

declared=/etc/vfio-prep.d
igb_vfs 7
mapfile -t vfs < <(vfs_of "$igb_pf")
wait_for 10 test "$(driver_of "${vfs[6]}")" = igbvf || :
udevadm settle
mkdir -p $declared /usr/lib/vfio-prep.d
snapshot "$work/before"

run vfio-prep pools
like "$out" "no names are declared.*/etc/vfio-prep.d" "nothing is declared at first"

cat > $declared/lab.conf << EOF
[device lab-nic]
match = class=0200 pf=@lab-card
count = 5

[device lab-card]
match = device=10c9 path=00:09.0/00.1

[device guest1]
match = mac=52:54:00:0a:0b:0c

[device disk]
match = class=0108
EOF
members() { vfio-prep pools --json | jq -r ".pools[] | select(.name == \"$1\") | .members | map(.name) | join(\" \")"; }

is "$(members lab-card)" "$igb_pf" "a card by the way to it, which has no bus numbers"
is "$(members lab-nic)" "${vfs[*]:0:5}" "the VFs of that card"
is "$(members guest1)" "" "nobody has the address yet"
interface=$(ls /sys/bus/pci/devices/$igb_pf/net)
ip link set "$interface" vf 6 mac 52:54:00:0a:0b:0c
is "$(members guest1)" "${vfs[6]}" "a VF by the address that its PF gave it"
sysfs_vfio "${vfs[6]}"
is "$(members guest1)" "${vfs[6]}" "on another driver, too"
sysfs_native "${vfs[6]}"
ip link set "$interface" vf 6 mac 00:00:00:00:00:00
udevadm settle
snapshot "$work/before"
run vfio-prep pools
like "$out" "@lab-nic +${vfs[0]} .*free.*5 of 5 free" "a table for people"

# --- who gets which ---

run vfio-prep check @lab-nic*5
like "$out" "possible" "five can be had"
run vfio-prep check @lab-nic*6
is "$status" 3 "six cannot"
like "$err$out" "6 wanted, 5 of 5" "and it is said"
ok "one" vfio-prep attach @lab-nic
ok "two more" vfio-prep attach @lab-nic*2 --owner web2
is "$(vfio-prep pools --json | jq '.pools[] | select(.name == "lab-nic") | "\(.devices) \(.free)"')" '"5 2"' \
	"how many are free"
is "$(driver_of "${vfs[0]}") $(driver_of "${vfs[2]}") $(driver_of "${vfs[3]}")" "vfio-pci vfio-pci igbvf" \
	"the first that are free"
run vfio-prep attach @lab-nic*3
is "$status" 3 "no three are left"
like "$err" "${vfs[0]} belongs to owner 'manual'" "it is said who has them"
run vfio-prep qemu-args @lab-nic
like "$out" "host=${vfs[0]}" "what is attached by hand"
ok "all go back" vfio-prep detach --all
run vfio-prep run @lab-nic*2 -- sh -c 'echo "$*"' sh @DEVICES@
like "$out" "host=${vfs[0]} .*host=${vfs[1]}" "a command gets its devices' names"
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

# --- waiting: twenty over five ---

# A command that has a device for itself a moment; what it sees goes to files.
cat > "$work/use" << 'EOF'
#!/bin/bash
device=${*##*host=}
device=${device%%[, ]*}
echo "$1" >> "$WORK/order"
mkdir "$WORK/held/$device" 2> /dev/null || echo "$device twice" >> "$WORK/wrong"
read -rt 0.5 <> <(:)
rmdir "$WORK/held/$device"
EOF
chmod 755 "$work/use" "$work"
mkdir "$work/held"
: > "$work/order"
: > "$work/wrong"
export WORK=$work
waiting() { find /run/vfio-prep/waiting -type f 2> /dev/null | wc -l; }
use() { vfio-prep run @lab-nic --user root --wait 5m -- "$work/use" "$1" @DEVICES@ 2> "$work/err.$1"; }

# The five are taken, so that all twenty stand in line.
ok "all five" vfio-prep attach @lab-nic*5 --owner before
pids=()
for i in {1..20}; do
	use "$i" &
	pids+=($!)
	wait_for 20 test "$(waiting)" -ge "$i" || :
	until [ "$(waiting)" -ge "$i" ]; do read -rt 0.1 <> <(:) || :; done
done
run vfio-prep attach @lab-nic
is "$status" 3 "who does not wait gets none"
like "$err" "20 wait for it already, pid [0-9]+ first" "it is said who does"
# One in the middle is killed.
pkill -KILL -P "${pids[9]}" vfio-prep || kill -KILL "${pids[9]}"
ok "the five go back" vfio-prep detach --owner before
for i in "${!pids[@]}"; do wait "${pids[i]}" || [ "$i" -eq 9 ] || echo "$((i + 1)) failed" >> "$work/wrong"; done
is "$(< "$work/wrong")" "" "never two on one device, and nobody failed"
is "$(sort -n "$work/order" | tr '\n' ' ')" "1 2 3 4 5 6 7 8 9 11 12 13 14 15 16 17 18 19 20 " \
	"everybody had a turn but the one that was killed"
late=0 place=0
while read -r i; do
	place=$((place + 1))
	[ "$i" -le 10 ] || i=$((i - 1))
	[ $((i - place)) -le 2 ] && [ $((place - i)) -le 2 ] || late=$((late + 1))
done < "$work/order"
is "$late" 0 "in the order of coming ($(tr '\n' ' ' < "$work/order"))"

ok "recover finds nothing to do" vfio-prep recover
ok "all five again" vfio-prep attach @lab-nic*5
run vfio-prep attach @lab-nic --wait 1s
is "$status" 3 "the wait ends"
like "$err" "waited for 1 s" "at its time"
ok "all go back" vfio-prep detach --all
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

echo '[device lab-nic]' > $declared/wrong.conf
run vfio-prep attach @lab-nic
is "$status" 2 "a file that is wrong"
like "$err" "$declared/wrong.conf:1: |lab-nic. has no match|already" "is named"
ok "devices by themselves are not concerned" vfio-prep attach "${vfs[0]}"
ok "it goes back" vfio-prep detach --all
rm -r $declared
done_testing
