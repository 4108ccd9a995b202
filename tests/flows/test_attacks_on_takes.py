"""A take put on record by hand, with signed files and a proven decision: the audit says that it came by no door."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assetlib.audit.report import AuditVerdict
from assetlib.flows.ask import decide, question_for
from assetlib.flows.assemble_cut import assemble_cut
from assetlib.flows.audit import audit_shot
from assetlib.flows.export_cut import export_cut
from assetlib.flows.export_shot import export_shot
from assetlib.library import Library
from assetlib.model.asset import Derivation, DerivationKind
from assetlib.model.refusals import VerificationFailed
from assetlib.model.shot import Take
from assetlib.rights.permits import ClearedFile, mint
from provenance.digest import digest_bytes
from tests.flows.small_library import SHOTS

MADE, EMPTY = SHOTS


DOORS: dict[str, Callable[[Library, Path], object]] = {
    "cut": lambda library, out: export_cut(library, None, purpose="delivery", recipient="aurora-stream", out=out),
    "shot": lambda library, out: export_shot(library, MADE, out=out),
    "assembly": lambda library, out: assemble_cut(library, None, out),
}


def first_take(library: Library) -> Take:
    with library.catalog.reader() as queries:
        return queries.take(MADE, 1)


def put_on_record(library: Library, shot: str, *, derived: bool = True, **changes: Any) -> str:
    """The files of the first take as a take of `shot`, through the library's own writer; what its audit says then."""
    take = first_take(library)
    with library.catalog.reader() as queries:
        files, hero = queries.take_files(MADE, 1), queries.version("hero")
        number = len(queries.takes(shot)) + 1
    forged = replace(take, shot=shot, number=number, digest=take.digest, **changes)

    def write(writer: Any, _: int) -> None:
        writer.add_take(forged, files)
        if derived:
            writer.derive(Derivation(parent=hero.digest, child=forged.digest, kind=DerivationKind.REFERENCE))

    library.committer.commit("take.generated", {"take": forged.code, "digest": forged.digest}, write)
    (audited,) = audit_shot(library, shot, html=None).shots
    assert audited.verdict is AuditVerdict.BLOCKED
    return " ".join(audited.open_items)


def allowed(library: Library, shot: str) -> Any:
    with library.catalog.reader() as queries:
        hero, production = queries.version("hero"), queries.default_production()
    question = question_for(production, [hero.pinned], requester="lee-park", now=library.clock(), shot=shot)
    recorded = decide(library, question)
    recorded.demand()
    return recorded


def permit_under(library: Library, recorded: Any, *, redeem: bool) -> str:
    now = library.clock()
    with library.catalog.operations(now) as operations:
        permit = mint(
            recorded.for_permit(),
            [ClearedFile(digest=digest_bytes(b"pass"), lineage=recorded.decision.closure)],
            library.permit_key,
            key_id=library.permit_key_id,
            permit_id=operations.next_id("P"),
            generator="render@1.0",
            request=digest_bytes(b"other work"),
            actor="lee-park",
            nonce=secrets.token_hex(16),
            now=now,
        )
        operations.issue_permit(permit)
        if redeem:
            operations.redeem_permit(permit.id)
    return permit.id


def test_under_the_decision_about_another_shot(library: Library) -> None:
    assert f"which is about {MADE}" in put_on_record(library, EMPTY)


def test_under_a_refusal(library: Library) -> None:
    with library.catalog.reader() as queries:
        hero, production = queries.version("hero"), queries.default_production()
    question = question_for(
        production, [hero.pinned], requester="lee-park", now=library.clock(), shot=EMPTY, purpose="training"
    )
    refused = decide(library, question)
    assert f"{refused.id}, which says deny" in put_on_record(library, EMPTY, decision=refused.id)


def test_under_a_decision_that_its_signature_does_not_name(library: Library) -> None:
    recorded = allowed(library, EMPTY)
    said = put_on_record(library, EMPTY, decision=recorded.id)
    assert f"is signed under {first_take(library).decision}, not under {recorded.id}" in said
    assert f"was issued under {first_take(library).decision}, not under {recorded.id}" in said


def test_without_a_permit(library: Library) -> None:
    assert "no permit 'P-000099' was issued for it" in put_on_record(library, MADE, permit="P-000099")


@pytest.mark.parametrize("redeem", [False, True])
def test_under_a_permit_for_other_work(library: Library, redeem: bool) -> None:
    permit = permit_under(library, allowed(library, MADE), redeem=redeem)
    said = put_on_record(library, MADE, permit=permit)
    assert f"{permit} was issued for other work" in said
    assert (f"{permit} was never used" in said) is not redeem


def test_a_permit_signed_by_somebody_else(library: Library, tmp_path: Path) -> None:
    take = first_take(library)
    with library.catalog.transaction() as connection:
        connection.exec_driver_sql("DROP TRIGGER permit_fixed")
        connection.exec_driver_sql("UPDATE permit SET signature = zeroblob(64)")
    (audited,) = audit_shot(library, MADE, html=None).shots
    assert f"{take.code}: {take.permit} does not carry the signature" in " ".join(audited.open_items)
    assert audited.verdict is AuditVerdict.BLOCKED


@pytest.mark.parametrize("door", DOORS.values(), ids=list(DOORS))
def test_such_a_take_leaves_by_no_door(
    library: Library, tmp_path: Path, door: Callable[[Library, Path], object]
) -> None:
    put_on_record(library, MADE, permit="P-000099")
    with pytest.raises(VerificationFailed, match="take_002 does not leave: no permit"):
        door(library, tmp_path / "out.mp4")
    assert list(tmp_path.glob("out*")) == []
    assert list(library.staging.iterdir()) == []
