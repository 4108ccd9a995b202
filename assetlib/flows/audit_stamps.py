"""What third parties' time stamps add to an audit, in words; verified here and now under the configured root."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from assetlib.flows.audit_takes import SIDECAR, TakeFiles
from assetlib.flows.time_stamps import Stamped, stamped, stamped_checkpoint
from assetlib.flows.verify_asset import stored_bytes
from assetlib.model.record import Export
from assetlib.rights.wording import day

if TYPE_CHECKING:
    from assetlib.catalog.queries import Queries
    from assetlib.library import Library

DOUBT = "its time stamp"
_MISSING = f"{DOUBT} is missing: made before an authority was configured, or still waiting ('assetlib fsck' says)"


def take_stamp(library: Library, queries: Queries, held: TakeFiles) -> str:
    """When an authority saw the signed inventory of a take; '' where none was ever asked."""
    sidecar = next((file for file in held.files if file.path == SIDECAR), None)
    data = None if sidecar is None else stored_bytes(library, sidecar.digest, SIDECAR)[0]
    return _words(library, None if data is None else stamped(library, queries, data))


def export_stamp(library: Library, queries: Queries, export: Export) -> str:
    manifest = base64.b64decode(json.loads(export.body).get("manifest", ""))
    return _words(library, stamped(library, queries, manifest))


def ledger_stamp(library: Library, queries: Queries) -> str:
    """Up to which entry an authority saw this log, and when."""
    found = stamped_checkpoint(library, queries)
    if found is None:
        return ""
    size, worth = found
    if worth.stamp is None:
        return f"{DOUBT} by {worth.authority} does not hold: {worth.why}"
    return f"its first {size} entries existed on {_moment(worth)}, says {worth.authority} (RFC 3161)"


def _words(library: Library, worth: Stamped | None) -> str:
    if worth is None:
        return _MISSING if library.settings["signing.tsa"] else ""
    if worth.stamp is None:
        return f"{DOUBT} by {worth.authority} does not hold: {worth.why}"
    return f"existed on {_moment(worth)}, says {worth.authority} (RFC 3161)"


def _moment(worth: Stamped) -> str:
    assert worth.stamp is not None, "told only for a stamp that holds"
    return f"{day(worth.stamp.at)}, {worth.stamp.at:%H:%M:%S} UTC"
