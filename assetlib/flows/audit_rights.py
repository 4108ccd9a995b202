"""The rights of an audited shot: its decisions found again and decided again, and the clauses they rest on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from assetlib.audit.report import AuditedDecision, AuditedReference, CitedGrant
from assetlib.catalog.refusals import CatalogRefused
from assetlib.flows.ask import question_for
from assetlib.flows.read_decision import replay
from assetlib.flows.verify_asset import verify_version
from assetlib.model.asset import AssetVersion
from assetlib.model.license import Grant, LicenseKind, LicenseStatus, Selector
from assetlib.model.production import Production
from assetlib.model.record import StoredDecision
from assetlib.model.shot import Shot
from assetlib.model.world import FiledLicense, World
from assetlib.rights.evaluate import evaluate
from assetlib.rights.wording import calendar_day, day, last_day, local_date
from assetlib.storage.store import Missing, StorageRefused
from provenance.decision import Decision, instant
from provenance.digest import Digest, digest_bytes
from provenance.ledger import LedgerRefused, check_receipt
from provenance.verdict import Catalog

if TYPE_CHECKING:
    from assetlib.catalog.queries import Queries
    from assetlib.library import Library

SOON = timedelta(days=90)
ON_FILE = "on file, unchanged"


def audited_decision(library: Library, queries: Queries, stored: StoredDecision) -> AuditedDecision:
    """A decision with its proof of inclusion checked and its answer computed again from the record of its time."""
    document = json.loads(stored.body)
    question = document["question"]
    return AuditedDecision(
        id=stored.id,
        outcome=document["decision"],
        asked=f"{question['purpose']} to {question['recipient']}",
        decided_at=document["decided_at"],
        requester=question["requester"],
        in_ledger=is_in_ledger(library, stored),
        replay_equal=_replays(library, queries, document, stored),
        sentences=tuple(dict.fromkeys(finding["sentence"] for finding in document["findings"])),
        repairs=tuple(document["repairs"]),
    )


def _replays(library: Library, queries: Queries, document: dict[str, Any], stored: StoredDecision) -> bool:
    try:
        return not replay(library, queries, document, stored.recorded_at, decision=stored.id)
    except (KeyError, ValueError):  # a body that was changed behind the ledger
        return False


def is_in_ledger(library: Library, stored: StoredDecision) -> bool:
    """Whether the log's entry at the decision's index names these very bytes and is proven under the checkpoint."""
    ledger = library.catalog.ledger()
    try:
        entry = ledger.entry(stored.index)
        check_receipt(ledger.receipt(stored.index), entry, library.origin, library.log_public_key)
    except (LedgerRefused, CatalogRefused, ValueError):
        return False
    return bool(json.loads(entry).get("decision") == stored.digest == digest_bytes(stored.body))


def asked_now(
    library: Library, world: World, shot: Shot, production: Production, made_under: Decision | None
) -> Decision:
    """The question of the take (or the shot's, before it has one) asked at this moment; nothing is recorded."""
    now = library.clock()
    if made_under is not None:
        return evaluate(world, replace(made_under.question, now=now))
    question = question_for(
        production,
        [f"{pin.entity}?version={pin.digest}" for pin in shot.pins],
        requester=library.actor,
        now=now,
        scenes=shot.scenes,
        content=shot.content,
        shot=shot.code,
    )
    return evaluate(world, question)


class ReferenceAudit:
    """Each version is verified once, however many shots use it."""

    def __init__(self, library: Library, queries: Queries, world: World, catalog: Catalog) -> None:
        self._library = library
        self._queries = queries
        self._world = world
        self._catalog = catalog
        self._standing: dict[Digest, tuple[str, str]] = {}
        self._papers: dict[Digest, str] = {}

    def references(self, closure: Iterable[Digest], cited: Sequence[str]) -> tuple[AuditedReference, ...]:
        """The versions of a closure, how each stands, and those of the `cited` grants that allow its use."""
        versions = {facts.version.digest: facts.version for facts in self._world.assets}
        return tuple(self._one(versions[d], cited) for d in sorted(set(closure)) if d in versions)

    def grants(self, version: AssetVersion, cited: Sequence[str]) -> Iterator[CitedGrant]:
        for filed in self._world.licenses:
            for grant in filed.license.grants:
                if grant.id in cited and selects(grant.selector, version):
                    yield from self._cited(filed, grant, version)

    def _one(self, version: AssetVersion, cited: Sequence[str]) -> AuditedReference:
        if version.digest not in self._standing:
            verdict = verify_version(self._library, self._catalog, version)
            failed = "; ".join(step.sentence for step in verdict.findings if step.failed)
            self._standing[version.digest] = ("pass", "") if verdict.passed else ("fail", failed)
        integrity, why = self._standing[version.digest]
        grants = tuple(self.grants(version, cited))
        return AuditedReference(
            entity=version.entity,
            name=version.name,
            kind=version.kind.value,
            version=version.version,
            digest=version.digest,
            facets=tuple(f"{claim.facet.value}: {claim.subject}" for claim in version.facets),
            integrity=integrity,
            sentence=why or ("" if grants else "no grant was relied on for it"),
            grants=grants,
            thumbnail=version.thumbnail or "",
        )

    def _cited(self, filed: FiledLicense, grant: Grant, version: AssetVersion) -> Iterator[CitedGrant]:
        document = filed.license.document
        paper = None if document is None else self._queries.document(document.digest)
        zone = filed.license.timezone
        claims = [c for c in version.facets if not grant.facets or c.facet in grant.facets]
        whose = grant.selector.subjects
        facets = [claim.facet.value for claim in claims if not whose or claim.subject in whose]
        for facet in dict.fromkeys(facets):
            yield CitedGrant(
                id=grant.id,
                license=filed.license.id,
                clause=grant.clause,
                kind=filed.license.kind.value,
                licensor=filed.license.licensor.party,
                facet=facet,
                start=_moment(grant.generate_from),
                until=_moment(grant.generate_until),
                exploit_until=_moment(grant.exploit_until),
                document="" if document is None else document.digest,
                document_name="" if document is None else (document.file if paper is None else paper.name),
                status=filed.status.value,
                signed_by=filed.activated_by if filed.activated else "",
                timezone=zone,
                made_from="" if grant.generate_from is None else day(grant.generate_from, zone),
                made_until=_last_day(grant.generate_until, zone),
                shown_until=_last_day(grant.exploit_until, zone),
                document_state="" if document is None else self._paper(document.digest),
            )

    def _paper(self, digest: Digest) -> str:
        """How the signed document behind a license stands in the store; each is hashed once."""
        if digest not in self._papers:
            try:
                self._library.store.open(digest).close()
                self._papers[digest] = ON_FILE
            except Missing:
                self._papers[digest] = "named in the license, not on file"
            except StorageRefused as error:
                self._papers[digest] = f"not the document that was filed: {error}"
        return self._papers[digest]


def selects(selector: Selector, version: AssetVersion) -> bool:
    """Whether a clause speaks about `version`: by its name, its pin, its kind or a collection."""
    return (
        version.entity in selector.entities
        or version.pinned in selector.entities
        or version.kind in selector.kinds
        or not set(selector.collections).isdisjoint(version.collections)
    )


def open_licenses(world: World, versions: Sequence[AssetVersion]) -> tuple[str, ...]:
    """Licenses over these versions that nobody signed into force yet."""
    waiting = (LicenseStatus.DRAFT, LicenseStatus.PROPOSED)
    return tuple(
        f"{filed.license.id} is {filed.status.value} and allows nothing until a rights-admin activates it"
        for filed in world.licenses
        if filed.status in waiting
        and any(selects(grant.selector, version) for grant in filed.license.grants for version in versions)
    )


def ending_soon(grants: Iterable[CitedGrant], now: datetime) -> tuple[str, ...]:
    """Clauses whose window for making or for showing closes within 90 days, or has closed."""
    found: dict[str, None] = {}
    for grant in grants:
        made, shown = (grant.until, grant.made_until), (grant.exploit_until, grant.shown_until)
        for what, (end, last) in (("making pictures", made), ("showing them", shown)):
            if end and (moment := datetime.fromisoformat(end)) < now + SOON:
                verb = "was" if moment <= now else "is"
                found[f"the last day for {what} under {grant.license} cl. {grant.clause} {verb} {last}"] = None
    return tuple(found)


def papers_missing(grants: Iterable[CitedGrant]) -> tuple[str, ...]:
    """Licenses that were relied on without any signed document; an open license needs none."""
    bare = {g.license for g in grants if not g.document and g.kind != LicenseKind.OPEN_LICENSE.value}
    return tuple(f"{license_} rests on no signed document" for license_ in sorted(bare))


def consents_undated(grants: Iterable[CitedGrant], world: World) -> tuple[str, ...]:
    """Performers' consents of which nobody can say whether they came before the first picture."""
    consents = {grant.license for grant in grants if grant.kind == LicenseKind.PERFORMER_CONSENT.value}
    undated = {filed.license.id for filed in world.licenses if filed.license.signed_on is None}
    return tuple(f"the consent {name} does not say when it was signed" for name in sorted(consents & undated))


def missing_papers(grants: Iterable[CitedGrant]) -> tuple[str, ...]:
    """Contracts behind the cited clauses whose bytes are not those that were filed."""
    papers = {grant.document: grant for grant in grants if grant.document and grant.document_state != ON_FILE}
    return tuple(
        f"the contract behind {grant.license} ({grant.document_name}) is not the one filed: {grant.document_state}"
        for _, grant in sorted(papers.items())
    )


def consents_after(grants: Iterable[CitedGrant], world: World, first_take: datetime) -> tuple[str, ...]:
    """Performers' consents that were signed after the first picture was made."""
    signed: dict[str, date | None] = {filed.license.id: filed.license.signed_on for filed in world.licenses}
    consents = {g.license: g.timezone for g in grants if g.kind == LicenseKind.PERFORMER_CONSENT.value}
    return tuple(
        f"the consent {name} is dated {calendar_day(dated)}, after the first take of {day(first_take, zone)}"
        for name, zone in sorted(consents.items())
        if (dated := signed.get(name)) is not None and dated > local_date(first_take, zone)
    )


def decision_of(stored: StoredDecision) -> Decision:
    return Decision.from_json(json.loads(stored.body))


def _last_day(end: datetime | None, zone: str) -> str:
    return "" if end is None else last_day(end, zone)


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else instant(moment)
