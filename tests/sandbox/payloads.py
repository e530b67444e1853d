"""What a command would do to get out, or to take more than it may have.

Those in Python print “held” if what they tried was refused and the name of what they reached otherwise; one that ends
in any other way says nothing, and that is no success. {…} is filled in with what stands outside (outside.py).
"""

import textwrap
from dataclasses import dataclass

PYTHON = "/usr/bin/python3"
BEGINNING = """
import ctypes, errno, os, resource, signal, socket, struct, subprocess, sys, time
libc = ctypes.CDLL(None, use_errno=True)
def refused(attempt, *errors):
    try:
        attempt()
    except errors or OSError:
        return
    print('ESCAPED'); sys.exit()
def called(number, *arguments):
    if libc.syscall(number, *arguments) == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
"""


@dataclass(frozen=True)
class Payload:
    """One thing tried: in Python, in the shell, or as a program with arguments; what has to become of it.

    held: it ends by itself and says that it was refused. Otherwise `ends` is why it was stopped ("deadline", "flood")
    or the exit code that it has.
    """

    name: str
    python: str = ""
    argv: tuple[str, ...] = ()
    ends: str | int = "held"
    seconds: int = 5
    cpu_seconds: int = 2

    def command(self, **outside: object) -> list[str]:
        """The program with its arguments."""
        if not self.python:
            return [each.format(**outside) for each in self.argv]
        script = BEGINNING + textwrap.dedent(self.python).format(**outside) + "\nprint('held')"
        return [PYTHON, "-I", "-S", "-c", script]


def shell(name: str, script: str, **options: object) -> Payload:
    """A payload for the shell, which says “held” by itself."""
    return Payload(name, argv=("sh", "-c", script.replace("{", "{{").replace("}", "}}")), **options)  # type: ignore[arg-type]


NETWORK = [
    Payload(
        "connects to a server of this machine", "refused(lambda: socket.create_connection(('127.0.0.1', {port}), 1))"
    ),
    Payload("connects by IPv6", "refused(lambda: socket.create_connection(('::1', {port}), 1))"),
    Payload("connects to another machine", "refused(lambda: socket.create_connection(('192.0.2.1', 80), 1))"),
    Payload("asks the metadata service", "refused(lambda: socket.create_connection(('169.254.169.254', 80), 1))"),
    Payload("looks up a name", "refused(lambda: socket.getaddrinfo('example.com', 80))"),
    Payload(
        "sends a datagram",
        "refused(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53)))",
    ),
    Payload(
        "sends a datagram to this machine, which nobody there hears",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {udp}))",
    ),
    Payload("opens a raw socket", "refused(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))"),
    Payload("opens a packet socket", "refused(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))"),
    Payload("talks to the host of a virtual machine", "refused(lambda: socket.socket(40, socket.SOCK_STREAM))"),
    Payload("changes the network by netlink", "refused(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0))"),
    Payload("uses the kernel's cryptography", "refused(lambda: socket.socket(38, socket.SOCK_SEQPACKET))"),
    Payload("connects to a socket in a folder", "refused(lambda: socket.socket(socket.AF_UNIX).connect('{socket}'))"),
    Payload(
        "connects to an abstract socket", "refused(lambda: socket.socket(socket.AF_UNIX).connect('\\0{abstract}'))"
    ),
]
FILES = [
    Payload("reads the users of this machine", "refused(lambda: open('/etc/passwd').read())"),
    Payload("reads its passwords", "refused(lambda: open('/etc/shadow').read())"),
    Payload("reads a file that everybody may read", "refused(lambda: open('{readable}').read())"),
    Payload("writes a file that everybody may write", "refused(lambda: open('{writable}', 'r+').write('changed'))"),
    Payload(
        "lists the folders of people", "refused(lambda: os.listdir('/home'))\nrefused(lambda: os.listdir('/root'))"
    ),
    Payload("lists Keyturn's own folder", "refused(lambda: os.listdir('{root}'))"),
    Payload("reads the disk", "refused(lambda: open('/dev/vda', 'rb'))\nrefused(lambda: open('/dev/sda', 'rb'))"),
    Payload(
        "reads the machine's memory",
        "refused(lambda: open('/dev/mem', 'rb'))\nrefused(lambda: open('/proc/kcore', 'rb'))",
    ),
    Payload("makes a device of its own", "refused(lambda: os.mknod('/tmp/disk', 0o60666, os.makedev(254, 0)))"),
    Payload("writes beside programs", "refused(lambda: open('/usr/bin/keyturn-left', 'w'))"),
    Payload("writes to the root", "refused(lambda: open('/keyturn-left', 'w'))"),
    Payload(
        "writes to /dev", "refused(lambda: open('/dev/keyturn-left', 'w'))\nrefused(lambda: open('/dev/shm/x', 'w'))"
    ),
    Payload("writes to /etc", "refused(lambda: open('/etc/passwd', 'w'))"),
    Payload("replaces the shell", "refused(lambda: os.replace('/usr/bin/true', '/usr/bin/sh'))"),
    Payload("removes a program", "refused(lambda: os.unlink('/usr/bin/true'))"),
    Payload("makes /usr writable again", "refused(lambda: called(165, b'none', b'/usr', None, 0x1020, None))"),
    Payload(
        "follows a link of its own out", "os.symlink('{readable}', '/tmp/link')\nrefused(lambda: open('/tmp/link'))"
    ),
    Payload("climbs out by dots", "refused(lambda: open('/tmp/' + '../' * 20 + '{readable}'.lstrip('/')))"),
    Payload("links to a program to change it", "refused(lambda: os.link('/usr/bin/true', '/tmp/true'))"),
    Payload("goes through the root of the first process", "refused(lambda: open('/proc/1/root{readable}'))"),
    Payload("goes through the folder of its parent", "refused(lambda: open('/proc/1/cwd/..{readable}'))"),
    Payload(
        "changes settings of the kernel", "refused(lambda: open('/proc/sys/kernel/core_pattern', 'w').write('|/tmp/x'))"
    ),
    Payload("asks the kernel to restart", "refused(lambda: open('/proc/sysrq-trigger', 'w').write('b'))"),
    Payload("opens a file by its handle", "refused(lambda: called(304, -100, ctypes.create_string_buffer(64), 0))"),
]
PRIVILEGES = [
    Payload("becomes root", "refused(lambda: os.setuid(0))\nrefused(lambda: os.setgid(0))"),
    Payload("joins a group", "refused(lambda: os.setgroups([0]))"),
    Payload(
        "becomes root by a program that may",
        "said = subprocess.run(['su', '-c', 'id'], capture_output=True).stdout\nassert b'root' not in said",
    ),
    Payload("makes a program run as root", "open('/tmp/x', 'w').close()\nrefused(lambda: os.chown('/tmp/x', 0, 0))"),
    Payload("gets privileges back", "assert libc.prctl(23, 21) == 0\nrefused(lambda: called(157, 47, 2, 21, 0, 0))"),
    Payload("takes back that it gains no privileges", "refused(lambda: called(157, 38, 0, 0, 0, 0))"),
    Payload("makes a user namespace", "refused(lambda: called(272, 0x10000000))"),
    Payload("makes a mount namespace", "refused(lambda: called(272, 0x20000))"),
    Payload("is born in a user namespace", "refused(lambda: called(56, 0x10000000 | 17, 0, 0, 0, 0))"),
    Payload("is born there by clone3", "refused(lambda: called(435, struct.pack('Q', 0x10000000) + bytes(80), 88))"),
    Payload(
        "joins the namespaces of the first process", "refused(lambda: called(308, os.open('/proc/1/ns/user', 0), 0))"
    ),
    Payload("mounts a file system", "refused(lambda: called(165, b'none', b'/tmp', b'tmpfs', 0, None))"),
    Payload("mounts by the newer calls", "refused(lambda: called(430, b'tmpfs', 0))"),
    Payload("takes away what covers a folder", "refused(lambda: called(166, b'/tmp', 2))"),
    Payload("takes another root", "refused(lambda: os.chroot('/tmp'))\nrefused(lambda: called(155, b'/tmp', b'/tmp'))"),
    Payload("renames the machine", "refused(lambda: socket.sethostname('taken'))"),
    Payload("sets the clock", "refused(lambda: time.clock_settime(time.CLOCK_REALTIME, 0))"),
    Payload(
        "loads a program into the kernel", "refused(lambda: called(321, 5, ctypes.create_string_buffer(128), 128))"
    ),
    Payload("loads a module into the kernel", "refused(lambda: called(313, 0, b'', 0))"),
    Payload("submits calls past the filter", "refused(lambda: called(425, 1, ctypes.create_string_buffer(128)))"),
    Payload("calls by the numbers of another ABI", "refused(lambda: called(0x40000000 + 39))"),
    Payload("measures the machine", "refused(lambda: called(298, ctypes.create_string_buffer(128), 0, -1, -1, 0))"),
    Payload(
        "reads the keys of the kernel",
        "refused(lambda: called(250, 0, -3, 0))\nrefused(lambda: called(248, b'u', b'x', b'y', 1, -2))",
    ),
    Payload("handles faults of memory itself", "refused(lambda: called(323, 0))"),
    Payload("restarts the machine", "refused(lambda: called(169, 0xfee1dead, 672274793, 0x1234567, 0))"),
    Payload(
        "raises its limits",
        """
        for name in ('AS', 'CPU', 'NPROC', 'FSIZE', 'NOFILE', 'CORE'):
            which = getattr(resource, 'RLIMIT_' + name)
            hard = resource.getrlimit(which)[1]
            refused(lambda: resource.setrlimit(which, (hard + 1, hard + 1)), ValueError, OSError)
    """,
    ),
    Payload("asks for real time", "refused(lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)))"),
    Payload("puts itself before others", "refused(lambda: os.nice(-5))"),
]
OTHERS = [
    Payload("sees other processes", "assert len([each for each in os.listdir('/proc') if each.isdigit()]) < 4"),
    Payload("reads what its worker was started with", "refused(lambda: open('/proc/{victim}/environ').read())"),
    Payload(
        "reads the variables of every process that it sees",
        """
        for each in os.listdir('/proc'):
            if each.isdigit():
                try:
                    found = open(f'/proc/{{each}}/environ').read()
                except OSError:
                    continue
                assert 'CANARY' not in found and 'DATABASE_URL' not in found and 'KEYTURN' not in found
        """,
    ),
    Payload(
        "reads variables of its worker",
        """
        assert 'CANARY' not in str(os.environ)
        assert 'CANARY' not in open('/proc/1/environ').read() + open('/proc/self/environ').read()
        """,
    ),
    Payload(
        "ends a process of this machine", "refused(lambda: os.kill({victim}, 9))\nrefused(lambda: os.kill({worker}, 9))"
    ),
    Payload("signals its parent, which is spared", "os.kill(os.getppid(), 9); time.sleep(0.2)"),
    Payload("signals all that it can", "refused(lambda: os.kill(-1, 9))"),
    Payload(
        "follows a process step by step",
        "refused(lambda: called(101, 16, {victim}, 0, 0))\nrefused(lambda: called(101, 16, 1, 0, 0))",
    ),
    Payload("reads the memory of a process", "refused(lambda: called(310, 1, b'', 0, b'', 0, 0))"),
    Payload("takes a file of another process", "refused(lambda: called(438, os.pidfd_open(1), 1, 0))"),
    Payload("finds a file that it inherited", "assert set(os.listdir('/proc/self/fd')) <= {{'0', '1', '2', '3'}}"),
    Payload("types into a terminal", "import fcntl\nrefused(lambda: fcntl.ioctl(0, 0x5412, b'x'))"),
    Payload("has a terminal", "refused(lambda: open('/dev/tty'))"),
    Payload("reads what is typed", "assert sys.stdin.read() == ''"),
    Payload("shares memory that nobody counts", "refused(lambda: called(29, 0, 4096, 0o1600))"),
    Payload("makes a file without a name", "refused(lambda: os.memfd_create('x'))"),
    Payload("opens a queue of messages", "refused(lambda: called(240, b'q', 0o102, 0o600, None))"),
]
EXHAUSTION = [
    Payload(
        "forks without end",
        """
        while True:
            try:
                os.fork()
            except BlockingIOError:
                pass
    """,
        ends="deadline",
        seconds=1,
    ),
    Payload(
        "starts a thousand processes",
        """
        started = 0
        try:
            for n in range(1000):
                if os.fork() == 0:
                    time.sleep(30)
                started += 1
        except BlockingIOError:
            pass
        assert started < {processes}
    """,
    ),
    Payload(
        "starts a thousand threads",
        """
        import threading
        try:
            for n in range(1000):
                threading.Thread(target=time.sleep, args=(1,)).start()
        except RuntimeError:
            assert n < {processes}
            print('held', flush=True); os._exit(0)
    """,
    ),
    Payload("takes memory without end", "refused(lambda: [bytearray(8 << 20) for n in range(1000)], MemoryError)"),
    Payload("maps memory without end", "import mmap\nrefused(lambda: [mmap.mmap(-1, 8 << 20) for n in range(1000)])"),
    Payload("locks memory", "refused(lambda: called(151, 3))"),
    Payload(
        "fills its folder",
        """
        refused(lambda: [open('/tmp/%d' % n, 'wb').write(bytes(4 << 20)) for n in range(100)])
        assert sum(os.stat('/tmp/' + each).st_size for each in os.listdir('/tmp')) <= 16 << 20
    """,
    ),
    Payload(
        "writes one large file",
        "signal.signal(25, signal.SIG_IGN)\nrefused(lambda: os.truncate(os.open('/tmp/x', 66), 17 << 20))",
    ),
    Payload("opens a thousand files", "refused(lambda: [os.open('/dev/null', 0) for n in range(1000)])"),
    Payload(
        "makes files of no size without end",
        """
        for n in range(10 ** 9):
            os.close(os.open('/tmp/%d' % n, 65))
    """,
        ends=152,
        seconds=50,
        cpu_seconds=1,
    ),
    shell("computes without end", "while :; do :; done", ends=152, seconds=50, cpu_seconds=1),
    shell("computes on after it was told", "trap '' XCPU; while :; do :; done", ends=137, seconds=50, cpu_seconds=1),
    Payload("sleeps without end", argv=("sleep", "inf"), ends="deadline", seconds=1),
    shell(
        "ignores every signal", "trap '' TERM HUP INT QUIT USR1; while :; do sleep 9; done", ends="deadline", seconds=1
    ),
    shell("stops itself", "kill -STOP $$", ends="deadline", seconds=1),
    Payload("says more than anybody reads", argv=("yes",), ends="flood"),
    shell("says it as an error", "yes >&2", ends="flood"),
    shell("floods from a process it left behind", "(sleep 0.2; yes) & exit", ends=0),
    shell("leaves a process behind", "sleep 999 & echo held", ends=0),
    shell("leaves one in a session of its own", "setsid -f sleep 999 > /tmp/x 2>&1; echo held", ends=0),
    Payload(
        "leaves a daemon",
        """
        if os.fork() == 0:
            os.setsid()
            if os.fork():
                os._exit(0)
            for each in range(3):
                os.close(each)
            signal.signal(15, signal.SIG_IGN); time.sleep(999)
    """,
    ),
    shell("ends in the dark", "exec >&- 2>&-; sleep 999", ends="deadline", seconds=1),
    Payload("crashes and leaves its memory", "resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); os.abort()", ends=134),
]
PAYLOADS = [*NETWORK, *FILES, *PRIVILEGES, *OTHERS, *EXHAUSTION]
