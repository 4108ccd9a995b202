"""A permit comes from a recorded allow-decision about exactly these files, and from nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assetlib.rights.permits import ClearedFile, RecordedDecision, mint
from provenance.decision import Decision, Outcome, Permit, PermitRefused, check_permit
from tests.unit.rights.worlds import NOW, RHEA, ask, ban, digest, filed, grant, world

KEY = Ed25519PrivateKey.generate()
REFERENCE = ClearedFile(digest=digest("sheet.png"), lineage=(RHEA.digest,))
REQUEST = digest("request")


def record(decision: Decision) -> RecordedDecision:
    return RecordedDecision(
        id="D-000001", decision=decision, recorded=decision.digest(), checkpoint=digest("checkpoint")
    )


def issue(recorded: RecordedDecision | None = None, *files: ClearedFile, **changes: Any) -> Permit:
    arguments: dict[str, Any] = {
        "key_id": "permits-1",
        "permit_id": "P-000001",
        "generator": "render",
        "request": REQUEST,
        "actor": "li",
        "nonce": "n",
        "now": NOW,
    }
    return mint(recorded or record(ask()), files or (REFERENCE,), KEY, **(arguments | changes))


def verify(permit: Permit, **changes: Any) -> None:
    expected: dict[str, Any] = {
        "now": NOW,
        "recipient": "local",
        "generator": "render",
        "request": REQUEST,
        "digests": [REFERENCE.digest],
    }
    check_permit(permit, KEY.public_key(), **(expected | changes))


def test_an_allowed_decision_yields_a_permit_that_checks() -> None:
    verify(issue())


@pytest.mark.parametrize(
    "changed",
    [
        {"recipient": "luma"},
        {"generator": "other"},
        {"request": digest("other")},
        {"digests": [digest("other")]},
        {"now": NOW + timedelta(seconds=60)},
        {"now": NOW - timedelta(seconds=1)},
    ],
    ids=lambda c: next(iter(c)),
)
def test_a_permit_covers_nothing_else(changed: dict[str, Any]) -> None:
    with pytest.raises(PermitRefused):
        verify(issue(), **changed)


def test_a_denial_yields_no_permit() -> None:
    with pytest.raises(PermitRefused, match="only an allow-decision"):
        issue(record(ask(None, territories=("FR",))))


def test_a_decision_that_needs_approval_yields_no_permit() -> None:
    ip = filed("LIC-1", grant("LIC-1#2", "rhea", share_alike=True), bans=(ban("LIC-1#9", "rhea", content=("drugs",)),))
    decision = ask(world(ip, filed("LIC-2", grant("LIC-2#1", "rhea", facets=tuple(c.facet for c in RHEA.facets)))))
    assert decision.outcome is Outcome.NEEDS_APPROVAL
    with pytest.raises(PermitRefused, match="only an allow-decision"):
        issue(record(decision))


def test_a_decision_that_was_recorded_otherwise_yields_no_permit() -> None:
    other = replace(record(ask()), recorded=digest("another decision"))
    with pytest.raises(PermitRefused, match="not the one that was recorded"):
        issue(other)


def test_a_denial_with_its_outcome_rewritten_yields_no_permit() -> None:
    denial = ask(None, territories=("FR",))
    with pytest.raises(PermitRefused):
        issue(record(replace(denial, outcome=Outcome.ALLOW)))


def test_a_pass_that_shows_an_undecided_asset_is_refused() -> None:
    depth = ClearedFile(digest=digest("depth.exr"), lineage=(RHEA.digest, digest("gate")))
    with pytest.raises(PermitRefused, match="did not decide upon"):
        issue(None, REFERENCE, depth)


def test_a_file_of_unknown_origin_is_refused() -> None:
    with pytest.raises(PermitRefused, match="nobody can say"):
        issue(None, ClearedFile(digest=digest("found.png"), lineage=()))


def test_an_old_decision_has_to_be_asked_again() -> None:
    with pytest.raises(PermitRefused, match="ask again"):
        issue(now=NOW + timedelta(hours=1))
