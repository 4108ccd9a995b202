"""The hook: a generator is a class with `capabilities` and two methods, found by entry point.

`prepare` says, without bytes or clock, everything that would leave and every input it cannot honor.
`generate` gets a `Job`, the only world it has, and hands files back through it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO, Protocol

from generators.request import GenerationRequest, Modality, PassKind
from generators.result import Cost, Produced
from provenance.digest import Digest


class GeneratorError(Exception):
    """A generator could not do what was asked; the message is for the artist."""


class Unsupported(GeneratorError):
    """The request asks for something this generator does not offer."""


class Canceled(GeneratorError):
    """The job was canceled while it ran."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a generator can do. `digital_source_type` is the IPTC term its output honestly carries."""

    name: str
    version: str
    modalities: frozenset[Modality]
    controls: frozenset[PassKind]
    digital_source_type: str
    max_references: int = 0
    multi_character: bool = False
    deterministic: bool = False
    cancellable: bool = False
    remote: bool = False
    uses_model: bool = False
    subprocessors: tuple[str, ...] = ()
    limits: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would happen: who gets which bytes and which text, and what would be ignored. Never silent."""

    recipient: str
    sends: tuple[Digest, ...]
    text: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    subprocessors: tuple[str, ...] = ()
    estimate: Cost | None = None


class Job(Protocol):
    """The only world a generator has."""

    def open(self, digest: Digest) -> BinaryIO:
        """The bytes of a file that the permit names; raises PermitRefused for any other digest."""

    def put(self, name: str, data: BinaryIO) -> Digest:
        """Hand a produced file back under a plain file name."""

    def progress(self, done: int, total: int) -> None: ...

    def canceled(self) -> bool: ...


class Generator(Protocol):
    """The protocol a plug-in implements; `generators.testing` holds the conformance suite."""

    @property
    def capabilities(self) -> Capabilities: ...

    def prepare(self, request: GenerationRequest) -> Plan:
        """Pure: no bytes, no clock. Raises Unsupported."""

    def generate(self, request: GenerationRequest, job: Job) -> Produced:
        """Make the pixels. Raises GeneratorError, Canceled."""
