"""What hangs on an instrument or on a person: every asset, shot, take, time code, export and recipient.

Asked before something is revoked, amended or let run out, and after a person withdraws. Similar pictures are no part
of it: likeness in the eye is a lead, never evidence.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from assetlib.editorial.timecode import timecode
from assetlib.flows.add_license import read_stored
from assetlib.flows.show_assets import names
from assetlib.model.asset import AssetVersion
from assetlib.model.cut import Timeline
from assetlib.model.license import License
from assetlib.model.record import Export, LicenseRow
from assetlib.model.refusals import NotFound
from assetlib.model.shot import Shot, Take
from provenance.decision import instant
from provenance.digest import Digest

if TYPE_CHECKING:
    from assetlib.catalog.queries import Queries
    from assetlib.library import Library

Filed = tuple[LicenseRow, License]


def license_impact(library: Library, license_id: str) -> dict[str, Any]:
    """`license impact`: what was made, shown or handed over under a license, or could have been. Raises NotFound."""
    with library.catalog.reader() as queries:
        row = queries.license(license_id)
        license_ = read_stored(row)
        found = hanging_on(queries, license_id)
    return {"license": license_id, "status": row.status, "effect": license_.on_revocation.effect.value, **found}


def party_impact(library: Library, party: str) -> dict[str, Any]:
    """`party impact`: what carries a party's rights, and all instruments they gave.

    Raises NotFound for an id that no party, license or facet has; nobody needs to be on the list to have rights.
    """
    with library.catalog.reader() as queries:
        filed = [(row, read_stored(row)) for row in queries.licenses()]
        given = [(row, license_) for row, license_ in filed if license_.licensor.party == party]
        roots = [v for v in _every_version(queries) if any(claim.subject == party for claim in v.facets)]
        if not given and not roots and all(known.id != party for known in queries.parties()):
            raise NotFound(f"no party {party!r}; 'assetlib party list' shows them")
        found = _hanging(queries, roots, {row.id for row, _ in given})
        received = [export.id for export in queries.exports(party)]
    return {
        "party": party,
        "licenses": [_licensed(one) for one in given],
        "owes": sorted(row.id for row, license_ in filed if license_.licensee == party),
        "received": received,
        **found,
    }


def hanging_on(queries: Queries, license_id: str) -> dict[str, Any]:
    """Assets that the license speaks of and all that was made from them or under it. Raises NotFound."""
    license_ = read_stored(queries.license(license_id))
    roots = [version for version in _every_version(queries) if names(license_, version)]
    return _hanging(queries, roots, {license_id})


def _every_version(queries: Queries) -> list[AssetVersion]:
    return [version for newest in queries.assets() for version in queries.versions(newest.entity)]


def _hanging(queries: Queries, roots: Iterable[AssetVersion], licenses: set[str]) -> dict[str, Any]:
    """Everything below the roots or under the licenses, in the order of the record."""
    reached: set[Digest] = {version.digest for version in roots}
    for digest in tuple(reached):
        reached |= set(queries.descendants(digest))
    takes = _takes(queries, reached, licenses)
    reached |= {take.digest for take in takes}
    shots = _shots(queries, reached, licenses, takes)
    exports = [export for export in queries.exports() if _touches(queries, export, reached, licenses)]
    versions = queries.by_digest(sorted(reached))
    return {
        "assets": [_asset(version) for version in versions],
        "shots": _placed(queries, shots),
        "takes": [{"shot": take.shot, "take": take.code, "status": take.status.value} for take in takes],
        "exports": [{"export": e.id, "purpose": e.purpose, "recipient": e.recipient} for e in exports],
        "recipients": sorted({export.recipient for export in exports}),
    }


def _takes(queries: Queries, reached: set[Digest], licenses: set[str]) -> list[Take]:
    """Takes made from what is reached, and takes whose decision rests on one of the licenses."""
    every = [take for shot in queries.shots() for take in queries.takes(shot.code)]
    return [take for take in every if take.digest in reached or licenses & _cited(queries, take.decision)]


def _cited(queries: Queries, decision: str) -> set[str]:
    cited = json.loads(queries.decision(decision).body)["cited"]
    return {grant.partition("#")[0] for grant in cited}


def _shots(queries: Queries, reached: set[Digest], licenses: set[str], takes: list[Take]) -> list[Shot]:
    made = {take.shot for take in takes}
    under = {shot for license_id in licenses for shot in queries.shots_under(license_id)}
    return [
        shot for shot in queries.shots() if shot.code in made | under or any(pin.digest in reached for pin in shot.pins)
    ]


def _touches(queries: Queries, export: Export, reached: set[Digest], licenses: set[str]) -> bool:
    decision = json.loads(queries.decision(export.decision).body)
    closure = set(decision["closure"]["digests"])
    return bool(closure & reached or licenses & {grant.partition("#")[0] for grant in decision["cited"]})


def _placed(queries: Queries, shots: list[Shot]) -> list[dict[str, Any]]:
    """Each shot with the places it has in the cuts as last imported."""
    places: dict[str, list[dict[str, str]]] = {shot.code: [] for shot in shots}
    for name in dict.fromkeys(cut.name for cut in queries.cuts()):
        cut = queries.cut(name)
        timeline = Timeline.from_json(json.loads(cut.body)["timeline"])
        for edit in timeline.edits:
            if edit.shot in places:
                ends = (edit.record_in, edit.record_in + edit.duration)
                start, end = (timecode(frame, timeline.rate) for frame in ends)
                places[edit.shot].append({"cut": name, "from": start, "until": end})
    return [
        {"shot": shot.code, "frames": f"{shot.cut_in}-{shot.cut_out}", "in_cuts": places[shot.code]} for shot in shots
    ]


def _asset(version: AssetVersion) -> dict[str, Any]:
    return {
        "entity": version.entity,
        "kind": version.kind.value,
        "version": version.version,
        "digest": version.digest,
        "status": version.status.value,
    }


def _licensed(filed: Filed) -> dict[str, Any]:
    row, license_ = filed
    ends = [grant.generate_until for grant in license_.grants]
    last = None if None in ends or not ends else max(end for end in ends if end is not None)
    return {
        "license": row.id,
        "kind": license_.kind.value,
        "status": row.status,
        "generate_until": None if last is None else instant(last),
    }
