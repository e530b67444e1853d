"""Which system calls a command may not make, as the program that the kernel runs before each of them (seccomp, BPF).

Namespaces, limits and a user without privileges hold a command already. This takes away the calls through which faults
of the kernel were reached in the past, memory that no limit counts, and sockets that no namespace separates. The
numbers are those of x86-64; elsewhere there is no such program, and the rest has to hold alone.
"""

import errno
import platform
import struct
from collections.abc import Iterable

X86_64 = 0xC000003E  # AUDIT_ARCH_X86_64
X32 = 0x40000000  # calls of another ABI with numbers of their own begin here

# Refused with EPERM, by what they would reach.
NUMBERS = {
    "other processes": {
        "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312, "pidfd_getfd": 438,
        "process_madvise": 440, "migrate_pages": 256, "move_pages": 279,
    },
    "file systems and namespaces": {
        "pivot_root": 155, "chroot": 161, "mount": 165, "umount2": 166, "unshare": 272, "setns": 308,
        "name_to_handle_at": 303, "open_by_handle_at": 304, "open_tree": 428, "move_mount": 429, "fsopen": 430,
        "fsconfig": 431, "fsmount": 432, "fspick": 433, "mount_setattr": 442, "quotactl": 179, "quotactl_fd": 443,
        "fanotify_init": 300, "swapon": 167, "swapoff": 168,
    },
    "memory that no limit counts": {
        "shmget": 29, "shmat": 30, "shmctl": 31, "semget": 64, "msgget": 68, "mq_open": 240, "memfd_create": 319,
        "memfd_secret": 447, "vmsplice": 278, "userfaultfd": 323,
    },
    "the kernel itself": {
        "bpf": 321, "perf_event_open": 298, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
        "init_module": 175, "finit_module": 313, "delete_module": 176, "kexec_load": 246, "kexec_file_load": 320,
        "iopl": 172, "ioperm": 173, "modify_ldt": 154, "personality": 135, "lookup_dcookie": 212, "syslog": 103,
        "acct": 163, "uselib": 134, "reboot": 169, "keyctl": 250, "add_key": 248, "request_key": 249,
    },
    "the clock and the name of the machine": {
        "settimeofday": 164, "clock_settime": 227, "adjtimex": 159, "clock_adjtime": 305, "sethostname": 170,
        "setdomainname": 171,
    },
}  # fmt: skip
SOCKET, IOCTL, CLONE, CLONE3 = 41, 16, 56, 435
# Those of which each network namespace has its own. Others, as those that talk to a virtual machine's host, pass by it.
FAMILIES = (1, 2, 10)  # AF_UNIX, AF_INET, AF_INET6
TYPING = (0x5412, 0x541C)  # TIOCSTI and TIOCLINUX put keys into a terminal
NEW_NAMESPACE = 0x7E020000  # every CLONE_NEW… of clone

# The instructions of classic BPF that are needed: load a word, jump if it equals, is greater, has bits; return.
LOAD, EQUALS, LEAST, ANY_OF, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ARCHITECTURE, NUMBER, FIRST, SECOND = 4, 0, 16, 24  # where struct seccomp_data has them; of arguments the lower half
ALLOWED, KILLED, REFUSED = 0x7FFF0000, 0x80000000, 0x00050000

Instruction = tuple[int, int, int, int]


def program() -> bytes | None:
    """What bubblewrap's --seccomp reads; None on machines whose numbers are not written here."""
    if platform.machine() != "x86_64":
        return None
    return b"".join(struct.pack("=HBBI", *each) for each in _instructions())


def _instructions() -> list[Instruction]:
    refused = [number for group in NUMBERS.values() for number in group.values()]
    return [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUALS, 1, 0, X86_64),
        (RETURN, 0, 0, KILLED),
        (LOAD, 0, 0, NUMBER),
        *_refuse_if([(LEAST, X32)], errno.EPERM),
        *_refuse_if([(EQUALS, number) for number in refused], errno.EPERM),
        # It hides its flags in memory, where no filter looks; told that there is none, C libraries use `clone`.
        *_refuse_if([(EQUALS, CLONE3)], errno.ENOSYS),
        *_of(CLONE, (LOAD, 0, 0, FIRST), *_refuse_if([(ANY_OF, NEW_NAMESPACE)], errno.EPERM)),
        *_of(IOCTL, (LOAD, 0, 0, SECOND), *_refuse_if([(EQUALS, each) for each in TYPING], errno.EPERM)),
        *_of(SOCKET, (LOAD, 0, 0, FIRST), *_allow_if(FAMILIES), (RETURN, 0, 0, REFUSED | errno.EAFNOSUPPORT)),
        (RETURN, 0, 0, ALLOWED),
    ]


def _of(call: int, *instructions: Instruction) -> list[Instruction]:
    """Instructions for one call alone; they end with an answer, or it is allowed."""
    inside = [*instructions, (RETURN, 0, 0, ALLOWED)]
    return [(EQUALS, 0, len(inside), call), *inside]


def _refuse_if(tests: Iterable[tuple[int, int]], answer: int) -> list[Instruction]:
    """Answer with that error number if one of the tests (instruction, value) holds; go on otherwise."""
    listed = list(tests)
    jumps = [(test, len(listed) - place, 0, value) for place, (test, value) in enumerate(listed)]
    return [*jumps, (0x05, 0, 0, 1), (RETURN, 0, 0, REFUSED | answer)]


def _allow_if(values: Iterable[int]) -> list[Instruction]:
    return [each for value in values for each in ((EQUALS, 0, 1, value), (RETURN, 0, 0, ALLOWED))]
