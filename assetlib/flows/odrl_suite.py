"""Decide somebody else's ODRL test cases with this product's evaluator; no library is needed, nothing is recorded."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assetlib.model.refusals import BadInput


def decide_suite(paths: Sequence[Path]) -> dict[str, Any]:
    """Every case with what was expected and what we say. Raises BadInput where there is none."""
    from assetlib.rights.odrl import OdrlRefused
    from assetlib.rights.odrl.suite import ASSUMPTIONS, run_suite, table

    try:
        results = run_suite(paths)
    except (OdrlRefused, OSError) as error:
        raise BadInput(str(error)) from error
    if not results:
        raise BadInput(f"expected ODRL test cases (Turtle or JSON-LD) under {', '.join(map(str, paths))}, found none")
    mapped = [one for one in results if one.mapped]
    return {
        "cases": [{**dataclasses.asdict(one), "agrees": one.agrees} for one in results],
        "mapped": len(mapped),
        "agreeing": sum(one.agrees for one in mapped),
        "differing": sum(not one.agrees for one in mapped),
        "refused": len(results) - len(mapped),
        "assumptions": list(ASSUMPTIONS),
        "table": table(results),
    }
