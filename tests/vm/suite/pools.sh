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

# --- a domain asks by names ---

vm=6a28e9f6-6627-49b8-8c24-741ab810ecc0
# domain DEVICE…: asks for each.
domain() {
	cat << EOF
<domain type='kvm'><name>web1</name><uuid>$vm</uuid><!-- </devices> -->
  <metadata><vp:prepare xmlns:vp="urn:vfio-prep:1">$*</vp:prepare></metadata>
  <devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
  </devices>
</domain>
EOF
}
# hostdev ADDRESS: what fill adds.
hostdev() {
	local d b s f
	IFS=:. read -r d b s f <<< "$1"
	echo "<hostdev mode='subsystem' type='pci' managed='no'><source><address domain='0x$d' bus='0x$b' slot='0x$s' function='0x$f'/></source></hostdev>"
}
# filled ADDRESS…: what is to become of domain with as many names.
filled() {
	local address asked='' added=''
	for address; do
		asked+="<vp:device name=\"lab-nic\" address='$address'/>"
		added+="    $(hostdev "$address")"$'\n'
	done
	domain "$asked" | while IFS= read -r line; do
		[ "$line" != "  </devices>" ] || printf %s "$added"
		printf '%s\n' "$line"
	done
}
wanted='<vp:device name="lab-nic"/>'
domain "$wanted$wanted" > "$work/domain.xml"

run vfio-prep prepare "$work/domain.xml"
is "$status" 3 "a domain with names, as libvirt would have it"
like "$err" "line 2: <vp:device name='lab-nic'> has no device yet; 'vfio-prep fill' chooses one" \
	"is to be filled first"
ok "one device is somebody's" vfio-prep attach "${vfs[0]}" --owner web2
run vfio-prep fill "$work/domain.xml"
is "$status" 0 "it is filled" || diag "$err"
like "$err" "@lab-nic: ${vfs[1]}.*@lab-nic: ${vfs[2]}" "with what is free"
ok "every other byte stays" cmp "$work/out" <(filled "${vfs[1]}" "${vfs[2]}")
is "$(driver_of "${vfs[1]}")" igbvf "and nothing is taken by that"
cp "$work/out" "$work/filled.xml"
ok "it is well-formed" xmllint --noout "$work/filled.xml"
run vfio-prep fill - < "$work/filled.xml"
ok "filled again, it is the same" cmp "$work/out" "$work/filled.xml"
run vfio-prep fill "$work/domain.xml" --json
is "$(jq -r '.devices | map("\(.name) \(.address) \(.new)") | join(" ")' <<< "$out")" \
	"lab-nic ${vfs[1]} true lab-nic ${vfs[2]} true" "the same in JSON"
ok "prepare takes what was filled" vfio-prep prepare "$work/filled.xml"
is "$(driver_of "${vfs[1]}") $(driver_of "${vfs[2]}")" "vfio-pci vfio-pci" "its devices are ready"
like "$(vfio-prep status)" "web1 +domain +held" "the domain holds them"
ok "prepare again, as libvirt's hook does at start" vfio-prep prepare "$work/filled.xml"
run vfio-prep qemu-args --domain "$work/filled.xml"
like "$out" "host=${vfs[1]} .*host=${vfs[2]}" "QEMU is told of them"
run vfio-prep fill "$work/domain.xml"
ok "the domain keeps what it has" cmp "$work/out" "$work/filled.xml"
ok "it goes back" vfio-prep release web1
ok "a device of it is taken by somebody else" vfio-prep attach "${vfs[2]}" --owner web2
run vfio-prep prepare "$work/filled.xml"
is "$status" 3 "then it is refused"
run vfio-prep fill "$work/filled.xml"
ok "and filled with another one" cmp "$work/out" <(filled "${vfs[1]}" "${vfs[3]}")
ok "all go back" vfio-prep detach --owner web2
domain "$wanted$wanted$wanted$wanted$wanted$wanted" > "$work/many.xml"
run vfio-prep fill "$work/many.xml"
is "$status:$out" "3:" "six of five"
like "$err" "@lab-nic: 1 wanted, 0 of 5 can be had" "is refused"
domain '<vp:device name="nosuch"/>' > "$work/nosuch.xml"
run vfio-prep fill "$work/nosuch.xml" --json
is "$status $(jq -r .error.code <<< "$out")" "3 not-found" "so is a name that nobody declared"

# The library chooses and claims under one lock: four domains at once never get the same one.
fill_one() {
	domain "$wanted" | sed "s/web1/many$1/; s/$vm/00000000-0000-4000-8000-00000000000$1/" |
		vfio-prep prepare --fill - > "$work/many.$1" 2> "$work/err.$1"
}
pids=()
for i in 1 2 3 4; do fill_one $i & pids+=($!); done
for i in "${!pids[@]}"; do ok "domain $((i + 1)) of four at once" wait "${pids[i]}" || diag "$(< "$work/err.$((i + 1))")"; done
is "$(sed -n "s/.*address='\(0000:[^']*\)'.*/\1/p" "$work"/many.[1-4] | sort -u | wc -l)" 4 "each has a device of its own"
for i in 1 2 3 4; do vfio-prep -q release many$i || fail "release many$i"; done
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

# --- the right device or none ---

cp $declared/lab.conf "$work/lab.conf"
sed -i 's/^match = class=0200 pf=@lab-card/match = path=00:09.0\/10.7/' $declared/lab.conf
run vfio-prep prepare "$work/filled.xml" --json
is "$status $(jq -r '.error | "\(.code) \(.device)"' <<< "$out")" "3 refused ${vfs[1]}" "a device that has its name no more"
like "$err" "${vfs[1]} is no @lab-nic any more: .device lab-nic. in $declared/lab.conf does not mean it .it is path=0000:00:09.0/10.3,?.*; try: 'vfio-prep fill' again" \
	"is refused, and it is said what to do"
domain "$wanted" | vfio-prep fill - > "$work/one.xml" 2> "$work/err" || diag "$(< "$work/err")"
ok "fill chooses the right one" cmp "$work/one.xml" <(filled "${vfs[3]}")
cp "$work/lab.conf" $declared/lab.conf

conf=/etc/vfio-prep.conf
printf '# of this card\n[device %s]\nmatch = path=00:09.0/10.1 vendor=8086\n' "${vfs[0]}" > $conf
ok "the device that the configuration says" vfio-prep attach "${vfs[0]}"
ok "goes back" vfio-prep detach --all
# The address that another slot had before buses were numbered anew.
sed -i 's/10.1 vendor/10.3 vendor/' $conf
wrong="${vfs[0]} is not the device that $conf:3 says .match = path=00:09.0/10.3 vendor=8086; it is path=0000:00:09.0/10.1,.* vendor=8086.; try: name ${vfs[1]}, which is that one now"
domain "$(filled "${vfs[0]}" | sed -n 's/.*\(<vp:device [^>]*>\).*/\1/p')" |
	sed "s|^  </devices>|$(hostdev "${vfs[0]}")</devices>|" > "$work/wrong.xml"
printf '[device wrong]\nmatch = address=%s\nboot = bind\n' "${vfs[0]}" > $declared/wrong.conf
for words in "attach ${vfs[0]}" "attach --force ${vfs[0]}" "check ${vfs[0]}" "plan ${vfs[0]}" "prepare $work/wrong.xml" apply; do
	# shellcheck disable=SC2086
	run vfio-prep $words
	is "$status" 3 "another one: ${words/$work\//} is refused"
	like "${out//$'\n'/ }$err" "${vfs[0]} is not the device that $conf:3 says" "by name"
done
run vfio-prep attach "${vfs[0]}"
like "$err" "$wrong" "and it is said which it is, and where the right one is"
run vfio-prep attach "${vfs[0]}" --json
is "$(jq -r '.error | "\(.code) \(.device)"' <<< "$out")" "refused ${vfs[0]}" "in JSON, too"
run vfio-prep attach @wrong
is "$status" 3 "no name leads to it"
ok "a name of several passes it over" vfio-prep attach @lab-nic
is "$(driver_of "${vfs[0]}") $(driver_of "${vfs[1]}")" "igbvf vfio-pci" "and means the next"
ok "it goes back" vfio-prep detach --all
printf '[device %s]\nmatch = device=ffff\n' "$igb_pf" > $conf
run vfio-prep numvfs $igb_pf 3
is "$status" 3 "another card gets no VFs"
like "$err" "$igb_pf is not the device that $conf:2 says" "and it is said why"
rm $conf $declared/wrong.conf
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
are_waiting() { [ "$(find /run/vfio-prep/waiting -type f 2> /dev/null | wc -l)" -ge "$1" ]; }
use() { vfio-prep run @lab-nic --user root --wait 5m -- "$work/use" "$1" @DEVICES@ 2> "$work/err.$1"; }

# The five are taken, so that all twenty stand in line.
ok "all five" vfio-prep attach @lab-nic*5 --owner before
pids=()
for i in {1..20}; do
	use "$i" &
	pids+=($!)
	wait_for 60 are_waiting "$i" || diag "the ${i}th is not in line"
done
run vfio-prep attach @lab-nic
is "$status" 3 "who does not wait gets none"
like "$err" "20 wait for it already, pid [0-9]+ first" "it is said who does"
# One in the middle is killed.
pkill -KILL -P "${pids[9]}" vfio-prep || kill -KILL "${pids[9]}"
ok "the five go back" vfio-prep detach --owner before
for i in "${!pids[@]}"; do wait "${pids[i]}" || [ "$i" -eq 9 ] || echo "$((i + 1)) failed: $(< "$work/err.$((i + 1))")" >> "$work/wrong"; done
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
