"""Somebody inside who may not decide tries to get an allow: by filing, by naming, by waiting, by the clock."""

from __future__ import annotations

from pathlib import Path

from assetlib.flows.activate_license import activate_license, revoke_license
from assetlib.flows.add_license import add_license
from assetlib.flows.ask import Recorded, check_use, replay
from assetlib.library import Library
from provenance.decision import Outcome
from provenance.digest import digest_file, hex_of
from tests.flows.small_library import LICENSE, terms

HOLD = "LIC-2026-0007"


def file_words(library: Library, work: Path, license_id: str, prohibits: str) -> None:
    """File terms over the hero, as a draft, with `prohibits` in place of the usual ban on training."""
    work.mkdir(parents=True, exist_ok=True)
    paper = work / f"{license_id}.pdf"
    paper.write_bytes(f"%PDF-1.7 {license_id}".encode())
    text = LICENSE.format(**{**terms(), "id": license_id}, sha256=hex_of(digest_file(paper)))
    file = work / f"{license_id}.yaml"
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
        assert replay(library, queries, refused.decision.to_json(), stored.recorded_at)


def test_a_draft_over_a_revoked_license_takes_no_prohibition_away_and_gives_nothing(
    library: Library, tmp_path: Path
) -> None:
    file_words(library, tmp_path, HOLD, "actions: [view]")
    activate_license(library, HOLD)
    revoke_license(library, HOLD, reason="another one takes its place")
    file_words(library, tmp_path, HOLD, "actions: [mine]")
    assert [f.code for f in view(library).decision.findings] == ["prohibited"]
    revoke_license(library, "LIC-2026-0001", reason="withdrawn")
    assert {f.code for f in view(library).decision.findings} == {"prohibited", "no-grant"}
    assert view(library).decision.outcome is Outcome.DENY
