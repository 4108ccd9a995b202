"""Generators on this machine: which there are, and whether one keeps its promises."""

from __future__ import annotations

from typing import Any

from generators.registry import available


def list_generators() -> list[dict[str, Any]]:
    """Every installed generator; none is imported for this. Only allowed ones can be loaded."""
    return [
        {
            "name": listed.name,
            "distribution": listed.distribution,
            "version": listed.version,
            "allowed": "built in" if listed.built_in else "only when pinned",
        }
        for listed in available()
    ]
