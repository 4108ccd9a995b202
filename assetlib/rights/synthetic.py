"""Synthetic performers: people who are nobody, and what must be on file before one is used.

Why there is one, who agreed to it, that the guild was told, and that somebody compared the face with those of
real performers. Everybody the face resembles becomes a likeness that needs a grant of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from assetlib.model.asset import Facet, FacetClaim
from assetlib.model.party import Person
from assetlib.model.world import SyntheticPerformer

MIN_JUSTIFICATION = 40  # characters


def likenesses(claims: Iterable[FacetClaim], known: Mapping[str, SyntheticPerformer]) -> list[FacetClaim]:
    """A likeness for each person whom a synthetic performer among `claims` resembles."""
    return [
        FacetClaim(facet=Facet.LIKENESS, subject=person, by=claim.by or "resemblance check")
        for claim in claims
        if claim.facet is Facet.SYNTHETIC_PERFORMER and claim.subject in known
        for person in known[claim.subject].resembles
    ]


def unproven(
    claims: Iterable[FacetClaim], known: Mapping[str, SyntheticPerformer], people: Mapping[str, Person]
) -> tuple[tuple[FacetClaim, str], ...]:
    """What the record of each synthetic performer lacks, in words; empty when all is on file."""
    performers = sorted({c for c in claims if c.facet is Facet.SYNTHETIC_PERFORMER}, key=lambda c: c.subject)
    return tuple((claim, words) for claim in performers for words in _lacking(known.get(claim.subject), people))


def _lacking(record: SyntheticPerformer | None, people: Mapping[str, Person]) -> list[str]:
    if record is None:
        return ["any record"]
    lacking = []
    if len(record.justification.strip()) < MIN_JUSTIFICATION:
        lacking.append("a justification")
    if record.approved_by not in people:
        lacking.append("the approval of an enrolled person")
    if record.guild_notified_at is None:
        lacking.append("the notice to the guild")
    if record.compared_at is None:
        lacking.append("a comparison with real performers")
    return lacking
