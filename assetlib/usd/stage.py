"""Opening stages: the one place where a layer stack of ours is composed, with its search paths.

Foreign files do not come here: `assetlib.intake` re-exports them first.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from assetlib.usd.errors import UsdError
from assetlib.usd.plugin import hushed, load


def open_stage(root_layer: Path, search_paths: Sequence[Path]) -> Any:
    """The composed stage of `root_layer`; raises UsdError when it cannot be opened at all.

    Missing references and sublayers do not raise: see `composition_warnings`.
    """
    from pxr import Ar, Tf, Usd

    load()  # after the first stage it would be too late for the whole process
    context = Ar.DefaultResolverContext([str(folder) for folder in search_paths])
    try:
        with hushed():
            stage = Usd.Stage.Open(str(root_layer), Ar.ResolverContext(context))
    except Tf.ErrorException as error:
        raise UsdError(f"expected a USD layer at {root_layer}, it cannot be opened: {_first_line(error)}") from error
    if stage is None:
        raise UsdError(f"expected a USD layer at {root_layer}, found nothing that opens")
    return stage


def composition_warnings(stage: Any) -> tuple[str, ...]:
    """One sentence per arc that did not compose: missing references, sublayers, cycles."""
    return tuple(dict.fromkeys(_first_line(error) for error in stage.GetCompositionErrors()))


def stage_rate(stage: Any) -> Fraction:
    """Exact frames per second of the stage: 23.976… is read as 24000/1001, whole rates as themselves."""
    return exact_rate(float(stage.GetTimeCodesPerSecond()))


def exact_rate(frames_per_second: float) -> Fraction:
    """The broadcast rate a rounded number stands for.

    >>> exact_rate(23.976), exact_rate(25.0), exact_rate(29.97)
    (Fraction(24000, 1001), Fraction(25, 1), Fraction(30000, 1001))
    """
    nominal = round(frames_per_second)
    if abs(frames_per_second - nominal) < 1e-6 and nominal > 0:
        return Fraction(nominal)
    dropped = Fraction(nominal * 1000, 1001)
    if nominal > 0 and abs(frames_per_second - float(dropped)) < 2e-3:
        return dropped
    return Fraction(frames_per_second).limit_denominator(100_000)


def _first_line(error: object) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
