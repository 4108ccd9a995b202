"""A small cleared world to start from: one performer's character on one production, everything in order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from assetlib.model.asset import AssetKind, AssetVersion, Derivation, DerivationKind, Facet, FacetClaim
from assetlib.model.license import (
    Answer,
    Grant,
    License,
    LicenseKind,
    LicenseParty,
    LicenseStatus,
    Prohibition,
    ProviderAgreement,
    Selector,
    Survival,
    SurvivalKind,
    Territories,
)
from assetlib.model.party import Party, PartyKind, Person, Role
from assetlib.model.production import Production
from assetlib.model.world import AssetFacts, FiledLicense, Integrity, Recipient, RecipientKind, World
from assetlib.rights.evaluate import evaluate
from provenance.decision import Decision, Question
from provenance.digest import Digest, digest_bytes

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PROVIDER = "luma/api/business/acct-7"


def version(name: str, *facets: Facet, **changes: Any) -> AssetVersion:
    return replace(
        AssetVersion(
            entity=f"assetlib:///characters/{name}",
            version="v001",
            digest=digest_bytes(name.encode()),
            kind=AssetKind.CHARACTER,
            name=name,
            facets=tuple(FacetClaim(facet=f, subject=name, by="li") for f in facets),
            files=(),
            source_type="digitalCreation",
            created_by="li",
            created_at=NOW - 30 * DAY,
        ),
        **changes,
    )


def facts(asset: AssetVersion, integrity: Integrity = Integrity.VERIFIED) -> AssetFacts:
    return AssetFacts(version=asset, integrity=integrity)


def grant(id_: str, *entities: str, facets: tuple[Facet, ...] = (Facet.CHARACTER_IP,), **changes: Any) -> Grant:
    return replace(
        Grant(
            id=id_,
            clause=id_.partition("#")[2],
            facets=facets,
            selector=Selector(entities=tuple(f"assetlib:///characters/{e}" for e in entities)),
            actions=("generate.final", "export.provider"),
            purposes=("final_shot",),
            productions=("HOUSE",),
            territories=Territories(included=("DE", "US")),
            media=("svod",),
            recipients=("local", "luma"),
            generate_from=NOW - 10 * DAY,
            generate_until=NOW + 10 * DAY,
            survival=Survival(kind=SurvivalKind.PERPETUAL),
        ),
        **changes,
    )


def filed(id_: str, *grants: Grant, bans: tuple[Prohibition, ...] = (), **changes: Any) -> FiledLicense:
    terms = {name: changes.pop(name) for name in tuple(changes) if name in License.__dataclass_fields__}
    license_ = License(
        id=id_,
        kind=terms.pop("kind", LicenseKind.LICENSE),
        timezone=terms.pop("timezone", "UTC"),
        licensor=terms.pop("licensor", LicenseParty(party="owner")),
        licensee="studio",
        grants=grants,
        prohibitions=bans,
        **terms,
    )
    standing = FiledLicense(
        license=license_, digest=digest_bytes(repr(license_).encode()), status=LicenseStatus.ACTIVE, activated=True
    )
    return replace(standing, **changes)


def ban(id_: str, *entities: str, **changes: Any) -> Prohibition:
    selector = Selector(entities=tuple(f"assetlib:///characters/{e}" for e in entities))
    return replace(Prohibition(id=id_, clause=id_.partition("#")[2], selector=selector), **changes)


def agreement(**changes: Any) -> ProviderAgreement:
    provider, product, plan, account = PROVIDER.split("/")
    return replace(
        ProviderAgreement(
            id="PA-12",
            provider=provider,
            product=product,
            plan=plan,
            account=account,
            legal_entity="Luma",
            governing_law="US-CA",
            models=("ray-2",),
            trains_on_inputs=Answer.NO,
            trains_on_outputs=Answer.NO,
            valid_from=NOW - 100 * DAY,
            recorded_at=NOW - 100 * DAY,
            evidence_sha256=digest_bytes(b"terms"),
            retention_days=0,
            regions=("US",),
            personal_data_allowed=True,
            biometric_allowed=True,
            reviewed_by="counsel",
            review_due=NOW + 100 * DAY,
        ),
        **changes,
    )


def edge(parent: AssetVersion, child: AssetVersion, kind: DerivationKind = DerivationKind.REFERENCE) -> Derivation:
    return Derivation(parent=parent.digest, child=child.digest, kind=kind)


RHEA = version("rhea", Facet.CHARACTER_IP, Facet.LIKENESS)
IP = grant("LIC-1#2", "rhea")
LIKENESS = grant("LIC-2#3.1", "rhea", facets=(Facet.LIKENESS,))


def world(*licenses: FiledLicense, **changes: Any) -> World:
    return replace(
        World(
            assets=(facts(RHEA),),
            licenses=licenses or (filed("LIC-1", IP), filed("LIC-2", LIKENESS)),
            agreements=(agreement(),),
            recipients=(
                Recipient(id="luma", kind=RecipientKind.PROVIDER, trains=Answer.UNKNOWN),
                Recipient(id="netfilms", kind=RecipientKind.PARTY, trains=Answer.NO),
            ),
            productions=(Production(id="HOUSE", name="House"),),
            people=(Person(id="li", name="Li", roles=(Role.LIBRARIAN,), public_key=bytes(32), enrolled_at=NOW),),
            parties=(Party(id="jane-doe", kind=PartyKind.PERSON, name="Jane Doe"),),
        ),
        **changes,
    )


COUNSEL = (
    Person(id="carla", name="Carla", roles=(Role.COUNSEL,), public_key=bytes(32), enrolled_at=NOW - DAY),
    Person(id="rita", name="Rita", roles=(Role.RIGHTS_ADMIN,), public_key=bytes(32), enrolled_at=NOW - DAY),
)
REASON = "Fair comment on a public figure; opinion of outside counsel of 3 August is on file."


def override(id_: str = "OVR-1", **changes: Any) -> FiledLicense:
    """Counsel's override for Rhea, signed twice; `changes` of the grant's names change its grant."""
    scope = {name: changes.pop(name) for name in tuple(changes) if name in Grant.__dataclass_fields__}
    facets = scope.pop("facets", (Facet.CHARACTER_IP, Facet.LIKENESS))
    terms = {"kind": LicenseKind.COUNSEL_OVERRIDE, "reason": REASON, "activated_by": "carla", "second_signer": "rita"}
    return filed(id_, grant(f"{id_}#1", "rhea", facets=facets, **scope), **(terms | changes))


def question(*assets: AssetVersion, **changes: Any) -> Question:
    return replace(
        Question(
            actions=("generate.final",),
            purpose="final_shot",
            production="HOUSE",
            territories=("US",),
            media=("svod",),
            recipient="local",
            references=tuple(asset.pinned for asset in (assets or (RHEA,))),
            requester="li",
            now=NOW,
            model="ray-2",
        ),
        **changes,
    )


def ask(where: World | None = None, *assets: AssetVersion, **changes: Any) -> Decision:
    return evaluate(where or world(), question(*assets, **changes))


def codes(decision: Decision) -> list[str]:
    return sorted({finding.code for finding in decision.findings})


def missing(decision: Decision) -> set[str]:
    """The dimensions that the nearest grants of all findings miss."""
    return {name for finding in decision.findings for near in finding.nearest[:1] for name in near.missing}


def digest(text: str) -> Digest:
    return digest_bytes(text.encode())
