# viable.py GROUP: asks VFIO about a group as a VMM would; prints "viable" or "not viable", and
# fails when the group cannot be opened or put into a container.
import fcntl
import os
import struct
import sys

GET_STATUS, SET_CONTAINER = 0x3b67, 0x3b68

group = os.open('/dev/vfio/' + sys.argv[1], os.O_RDWR)
container = os.open('/dev/vfio/vfio', os.O_RDWR)
status = fcntl.ioctl(group, GET_STATUS, struct.pack('II', 8, 0))
viable = struct.unpack('II', status)[1] & 1
print('viable' if viable else 'not viable', flush=True)
fcntl.ioctl(group, SET_CONTAINER, struct.pack('i', container))
