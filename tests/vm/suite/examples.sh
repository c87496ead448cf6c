#!/bin/bash
# Every example does what it says: the CI job, the unit, the hookscript, the domains, the program.
# shellcheck disable=SC2016,SC2317
. /src/tests/vm/guest/lib.sh

top=/src/examples vf=0000:05:10.1 mdev=c2177883-f1bb-47f0-914d-32a22e3a8804
igb_vfs 7
modprobe mtty
echo "$mdev" > /sys/class/mdev_bus/mtty/mdev_supported_types/mtty-2/create
mkdir "$work/bin"
chmod 755 "$work" "$work/bin"
export PATH=$work/bin:$PATH
udevadm settle
snapshot "$work/before"

unchanged() {
	udevadm settle
	snapshot "$work/after"
	same_snapshot "$work/before" "$work/after" "$1"
}

# --- examples/ci: the job's own lines, as a runner runs them ---

printf '#!/bin/sh\nexec "$@"\n' > "$work/bin/sudo"
chmod 755 "$work/bin/sudo"

# job SECTION: the commands of a list in the job.
job() {
	awk -v section="  $1:" '
		/^  [a-z_]+:/ { on = $0 == section }
		on && /^    - / { print substr($0, 7) }
	' $top/ci/gitlab-ci.yml
}

# The variables at the top of the file.
while read -r line; do export "${line?}"; done < <(
	sed -n '/^variables:/,/^$/s/^  \([A-Z_]*\): "\(.*\)"$/\1=\2/p' $top/ci/gitlab-ci.yml)
is "$DEVICE $GUEST_USER" "$vf nobody" "the CI job has its variables"
# QEMU reads its memory from the job
export CI_JOB_NAME=test-driver GUEST_MEMORY=64M
install -d -m 777 "$work/job"
{ echo "cd $work/job && ln -sf /src/examples examples"; job script; } > "$work/script"
is "$(job script | wc -l)" 3 "the CI job has its lines"
ok "the CI job passes" bash -eo pipefail "$work/script"
ok "and its last part" bash -eo pipefail <(job after_script)
unchanged "the host is as it was"
sed -i 's/@DEVICES@/-device nonsense @DEVICES@/' "$work/script"
not_ok "a job whose guest fails" bash -eo pipefail "$work/script"
unchanged "leaves the host as it was"

# --- examples/systemd: the unit's commands, in its order and as its users ---

unit=$top/systemd/vfio-guest@.service
if command -v systemd-analyze > /dev/null; then
	ln -s "$(type -P vfio-prep)" /usr/local/sbin/
	ok "the unit is well formed" systemd-analyze verify --man=no "$unit"
fi
mkdir /etc/vfio-guest
cp $top/domains/network-card.xml /etc/vfio-guest/network-card.xml
# QEMU's monitor ends it at once
OPTIONS='-accel tcg -m 64 -S -monitor stdio'
export OPTIONS

# unit_run KEY: runs a command of the unit for the instance network-card.
unit_run() {
	local line user
	line=$(sed -n "s/^$1=//p" "$unit")
	user=$(sed -n 's/^User=//p' "$unit")
	line=${line//%i/network-card}
	if [[ $line == +* ]]; then
		bash -c "${line#+}"
	else
		prlimit --memlock=unlimited setpriv --reuid "$user" --regid "$(id -g "$user")" \
			--init-groups bash -c "$line"
	fi
}

ok "ExecStartPre" unit_run ExecStartPre
is "$(driver_of $vf)" vfio-pci "has the device ready"
ok "ExecStart" unit_run ExecStart <<< quit
ok "ExecStopPost" unit_run ExecStopPost
unchanged "the host is as it was"
rm -r /etc/vfio-guest

# --- examples/proxmox ---

cat > "$work/bin/qm" <<'END'
#!/bin/sh
printf 'cores: 2\nhostpci0: 05:10.1,pcie=1\nhostpci1: mapping=card\nhostpci2: host=0000:05:10.3;0000:05:10.5\nhostpci3: 05:10.7,mdev=nvidia-63\nhostpci4: 05:10.7,driver=keep\nname: vm\n'
END
chmod 755 "$work/bin/qm"
hook=$top/proxmox/vfio-prep-hook
ok "the hookscript, pre-start" $hook 100 pre-start
is "$(driver_of $vf) $(driver_of 0000:05:10.3) $(driver_of 0000:05:10.5) $(driver_of 0000:05:10.7)" \
	"vfio-pci vfio-pci vfio-pci igbvf" "takes the devices of the guest"
ok "post-start" $hook 100 post-start
ok "post-stop" $hook 100 post-stop
ok "post-stop again" $hook 100 post-stop
unchanged "the host is as it was"

# --- examples/domains ---

mkdir -p /etc/vfio-prep.d
cp $top/domains/lab-nic.conf /etc/vfio-prep.d/
for file in "$top"/domains/*.xml; do
	name=$(basename "$file" .xml)
	if grep -q '<vp:device ' "$file"; then
		ok "$name: fill" vfio-prep fill "$file"
		vfio-prep -q fill "$file" > "$work/filled.xml"
		file=$work/filled.xml
	fi
	ok "$name: requests" vfio-prep requests "$file"
	ok "$name: prepare" vfio-prep prepare "$file"
	ok "$name: run is refused beside it" test "$(vfio-prep run --domain "$file" -- true 2> /dev/null; echo $?)" = 3
	ok "$name: release" vfio-prep release "$name"
	unchanged "$name: the host is as it was"
	run vfio-prep run --domain "$file" --user nobody -- sh -c 'test $# -gt 0' - @DEVICES@
	is "$status" 0 "$name: run" || diag "$err"
	unchanged "$name: the host is as it was"
done
rm -r /etc/vfio-prep.d

# --- examples/c ---

program=/build/examples/with-device
run $program $vf nobody sh -c 'id -un; echo "$@"; exit 7' -
is "$status" 7 "the C program ends as its command does"
is "$out" "nobody
-device vfio-pci,host=$vf" "which is the user, and told of the device"
unchanged "the host is as it was"
run $program 0000:05:1f.7 nobody true
is "$status" 3 "a device that is not there"
unchanged "the host is as it was"

# A guest keeps both devices for a second and a half while the daemon gives them back.
loop=/build/examples/event-loop other=0000:05:10.3
mkfifo "$work/stdin"
$loop $vf $other < "$work/stdin" > "$work/loop" 2>&1 &
pid=$!
exec 3> "$work/stdin"
both_held() { [ "$(grep -c "held by event-loop-" "$work/loop")" = 2 ]; }
ok "a daemon attaches two devices" wait_for 20 both_held || diag "$(< "$work/loop")"
is "$(driver_of $vf) $(driver_of $other)" "vfio-pci vfio-pci" "they are bound"
like "$(grep -m 1 " $vf attached" "$work/loop")" "/dev/vfio/" "it hears what became of them"
qemu_hold $vf $other
before=$(date +%s%N)
exec 3>&-
(sleep 1.5; kill -KILL "$qemu_pid") &
ok "and gives them back" wait "$pid"
took=$((($(date +%s%N) - before) / 1000000))
qemu_release
ticks=$(sed -n 's/^.*: done after \([0-9]*\) ticks$/\1/p' "$work/loop" | tail -1)
diag "given back in $took ms; the timer, of 10 ms, was answered $ticks times in all"
ok "which takes as long as the guest does" test "$took" -ge 1400 -a "$took" -lt 15000
ok "the timer is answered meanwhile" test "$ticks" -ge 100
is "$(grep -c ': done after' "$work/loop")" 4 "every task ends"
unchanged "the host is as it was"
mkfifo "$work/silent"
exec 3<> "$work/silent"
run $loop $vf 0000:05:1f.7 < "$work/silent"
exec 3>&-
is "$status" 3 "where one device is not there"
like "$err" "0000:05:1f.7" "the daemon says so"
unchanged "and gives the other one back"

echo 1 > "/sys/bus/mdev/devices/$mdev/remove"
done_testing
