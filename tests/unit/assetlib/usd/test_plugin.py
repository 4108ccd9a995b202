"""The schemas are registered in time or not at all, and what is committed is what the generator makes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import schemas
from assetlib.usd import plugin


def _python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, timeout=60)


def test_the_committed_schema_files_are_what_the_generator_makes(tmp_path: Path) -> None:
    for made in plugin.generate(tmp_path):
        assert made.read_text() == (schemas.path("usd") / made.name).read_text()


def test_loading_registers_every_schema() -> None:
    from pxr import Usd

    plugin.load()
    assert all(Usd.SchemaRegistry().IsAppliedAPISchema(name) for name in plugin.SCHEMAS)


def test_loading_after_a_stage_was_opened_is_refused_with_the_way_out() -> None:
    ran = _python(
        "from pxr import Usd; Usd.Stage.CreateInMemory().DefinePrim('/a', 'Xform')\n"
        "from assetlib.usd.plugin import load, SchemasMissing\n"
        "try: load()\n"
        "except SchemasMissing as error: print(error)"
    )
    assert "set PXR_PLUGINPATH_NAME=" in ran.stdout


def test_a_tool_that_sets_the_plugin_path_knows_the_schemas() -> None:
    ran = _python(
        "from pxr import Usd; print(Usd.SchemaRegistry().IsAppliedAPISchema('AssetlibRightsAPI'))",
        PXR_PLUGINPATH_NAME=plugin.plugin_path(),
    )
    assert ran.stdout.strip() == "True"


def test_no_label_can_say_allow() -> None:
    from pxr import Usd

    plugin.load()
    definition = Usd.SchemaRegistry().FindAppliedAPIPrimDefinition("AssetlibRightsAPI")
    for name in ("rights:default", "rights:training"):
        attribute = definition.GetAttributeDefinition(name)
        assert attribute.GetFallbackValue() == "deny"
        assert "allow" not in attribute.GetMetadata("allowedTokens")


def test_a_lost_reference_is_told_by_us_and_not_by_openusd_on_stderr(tmp_path: Path) -> None:
    layer = tmp_path / "lost.usda"
    layer.write_text('#usda 1.0\n(defaultPrim = "a")\ndef Xform "a" (references = @gone.usda@)\n{\n}\n')
    ran = _python(
        "from pathlib import Path\n"
        "from assetlib.usd.stage import composition_warnings, open_stage\n"
        "from assetlib.usd.inspect import inspect_stage\n"
        f"layer = Path({str(layer)!r})\n"
        "print(*composition_warnings(open_stage(layer, ())))\n"
        "inspect_stage(layer)"
    )
    assert ran.returncode == 0
    assert "gone.usda" in ran.stdout
    assert ran.stderr == ""
