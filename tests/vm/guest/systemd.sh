# Sourced by suites of units, after lib.sh: systemd as the first process of a PID namespace in this
# guest, with the guest's devices, and none of the services that a host has besides.
# shellcheck shell=bash disable=SC2034,SC2154

units=/etc/systemd/system systemd_udevd=no
install -D /build/hook/vfio-prep /usr/local/sbin/vfio-prep
chmod 755 "$work"

# unit_alone UNIT…: what is started with it is nothing but what it names itself, and what it says is
# in the file said.
unit_alone() {
	local unit
	for unit; do
		mkdir -p "$units/$unit.d"
		printf '[Unit]\nDefaultDependencies=no\n[Service]\nStandardOutput=append:%s\nStandardError=append:%s\n' \
			"$work/said" "$work/said" > "$units/$unit.d/test.conf"
	done
}

# systemd_boot TARGET: its log is the kernel's. With systemd_udevd=yes udevd is a service of its own
# there, and none runs besides: two would do everything twice.
systemd_boot() {
	: > "$work/said"
	echo on > /proc/sys/kernel/printk_devkmsg
	if [ $systemd_udevd = yes ]; then
		udevadm settle
		wait_for 20 udevadm control --exit
		rm -f /run/udev/queue
	fi
	env container=test unshare --pid --fork --kill-child --mount --mount-proc --propagation private \
		/usr/lib/systemd/systemd --system --unit="$1" --log-target=kmsg --log-level=info \
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
	[ $systemd_udevd = yes ] || return 0
	rm -f /run/udev/control /run/udev/queue
	/usr/lib/systemd/systemd-udevd --daemon
}

# What makes the host as it is declared.
declared=/etc/vfio-prep.d
install_apply() {
	install -m 644 -t "$units" /build/hook/vfio-prep-apply{,-late}.service \
		/src/hook/systemd/vfio-prep-apply-late.path
	install -D -t /usr/local/libexec/vfio-prep /src/hook/apply-late
	install -m 644 -t /usr/lib/udev/rules.d /src/udev-rules/90-vfio-prep-late.rules
	unit_alone vfio-prep-apply{,-late}.service
	wait_for 10 udevadm control --reload
}

# late_runs: how often systemd has started the unit for what comes late.
late_runs() { dmesg | grep -c 'Starting vfio-prep-apply-late.service'; }

# late_ends: waits until no device is noted, and that unit has ended. It does not look often, which
# would be most of what the guest does.
late_ends() {
	local i
	for ((i = 0; i < 100; i++)); do
		[ ! -e /run/vfio-prep-late/seen ] &&
			[[ $(ctl show -P ActiveState vfio-prep-apply-late.service) =~ ^(inactive|failed)$ ]] &&
			udevadm settle && [ ! -e /run/vfio-prep-late/seen ] && return
		read -rt 0.5 <> <(:) || :
	done
	return 1
}
