"""Decisions are named by their place in the ledger; a permit follows from one and opens one door once."""

from __future__ import annotations

import json
import multiprocessing
import threading
from datetime import timedelta

import pytest

from assetlib.catalog import AlreadyRedeemed, Catalog, Conflict, NotFound
from assetlib.model.record import Departure, Export, ExportState
from provenance.decision import Outcome
from provenance.digest import canonical_json, digest_bytes
from tests.unit.catalog.conftest import KEY, ORIGIN
from tests.unit.catalog.samples import NOW, decision, permit, shot, take


def ask(catalog, question):
    with catalog.reader() as queries:
        return question(queries)


def decide(committer, made=None):
    made = made or decision()
    done = committer.commit("decision", {"digest": made.digest()}, lambda w, i: w.record_decision(made))
    return f"D-{done.index:06d}"


def test_a_decision_is_kept_in_its_exact_bytes_under_its_index(committer, catalog):
    committer.commit("note", {}, lambda w, i: None)
    name = decide(committer)
    assert name == "D-000001"
    stored = ask(catalog, lambda q: q.decision(name))
    assert (stored.id, stored.index, stored.outcome) == (name, 1, "allow")
    assert stored.body == canonical_json(decision().to_json())
    assert stored.digest == decision().digest()
    assert json.loads(catalog.ledger().entry(1))["digest"] == stored.digest


def test_refusals_are_found_too(committer, catalog):
    names = [decide(committer, decision(outcome)) for outcome in Outcome]
    assert [d.id for d in ask(catalog, lambda q: q.decisions())] == names
    assert [d.id for d in ask(catalog, lambda q: q.decisions(outcome="deny"))] == [names[2]]
    assert [d.id for d in ask(catalog, lambda q: q.decisions(shot="ep201_sq010_sh0030"))] == names
    assert ask(catalog, lambda q: q.decisions(shot="other")) == ()


def test_a_decisions_name_is_its_entry(committer):
    with pytest.raises(Conflict, match="ledger index"):
        committer.commit("decision", {}, lambda w, i: w.add_decision(i + 1, b"{}", outcome="deny"))


@pytest.mark.parametrize("name", ["D-000009", "D-9", "000001", "D-0000000000000000000000001", "D-00000x", ""])
def test_an_unknown_decision_is_not_found(committer, catalog, name):
    decide(committer)
    with pytest.raises(NotFound):
        ask(catalog, lambda q: q.decision(name))


def issue(catalog, value):
    with catalog.operations(NOW) as operations:
        operations.issue_permit(value)


def redeem(catalog, name, now=NOW):
    with catalog.operations(now) as operations:
        operations.redeem_permit(name)


def test_a_permit_is_issued_under_an_allow_and_used_once(committer, catalog):
    name = decide(committer)
    issue(catalog, permit("P-000001", name, decision()))
    redeem(catalog, "P-000001")
    with pytest.raises(AlreadyRedeemed, match="once"):
        redeem(catalog, "P-000001")
    stored = ask(catalog, lambda q: q.permit("P-000001"))
    assert (stored.decision, stored.redeemed_at) == (name, NOW)
    assert stored.payload == permit("P-000001", name, decision()).payload()
    assert ask(catalog, lambda q: q.permits(name)) == (stored,)


@pytest.mark.parametrize("outcome", [Outcome.DENY, Outcome.NEEDS_APPROVAL])
def test_no_permit_follows_from_another_answer(committer, catalog, outcome):
    made = decision(outcome)
    name = decide(committer, made)
    with pytest.raises(Conflict, match="recorded allow"):
        issue(catalog, permit("P-000001", name, made))


def test_no_permit_follows_from_a_decision_that_is_not_recorded(committer, catalog):
    decide(committer)
    for value in (permit("P-000001", "D-000007", decision()), permit("P-000001", "D-000000", decision(facet_count=9))):
        with pytest.raises(Conflict, match="recorded allow"):
            issue(catalog, value)


def test_a_permit_ends(committer, catalog):
    issue(catalog, permit("P-000001", decide(committer), decision(), until=NOW + timedelta(seconds=60)))
    with pytest.raises(Conflict, match="ended"):
        redeem(catalog, "P-000001", NOW + timedelta(seconds=60))
    redeem(catalog, "P-000001", NOW + timedelta(seconds=59))


def test_an_unknown_permit_opens_nothing(catalog):
    with pytest.raises(NotFound):
        redeem(catalog, "P-000009")


def test_of_sixteen_threads_one_redeems(committer, catalog):
    issue(catalog, permit("P-000001", decide(committer), decision()))
    outcomes = []

    def attempt():
        try:
            redeem(catalog, "P-000001")
            outcomes.append("used")
        except AlreadyRedeemed:
            outcomes.append("refused")

    threads = [threading.Thread(target=attempt) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused"] * 15 + ["used"]


def redeem_many(url, results):
    catalog, used = Catalog.open(url), 0
    for number in range(20):
        try:
            redeem(catalog, f"P-{number:06d}")
            used += 1
        except AlreadyRedeemed:
            pass
    results.put(used)


def test_two_processes_never_both_redeem(url, committer, catalog):
    name = decide(committer)
    for number in range(20):
        issue(catalog, permit(f"P-{number:06d}", name, decision()))
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    processes = [context.Process(target=redeem_many, args=(url, results)) for _ in range(2)]
    for process in processes:
        process.start()
    used = [results.get(timeout=100) for _ in processes]
    for process in processes:
        process.join(timeout=60)
    assert sum(used) == 20


def a_departure(writer, decision: str) -> Departure:
    receipt = b'{"files":[]}'
    export = Export(
        id=writer.next_id("EX"),
        decision=decision,
        recipient="acme",
        purpose="review",
        body=receipt,
        digest=digest_bytes(receipt),
    )
    return Departure(export=export, stage="export-1/parcel", target="/mnt/out")


@pytest.mark.parametrize("state", [ExportState.LEFT, ExportState.STAYED])
def test_an_export_is_leaving_until_one_says_whether_it_left(committer, catalog, state):
    name, kept = decide(committer), []

    def begin(writer, index):
        kept.append(a_departure(writer, name))
        writer.begin_export(kept[0])

    committer.commit("export", {}, begin)
    (leaving,) = ask(catalog, lambda q: q.departures())
    assert (leaving.stage, leaving.target) == ("export-1/parcel", "/mnt/out")
    assert [export.state for export in ask(catalog, lambda q: q.exports("acme"))] == [ExportState.LEAVING]
    committer.commit(f"export.{state}", {}, lambda w, i: w.settle_export(kept[0], state))
    assert ask(catalog, lambda q: q.departures()) == ()
    assert ask(catalog, lambda q: q.export("EX-000001")).state is state
    assert len(ask(catalog, lambda q: q.exports())) == (state is ExportState.LEFT)
    with pytest.raises(Conflict, match="settled already"):
        committer.commit("export.left", {}, lambda w, i: w.settle_export(kept[0], ExportState.LEFT))
    assert catalog.ledger().verify_all(ORIGIN, KEY.public_key()).verdict == "pass"


def test_an_export_is_found_by_recipient(committer, catalog):
    name = decide(committer)

    def leave(writer, index):
        export_id = writer.next_id("EX")
        receipt = b'{"files":[]}'
        writer.add_export(
            Export(
                id=export_id,
                decision=name,
                recipient="acme",
                purpose="review",
                body=receipt,
                digest=digest_bytes(receipt),
            )
        )

    done = committer.commit("export", {}, leave)
    (found,) = ask(catalog, lambda q: q.exports("acme"))
    assert (found.id, found.decision, found.recorded_at) == ("EX-000001", name, done.at)
    assert ask(catalog, lambda q: q.export("EX-000001")) == found
    assert ask(catalog, lambda q: q.exports("other")) == ()
    with pytest.raises(NotFound):
        ask(catalog, lambda q: q.export("EX-000002"))


def test_what_was_decided_and_not_done_is_known(committer, catalog):
    open_end, done = decide(committer), decide(committer)
    decide(committer, decision(Outcome.DENY))
    committer.commit("shot", {}, lambda w, i: w.put_shot(shot()))
    committer.commit("take", {}, lambda w, i: w.add_take(take(done), ()))
    assert ask(catalog, lambda q: q.decided_not_done()) == (open_end,)
