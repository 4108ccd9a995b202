"""Nothing gets out of the sandbox, as root and as an ordinary user; each attempt works without it.

The attempts run in a process of their own (sandbox_attempts.py), so that the same code serves another
user. Without the sandbox means: the same child process, with the defenses switched off.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOBODY = 65534
ACTS = (
    "read",
    "list",
    "other-process",
    "write",
    "remove",
    "link",
    "rename",
    "chmod",
    "tcp",
    "udp",
    "unix",
    "environment",
    "parents-environment",
    "parents-memory",
    "signal",
    "trace",
    "namespace",
)
# What the bare child cannot do either, without any step of the lock: its environment is always empty.
ALWAYS = {"environment": "in-process"}


@pytest.fixture(scope="module")
def interpreter(tmp_path_factory):
    """An interpreter of this version that any user may start."""
    system = Path(f"/usr/bin/python{sys.version_info[0]}.{sys.version_info[1]}")
    base = Path(sys.base_prefix).resolve()
    if all(part.stat().st_mode & 0o001 for part in (base, *base.parents)):
        yield Path(sys.executable)
        return
    if system.exists():
        yield system
        return
    copy = Path("/tmp") / f"assetlib-tests-python-{os.getpid()}"
    shutil.copytree(base, copy, ignore=shutil.ignore_patterns("site-packages", "test", "__pycache__"))
    yield copy / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
    shutil.rmtree(copy)


@pytest.fixture(scope="module")
def public_code(tmp_path_factory):
    """Our packages where any user may read them: a checkout may lie in a private home."""
    place = Path("/tmp") / f"assetlib-tests-code-{os.getpid()}"
    for package in ("generators", "provenance"):
        shutil.copytree(ROOT / package, place / package, ignore=shutil.ignore_patterns("__pycache__"))
    for script in ("sandbox_escapee.py", "sandbox_attempts.py"):
        shutil.copy(Path(__file__).with_name(script), place)
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


class Listener:
    """Loopback TCP, UDP and a unix socket that remember what reached them."""

    def __init__(self, folder: Path) -> None:
        self.heard: list[bytes] = []
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.unix = socket.socket(socket.AF_UNIX)
        self.path = folder / "s"
        self.unix.bind(str(self.path))
        self.path.chmod(0o777)
        self.unix.listen()
        for server in (self.tcp, self.unix):
            threading.Thread(target=self._accept, args=(server,), daemon=True).start()
        threading.Thread(target=self._receive, daemon=True).start()

    def _accept(self, server):
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                self.heard.append(connection.recv(100))

    def _receive(self):
        while True:
            try:
                self.heard.append(self.udp.recv(100))
            except OSError:
                return

    def close(self):
        for server in (self.tcp, self.udp, self.unix):
            server.close()


@pytest.fixture
def attempts(interpreter, public_code):
    """Run cases as this user or as nobody, in a folder of that user's."""
    place = Path("/tmp") / f"assetlib-tests-jobs-{os.getpid()}"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(mode=0o777)
    place.chmod(0o777)
    listener = Listener(place)

    def run(mode: str, *, as_nobody: bool) -> dict[str, dict[str, str]]:
        cases, folder = [], place / f"{mode}-{as_nobody}"
        folder.mkdir()
        for act in ACTS:
            (folder / f"{act}.victim").write_bytes(b"secret")
            targets = {
                "list": str(folder),
                "tcp": str(listener.tcp.getsockname()[1]),
                "udp": str(listener.udp.getsockname()[1]),
                "unix": str(listener.path),
                "environment": "CANARY",
                "namespace": str(0x10000000),
                **dict.fromkeys(("parents-environment", "parents-memory", "signal", "trace"), "parent"),
            }
            target = targets.get(act, str(folder / f"{act}.victim"))
            if mode == "bare" and act in ALWAYS:
                cases.append((act, target, str(folder / f"job-{act}"), ALWAYS[act]))
            else:
                cases.append((act, target, str(folder / f"job-{act}"), mode))
        if as_nobody:
            for path in (folder, *folder.iterdir()):
                os.chown(path, NOBODY, NOBODY)
        packages = [p for p in sys.path if "site-packages" in p]
        shared = [p for p in packages if all(q.stat().st_mode & 1 for q in (Path(p), *Path(p).parents))]
        done = subprocess.run(
            [*_as(as_nobody), str(interpreter), "-S", str(public_code / "sandbox_attempts.py")],
            input=json.dumps(cases),
            capture_output=True,
            text=True,
            timeout=120,
            cwd=place,
            env={"PYTHONPATH": os.pathsep.join([str(public_code), *shared]), "CANARY": "secret"},
        )
        assert done.returncode == 0, done.stderr
        return dict(zip(ACTS, json.loads(done.stdout), strict=True))

    run.listener = listener
    yield run
    listener.close()
    shutil.rmtree(place)


def _as(nobody: bool) -> list[str]:
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] if nobody else []


USERS = [False, True] if os.getuid() == 0 else [False]


@pytest.mark.parametrize("as_nobody", USERS, ids=lambda nobody: "ordinary user" if nobody else "this user")
def test_no_attempt_leaves_the_sandbox(attempts, as_nobody):
    results = attempts("locked", as_nobody=as_nobody)
    assert {act: r["why"] for act, r in results.items() if r["outcome"] != "blocked"} == {}
    assert all(r["why"].startswith("blocked: ") for r in results.values()), results
    assert attempts.listener.heard == []


@pytest.mark.parametrize("as_nobody", USERS, ids=lambda nobody: "ordinary user" if nobody else "this user")
def test_every_attempt_succeeds_without_the_sandbox(attempts, as_nobody):
    results = attempts("bare", as_nobody=as_nobody)
    assert {act: r["why"] for act, r in results.items() if r["outcome"] != "escaped"} == {}
    assert attempts.listener.heard.count(b"escaped") == 3


@pytest.mark.parametrize("without", ["namespace", "filter"])
def test_one_means_against_sockets_is_enough_for_tcp_and_udp(attempts, without):
    results = attempts(f"locked+{without}", as_nobody=False)
    assert results["tcp"]["outcome"] == results["udp"]["outcome"] == "blocked"
    assert results["read"]["outcome"] == results["parents-environment"]["outcome"] == "blocked"


@pytest.mark.parametrize("without", ["landlock", "namespace+filter"])
def test_required_refuses_before_foreign_code_runs_when_a_means_is_missing(attempts, without):
    results = attempts(f"locked+{without}", as_nobody=False)
    assert all("this work needs Landlock" in r["why"] for r in results.values()), results
