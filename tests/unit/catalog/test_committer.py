"""One commit is one transaction: rows, entry, nodes and signed checkpoint, or nothing."""

from __future__ import annotations

import json
import multiprocessing
import threading
from datetime import timedelta

import pytest

from assetlib.catalog import Catalog, ClockRefused, Committer, Conflict, NotFound, RevisionMoved
from assetlib.model.party import Party, PartyKind
from assetlib.model.production import Production
from provenance import ledger
from provenance.digest import canonical_json
from tests.unit.catalog.conftest import KEY, ORIGIN, START

PARTY = Party(id="acme", kind=PartyKind.ORG, name="Acme Pictures", contact="rights@example.com")


def put_party(writer, index):
    writer.put_party(PARTY)
    return index


def test_a_commit_gives_index_hash_checkpoint_and_value(committer, catalog):
    done = committer.commit("party.added", {"party": "acme"}, put_party)
    assert (done.index, done.value) == (0, 0)
    entry = catalog.ledger().entry(0)
    assert ledger.leaf_hash(entry) == done.leaf_hash
    checkpoint = ledger.read_checkpoint(done.checkpoint, ORIGIN, KEY.public_key())
    assert (checkpoint.size, checkpoint.root) == (1, catalog.ledger().root())
    assert catalog.ledger().checkpoint() == done.checkpoint


def test_an_entry_is_canonical_json_with_ids_and_digests_and_no_names(committer, catalog):
    committer.commit("party.added", {"party": "acme"}, put_party)
    entry = catalog.ledger().entry(0)
    document = json.loads(entry)
    assert canonical_json(document) == entry
    assert {k: document[k] for k in ("schema", "kind", "index", "party")} == {
        "schema": 1,
        "kind": "party.added",
        "index": 0,
        "party": "acme",
    }
    assert document["at"].endswith("Z")
    assert list(document["rows"]) == ["party"]
    assert b"Acme" not in entry
    assert b"rights@" not in entry


def test_what_fails_leaves_nothing(committer, catalog):
    def fail(writer, index):
        writer.put_party(PARTY)
        writer.enqueue("render", b"{}")
        raise RuntimeError("out of frames")

    with pytest.raises(RuntimeError, match="out of frames"):
        committer.commit("party.added", {}, fail)
    assert catalog.ledger().size() == 0
    with catalog.reader() as queries:
        assert queries.parties() == ()
        assert queries.jobs() == ()
    assert committer.commit("party.added", {}, put_party).index == 0


def test_the_log_is_gapless_and_verifies(committer, catalog):
    for n in range(13):
        assert committer.commit("note", {"n": n}, lambda w, i: i).value == n
    report = catalog.ledger().verify_all(ORIGIN, KEY.public_key())
    assert (report.size, report.verdict, report.findings) == (13, "pass", ())
    assert report.root == catalog.ledger().root()
    assert [entry["n"] for entry in catalog.ledger().entries(3, 6)] == [3, 4, 5]


def test_the_empty_log_verifies(catalog):
    report = catalog.ledger().verify_all(ORIGIN, KEY.public_key())
    assert (report.size, report.root, report.verdict) == (0, ledger.EMPTY_ROOT, "pass")
    assert catalog.ledger().checkpoint() is None


def test_a_receipt_proves_an_entry_without_the_library(committer, catalog):
    for n in range(6):
        committer.commit("note", {"n": n}, lambda w, i: None)
    text, entry = catalog.ledger().receipt(4), catalog.ledger().entry(4)
    assert ledger.check_receipt(text, entry, ORIGIN, KEY.public_key())[0] == 4


def test_the_log_proves_that_it_only_grew(committer, catalog):
    notes = [committer.commit("note", {"n": n}, lambda w, i: None).checkpoint for n in range(9)]
    old, new = (ledger.read_checkpoint(note, ORIGIN, KEY.public_key()) for note in (notes[3], notes[8]))
    proof = catalog.ledger().consistency_proof(old.size)
    assert ledger.consistency_holds(old=old.size, new=new.size, proof=proof, old_root=old.root, new_root=new.root)


def test_asking_beyond_the_log_is_not_found(committer, catalog):
    committer.commit("note", {}, lambda w, i: None)
    for ask in (lambda: catalog.ledger().entry(1), lambda: catalog.ledger().root(2)):
        with pytest.raises(NotFound):
            ask()


def test_moved_rights_hand_the_work_back(committer, catalog):
    with catalog.reader() as queries:
        revision = queries.rights_revision()
    committer.commit("party.added", {}, put_party, expected_revision=revision)
    with pytest.raises(RevisionMoved, match="ask again"):
        committer.commit("decision", {}, lambda w, i: None, expected_revision=revision)
    committer.commit("decision", {}, lambda w, i: None, expected_revision=revision + 1)


def test_a_note_does_not_move_rights(committer, catalog):
    committer.commit("note", {}, lambda w, i: w.enqueue("render", b"{}"))
    with catalog.reader() as queries:
        assert queries.rights_revision() == 0


def test_time_never_runs_backward(committer, clock, catalog):
    first = committer.commit("note", {}, lambda w, i: None).at
    clock.now = START - timedelta(minutes=2)
    assert committer.commit("note", {}, lambda w, i: None).at == first
    with catalog.reader() as queries:
        assert queries.notices() == ()


def test_a_clock_some_minutes_behind_leaves_a_notice(committer, clock, catalog):
    committer.commit("note", {}, lambda w, i: None)
    clock.now = START - timedelta(minutes=6)
    committer.commit("note", {}, lambda w, i: None)
    with catalog.reader() as queries:
        (notice,) = queries.notices()
    assert notice.type == "ledger.clock_backward"
    assert json.loads(notice.body)["data"]["clock"] < json.loads(notice.body)["data"]["ledger"]


def test_a_clock_a_day_behind_is_refused(committer, clock, catalog):
    committer.commit("note", {}, lambda w, i: None)
    clock.now = START - timedelta(days=1, seconds=10)
    with pytest.raises(ClockRefused, match="set the clock"):
        committer.commit("note", {}, lambda w, i: None)
    assert catalog.ledger().size() == 1


def test_an_entry_that_is_too_large_is_refused(committer, catalog):
    with pytest.raises(Conflict, match="blobs"):
        committer.commit("note", {"text": "x" * 70_000}, lambda w, i: None)
    assert catalog.ledger().size() == 0


@pytest.mark.parametrize("name", ["schema", "kind", "index", "at", "rows"])
def test_a_body_cannot_speak_for_the_committer(committer, name):
    with pytest.raises(Conflict, match=name):
        committer.commit("note", {name: 1}, lambda w, i: None)


def test_a_body_that_json_cannot_say_is_refused(committer, catalog):
    with pytest.raises(ValueError, match="canonical"):
        committer.commit("note", {"n": float("nan")}, lambda w, i: None)
    assert catalog.ledger().size() == 0


def test_sixteen_threads_make_one_gapless_log(committer, catalog):
    found, errors = [], []

    def work(thread: int) -> None:
        try:
            found.extend(committer.commit("note", {"t": thread}, lambda w, i: i).value for _ in range(5))
        except Exception as error:  # noqa: BLE001 - shown by the assertion
            errors.append(error)

    threads = [threading.Thread(target=work, args=(t,)) for t in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sorted(found) == list(range(80))
    assert catalog.ledger().verify_all(ORIGIN, KEY.public_key()).verdict == "pass"


def commit_ten(url: str, results) -> None:
    committer = Committer(Catalog.open(url), KEY, ORIGIN)
    results.put([committer.commit("note", {}, lambda w, i: i).value for _ in range(10)])


def test_processes_make_one_gapless_log(url, catalog):
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    processes = [context.Process(target=commit_ten, args=(url, results)) for _ in range(2)]
    for process in processes:
        process.start()
    found = [index for _ in processes for index in results.get(timeout=100)]
    for process in processes:
        process.join(timeout=60)
    assert sorted(found) == list(range(20))
    assert catalog.ledger().verify_all(ORIGIN, KEY.public_key()).verdict == "pass"


def test_a_reader_sees_one_moment(committer, catalog):
    with catalog.reader() as queries:
        assert queries.productions() == ()
        committer.commit("p", {}, lambda w, i: w.put_production(Production(id="HOUSE-S2", name="House")))
        assert queries.productions() == ()
    with catalog.reader() as queries:
        assert [p.id for p in queries.productions()] == ["HOUSE-S2"]
