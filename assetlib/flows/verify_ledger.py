"""Rebuild the ledger from its entries, and give receipts out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assetlib.library import Library


def verify_ledger(library: Library) -> dict[str, Any]:
    """``{"size", "root", "verdict", "findings"}``; a bad ledger is an answer, not an exception."""
    ledger = library.catalog.ledger()
    report = ledger.verify_all(library.origin, library.log_public_key)
    findings = [str(finding.sentence) for finding in report.findings]
    return {
        "size": report.size,
        "root": report.root.hex(),
        "verdict": "fail" if findings else "pass",
        "findings": findings,
    }


def receipt_of(library: Library, index: int) -> str:
    """The ``tlog-proof`` of one entry. Raises NotFound."""
    return library.catalog.ledger().receipt(index)
