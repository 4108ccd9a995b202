"""Shots, cuts and takes as they are, and as they were when something was decided."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assetlib.catalog import Conflict, NotFound
from assetlib.model.asset import AssetFile
from assetlib.model.record import Cut, Sequence
from assetlib.model.shot import Pin, ShotStatus, TakeStatus
from provenance.digest import digest_bytes
from tests.unit.catalog.samples import NOW, asset, decision, shot, take

CODE = "ep201_sq010_sh0030"


def ask(catalog, question):
    with catalog.reader() as queries:
        return question(queries)


def say(committer, write):
    return committer.commit("said", {}, lambda w, i: write(w))


def test_a_shot_round_trips_exactly(committer, catalog):
    say(committer, lambda w: w.put_shot(shot()))
    assert ask(catalog, lambda q: q.shot(CODE)) == shot()


def test_a_shot_changes_and_its_past_stays(committer, catalog):
    first = say(committer, lambda w: w.put_shot(shot()))
    later = replace(shot(), cut_out=1030, pins=(), status=ShotStatus.GENERATED)
    say(committer, lambda w: w.put_shot(later))
    assert ask(catalog, lambda q: q.shot(CODE)) == later
    assert ask(catalog, lambda q: q.shot(CODE, as_known=first.at)) == shot()
    assert ask(catalog, lambda q: q.shot_history(CODE)) == (shot(), later)


def test_shots_are_listed_by_production_and_timeline(committer, catalog):
    other = shot("sq020_sh0010", timeline="other", production="PILOT")
    say(committer, lambda w: (w.put_shot(other), w.put_shot(shot())))
    assert [s.code for s in ask(catalog, lambda q: q.shots())] == [CODE, "sq020_sh0010"]
    assert [s.code for s in ask(catalog, lambda q: q.shots(production="PILOT"))] == ["sq020_sh0010"]
    assert [s.code for s in ask(catalog, lambda q: q.shots(timeline="6f1c"))] == [CODE]


def test_a_code_belongs_to_one_production(committer):
    say(committer, lambda w: w.put_shot(shot()))
    with pytest.raises(Conflict, match="HOUSE-S2"):
        say(committer, lambda w: w.put_shot(shot(production="PILOT")))


def test_the_shots_that_use_an_asset_now(committer, catalog):
    say(committer, lambda w: w.put_shot(shot()))
    assert [s.code for s in ask(catalog, lambda q: q.shots_using(asset().digest))] == [CODE]
    second = asset(number=2)
    pin = Pin(name="hero", entity=second.entity, version="v002", digest=second.digest)
    say(committer, lambda w: w.put_shot(shot(pins=(pin,))))
    assert ask(catalog, lambda q: q.shots_using(asset().digest)) == ()


def test_sequences_are_kept_once(committer, catalog):
    sequence = Sequence(code="ep201_sq010", production="HOUSE-S2")
    say(committer, lambda w: (w.put_sequence(sequence), w.put_sequence(sequence)))
    assert ask(catalog, lambda q: q.sequences("HOUSE-S2")) == (sequence,)
    assert ask(catalog, lambda q: q.sequences("PILOT")) == ()


def test_the_last_cut_is_the_one_meant(committer, catalog):
    assert ask(catalog, lambda q: q.last_cut()) is None
    cuts = [
        Cut(name=name, timeline="6f1c", digest=digest_bytes(body), production="HOUSE-S2", imported_at=NOW, body=body)
        for name, body in (("edit", b"1"), ("pilot", b"2"), ("edit", b"3"))
    ]
    for cut in cuts:
        say(committer, lambda w, c=cut: w.put_cut(c))
    assert ask(catalog, lambda q: q.last_cut()) == cuts[2]
    assert ask(catalog, lambda q: q.last_cut("PILOT")) is None
    assert ask(catalog, lambda q: q.cut("pilot")) == cuts[1]
    assert ask(catalog, lambda q: q.cuts("6f1c")) == tuple(cuts)
    with pytest.raises(NotFound):
        ask(catalog, lambda q: q.cut("final"))


def generated(committer, number=1):
    say(committer, lambda w: w.put_shot(shot()))
    decided = say(committer, lambda w: w.record_decision(decision()))
    made = take(f"D-{decided.index:06d}", number)
    files = (AssetFile(path="frame.1001.png", digest=digest_bytes(b"png"), size=3, media_type="image/png"),)
    say(committer, lambda w: w.add_take(made, files))
    return made, files


def test_a_take_comes_back_with_its_files(committer, catalog):
    made, files = generated(committer)
    assert ask(catalog, lambda q: q.takes(CODE)) == (made,)
    assert ask(catalog, lambda q: q.take(CODE, 1)) == made
    assert ask(catalog, lambda q: q.take_files(CODE, 1)) == files
    assert ask(catalog, lambda q: q.takes_by_digest(made.digest)) == (made,)
    assert ask(catalog, lambda q: q.takes_by_file(files[0].digest)) == (made,)


def test_takes_are_numbered_from_one(committer, catalog):
    generated(committer)
    assert say(committer, lambda w: w.next_take(CODE)).value == 2
    assert say(committer, lambda w: w.next_take("other")).value == 1


def test_a_take_is_picked_and_unpicked(committer, catalog):
    generated(committer)
    for status in (TakeStatus.PICKED, TakeStatus.CURRENT, TakeStatus.QUARANTINED):
        say(committer, lambda w, s=status: w.set_take_status(CODE, 1, s))
        assert ask(catalog, lambda q: q.take(CODE, 1)).status is status
    with pytest.raises(NotFound):
        say(committer, lambda w: w.set_take_status(CODE, 2, TakeStatus.PICKED))


def test_a_take_needs_its_decision_and_its_shot(committer):
    say(committer, lambda w: w.put_shot(shot()))
    with pytest.raises(NotFound, match="D-000009"):
        say(committer, lambda w: w.add_take(take("D-000009"), ()))
    decided = say(committer, lambda w: w.record_decision(decision()))
    with pytest.raises(NotFound, match="no shot"):
        say(committer, lambda w: w.add_take(take(f"D-{decided.index:06d}", shot="nowhere"), ()))


def test_a_take_number_is_used_once(committer):
    made, files = generated(committer)
    with pytest.raises(Conflict):
        say(committer, lambda w: w.add_take(made, files))


def test_licenses_behind_a_shot(committer, catalog):
    say(committer, lambda w: [w.link_license(CODE, name) for name in ("LIC-2", "LIC-1", "LIC-2")])
    assert ask(catalog, lambda q: q.shot_licenses(CODE)) == ("LIC-1", "LIC-2")
    assert ask(catalog, lambda q: q.shots_under("LIC-1")) == (CODE,)
