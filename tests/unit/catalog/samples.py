"""Small valid values for catalog tests."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

from assetlib.model.asset import AssetFile, AssetKind, AssetVersion, Facet, FacetClaim
from assetlib.model.record import LicenseRow
from assetlib.model.shot import Pin, Shot, Take
from provenance.decision import Decision, Outcome, Permit, Question
from provenance.digest import digest_bytes

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def asset(name: str = "hero", number: int = 1, kind: AssetKind = AssetKind.CHARACTER, **changes) -> AssetVersion:
    content = f"{name} {number}".encode()
    values = {
        "entity": f"assetlib:///{kind.folder}/{name}",
        "version": f"v{number:03d}",
        "digest": digest_bytes(content),
        "kind": kind,
        "name": name.title(),
        "facets": (FacetClaim(facet=Facet.CHARACTER_IP, subject="acme"),),
        "files": (
            AssetFile(path="asset.usda", digest=digest_bytes(content + b"usd"), size=12, media_type="model/vnd.usda"),
            AssetFile(path="refs/front.png", digest=digest_bytes(content + b"png"), size=9, media_type="image/png"),
        ),
        "source_type": "digitalCreation",
        "created_by": "li",
        "created_at": NOW,
        "collections": ("season-2",),
    }
    return AssetVersion(**{**values, **changes})


def license_row(name: str = "LIC-2026-0042", revision: int = 1, status: str = "draft", body: bytes = b'{"grants":[]}'):
    return LicenseRow(id=name, revision=revision, status=status, body=body, digest=digest_bytes(body))


def shot(code: str = "ep201_sq010_sh0030", **changes) -> Shot:
    hero = asset()
    values = {
        "code": code,
        "sequence": "ep201_sq010",
        "production": "HOUSE-S2",
        "cut_in": 1001,
        "cut_out": 1024,
        "handles": 8,
        "rate": Fraction(24000, 1001),
        "timeline": "6f1c",
        "clip": "A012",
        "pins": (Pin(name="hero", entity=hero.entity, version="v001", digest=hero.digest),),
        "scenes": ("14",),
        "content": (("nudity", "no"),),
        "prompt": "dusk — rain",
    }
    return Shot(**{**values, **changes})


def take(decision: str, number: int = 1, **changes) -> Take:
    values = {
        "shot": "ep201_sq010_sh0030",
        "number": number,
        "digest": digest_bytes(f"take {number}".encode()),
        "decision": decision,
        "permit": "P-000001",
        "generator": "render",
        "source_type": "digitalCreation",
        "created_at": NOW,
        "created_by": "li",
        "seed": 2**63 - 1,
    }
    return Take(**{**values, **changes})


def decision(outcome: Outcome = Outcome.ALLOW, **changes) -> Decision:
    question = Question(
        actions=("generate.previs",),
        purpose="previs",
        production="HOUSE-S2",
        territories=("US",),
        media=("svod",),
        recipient="local",
        references=(asset().pinned,),
        requester="li",
        now=NOW,
        shot="ep201_sq010_sh0030",
    )
    values = {
        "outcome": outcome,
        "question": question,
        "evaluator": "1.0.0",
        "world_digest": digest_bytes(b"world"),
        "decided_at": NOW,
    }
    return Decision(**{**values, **changes})


def permit(name: str, of: str, made: Decision, *, issued: datetime = NOW, until: datetime | None = None) -> Permit:
    return Permit(
        id=name,
        decision=of,
        decision_digest=made.digest(),
        recipient="local",
        generator="render",
        request=digest_bytes(b"request"),
        digests=(asset().digest,),
        actor="li",
        issued_at=issued,
        expires_at=until or datetime(2026, 11, 21, 23, 0, tzinfo=UTC),
        nonce="n",
        checkpoint=digest_bytes(b"checkpoint"),
        key_id="k",
        signature=b"s" * 64,
    )
