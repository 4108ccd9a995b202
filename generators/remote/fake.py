"""A provider on loopback that charges nothing: for tests of adapters, and of what leaves through the door.

It speaks the interface of `generators.remote.http.EXAMPLE` and keeps every byte that reached it, so that a
test can say exactly what was sent. It is reached only through `UnsafeLoopback`, which names itself.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from provenance.digest import Digest, digest_bytes
from provenance.transport import Transport, UnsafeLoopback

HOST = "api.acme.example"
RESULTS = "results.acme.example"
RESULT = b"not really a video"
_DATA_URI = re.compile(rb'"data:[a-z0-9/+.-]+;base64,([A-Za-z0-9+/=]*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    method: str
    host: str
    path: str
    authorization: str
    body: bytes


@dataclass(slots=True)
class FakeProvider:
    """What the provider saw. `script` lists the states it answers to polls with; the last one repeats."""

    port: int = 0
    script: tuple[str, ...] = ("PENDING", "RUNNING", "SUCCEEDED")
    submit_status: int = 200
    result_host: str = RESULTS
    calls: list[Call] = field(default_factory=list)
    polled: int = 0

    @property
    def received(self) -> tuple[Digest, ...]:
        """Digest of every file that arrived, in order."""
        found = (part for call in self.calls for part in _DATA_URI.findall(call.body))
        return tuple(digest_bytes(base64.b64decode(part)) for part in found)

    @property
    def bytes_received(self) -> int:
        return sum(len(call.body) for call in self.calls)

    def transport(self, *hosts: str) -> Transport:
        """A transport to `hosts` (all of the provider's by default) that ends here."""
        names = hosts or (HOST, RESULTS)
        return Transport(
            hosts=names, unsafe_loopback=UnsafeLoopback(ports=dict.fromkeys((HOST, RESULTS), self.port)), timeout=10
        )

    def answer(self, call: Call) -> tuple[int, bytes]:
        """Status and body for one call."""
        self.calls.append(call)
        if call.method == "POST":
            return self.submit_status, json.dumps({"id": "task-1"}).encode()
        if call.method == "DELETE":
            self.script = ("CANCELLED",)
            return 204, b""
        if call.host == RESULTS:
            return 200, RESULT
        state = self.script[min(self.polled, len(self.script) - 1)]
        self.polled += 1
        url = f"https://{self.result_host}/clip.mp4?signature=abc"
        document = {"id": "task-1", "status": state, "progress": 0.5, "failure": "content policy", "credits": 12}
        return 200, json.dumps({**document, "output": [url] if state == "SUCCEEDED" else []}).encode()


@contextmanager
def fake_provider() -> Iterator[FakeProvider]:
    """Serve on a free port of 127.0.0.1 until the block ends."""
    provider = FakeProvider()
    listener = ThreadingHTTPServer(("127.0.0.1", 0), _handler(provider))
    listener.daemon_threads = True
    provider.port = listener.server_address[1]
    threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield provider
    finally:
        listener.shutdown()
        listener.server_close()


def _handler(provider: FakeProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            call = Call(
                method=self.command,
                host=self.headers.get("Host", ""),
                path=self.path,
                authorization=self.headers.get("Authorization", ""),
                body=self.rfile.read(int(self.headers.get("Content-Length", 0))),
            )
            status, body = provider.answer(call)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = _any  # noqa: N815 (names that the standard library calls)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
            """Headers and bodies are logged nowhere."""

    return Handler
