#!/bin/bash
# A command with devices, for as long as it runs: who it is, what it gets, how it ends. Whatever
# happens to it, or to the program itself, the host is as it was after at most one recover.
# shellcheck disable=SC2016,SC2317
. /src/tests/vm/guest/lib.sh

vf=0000:05:10.1 name=pci_0000_05_10_1
igb_vfs 7
group=$(group_of $vf)
chmod 755 "$work"
install -d -m 777 "$work/open"
snapshot "$work/before"

unchanged() {
	snapshot "$work/after"
	same_snapshot "$work/before" "$work/after" "$1"
}

# started COMMAND…: in the background; returns once it has made the file $work/open/up, with the
# program's pid in $pid and the command's in $child.
started() {
	rm -f "$work/open"/*
	# a shell makes what it starts in the background ignore these
	env --default-signal=INT,QUIT vfio-prep run $vf --user nobody -- "$@" > "$work/out" 2> "$work/err" &
	pid=$!
	wait_for 20 test -s "$work/open/up" || fail "the command did not start: $(< "$work/err")"
	child=$(< "$work/open/up")
}

# ended STATUS DESC
ended() {
	local got=0
	wait "$pid" || got=$?
	is "$got" "$1" "$2" || diag "$(< "$work/err")"
}

up="echo \$\$ > $work/open/up"

# --- who it is, what it gets ---

run vfio-prep run $name --user nobody -- sh -c "id -un; id -Gn; stat -c %U:%a /dev/vfio/$group; ulimit -l; cat" <<< "from stdin"
is "$status" 0 "a command with a device"
is "$out" "nobody
$(id -Gn nobody)
nobody:600
unlimited
from stdin" "it is the user, has the node, no limit, and our files"
like "$err" "0000:05:10.1 attached" "messages are on stderr"
unchanged "then the host is as it was"

run vfio-prep run $vf --user nobody --memory 256M -- sh -c 'ulimit -l; printf "<%s>" "$0" "$@"' one @DEVICES@ 'a b'
is "$out" "1310720
<one><-device><vfio-pci,host=$vf><a b>" "the limit fits, and the word became QEMU's words"
run vfio-prep run $vf --memory 256Q -- true
is "$status" 2 "a size that is none"
like "$err" "'256Q' is not a size" "is named"
unchanged "and all is given back"

# --- how it ends ---

for want in 0 7 255; do
	run vfio-prep run $vf -- sh -c "exit $want"
	is "$status" $want "exit status $want is passed through"
done
install -m 700 /usr/bin/true "$work/roots-own"
while read -r want desc file; do
	run vfio-prep run $vf -- "$file"
	is "$status" "$want" "${desc//_/ }"
	like "$err" "cannot execute '$file'" "is named"
	unlike "$err" "attached" "before anything is attached"
done <<END
127 no_such_command /nonexistent
127 none_in_the_path no-such-command
126 one_that_cannot_be_executed /etc/passwd
126 one_that_only_root_can_execute $work/roots-own
END
run vfio-prep run $vf --user root -- "$work/roots-own"
is "$status" 0 "which root can"
run vfio-prep run $vf -- sh -c 'kill -SEGV $$'
is "$status" 139 "one that a signal ended"
run vfio-prep run $vf
is "$status" 2 "no command"
run vfio-prep run 0000:05:1f.7 -- touch "$work/open/ran"
is "$status" 3 "a device that is not there"
not_ok "the command was not started" test -e "$work/open/ran"
unchanged "the host is as it was"

# --- signals ---

started sh -c "trap 'echo term; exit 3' TERM; $up; while :; do sleep 0.1; done"
kill -TERM "$pid"
ended 3 "SIGTERM is the command's"
is "$(< "$work/out")" term "it got it"
unchanged "and the host is as it was"

started sh -c "trap 'echo hup' HUP; trap 'echo usr1' USR1; trap 'echo quit; exit 5' QUIT; $up; while :; do sleep 0.1; done"
for signal in HUP USR1 QUIT; do kill -$signal "$pid"; sleep 0.5; done
ended 5 "so are SIGHUP, SIGUSR1 and SIGQUIT"
is "$(tr '\n' ' ' < "$work/out")" "hup usr1 quit " "once each"
unchanged "and the host is as it was"

started sh -c "$up; exec sleep 100"
kill -KILL "$child"
ended 137 "kill -9 of the command"
unchanged "leaves the host as it was"

started sh -c "$up; exec sleep 100"
kill -KILL "$pid"
ended 137 "kill -9 of the program"
ok "ends the command" wait_for 5 test ! -e "/proc/$child"
run vfio-prep status --json
is "$(jq -r '.owners[] | .id + " " + .kind + " " + .state' <<< "$out")" "run-$pid run dead" "status: its owner is dead"
ok "recover" vfio-prep recover
unchanged "gives back what it held"

# --- a terminal ---

# The keys of a terminal: python's forkpty makes one, the command is in its foreground group.
cat > "$work/terminal.py" <<'END'
import os, sys, time
up, what = sys.argv[1:3]
pid, fd = os.forkpty()
if pid == 0:
    os.execvp(sys.argv[3], sys.argv[3:])
end = time.monotonic() + 20
while not os.path.exists(up) and time.monotonic() < end:
    time.sleep(0.05)
time.sleep(0.3)
if what == 'hangup':
    os.close(fd)
else:
    os.write(fd, what.encode().decode('unicode_escape').encode())
    time.sleep(1)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
terminal() { python3 -IS "$work/terminal.py" "$work/open/up" "$@"; }

rm -f "$work/open"/*
is "$(terminal '\x03' vfio-prep run $vf --user nobody -- sh -c "$up; exec sleep 100")" 130 "Ctrl-C"
unchanged "ends the command, and the host is as it was"
rm -f "$work/open"/*
is "$(terminal '\x03' vfio-prep run $vf --user nobody -- sh -c "trap 'echo int >> $work/open/ints' INT; $up; for i in 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5; do sleep 0.1; done; exit 9")" 9 \
	"Ctrl-C that the command survives"
is "$(< "$work/open/ints")" int "comes once"
rm -f "$work/open"/*
is "$(terminal hangup vfio-prep run $vf --user nobody -- sh -c "$up; exec sleep 100")" 129 "the terminal hangs up"
unchanged "the host is as it was"

# --- what another user's command is kept from ---

cat > "$work/inject.py" <<'END'
import fcntl, os, sys, termios
try:
    os.open('/dev/tty', os.O_RDWR)
except OSError:
    pass
for fd in range(256):
    for byte in b'\necho injected\n':
        try:
            fcntl.ioctl(fd, termios.TIOCSTI, bytes([byte]))
        except OSError:
            pass
END
# injected WORD…: 'yes' if root's terminal has input afterwards that nobody typed.
cat > "$work/injected.py" <<'END'
import os, select, subprocess, sys
pid, fd = os.forkpty()
if pid == 0:
    subprocess.run(sys.argv[1:], timeout=60)
    os._exit(len(select.select([0], [], [], 0.5)[0]))
while True:
    try:
        if not os.read(fd, 4096):
            break
    except OSError:
        break
print('yes' if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) else 'no')
END
injected() { python3 -IS "$work/injected.py" "$@"; }
sysctl -q dev.tty.legacy_tiocsti=1 2> /dev/null || :
is "$(injected setpriv --reuid nobody --clear-groups python3 -IS "$work/inject.py")" yes \
	"who has root's terminal can type into it"
is "$(injected vfio-prep run $vf --user nobody -- python3 -IS "$work/inject.py")" no "not with run"
is "$(injected sh -c "vfio-prep run $vf --user nobody -- python3 -IS $work/inject.py > $work/out 2>&1 < /dev/null")" no \
	"nor if only the session has it"
echo secret > "$work/secret"
chmod 600 "$work/secret"
run env SECRET=1 KEPT=2 LD_PRELOAD= vfio-prep run $vf --user nobody --keep-env KEPT -- env 9< "$work/secret"
is "$(cut -d= -f1 <<< "$out" | grep -vxE 'HOME|USER|LOGNAME|SHELL|PATH|TERM|LANG.*' | xargs)" KEPT "of the environment it has what is named"
like "$out" "USER=nobody" "and what is its user's"
run vfio-prep run $vf --user nobody -- sh -c 'cat <&9; ls -l /proc/$$/fd | wc -l; grep NoNewPrivs /proc/self/status; [ $(ps -o sid= -p $$) = $(ps -o ppid= -p $$) ] && echo own session' 9< "$work/secret"
unlike "$out" secret "no open file of root's"
is "$(xargs <<< "$out")" "4 NoNewPrivs: 1 own session" "three files, no new privileges, a session of its own"
run env SECRET=1 vfio-prep run $vf --user root -- sh -c 'echo $SECRET; cat <&9' 9< "$work/secret"
is "$(xargs <<< "$out")" "1 secret" "root's own command is as root would start it"
run vfio-prep run $vf --keep-env 'A,,B' -- true
is "$status" 2 "--keep-env takes names"
unchanged "the host is as it was"

# --- what outlives the command ---

qemu="qemu-system-x86_64 -S -accel tcg -machine q35 -m 64 -display none -nodefaults -daemonize -pidfile $work/open/holder \"\$@\""
rm -f "$work/open"/*
vfio-prep run $vf --user nobody -- sh -c "$qemu; (sleep 4; kill \$(cat $work/open/holder)) & $up; sleep 100" - @DEVICES@ 2> "$work/err" &
pid=$!
wait_for 60 test -s "$work/open/up"
kill -TERM $pid
ended 143 "a grandchild that still holds the device"
like "$(< "$work/err")" "waiting up to 30 s for pid [0-9]+ \(qemu" "is waited for, after a signal too"
unchanged "and the host is as it was"
printf 'deadline-unbind = 1\n' > "$work/conf"
rm -f "$work/open"/*
run vfio-prep --config "$work/conf" run $vf --user nobody -- sh -c "$qemu; exit 6" - @DEVICES@
is "$status" 4 "one that does not go in time"
like "$err" "status 6" "the command's status is told"
like "$err" "pid $(< "$work/open/holder") \(qemu" "and who holds it"
holder=$(< "$work/open/holder")
kill -KILL "$holder"
wait_for 10 test ! -e "/proc/$holder"
ok "recover" vfio-prep recover
unchanged "finishes it"

# --- owners ---

run vfio-prep run $vf --owner job -- "$(type -P vfio-prep)" status --json
is "$(jq -r '.owners[].id' <<< "$out")" job "the command is not root, and may look" || diag "$out"
run vfio-prep run $vf --owner job --user root -- vfio-prep status --json
is "$(jq -r '.owners[] | .id + " " + .kind + " " + .state' <<< "$out")" "job run held" "an owner's name"
ok "attach by hand" vfio-prep attach $vf --owner job
run vfio-prep run 0000:05:10.3 --owner job -- true
is "$status" 3 "an owner that holds devices already"
like "$err" "owner 'job' holds devices already" "is refused"
run vfio-prep run $vf -- true
is "$status" 3 "so is a device of another owner"
ok "detach" vfio-prep detach --owner job
rm -f "$work/open"/*
vfio-prep run $vf --owner job --user nobody -- sh -c "$up; exec sleep 100" 2> /dev/null &
pid=$!
wait_for 20 test -s "$work/open/up"
kill -KILL $pid
wait $pid 2> /dev/null
wait_for 5 test ! -e "/proc/$(< "$work/open/up")"
ok "an owner whose process was killed starts again" vfio-prep run $vf --owner job -- true
unchanged "the host is as it was"

# --- a domain ---

cat > "$work/web1.xml" <<END
<domain type='qemu'><name>web1</name><uuid>6a28e9f6-6627-49b8-8c24-741ab810ecc0</uuid>
<memory unit='GiB'>2</memory><devices>
<hostdev mode='subsystem' type='pci' managed='no'><source><address bus='5' slot='0x10' function='1'/></source></hostdev>
<interface type='hostdev' managed='yes'><source><address type='pci' bus='5' slot='0x10' function='3'/></source><mac address='52:54:00:12:34:56'/></interface>
</devices></domain>
END
run vfio-prep run --domain "$work/web1.xml" --user nobody -- sh -c 'ulimit -l; echo "$@"' - @DEVICES@
is "$out" "3145728
-device vfio-pci,host=0000:05:10.1 -device vfio-pci,host=0000:05:10.3" "a domain's devices and memory"
unchanged "the host is as it was"

# --- who is not root ---

as_nobody() { setpriv --reuid nobody --regid nogroup --init-groups "$@"; }

# limited SOFT:HARD COMMAND…: as nobody, who may not raise the latter.
limited() {
	local limit=$1
	shift
	prlimit --memlock="$limit" setpriv --reuid nobody --regid nogroup --init-groups "$@"
}

run as_nobody vfio-prep run $vf -- true
is "$status" 3 "not root, not attached"
like "$err" "0000:05:10.1 is not attached \(its driver is igbvf\): let root do it by 'vfio-prep attach 0000:05:10.1 --user nobody'" "is told what to do"
ok "root attaches for somebody else" vfio-prep attach $vf --user daemon
run as_nobody vfio-prep run $vf -- true
is "$status" 3 "a node of somebody else"
like "$err" "/dev/vfio/$group belongs to $(id -u daemon):$(id -g daemon), mode 0600, and nobody \(65534:65534\) may not open it" "is told"
vfio-prep detach --all 2> /dev/null
ok "root attaches for him" vfio-prep attach $vf --user nobody
run limited 65536:65536 vfio-prep run $vf --memory 256M -- touch "$work/open/ran"
is "$status" 3 "too small a limit for locked memory"
like "$err" "nobody may lock 64 KiB \(RLIMIT_MEMLOCK\), and the guest needs 1280 MiB \(256 MiB of its memory, and 1 GiB for 1 VFIO device\): let root raise it, .*--memlock=1342177280" "is told in numbers"
not_ok "before the command starts" test -e "$work/open/ran"
run limited 65536:4294967296 vfio-prep run $vf --memory 256M -- sh -c 'ulimit -l'
is "$out" 1310720 "a limit that he may raise is raised"
run limited 65536:65536 vfio-prep run $vf -- echo ran
is "$out" ran "without --memory it is not known, and the command runs"
like "$err" "may lock 64 KiB" "with a warning"
run as_nobody vfio-prep run $vf --user daemon -- true
is "$status" 3 "he can be nobody else"
run as_nobody vfio-prep run $vf -- sh -c 'exit 8'
is "$status" 8 "his command's status is passed through"
is "$(driver_of $vf)" vfio-pci "the device stays root's to give back"
vfio-prep detach --all 2> /dev/null
unchanged "the host is as it was"

# --- what it is told ---

run vfio-prep qemu-args $vf
is "$out" "-device vfio-pci,host=$vf" "qemu-args needs nothing attached"
run as_nobody vfio-prep qemu-args 05:10.1 --json
is "$(jq -c . <<< "$out")" '["-device","{\"driver\":\"vfio-pci\",\"host\":\"0000:05:10.1\"}"]' "nor root; with JSON"
run vfio-prep cdi $vf
is "$(jq -c . <<< "$out")" "{\"cdiVersion\":\"0.6.0\",\"kind\":\"vfio-prep/device\",\"devices\":[{\"name\":\"$name\",\"containerEdits\":{\"deviceNodes\":[{\"path\":\"/dev/vfio/$group\",\"permissions\":\"rw\"},{\"path\":\"/dev/vfio/vfio\",\"permissions\":\"rw\"}]}}]}" "cdi"

done_testing
