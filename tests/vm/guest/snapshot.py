# Prints a sorted description of the host's passthrough state, one fact a line; see snapshot
# in lib.sh. Only what a test can be asked to restore: no modules, no names of interfaces.
# With --serve it reads names of files, writes to each what is then, without what is never the same
# twice, and prints an empty line when it has: starting Python takes longer.
import os
import stat
import sys
import zlib

facts = []
serving = sys.argv[1:] == ['--serve']


def fact(*words):
    facts.append(' '.join(str(word) for word in words))


# Attributes of sysfs; open() takes much longer.
def text(path):
    try:
        file = os.open(path, os.O_RDONLY)
        try:
            return os.read(file, 4096).decode(errors='replace').strip()
        finally:
            os.close(file)
    except OSError as error:
        return '<%s>' % error.strerror if os.path.lexists(path) else None


def link(path):
    try:
        return os.path.basename(os.readlink(path))
    except OSError:
        return None


def listing(path):
    try:
        return sorted(os.listdir(path))
    except OSError:
        return []


def attribute(kind, name, folder, key):
    value = text(os.path.join(folder, key))
    if value is not None:
        fact(kind, name, key, value)


def node(path):
    info = os.lstat(path)
    kinds = (stat.S_ISCHR, 'char'), (stat.S_ISBLK, 'block'), (stat.S_ISDIR, 'dir'), \
        (stat.S_ISLNK, 'link'), (stat.S_ISREG, 'file'), (stat.S_ISSOCK, 'socket')
    kind = next((name for test, name in kinds if test(info.st_mode)), 'other')
    fact('node', path, kind, '%d:%d' % (info.st_uid, info.st_gid),
         '%04o' % stat.S_IMODE(info.st_mode))


def below(top):
    for folder, folders, files in os.walk(top):
        for name in folders + files:
            yield os.path.join(folder, name)


def content(path):
    if os.path.islink(path):
        fact('file', path, '->', os.readlink(path))
    elif serving and path.endswith('.jsonl'):
        fact('file', path)  # a journal's checksums say when it was written
    elif os.path.isfile(path):
        with open(path, 'rb') as file:
            fact('file', path, '%08x' % zlib.crc32(file.read()))


# MAC address, VLAN and the rest that a PF's interface has of its VFs.
def vf_table(pf, interface):
    with os.popen('ip link show dev ' + interface) as lines:
        for line in lines:
            if line.strip().startswith('vf '):
                fact('pci', pf, *line.split())


def pci():
    top = '/sys/bus/pci/devices'
    for name in listing(top):
        folder = os.path.join(top, name)
        fact('pci', name, 'driver', link(folder + '/driver'))
        for key in ('driver_override', 'power/control', 'd3cold_allowed', 'reset_method',
                    'sriov_drivers_autoprobe'):
            attribute('pci', name, folder, key)
        # Reading sriov_numvfs hangs while the kernel waits for a user of a VF.
        if os.path.exists(folder + '/sriov_totalvfs'):
            fact('pci', name, 'vfs',
                 sum(entry.startswith('virtfn') for entry in listing(folder)))
        if os.path.exists(folder + '/virtfn0'):
            for interface in listing(folder + '/net'):
                vf_table(name, interface)


def mdevs():
    top = '/sys/bus/mdev/devices'
    for name in listing(top):
        folder = os.path.realpath(os.path.join(top, name))
        fact('mdev', name, os.path.basename(os.path.dirname(folder)),
             link(folder + '/mdev_type'), 'driver', link(folder + '/driver'))


def vports():
    for name in listing('/sys/class/fc_vports'):
        fact('vport', name)


def nodes():
    for path in below('/dev/vfio'):
        node(path)
    for path in below('/dev/bus/usb'):
        node(path)
    for name in listing('/dev'):
        if name.startswith('sg') and name[2:].isdigit():
            node('/dev/' + name)


def files():
    for top in ('/run/udev/rules.d', '/etc/udev/rules.d', '/run/vfio-prep'):
        for path in below(top):
            content(path)
    for path in below('/run/vfio-prep'):
        node(path)


def snapshot():
    facts.clear()
    pci()
    mdevs()
    vports()
    nodes()
    files()
    return '\n'.join(sorted(facts)) + '\n'


if serving:
    for line in sys.stdin:
        with open(line.rstrip('\n'), 'w') as out:
            out.write(snapshot())
        print(flush=True)
else:
    sys.stdout.write(snapshot())
