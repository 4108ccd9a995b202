"""What a generator made, and how: enough to audit it years later."""

from __future__ import annotations

from dataclasses import dataclass

from generators.request import MediaRef
from provenance.digest import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorIdentity:
    """Which code and which weights made it; digests, so that a name cannot be swapped."""

    name: str
    version: str
    distribution: str
    distribution_digest: Digest | None = None
    model_digests: tuple[Digest, ...] = ()
    provider: str = "local"
    model: str = ""
    subprocessors: tuple[str, ...] = ()
    agreement: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One produced file. role: 'frame', 'video', 'pass' or 'log'; name is the file name in the job folder."""

    media: MediaRef
    role: str
    name: str
    frame: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    amount: str
    unit: str
    reported_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Produced:
    """What `Generator.generate` returns: outputs it has `put`, and the parameters it really used."""

    outputs: tuple[Output, ...]
    parameters: tuple[tuple[str, str], ...] = ()
    used_references: tuple[Digest, ...] = ()
    model_digests: tuple[Digest, ...] = ()
    cost: Cost | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationResult:
    """`run`'s answer: the outputs by digest, what was ignored, and how isolated the work was."""

    outputs: tuple[Output, ...]
    used_references: tuple[Digest, ...]
    ignored: tuple[str, ...]
    parameters: tuple[tuple[str, str], ...]
    identity: GeneratorIdentity
    isolation: str
    seconds: float
    permit: str
    cost: Cost | None = None
