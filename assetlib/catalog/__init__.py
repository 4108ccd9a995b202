"""What the library knows, in a database, with its ledger in the same transaction."""

from assetlib.catalog.catalog import Catalog
from assetlib.catalog.committer import Committed, Committer
from assetlib.catalog.ledger_audit import LedgerFinding, LedgerReport
from assetlib.catalog.ledger_store import Ledger
from assetlib.catalog.operations import Operations
from assetlib.catalog.queries import Queries
from assetlib.catalog.record.writer import Writer
from assetlib.catalog.refusals import (
    AlreadyRedeemed,
    Ambiguous,
    CapExhausted,
    CatalogBusy,
    CatalogRefused,
    CatalogUnavailable,
    ClockRefused,
    Conflict,
    LeaseLost,
    NotFound,
    RevisionMoved,
    SchemaTooNew,
)

__all__ = [
    "AlreadyRedeemed",
    "Ambiguous",
    "CapExhausted",
    "Catalog",
    "CatalogBusy",
    "CatalogRefused",
    "CatalogUnavailable",
    "ClockRefused",
    "Committed",
    "Committer",
    "Conflict",
    "LeaseLost",
    "Ledger",
    "LedgerFinding",
    "LedgerReport",
    "NotFound",
    "Operations",
    "Queries",
    "RevisionMoved",
    "SchemaTooNew",
    "Writer",
]
