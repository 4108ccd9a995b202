"""The only way out to the network, and the only importer of httpx2.

Deny by default: https to named hosts on port 443; the name is resolved here, every address it has must
be public, and the connection goes to that very address (so a second answer of the name server changes
nothing); no redirect is followed, no proxy or credential is taken from the environment, bodies are
capped as they arrive and taken without content coding.

    transport = Transport(hosts=("api.provider.example",))
    answer = transport.send("POST", "https://api.provider.example/v1/tasks", content=b"{}")
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import httpx2

_HOST = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_REFUSED_V6 = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")))
_FORBIDDEN_HEADERS = frozenset({"host", "connection", "transfer-encoding", "content-length", "accept-encoding"})


class TransportError(Exception):
    """Nothing went out, or no whole answer came back."""


class DestinationRefused(TransportError):
    """The address is not one that this library may talk to; no connection was made."""


class ProviderUnavailable(TransportError):
    """The other side could not be reached, broke off, or answered too slowly."""


class AnswerRefused(TransportError):
    """The answer redirects, is longer than allowed, or is coded."""


Resolver = Callable[[str, int], Iterable[str]]


def system_resolver(host: str, port: int) -> tuple[str, ...]:
    """Every address of `host` as the system knows it; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsafeLoopback:
    """For tests only: names that stand for a plain-http server on this machine, with its port."""

    ports: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Status, headers (names in lower case) and the whole body, at most the cap."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Transport:
    """A way out to `hosts` alone. Sizes in bytes; `timeout` in seconds a step, `max_seconds` for a whole answer."""

    hosts: tuple[str, ...]
    max_answer: int = 16 << 20
    max_download: int = 4 << 30
    timeout: float = 60.0
    max_seconds: float = 1800.0
    resolver: Resolver = system_resolver
    unsafe_loopback: UnsafeLoopback | None = None
    ca_file: str | None = None

    def check(self, url: str) -> str:
        """The host of `url`; raises DestinationRefused unless it is https, named, and on the list."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise DestinationRefused(f"not a URL: {url!r} ({error})") from error
        host = parts.hostname or ""
        if parts.scheme != "https" or port not in (None, 443) or "@" in parts.netloc or re.search(r"[\s\\]", url):
            raise DestinationRefused(f"expected https on port 443 without credentials, found {_shown(url)!r}")
        if not _HOST.fullmatch(host):
            raise DestinationRefused(f"expected a host name, found {host!r}")
        if host not in self.hosts:
            raise DestinationRefused(f"host {host!r} is not on the list of allowed hosts: {', '.join(self.hosts)}")
        return host

    def address(self, host: str) -> str:
        """The one address to connect to; refused unless every address of `host` is public."""
        try:
            addresses = tuple(self.resolver(host, 443))
        except OSError as error:
            raise ProviderUnavailable(f"the name {host!r} does not resolve: {error}") from error
        if not addresses:
            raise ProviderUnavailable(f"the name {host!r} has no address")
        for address in addresses:
            if not is_public(address):
                raise DestinationRefused(f"{host!r} resolves to {address}, which is not a public address")
        return addresses[0]

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Iterable[tuple[str, str]] = (),
        content: bytes | Iterable[bytes] = b"",
        length: int | None = None,
    ) -> Answer:
        """One request and its whole answer. `length` goes with streamed `content`. Raises TransportError."""
        with self._open(method, url, headers, content, length) as response:
            body = b"".join(self._capped(response.iter_raw(), self.max_answer))
            return Answer(status=response.status_code, headers=dict(response.headers), body=body)

    def download(self, url: str, target: BinaryIO, *, headers: Iterable[tuple[str, str]] = ()) -> int:
        """Write the body at `url` to `target` as it arrives; returns its size. Raises TransportError."""
        size = 0
        with self._open("GET", url, headers, b"", None) as response:
            if response.status_code != 200:
                raise ProviderUnavailable(f"expected status 200 for the download, found {response.status_code}")
            for chunk in self._capped(response.iter_raw(), self.max_download):
                size += target.write(chunk)
        return size

    def _capped(self, pieces: Iterable[bytes], cap: int) -> Iterator[bytes]:
        total, deadline = 0, time.monotonic() + self.max_seconds
        for piece in pieces:
            total += len(piece)
            if total > cap:
                raise AnswerRefused(f"the answer is longer than {cap} bytes")
            if time.monotonic() > deadline:
                raise ProviderUnavailable(f"the answer took longer than {self.max_seconds:g} s")
            yield piece

    @contextmanager
    def _open(
        self,
        method: str,
        url: str,
        headers: Iterable[tuple[str, str]],
        content: bytes | Iterable[bytes],
        length: int | None,
    ) -> Iterator[httpx2.Response]:
        host = self.check(url)
        target, extensions = self._pinned(url, host)
        import httpx2

        sent = _headers(host, headers)
        if length is not None:
            sent.append(("Content-Length", str(length)))
        verify = httpx2.HTTPTransport(verify=_tls(self.ca_file), trust_env=False, retries=0)
        try:
            with (
                httpx2.Client(
                    transport=verify, timeout=self.timeout, follow_redirects=False, trust_env=False
                ) as client,
                client.stream(method, target, headers=sent, content=content or None, extensions=extensions) as response,
            ):
                _refuse_redirect_or_coding(response)
                yield response
        except (httpx2.TransportError, httpx2.InvalidURL) as error:
            raise ProviderUnavailable(f"{host}: {type(error).__name__} {error}") from error

    def _pinned(self, url: str, host: str) -> tuple[str, dict[str, Any]]:
        """The URL with the address in place of the name, and the name for TLS to check."""
        parts = urlsplit(url)
        rest = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if self.unsafe_loopback is not None and host in self.unsafe_loopback.ports:
            return f"http://127.0.0.1:{self.unsafe_loopback.ports[host]}{rest}", {}
        address = self.address(host)
        shown = f"[{address}]" if ":" in address else address
        return f"https://{shown}{rest}", {"sni_hostname": host}


def is_public(address: str) -> bool:
    """Whether `address` is a global unicast address; forms that carry another address inside are not."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and (
        parsed.ipv4_mapped is not None or parsed.scope_id or any(parsed in net for net in _REFUSED_V6)
    ):
        return False
    return parsed.is_global and not parsed.is_multicast and not parsed.is_reserved


def _headers(host: str, given: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    headers = [("Host", host), ("Accept-Encoding", "identity"), ("User-Agent", "assetlib")]
    for name, value in given:
        if name.lower() in _FORBIDDEN_HEADERS or re.search(r"[\r\n\0]", name + value):
            raise DestinationRefused(f"the header {name!r} may not be set")
        headers.append((name, value))
    return headers


def _tls(ca_file: str | None) -> ssl.SSLContext:
    if ca_file is not None:
        return ssl.create_default_context(cafile=ca_file)
    import httpx2

    return httpx2.create_ssl_context(trust_env=False)


def _refuse_redirect_or_coding(response: httpx2.Response) -> None:
    if 300 <= response.status_code < 400:
        raise AnswerRefused(f"the answer redirects (status {response.status_code}); redirects are not followed")
    if response.headers.get("content-encoding", "identity") != "identity":
        raise AnswerRefused(f"the answer is coded as {response.headers['content-encoding']!r}, asked was identity")


def _shown(url: str) -> str:
    """A URL for messages: without query, which may carry a signature, and without credentials."""
    return re.sub(r"//[^/@]*@", "//…@", url.split("?")[0])[:200]
