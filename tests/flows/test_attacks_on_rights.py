"""Somebody inside who may not decide tries to get an allow: by filing, by naming, by waiting, by the clock."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from assetlib.approvals.roles import Act
from assetlib.documents.license_value import start_of
from assetlib.flows import checkout_asset as door
from assetlib.flows.activate_license import activate_license, revoke_license
from assetlib.flows.add_license import add_license
from assetlib.flows.add_party import add_party, add_recipient
from assetlib.flows.add_production import add_production
from assetlib.flows.ask import Recorded, check_use
from assetlib.flows.ask_again import ask_again
from assetlib.flows.curate_asset import amend_facets
from assetlib.flows.enroll_person import enroll_person, sign_act
from assetlib.flows.read_decision import replay
from assetlib.flows.register_asset import register_asset
from assetlib.library import Library
from assetlib.model.refusals import Denied
from provenance.decision import Outcome
from provenance.digest import Digest, canonical_json, digest_file, hex_of
from tests.flows.small_library import LICENSE, SHOTS, picture, terms

ZONE = ZoneInfo("America/Los_Angeles")
PORTRAIT = "assetlib:///images/portrait"
HOLD = "LIC-2026-0007"


def file_words(library: Library, work: Path, license_id: str, prohibits: str, *, before: str = "[]") -> None:
    """File terms over the hero, as a draft, with `prohibits` in place of the usual ban on training; `before` is owed
    before any use."""
    work.mkdir(parents=True, exist_ok=True)
    paper = work / f"{license_id}.pdf"
    paper.write_bytes(f"%PDF-1.7 {license_id}".encode())
    text = LICENSE.format(**{**terms(), "id": license_id}, sha256=hex_of(digest_file(paper)))
    file = work / f"{license_id}.yaml"
    text = text.replace("    after:", f"    before: {before}\n    after:")
    file.write_text(text.replace("actions: [train.gen, train.nongen, mine]", prohibits))
    add_license(library, file, document=paper)


def view(library: Library) -> Recorded:
    return check_use(library, ["hero"], actions=["view"], purpose="review")


def test_a_draft_takes_no_prohibition_away(library: Library, tmp_path: Path) -> None:
    assert view(library).allowed
    file_words(library, tmp_path, HOLD, "actions: [view]")
    activate_license(library, HOLD)
    assert [f.code for f in view(library).decision.findings] == ["prohibited"]
    file_words(library, tmp_path, HOLD, "actions: [mine]")  # a librarian needs no key for this
    refused = view(library)
    assert [f.code for f in refused.decision.findings] == ["prohibited"]
    activate_license(library, HOLD)
    assert view(library).allowed
    with library.catalog.reader() as queries:
        stored = queries.decision(refused.id)
        assert replay(library, queries, refused.decision.to_json(), stored.recorded_at) == ()


def test_a_draft_over_a_revoked_license_takes_no_prohibition_away_and_gives_nothing(
    library: Library, tmp_path: Path
) -> None:
    file_words(library, tmp_path, HOLD, "actions: [view]")
    activate_license(library, HOLD)
    revoke_license(library, HOLD, reason="another one takes its place")
    file_words(library, tmp_path, HOLD, "actions: [mine]")
    assert [f.code for f in view(library).decision.findings] == ["prohibited"]
    revoke_license(library, "LIC-2026-0001", reason="withdrawn")
    assert {f.code for f in view(library).decision.findings} == {"prohibited", "clearance-lost"}
    assert view(library).decision.outcome is Outcome.DENY


def strike(library: Library, work: Path) -> datetime:
    """A hold that begins with the day after tomorrow; returns that moment."""
    day = (datetime.now(ZONE) + timedelta(days=2)).date()
    file_words(library, work, HOLD, f"actions: [view], during: {{from: {day}}}")
    activate_license(library, HOLD)
    return start_of(day, ZONE)


def test_a_prohibition_that_begins_while_a_parcel_is_packed_stops_it(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begins = strike(library, tmp_path)
    library.wall_clock = lambda: begins - timedelta(seconds=1)
    assert view(library).allowed
    send = door.hand_over

    def wait(*given: object) -> object:
        library.wall_clock = lambda: begins
        return send(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(door, "hand_over", wait)
    with pytest.raises(Denied):
        door.checkout_asset(library, "hero", tmp_path / "out", recipient=None)
    assert not (tmp_path / "out").exists()


def test_a_prohibition_that_begins_between_two_answers_is_met_by_the_second(library: Library, tmp_path: Path) -> None:
    begins = strike(library, tmp_path)
    library.wall_clock = lambda: begins - timedelta(seconds=1)
    first = view(library)
    assert ask_again(library, first) == first
    library.wall_clock = lambda: begins
    again = ask_again(library, first)
    assert (first.allowed, again.allowed, again.index > first.index) == (True, False, True)


@pytest.mark.parametrize("back", [timedelta(minutes=3), timedelta(hours=20)])
def test_a_clock_set_back_does_not_open_a_window_again(library: Library, back: timedelta) -> None:
    """By less than a day the committer believes it; the ledger has seen the window close."""
    closed = datetime(2032, 1, 2, tzinfo=UTC)
    library.wall_clock = lambda: closed
    assert not view(library).allowed
    library.wall_clock = lambda: closed - back
    refused = view(library)
    assert not refused.allowed
    assert refused.decision.decided_at >= closed


def test_a_clock_a_few_minutes_back_stops_no_work(library: Library, tmp_path: Path) -> None:
    assert view(library).allowed
    real = library.wall_clock
    library.wall_clock = lambda: real() - timedelta(minutes=4)
    door.checkout_asset(library, "hero", tmp_path / "out", recipient=None)
    assert (tmp_path / "out" / "receipt.json").is_file()


def test_a_new_version_sheds_nobody_s_rights(library: Library, tmp_path: Path) -> None:
    """The performer's likeness cannot be registered away by saying less about the next version."""
    both = ("character_ip=jane-doe", "likeness=jane-doe")
    for number, facets in enumerate((both, ("underlying_work=studio",), ())):
        front = picture(tmp_path / f"{number}.png", seed=number, width=64, height=64)
        register_asset(library, "Portrait", kind="image", references=(front,), facets=facets)
    with library.catalog.reader() as queries:
        held = [{f"{c.facet.value}={c.subject}" for c in v.facets} for v in queries.versions(PORTRAIT)]
    assert held == [set(both), {*both, "underlying_work=studio"}, {*both, "underlying_work=studio"}]


def relabeled(library: Library, work: Path, digest: Digest) -> Recorded:
    """A stored picture registered as somebody's own image, and a license over that image signed into force."""
    work.mkdir(parents=True)
    library.store.copy_to(digest, work / "mine.png")
    made = register_asset(library, "Mine", kind="image", references=(work / "mine.png",), facets=("character_ip=lee",))
    assert any(warning.startswith("holds a picture of hero v001") for warning in made.warnings)
    paper = work / "mine.pdf"
    paper.write_bytes(b"%PDF-1.7 all mine")
    words = LICENSE.format(**{**terms(), "id": "LIC-2026-0008"}, sha256=hex_of(digest_file(paper)))
    (work / "mine.yaml").write_text(words.replace("character: [characters/hero]", "asset: [images/mine]"))
    add_license(library, work / "mine.yaml", document=paper)
    activate_license(library, "LIC-2026-0008")
    assert check_use(library, [made.digest], actions=["view"], purpose="review").allowed
    revoke_license(library, "LIC-2026-0001", reason="the hero is withdrawn")
    return check_use(library, [made.digest], actions=["view"], purpose="review")


def test_a_registered_picture_under_another_name_keeps_its_rights(library: Library, tmp_path: Path) -> None:
    with library.catalog.reader() as queries:
        front = next(file for file in queries.version("hero").files if file.path == "refs/front.png")
    refused = relabeled(library, tmp_path / "work", front.digest)
    assert {(f.code, (f.asset or "").partition("?")[0]) for f in refused.decision.findings} == {
        ("clearance-lost", "assetlib:///characters/hero")
    }


def test_a_frame_registered_as_a_picture_keeps_the_rights_of_all_it_shows(library: Library, tmp_path: Path) -> None:
    with library.catalog.reader() as queries:
        frame = next(file for file in queries.take_files(SHOTS[0], 1) if file.path.endswith(".png"))
    refused = relabeled(library, tmp_path / "work", frame.digest)
    assert {(f.asset or "").partition("?")[0] for f in refused.decision.findings} == {"assetlib:///characters/hero"}


def test_what_is_recorded_later_does_not_change_how_a_decision_replays(library: Library, tmp_path: Path) -> None:
    """An approver, a production and a recipient that became known, a license, a facet: the answer of then stays."""
    file_words(library, tmp_path, HOLD, "actions: [view], media: [avod]")
    activate_license(library, HOLD)
    asked: dict[str, Any] = {"actions": ["view"], "purpose": "review"}
    decisions = [
        view(library),
        check_use(library, ["hero"], **asked, media=["avod"]),
        check_use(library, ["hero"], **asked, recipient="later"),
        check_use(library, ["hero"], purpose="training"),
    ]
    add_party(library, "later", name="Later", kind="org")
    add_recipient(library, "later", trains="no")
    add_party(library, "jane-doe", name="Jane Doe", kind="person")
    add_production(library, "other", non_commercial=True)
    amend_facets(library, "hero", ["likeness=jane-doe"], reason="she was recognized")
    file_words(library, tmp_path, "LIC-2026-0009", "actions: [mine]")
    revoke_license(library, HOLD, reason="over")
    with library.catalog.reader() as queries:
        stored = [queries.decision(recorded.id) for recorded in decisions]
        assert [replay(library, queries, json.loads(one.body), one.recorded_at) for one in stored] == [()] * 4
        for name, other in (("cited", ["LIC-9#1"]), ("envelope", None), ("obligations", [])):
            forged = json.loads(stored[0].body) | {name: other}
            assert replay(library, queries, forged, stored[0].recorded_at)


def test_a_decision_that_owed_an_approval_of_nobody_known_replays(library: Library, tmp_path: Path) -> None:
    file_words(library, tmp_path, HOLD, "actions: [mine]", before="[{approval: by sam-roe}]")
    activate_license(library, HOLD)
    revoke_license(library, "LIC-2026-0001", reason="replaced")
    then = view(library)
    add_party(library, "sam-roe", name="Sam Roe", kind="person")
    now = view(library)
    assert (then.decision.outcome, now.decision.outcome) == (Outcome.DENY, Outcome.NEEDS_APPROVAL)
    with library.catalog.reader() as queries:
        assert replay(library, queries, then.decision.to_json(), queries.decision(then.id).recorded_at) == ()


def test_a_revoked_person_s_key_signs_nothing_into_force_by_writing_an_earlier_date(
    library: Library, tmp_path: Path
) -> None:
    """The key still signs, and the statement says yesterday; the ledger takes it today."""
    enroll_person(library, "Kim Vale", ["rights-admin"])
    library.person = "kim-vale"
    before = library.clock()
    file_words(library, tmp_path, "LIC-2026-0005", "actions: [mine]")
    with library.catalog.reader() as queries:
        row = queries.license("LIC-2026-0005")
    statement = sign_act(library, Act.ACTIVATE_LICENSE, row.id, row.digest)
    assert statement.at >= before
    library.committer.commit("person.revoked", {"person": "kim-vale"}, lambda w, _: w.revoke_person("kim-vale"))
    library.person = "lee-park"
    revoke_license(library, "LIC-2026-0001", reason="replaced")
    library.committer.commit(
        "license.activated",
        {"license": row.id},
        lambda w, _: w.set_license_status(
            row.id, "active", signature=canonical_json(statement.to_json()), signer="kim-vale"
        ),
    )
    refused = view(library)
    assert {near.missing for f in refused.decision.findings for near in f.nearest if "0005" in near.grant} == {
        ("activation",)
    }
