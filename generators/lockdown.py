"""Give up rights, for good: what a sandboxed process does to itself before it runs foreign code.

Standard library only and no import of this package's other files: the child applies these calls while it
is still single-threaded, because Landlock and seccomp bind the calling thread and what it starts later.
Each step says whether it took effect; nothing here guesses from a kernel version.

Landlock: docs.kernel.org/userspace-api/landlock.html. Filter: seccomp(2), linux/audit.h.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import resource
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the same numbers on every architecture
_FS_READ = 0b1101  # execute, read file, read directory
_FS_FILE = 0b100000000000111 | 1 << 15  # the rights that make sense for a file: more is EINVAL
_NEWUSER, _NEWNET, _NEWIPC = 0x10000000, 0x40000000, 0x08000000
_NAMESPACE_FLAGS = 0x7E020000 | 0x80  # every CLONE_NEW* bit that clone(2) takes
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP = 38, 22

# Refused inside: every way to a socket (also those of io_uring), other processes, namespaces and mounts,
# kernel interfaces, leaving the process group (so that one kill reaches all), and changing the mode or
# owner of a file that may be a hard link into the store.
_DENIED = {  # name: (x86_64, aarch64); None where the architecture has no such call
    **{
        name: (number, number)  # calls since Linux 5.1 have one number everywhere
        for name, number in {
            "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "open_tree": 428,
            "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433, "pidfd_open": 434,
            "pidfd_getfd": 438, "mount_setattr": 442, "fchmodat2": 452,
        }.items()
    },
    "socket": (41, 198), "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "unshare": (272, 97),
    "setns": (308, 268), "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "setsid": (112, 157),
    "setpgid": (109, 154), "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "chown": (92, None),
    "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54), "setxattr": (188, 5), "lsetxattr": (189, 6),
    "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    "mknod": (133, None), "mknodat": (259, 33), "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    "init_module": (175, 105), "finit_module": (313, 273), "kexec_load": (246, 104), "reboot": (169, 142),
}  # fmt: skip
_COLUMN = {"x86_64": 0, "aarch64": 1}
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_CLONE = {"x86_64": 56, "aarch64": 220}
_CLONE3 = 435
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def landlock_abi() -> int:
    """The Landlock ABI this kernel offers, 0 when it offers none; asks the call itself."""
    if not sys.platform.startswith("linux"):
        return 0
    return max(0, int(_libc().syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(1))))


def restrict_files(read: Iterable[Path], write: Iterable[Path]) -> int:
    """Leave only `read` (read, execute) and `write` (everything); returns the ABI used, 0 when unavailable.

    From ABI 4 TCP and from ABI 6 abstract sockets and signals to outside processes are closed as well.
    Paths that do not exist are skipped: they grant nothing.
    """
    abi = landlock_abi()
    if abi == 0:
        return 0
    handled = (1 << (13 + (abi >= 2) + (abi >= 3) + (abi >= 5))) - 1
    masks = struct.pack("<QQQ", handled, 3 if abi >= 4 else 0, 3 if abi >= 6 else 0)
    attributes = masks[: 8 if abi < 4 else 16 if abi < 6 else 24]
    libc = _libc()
    ruleset = int(libc.syscall(_CREATE, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0)))
    if ruleset < 0:
        return 0
    try:
        for paths, access in ((read, _FS_READ), (write, handled)):
            for path in paths:
                _grant(libc, ruleset, path, access & handled)
        no_new_privileges()
        return abi if libc.syscall(_RESTRICT, ruleset, ctypes.c_uint32(0)) == 0 else 0
    finally:
        os.close(ruleset)


def _grant(libc: ctypes.CDLL, ruleset: int, path: Path, access: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not path.is_dir():
            access &= _FS_FILE
        rule = struct.pack("=Qi", access, handle)
        if libc.syscall(_ADD, ruleset, ctypes.c_int(1), rule, ctypes.c_uint32(0)) != 0:
            raise OSError(ctypes.get_errno(), f"Landlock refused the rule for {path}")
    finally:
        os.close(handle)


def no_new_privileges() -> bool:
    return sys.platform.startswith("linux") and bool(_libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)


def leave_network() -> bool:
    """Move to network and IPC namespaces of our own, through a user namespace; True when that worked.

    Works as an ordinary user where the system allows user namespaces. The new network has no
    address, and its loopback is down.
    """
    if not sys.platform.startswith("linux"):
        return False
    user, group = os.getuid(), os.getgid()
    libc = _libc()
    if libc.unshare(_NEWUSER | _NEWNET | _NEWIPC) != 0:
        # A privileged process in a container may have one without the other.
        return bool(libc.unshare(_NEWNET | _NEWIPC) == 0)
    try:
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")
    except OSError:
        return True  # without a map we are the overflow user in an empty network: less able, not more
    return True


def drop_capabilities() -> bool:
    """Give up every capability; with no-new-privileges nothing brings them back."""
    if not sys.platform.startswith("linux"):
        return False
    header = struct.pack("=Ii", 0x20080522, 0)
    return bool(_libc().capset(header, bytes(24)) == 0)


def filter_calls() -> bool:
    """Install the seccomp filter above; True when it holds."""
    machine = platform.machine()
    if not sys.platform.startswith("linux") or machine not in _COLUMN or not no_new_privileges():
        return False
    program = _program(machine)
    code = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: a 16-bit count, padded to a pointer
    header = struct.pack("@HP", len(program) // 8, ctypes.addressof(code))
    return bool(_libc().prctl(_PR_SET_SECCOMP, 2, header, 0, 0) == 0)


def _program(machine: str) -> bytes:
    """The filter in classic BPF: (code, jump if true, jump if false, operand)."""
    load, equal, at_least, any_bit, answer = 0x20, 0x15, 0x35, 0x45, 0x06
    refuse = (answer, 0, 0, _ERRNO | errno.EPERM)
    steps = [(load, 0, 0, 4), (equal, 1, 0, _AUDIT_ARCH[machine]), (answer, 0, 0, _KILL), (load, 0, 0, 0)]
    if machine == "x86_64":
        steps += [(at_least, 0, 1, 0x40000000), refuse]  # the x32 table repeats every call at another number
    for numbers in _DENIED.values():
        number = numbers[_COLUMN[machine]]
        if number is not None:
            steps += [(equal, 0, 1, number), refuse]
    # clone3 hides its flags behind a pointer: say it does not exist, and libc falls back to clone.
    steps += [(equal, 0, 1, _CLONE3), (answer, 0, 0, _ERRNO | errno.ENOSYS)]
    steps += [(equal, 0, 3, _CLONE[machine]), (load, 0, 0, 16), (any_bit, 0, 1, _NAMESPACE_FLAGS), refuse]
    steps += [(answer, 0, 0, _ALLOW)]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def limit_resources(*, memory: int, cpu_seconds: int, file_size: int, open_files: int) -> None:
    """Bound address space and file size in bytes, CPU seconds and open files; no core dumps."""
    wanted = (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, file_size),
        (resource.RLIMIT_NOFILE, open_files),
        (resource.RLIMIT_CORE, 0),
    )
    for kind, value in wanted:
        ceiling = resource.getrlimit(kind)[1]
        # The hard limit of CPU time kills without a word; a soft one below it ends by SIGXCPU.
        hard = value + 1 if kind == resource.RLIMIT_CPU else value
        if ceiling != resource.RLIM_INFINITY:
            hard = min(hard, ceiling)
        resource.setrlimit(kind, (min(value, hard), hard))
