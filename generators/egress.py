"""The provider's door: the second of the two ways by which asset bytes leave (the other is export).

An adapter says what to send as data (`RemoteRequest`); the door opens and digests the bytes itself,
refuses any the permit does not name, resolves the credential last, and writes down digest and size of all
it sent. It logs neither headers nor bodies.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

from generators.api import GeneratorError
from generators.job_folder import FolderJob
from provenance.decision import Permit, PermitRefused
from provenance.digest import Digest, digest_bytes
from provenance.transport import Answer, Transport

_CREDENTIAL = re.compile(r"(env|keyring):([A-Za-z0-9_.\-/]{1,128})")
_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key", "x-goog-api-key"})


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A cleared file inside a body; base64 for providers that take data URIs."""

    digest: Digest
    base64: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteRequest:
    """One call, as data: the body is its text and files in order. Headers carry no secrets."""

    method: str
    host: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: tuple[str | File, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """Where the key is, never the key: ``env:NAME`` or ``keyring:NAME``, and the header it goes into."""

    reference: str
    header: str = "Authorization"
    form: str = "Bearer {}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What the record keeps of one call; digests and sizes only."""

    method: str
    host: str
    path: str
    status: int
    request: Digest
    response: Digest
    sent: tuple[tuple[Digest, int], ...]


class CredentialResolver(Protocol):
    def __call__(self, reference: str) -> str:
        """The secret behind `reference`; raises GeneratorError."""


def resolve_credential(reference: str) -> str:
    """Read ``env:NAME`` from the environment or ``keyring:NAME`` from the system's keyring."""
    found = _CREDENTIAL.fullmatch(reference)
    if found is None:
        raise GeneratorError("expected a credential such as 'env:NAME' or 'keyring:NAME'; a key itself is refused")
    source, name = found.groups()
    secret = os.environ.get(name) if source == "env" else _from_keyring(name)
    if not secret:
        raise GeneratorError(f"the credential {reference} is empty or not set; set it, then try again")
    return secret


def _from_keyring(name: str) -> str | None:
    try:
        import keyring
    except ImportError as error:
        raise GeneratorError(f"keyring:{name} needs the package 'keyring'; install it or use env:") from error
    secret: str | None = keyring.get_password("assetlib", name)
    return secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One provider's door as the studio set it up: under which agreement, with which key, over which transport."""

    recipient: str
    agreement: str
    transport: Transport
    credential: Credential | None = None
    resolver: CredentialResolver = resolve_credential

    @contextlib.contextmanager
    def under(self, permit: Permit) -> Iterator[Passage]:
        """Open the door for a permit that `generators.run` has checked; raises PermitRefused for another recipient."""
        if not self.agreement:
            raise PermitRefused(f"no agreement with {self.recipient} is on record; a lawyer enters it first")
        if permit.recipient != self.recipient:
            raise PermitRefused(f"the permit is for {permit.recipient!r}, this door leads to {self.recipient!r}")
        yield Passage(self, permit)


class Passage:
    """A door that stands open for one permit; remembers every call."""

    def __init__(self, door: Door, permit: Permit) -> None:
        self._door = door
        self._named = frozenset(permit.digests)
        self.exchanges: list[Exchange] = []

    def send(self, request: RemoteRequest, opened: Callable[[Digest], BinaryIO]) -> Answer:
        """Send one call; files come from `opened`, are digested here, and are refused unless the permit names them."""
        url = f"https://{request.host}{request.path}"
        self._door.transport.check(url)
        _refuse_secrets(request)
        pieces, sent = self._pieces(request, opened)
        answer = self._door.transport.send(
            request.method,
            url,
            headers=(*request.headers, *self._secret()),
            content=b"".join(pieces),
        )
        self._remember(request, answer.status, digest_bytes(b"".join(pieces)), digest_bytes(answer.body), sent)
        return answer

    def download(self, url: str, target: BinaryIO) -> int:
        """Fetch a result, without the credential: a result's host is not the one that knows the key."""
        digesting = _Digesting(target)
        size = self._door.transport.download(url, digesting)  # type: ignore[arg-type]  # only `write` is called
        host = self._door.transport.check(url)
        plain = RemoteRequest(method="GET", host=host, path="")
        self._remember(plain, 200, digest_bytes(b""), digesting.digest, ())
        return size

    def record(self) -> tuple[tuple[str, str], ...]:
        """Every exchange as parameters of the result."""
        return tuple(
            (
                f"exchange.{number:03d}",
                json.dumps(
                    {
                        "method": e.method,
                        "host": e.host,
                        "path": e.path,
                        "status": e.status,
                        "request": e.request,
                        "response": e.response,
                        "sent": [list(pair) for pair in e.sent],
                    },
                    sort_keys=True,
                ),
            )
            for number, e in enumerate(self.exchanges, 1)
        )

    def _pieces(
        self, request: RemoteRequest, opened: Callable[[Digest], BinaryIO]
    ) -> tuple[list[bytes], tuple[tuple[Digest, int], ...]]:
        pieces: list[bytes] = []
        sent: list[tuple[Digest, int]] = []
        for part in request.body:
            if isinstance(part, str):
                pieces.append(part.encode())
                continue
            if part.digest not in self._named:
                raise PermitRefused(f"the permit does not name {part.digest}; nothing was sent")
            data = _whole(opened, part.digest)
            sent.append((part.digest, len(data)))
            pieces.append(base64.b64encode(data) if part.base64 else data)
        return pieces, tuple(sent)

    def _secret(self) -> tuple[tuple[str, str], ...]:
        credential = self._door.credential
        if credential is None:
            return ()
        return ((credential.header, credential.form.format(self._door.resolver(credential.reference))),)

    def _remember(
        self,
        request: RemoteRequest,
        status: int,
        body: Digest,
        answer: Digest,
        sent: tuple[tuple[Digest, int], ...],
    ) -> None:
        self.exchanges.append(
            Exchange(
                method=request.method,
                host=request.host,
                path=request.path.split("?")[0],
                status=status,
                request=body,
                response=answer,
                sent=sent,
            )
        )


class DoorJob:
    """The `Job` of a remote generator: a folder job that can also send and fetch through its passage."""

    def __init__(self, job: FolderJob, passage: Passage) -> None:
        self._job = job
        self._passage = passage

    def open(self, digest: Digest) -> BinaryIO:
        return self._job.open(digest)

    def put(self, name: str, data: BinaryIO) -> Digest:
        return self._job.put(name, data)

    def progress(self, done: int, total: int) -> None:
        self._job.progress(done, total)

    def canceled(self) -> bool:
        return self._job.canceled()

    def send(self, request: RemoteRequest) -> Answer:
        return self._passage.send(request, self._job.open)

    def fetch(self, url: str, name: str) -> Digest:
        """Download `url` into the output `name`; opaque bytes, opened by nobody here."""
        part = self._job.scratch() / name
        with part.open("xb") as target:
            self._passage.download(url, target)
        with part.open("rb") as source:
            digest = self._job.put(name, source)
        part.unlink()
        return digest


class _Digesting:
    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._hasher = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self._hasher.update(data)
        return self._target.write(data)

    @property
    def digest(self) -> Digest:
        return Digest("sha256:" + self._hasher.hexdigest())


def _whole(opened: Callable[[Digest], BinaryIO], digest: Digest) -> bytes:
    with opened(digest) as stream:
        data = stream.read()
    if digest_bytes(data) != digest:
        raise GeneratorError(f"expected the bytes of {digest}, found {digest_bytes(data)}; nothing was sent")
    return data


def _refuse_secrets(request: RemoteRequest) -> None:
    for name, _ in request.headers:
        if name.lower() in _SECRET_HEADERS:
            raise GeneratorError(f"the adapter sets the header {name!r}; credentials belong to the agreement alone")


def json_body(document: Any) -> tuple[str | File, ...]:
    """A JSON body in which every `File` value becomes its bytes: a string of base64 after the text before it.

    >>> json_body({"prompt": "a", "image": ["data:image/png;base64,", File(digest=Digest("sha256:0"), base64=True)]})
    ('{"prompt": "a", "image": "data:image/png;base64,', File(digest='sha256:0', base64=True), '"}')
    """
    files: list[File] = []

    def plain(value: Any, mark: str) -> Any:
        if isinstance(value, dict):
            return {name: plain(inner, mark) for name, inner in value.items()}
        if isinstance(value, list | tuple) and len(value) == 2 and isinstance(value[1], File):
            files.append(value[1])
            return f"{value[0]}{mark}"
        if isinstance(value, list | tuple):
            return [plain(inner, mark) for inner in value]
        return value

    # A character that no text here holds stands for the files; text decides nothing about where they go.
    without = json.dumps(plain(document, ""), ensure_ascii=False)
    files.clear()
    mark = next(chr(code) for code in range(0xE000, 0xF900) if chr(code) not in without)
    texts = json.dumps(plain(document, mark), ensure_ascii=False).split(mark)
    parts: list[str | File] = [texts[0]]
    for file, text in zip(files, texts[1:], strict=True):
        parts += [file, text]
    return tuple(parts)
