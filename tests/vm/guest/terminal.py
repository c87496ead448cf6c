# terminal.py COLUMNS FILE: runs the commands that come on standard input, a line each, each at a
# pseudo-terminal of its own. What the terminal got is added to FILE, behind the command and before its
# exit status if that is not 0; a line on standard output tells when a command has ended.
import fcntl
import os
import pty
import struct
import sys
import termios

columns, path = int(sys.argv[1]), sys.argv[2]


def run(command):
    pid, fd = pty.fork()
    if pid == 0:
        # before the command: it asks how wide its terminal is
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', 50, columns, 0, 0))
        os.execvp('sh', ['sh', '-c', command])
    text = b''
    while True:
        try:
            got = os.read(fd, 65536)
        except OSError:  # everybody who had the terminal has ended
            break
        if not got:
            break
        text += got
    os.close(fd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), text


for line in sys.stdin:
    status, text = run(line.rstrip('\n'))
    with open(path, 'ab') as file:
        file.write(b'\n$ ' + line.encode() + text)
        if status != 0:
            file.write(b'(exit status %d)\n' % status)
    print(flush=True)
