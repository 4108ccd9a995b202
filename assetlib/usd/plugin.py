"""Registers assetlib's codeless USD schemas before the first stage is opened.

OpenUSD builds its schema registry once: a plug-in that is registered after any stage was opened is never found, and
without it `GetAppliedSchemas()` silently leaves our labels out. So every module of this room that opens or makes a
stage calls `load` first. Rights never depend on it: the labels are authored values, and an absent one means deny.

``python -m assetlib.usd.plugin schemas/usd`` regenerates the committed files from ``schema.usda``.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import schemas
from assetlib.usd.errors import UsdError

SCHEMAS = ("AssetlibEntityAPI", "AssetlibRightsAPI", "AssetlibManifestAPI", "AssetlibShotAPI", "AssetlibTakeAPI")
GENERATED = ("generatedSchema.usda", "plugInfo.json")
# Placeholders of a CMake install; a codeless plug-in lies beside its plugInfo.json.
_PLACEHOLDERS = {
    "@PLUG_INFO_LIBRARY_PATH@": "",
    "@PLUG_INFO_RESOURCE_PATH@": ".",
    "@PLUG_INFO_ROOT@": ".",
}
_GENERATOR_SECONDS = 120


class SchemasMissing(UsdError):
    """assetlib's schemas could not be registered in this process."""


@cache
def load() -> None:
    """Make our schemas known to OpenUSD; raises SchemasMissing when a stage was opened too early."""
    from pxr import Plug, Usd

    Plug.Registry().RegisterPlugins(str(schemas.path("usd")))
    registry = Usd.SchemaRegistry()
    missing = [name for name in SCHEMAS if not registry.IsAppliedAPISchema(name)]
    if missing:
        raise SchemasMissing(
            f"expected the USD schemas {', '.join(missing)} to be registered, but OpenUSD had read its schema "
            f"registry before; set PXR_PLUGINPATH_NAME={plugin_path()} or load assetlib.usd before opening a stage"
        )


@contextmanager
def hushed() -> Iterator[None]:
    """Keep OpenUSD's own warnings off stderr while a stage is composed.

    It prints one for every reference that does not compose, with the paths of our scratch folders. Whoever opens a
    stage says the same in a sentence, from `GetCompositionErrors` and the unresolved paths.
    """
    from pxr import UsdUtils

    delegate = UsdUtils.CoalescingDiagnosticDelegate()
    try:
        yield
    finally:
        delegate.TakeUncoalescedDiagnostics()
        del delegate


def plugin_path() -> str:
    """The value of PXR_PLUGINPATH_NAME with which usdview or a DCC knows our schemas."""
    return str(schemas.path("usd"))


def generate(target: Path) -> tuple[Path, ...]:
    """Write the generated schema files from the committed ``schema.usda`` into `target`; raises UsdError."""
    with tempfile.TemporaryDirectory() as folder:
        _run_generator(Path(folder))
        written = [Path(folder) / name for name in GENERATED]
        _settle(written[1])
        return tuple(Path(shutil.copy(path, target / path.name)) for path in written)


def _run_generator(folder: Path) -> None:
    command = [sys.executable, "-m", "pxr.Usd.usdGenSchema", plugin_path() + "/schema.usda", str(folder)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=_GENERATOR_SECONDS)
    if ran.returncode != 0:
        raise UsdError(f"usdGenSchema failed on schema.usda: {(ran.stderr or ran.stdout).strip()}")


def _settle(plug_info: Path) -> None:
    lines = [line for line in plug_info.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    info = json.loads("\n".join(lines))
    for plugin in info["Plugins"]:
        for key, value in plugin.items():
            plugin[key] = _PLACEHOLDERS.get(value, value) if isinstance(value, str) else value
    plug_info.write_text(json.dumps(info, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    generate(Path(sys.argv[1]))
