"""assetlib's own checks beside the thirty of OpenUSD: keyword ``assetlib`` in UsdValidation.

An exception inside a check leaves `Validate`: the check fails closed.

>>> list(CHECKS)
['RightsToken', 'RightsOverride', 'EntityUri', 'Pins', 'PathPolicy', 'UnreadableDependency']
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from assetlib.usd.checks import CHECKS, Finding, Severity
from assetlib.usd.plugin import hushed, load
from assetlib.usd.stage import open_stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One finding: which check, how grave, the prim or layer it is about ('' for the whole stage), one sentence."""

    check: str
    severity: Severity
    where: str
    sentence: str


@hushed()
def validate(root_layer: Path, search_paths: Sequence[Path] = (), *, only_ours: bool = False) -> tuple[Complaint, ...]:
    """All findings about the stage at `root_layer`, errors first; raises UsdError when it does not open at all."""
    register()
    from pxr import UsdValidation

    registry = UsdValidation.ValidationRegistry()
    names = [f"assetlib:{name}" for name in CHECKS]
    validators = registry.GetOrLoadValidatorsByName(names) if only_ours else registry.GetOrLoadAllValidators()
    stage = open_stage(root_layer, search_paths)
    found = [_complaint(error) for error in UsdValidation.ValidationContext(validators).Validate(stage)]
    order = list(Severity)
    return tuple(sorted(found, key=lambda c: (order.index(c.severity), c.check, c.where, c.sentence)))


@cache
def register() -> None:
    """Make the checks known to UsdValidation, for `validate` and for any tool that runs in this process."""
    load()
    from pxr import UsdValidation

    registry = UsdValidation.ValidationRegistry()
    for name, check in CHECKS.items():
        metadata = UsdValidation.ValidatorMetadata(
            name=f"assetlib:{name}", doc=check.__doc__ or "", keywords=["assetlib"]
        )
        registry.RegisterStageValidator(metadata, _as_usd(name, check))


def _as_usd(name: str, check: Callable[[Any], Iterator[Finding]]) -> Any:
    from pxr import Sdf, UsdValidation

    kinds = {
        Severity.ERROR: UsdValidation.ValidationErrorType.Error,
        Severity.WARNING: UsdValidation.ValidationErrorType.Warn,
        Severity.INFO: UsdValidation.ValidationErrorType.Info,
    }

    def run(stage: Any, _time_range: Any) -> list[Any]:
        return [
            UsdValidation.ValidationError(
                name,
                kinds[finding.severity],
                [UsdValidation.ValidationErrorSite(finding.layer or stage, Sdf.Path(finding.path))],
                finding.sentence,
            )
            for finding in check(stage)
        ]

    return run


def _complaint(error: Any) -> Complaint:
    from pxr import UsdValidation

    severities = {
        UsdValidation.ValidationErrorType.Warn: Severity.WARNING,
        UsdValidation.ValidationErrorType.Info: Severity.INFO,
    }
    return Complaint(
        check=error.GetValidator().GetMetadata().name,
        severity=severities.get(error.GetType(), Severity.ERROR),
        where=next(map(_place, error.GetSites()), ""),
        sentence=error.GetMessage(),
    )


def _place(site: Any) -> str:
    """A prim or property of the stage by its path, a spec by its layer and path."""
    if site.IsPrim():
        return str(site.GetPrim().GetPath())
    if site.IsProperty():
        return str(site.GetProperty().GetPath())
    layer = site.GetLayer()
    if not layer:
        return ""
    spec = (site.GetPropertySpec() or site.GetPrimSpec()) if site.IsValidSpecInLayer() else None
    path = str(spec.path) if spec else "/"
    return Path(layer.realPath).name + ("" if path == "/" else f"<{path}>")
