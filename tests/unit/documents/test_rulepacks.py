"""Rule packs as files: what ships says exactly what is known, and a file cannot permit anything."""

from __future__ import annotations

import pytest

from assetlib.documents.rulepack_file import RulePackRefused, read_rulepack, shipped_rulepacks
from assetlib.model.rulepack import Confidence
from assetlib.rights.fields import FIELDS

FILE = """\
assetlib_rulepack: 1
name: house
edition: "2026-11"
title: House rules
timezone: Europe/Brussels
media: [immersive]
entries:
  - id: apart
    source: the house
    says: Consent is signed apart
    confidence: verified
    in_force: {from: 2026-08-02, until: 2026-12-31}
    jurisdiction: [DE]
    about: {facets: [likeness], actions: [generate], media: [immersive]}
    requires: ["separately_signed | compensation"]
    before: [{kind: approval, what: the final, by: platform, each: use}]
    after: [{kind: label, what: the mark, due: {days: 3, after: delivery}}]
    prohibits: [{actions: [train.gen], class: protected}]
"""


def test_a_whole_file_is_read() -> None:
    pack = read_rulepack(FILE.encode())
    (entry,) = pack.entries
    assert pack.version == "house@2026-11" and pack.media == ("immersive",) and entry.id == "house/apart"
    assert (str(entry.from_), str(entry.until)) == ("2026-08-01 22:00:00+00:00", "2026-12-31 23:00:00+00:00")
    assert [duty.id for duty in entry.duties] == ["house/apart/before/0", "house/apart/after/0"]
    assert entry.prohibitions[0].actions == ("train.gen",) and not entry.prohibitions[0].selector.entities


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("    source: the house\n", "    source: the house\n    permits: [generate.final]\n", "unknown key"),
        ("    requires:", "    grants: [view]\n    requires:", "unknown key"),
        ("title: House rules", "title: House rules\nallow: all", "unknown key"),
        ("facets: [likeness]", "facets: [face]", "expected one of"),
        ("actions: [generate]", "actions: [imagine]", "unknown action"),
        ("separately_signed | compensation", "separately_signed | goodwill", "no field 'goodwill'"),
        ("confidence: verified", "confidence: certain", "expected one of verified, believed"),
        ("media: [immersive]}", "media: [hologram]}", "unknown media"),
        ("2026-08-02", "in August", "expected a date"),
        ("jurisdiction: [DE]", "jurisdiction: [EU]", "expected an ISO 3166-1 code"),
        ("assetlib_rulepack: 1", "assetlib_rulepack: 2", "expected one of 1"),
        ("Europe/Brussels", "Europe/Atlantis", "IANA zone"),
        ("    says: Consent is signed apart\n", "", "is missing"),
        ("actions: [train.gen], ", "", "is missing"),
    ],
)
def test_a_mistake_is_refused_with_its_line(old: str, new: str, told: str) -> None:
    assert old in FILE
    with pytest.raises(RulePackRefused) as refused:
        read_rulepack(FILE.replace(old, new, 1).encode())
    assert told in str(refused.value) and "line" in str(refused.value)


def test_an_entry_that_asks_nothing_or_stands_twice_is_refused() -> None:
    empty = FILE.partition("    requires:")[0]
    with pytest.raises(RulePackRefused, match="asks for nothing"):
        read_rulepack(empty.encode())
    with pytest.raises(RulePackRefused, match="stands twice"):
        read_rulepack((FILE + FILE.partition("entries:\n")[2]).encode())


def test_everything_that_ships_is_read_and_every_required_field_is_asked_somewhere() -> None:
    packs = {pack.name: pack for pack, _ in shipped_rulepacks()}
    assert packs.keys() == {
        "california",
        "eo-ready",
        "european-union",
        "netflix",
        "new-york",
        "owned-inputs-only",
        "sag-aftra-2023",
        "sag-aftra-2026",
        "tennessee",
        "us-copyright-office",
        "wga",
    }
    ids = [entry.id for pack in packs.values() for entry in pack.entries]
    assert len(ids) == len(set(ids))
    asked = {w for p in packs.values() for e in p.entries for r in e.requires for w in r.replace(" ", "").split("|")}
    assert asked <= FIELDS.keys()


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("california/ab-2602", "2025-01-01"),
        ("new-york/gbl-396-b", "2026-06-09"),
        ("new-york/civil-rights-50-f", "2025-12-11"),
        ("tennessee/guardian", "2024-07-01"),
        ("european-union/marking", "2026-08-02"),
        ("sag-aftra-2026/scan-reason", "2026-07-01"),
    ],
)
def test_force_dates_are_those_that_are_known(name: str, begins: str) -> None:
    from zoneinfo import ZoneInfo

    zones = {"california": "America/Los_Angeles", "new-york": "America/New_York", "tennessee": "America/Chicago"}
    zone = zones.get(name.partition("/")[0], "Europe/Brussels" if name.startswith("eu") else "America/Los_Angeles")
    entry = next(e for p, _ in shipped_rulepacks() for e in p.entries if e.id == name)
    assert entry.from_ is not None and entry.from_.astimezone(ZoneInfo(zone)).date().isoformat() == begins


def test_what_is_only_believed_says_so() -> None:
    believed = {e.id for p, _ in shipped_rulepacks() for e in p.entries if e.confidence is Confidence.BELIEVED}
    assert believed == {
        "sag-aftra-2023/after-death",
        "sag-aftra-2023/synthetic-notice",
        "sag-aftra-2023/feature-in-a-prompt",
    }
