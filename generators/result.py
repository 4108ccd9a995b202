"""What a generator made, and how: enough to audit it years later."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from generators.request import MediaRef
from provenance.digest import Digest, parse_digest


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

    def to_json(self) -> dict[str, Any]:
        return {
            "outputs": [
                {"media": o.media.to_json(), "role": o.role, "name": o.name, "frame": o.frame} for o in self.outputs
            ],
            "parameters": [list(pair) for pair in self.parameters],
            "used_references": list(self.used_references),
            "model_digests": list(self.model_digests),
            "cost": None if self.cost is None else asdict(self.cost),
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Produced:
        """What `to_json` wrote, also from a process that is not trusted: KeyError, TypeError or ValueError."""
        cost = document["cost"]
        return cls(
            outputs=tuple(_output(o) for o in document["outputs"]),
            parameters=tuple((str(name), str(value)) for name, value in document["parameters"]),
            used_references=tuple(parse_digest(d) for d in document["used_references"]),
            model_digests=tuple(parse_digest(d) for d in document["model_digests"]),
            cost=None if cost is None else Cost(**{name: str(value) for name, value in cost.items()}),
        )


def _output(document: dict[str, Any]) -> Output:
    frame = document["frame"]
    if not isinstance(frame, int | None):
        raise TypeError(f"expected a frame number, found {frame!r}")
    media = MediaRef.from_json(document["media"])
    return Output(media=media, role=str(document["role"]), name=str(document["name"]), frame=frame)


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
