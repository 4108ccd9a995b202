"""What the installed OpenUSD can do, for `assetlib doctor`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class UsdAbilities:
    """`version` is OpenUSD's; `schemas_missing` says why ours are not registered, '' when they are."""

    version: str
    schemas_missing: str
    authorship: bool
    materialx: bool


def usd_abilities() -> UsdAbilities:
    """Registers our schemas as every stage does; raises ImportError where OpenUSD is absent."""
    from pxr import Plug, Sdf, Usd

    from assetlib.usd.plugin import SchemasMissing, load

    try:
        load()
        missing = ""
    except SchemasMissing as error:
        missing = str(error)
    return UsdAbilities(
        version=".".join(map(str, Usd.GetVersion())),
        schemas_missing=missing,
        authorship=bool(Usd.SchemaRegistry().IsAppliedAPISchema("AuthorshipAPI")),
        materialx=Sdf.FileFormat.FindByExtension("mtlx") is not None
        or Plug.Registry().GetPluginWithName("usdMtlx") is not None,
    )
