"""What a limited child can be asked to do: names, and the function that each one runs.

Functions are named by text, so that nothing here imports a room beside or above this one: the child
imports the function after it has bound itself to its limits.
"""

from __future__ import annotations

TASKS = {
    "image": "assetlib.intake.image:read_image",
    "lines": "assetlib.intake.sheet:read_lines",
    "picture": "assetlib.flows.picture_asset:write_picture",
    "reference": "assetlib.protection.references:read_reference",
    "scan": "assetlib.protection.scan:hash_items",
    "sheet": "assetlib.intake.sheet:read_rows",
    "timeline": "assetlib.intake.timeline:read_cut",
    "usd": "assetlib.intake.usd:read_usd",
    "usdz": "assetlib.intake.usd:check_usdz",
    "verify": "assetlib.intake.verify:judge_file",
}
