# measure.py ROUNDS NAME COMMAND [NAME COMMAND]…: runs the commands in turns, in an order that is
# reversed every round, and prints of each the median time and the most memory it had.
import os
import sys
import time

rounds = int(sys.argv[1])
tools = list(zip(sys.argv[2::2], sys.argv[3::2]))
times = {name: [] for name, _ in tools}
memory = {name: 0 for name, _ in tools}
lines = {}


def run(name, command):
    reader, writer = os.pipe()
    start = time.monotonic()
    pid = os.fork()
    if pid == 0:
        os.dup2(writer, 1)
        os.close(reader)
        os.execvp("sh", ["sh", "-c", "exec " + command])
    os.close(writer)
    with open(reader, "rb") as f:
        lines[name] = f.read().count(b"\n")
    _, status, usage = os.wait4(pid, 0)
    times[name].append(time.monotonic() - start)
    memory[name] = max(memory[name], usage.ru_maxrss)
    if status:
        sys.exit("%s: status %d" % (command, status))


for i in range(rounds + 1):
    for name, command in tools if i % 2 else tools[::-1]:
        run(name, command)
        if i == 0:
            times[name].clear()  # warming up
first = None
for name, _ in tools:
    middle = sorted(times[name])[rounds // 2] * 1000
    first = first or middle
    print("%-28s %8.1f ms  %6.2f of the first  %6d KiB  %6d lines" %
          (name, middle, middle / first, memory[name], lines[name]))
    # the other checkout's program is as good as ours within what the machine is exact to
    if middle < (0.95 * first if name.startswith("against ") else first):
        print("FAIL  %s is faster" % name)
