# declared.py N [every]: N sections for /etc/vfio-prep.d with which the 4096 devices of pci-tree.py are
# compared, and are as declared: half by addresses, as export writes them, the others by ways and whole
# buses; or by every word.
import sys

count = int(sys.argv[1])
exact = "address={0} vendor=8086 device=10ca"
ways = [
    exact, "path={0} class=02", exact, "path={0}*", exact, "path={0}", exact,
    "address={1}:* class=0200",
]
if sys.argv[2:] == ["every"]:
    ways += [
        "slot={2}", "driver=nvme path={0}", "pf={0}", "serial=S{2}",
        "mac=52:54:00:00:00:{2:02x}", "subsystem=8086:0000 numa=1", "group={2}",
    ]
for i in range(count):
    bus, slot = divmod(i * 19 % 4096, 32)
    match = ways[i % len(ways)].format("0000:%02x:%02x.0" % (bus, slot), "0000:%02x" % bus, bus)
    print("[device d%d]\nmatch = %s\ndriver = nvme\nboot = bind\n" % (i, match))
