"""What a generator is asked to make, as data: digests and numbers, never bytes or paths."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from provenance.digest import Digest, canonical_json, digest_bytes, parse_digest


class Modality(StrEnum):
    IMAGE = "image"
    VIDEO = "video"
    UPSCALE = "upscale"


class PassKind(StrEnum):
    """What `assetlib.passes` can render, or a director supplies."""

    BEAUTY = "beauty"
    DEPTH = "depth"
    NORMAL = "normal"
    SEGMENTATION = "segmentation"
    POSE = "pose"
    EDGE = "edge"
    MOTION = "motion"
    CAMERA = "camera"
    CLAY = "clay"
    PLATE = "plate"
    PREF = "pref"
    FIRST_FRAME = "first_frame"
    LAST_FRAME = "last_frame"
    VIDEO = "video"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaRef:
    """One file by digest. `frames` is inclusive (first, last) for a sequence or clip, None for a still."""

    digest: Digest
    media_type: str
    width: int
    height: int
    colorspace: str
    frames: tuple[int, int] | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "digest": self.digest,
            "media_type": self.media_type,
            "width": self.width,
            "height": self.height,
            "colorspace": self.colorspace,
            "frames": None if self.frames is None else list(self.frames),
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> MediaRef:
        """The reference that `to_json` wrote; KeyError, TypeError or ValueError for anything else."""
        frames = document["frames"]
        return cls(
            digest=parse_digest(document["digest"]),
            media_type=document["media_type"],
            width=document["width"],
            height=document["height"],
            colorspace=document["colorspace"],
            frames=None if frames is None else (frames[0], frames[1]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearedReference:
    """A reference that a decision covers; `role` is likeness, look, performance, voice …"""

    media: MediaRef
    entity: str
    version: str
    role: str
    name: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlPass:
    """A structure input. `space`: depth 'metric' or 'inverse', normal 'view' or 'world', else ''."""

    kind: PassKind
    media: MediaRef
    space: str = ""
    scale: float = 1.0
    start: float = 0.0
    end: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """Director's words (composition, motion, lighting, pacing) and the passes made from the shot's layers."""

    composition: str = ""
    motion: str = ""
    lighting: str = ""
    pacing: str = ""
    passes: tuple[ControlPass, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationRequest:
    """Everything that determines a take besides the generator itself. `frame_range` is inclusive."""

    shot: str
    modality: Modality
    width: int
    height: int
    frame_range: tuple[int, int]
    fps: Fraction
    seed: int
    prompt: str = ""
    negative: str = ""
    steps: int | None = None
    strength: float | None = None
    references: tuple[ClearedReference, ...] = ()
    controls: Controls = Controls()
    settings: tuple[tuple[str, str], ...] = ()

    @property
    def inputs(self) -> tuple[Digest, ...]:
        """The digest of every file that this request names, sorted, each once."""
        named = {r.media.digest for r in self.references} | {c.media.digest for c in self.controls.passes}
        return tuple(sorted(named))

    def to_json(self) -> dict[str, Any]:
        return {
            "shot": self.shot,
            "modality": self.modality.value,
            "width": self.width,
            "height": self.height,
            "frame_range": list(self.frame_range),
            "fps": f"{self.fps.numerator}/{self.fps.denominator}",
            "seed": str(self.seed),
            "prompt": self.prompt,
            "negative": self.negative,
            "steps": self.steps,
            "strength": self.strength,
            "references": [
                {
                    "media": r.media.to_json(),
                    "entity": r.entity,
                    "version": r.version,
                    "role": r.role,
                    "name": r.name,
                    "weight": r.weight,
                }
                for r in self.references
            ],
            "controls": {
                "composition": self.controls.composition,
                "motion": self.controls.motion,
                "lighting": self.controls.lighting,
                "pacing": self.controls.pacing,
                "passes": [
                    {
                        "kind": c.kind.value,
                        "media": c.media.to_json(),
                        "space": c.space,
                        "scale": c.scale,
                        "start": c.start,
                        "end": c.end,
                    }
                    for c in self.controls.passes
                ],
            },
            "settings": dict(self.settings),
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> GenerationRequest:
        """The request that `to_json` wrote; KeyError, TypeError or ValueError for anything else."""
        controls = document["controls"]
        return cls(
            shot=document["shot"],
            modality=Modality(document["modality"]),
            width=document["width"],
            height=document["height"],
            frame_range=(document["frame_range"][0], document["frame_range"][1]),
            fps=Fraction(document["fps"]),
            seed=int(document["seed"]),
            prompt=document["prompt"],
            negative=document["negative"],
            steps=document["steps"],
            strength=document["strength"],
            references=tuple(
                ClearedReference(**{**r, "media": MediaRef.from_json(r["media"])}) for r in document["references"]
            ),
            controls=Controls(
                **{name: controls[name] for name in ("composition", "motion", "lighting", "pacing")},
                passes=tuple(
                    ControlPass(**{**c, "kind": PassKind(c["kind"]), "media": MediaRef.from_json(c["media"])})
                    for c in controls["passes"]
                ),
            ),
            settings=tuple(sorted(document["settings"].items())),
        )

    def digest(self) -> Digest:
        """Digest of the canonical JSON; a permit binds it."""
        return digest_bytes(canonical_json(self.to_json()))
