"""A generator that tries to get out; `act` and `target` come as settings. Run by test_sandbox_escapes.py."""

import ctypes
import io
import os
import socket
from pathlib import Path

from generators.api import GeneratorError
from generators.request import MediaRef
from generators.result import Output, Produced
from generators.testing import EchoGenerator


class Escapee(EchoGenerator):
    def generate(self, request, job):
        settings = dict(request.settings)
        try:
            loot = ACTS[settings["act"]](settings["target"])
        except Exception as error:
            raise GeneratorError(f"blocked: {type(error).__name__} {error}") from error
        digest = job.put("loot", io.BytesIO(loot))
        media = MediaRef(digest=digest, media_type="text/plain", width=0, height=0, colorspace="")
        return Produced(outputs=(Output(media=media, role="log", name="loot"),))


def _write(target):
    Path(target).write_bytes(b"escaped")
    return b"escaped"


def _remove(target):
    Path(target).unlink()
    return b"removed"


def _link(target):
    os.link(target, "output/linked")
    return Path("output/linked").read_bytes()


def _rename(target):
    Path(target).rename(target + ".moved")
    return b"moved"


def _chmod(target):
    Path(target).chmod(0o777)
    return b"changed"


def _tcp(target):
    with socket.create_connection(("127.0.0.1", int(target)), timeout=2) as connection:
        connection.sendall(b"escaped")
    return b"escaped"


def _udp(target):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"escaped", ("127.0.0.1", int(target)))
    return b"escaped"


def _unix(target):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(target)
        connection.sendall(b"escaped")
    return b"escaped"


def _environment(target):
    return os.environ[target].encode()


def _parents_environment(target):
    return Path(f"/proc/{target}/environ").read_bytes()


def _parents_memory(target):
    return Path(f"/proc/{target}/maps").read_bytes()


def _signal(target):
    os.kill(int(target), 0)
    return b"signaled"


def _trace(target):
    # PTRACE_SEIZE asks for the same right as PTRACE_ATTACH but never stops the target: a parent that is
    # attached to and let go before its stop arrives stays stopped, and the test with it.
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(0x4206, int(target), None, None) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")
    return b"traced"


def _namespace(target):
    # In a fork: a process with several threads may not enter a user namespace.
    child = os.fork()
    if child == 0:
        os._exit(min(255, abs(ctypes.CDLL(None).unshare(int(target)))))
    if os.waitpid(child, 0)[1] != 0:
        raise OSError("unshare")
    return b"unshared"


def _other_process(target):
    """The same read, from a process that the generator starts."""
    import subprocess

    return subprocess.run(["/bin/cat", target], capture_output=True, check=True).stdout


ACTS = {
    "read": lambda target: Path(target).read_bytes(),
    "list": lambda target: b"\n".join(bytes(path) for path in Path(target).iterdir()),
    "other-process": _other_process,
    "write": _write,
    "remove": _remove,
    "link": _link,
    "rename": _rename,
    "chmod": _chmod,
    "tcp": _tcp,
    "udp": _udp,
    "unix": _unix,
    "environment": _environment,
    "parents-environment": _parents_environment,
    "parents-memory": _parents_memory,
    "signal": _signal,
    "trace": _trace,
    "namespace": _namespace,
}
