"""Rights have a history by record time: what was known when is a question with an answer."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from assetlib.catalog import CapExhausted, Conflict, NotFound
from assetlib.model.party import Party, PartyKind, Person, Role
from assetlib.model.production import Production
from assetlib.model.record import (
    AgreementRow,
    CapState,
    ContentFlag,
    Document,
    Recipient,
    Statement,
    StatementKind,
)
from provenance.digest import digest_bytes
from tests.unit.catalog.samples import NOW, license_row

LIC = "LIC-2026-0042"


def ask(catalog, question):
    with catalog.reader() as queries:
        return question(queries)


def say(committer, write):
    return committer.commit("said", {}, lambda w, i: write(w))


def test_a_license_is_found_with_its_exact_bytes(committer, catalog):
    body = b'{"b":1,  "a":2}'
    done = say(committer, lambda w: w.put_license(license_row(body=body)))
    found = ask(catalog, lambda q: q.license(LIC))
    assert (found.body, found.status, found.recorded_at, found.superseded_at) == (body, "draft", done.at, None)


def test_a_license_as_known_then_and_now(committer, catalog):
    drafted = say(committer, lambda w: w.put_license(license_row()))
    signed = {"signature": b"s", "signer": "dana"}
    active = say(committer, lambda w: w.set_license_status(LIC, "active", **signed))
    amended = say(committer, lambda w: w.put_license(license_row(revision=2, status="active", body=b"{}")))
    revoked = say(committer, lambda w: w.set_license_status(LIC, "revoked"))
    for moment, status, revision in [
        (drafted.at, "draft", 1),
        (active.at, "active", 1),
        (amended.at, "active", 2),
        (revoked.at, "revoked", 2),
    ]:
        found = ask(catalog, lambda q, m=moment: q.license(LIC, as_known=m))
        assert (found.status, found.revision, found.superseded_at) == (status, revision, None)
    with pytest.raises(NotFound):
        ask(catalog, lambda q: q.license(LIC, as_known=NOW))
    history = ask(catalog, lambda q: q.license_history(LIC))
    assert [(row.status, row.recorded_at, row.superseded_at) for row in history] == [
        ("draft", drafted.at, active.at),
        ("active", active.at, amended.at),
        ("active", amended.at, revoked.at),
        ("revoked", revoked.at, None),
    ]
    assert (history[1].signature, history[1].signer) == (b"s", "dana")
    assert history[2].signature is None


def test_licenses_are_listed_by_present_status(committer, catalog):
    for n in range(3):
        say(committer, lambda w, n=n: w.put_license(license_row(f"LIC-{n}", status="active")))
    say(committer, lambda w: w.set_license_status("LIC-1", "revoked"))
    assert [row.id for row in ask(catalog, lambda q: q.licenses("active"))] == ["LIC-0", "LIC-2"]
    assert [row.id for row in ask(catalog, lambda q: q.licenses())] == ["LIC-0", "LIC-1", "LIC-2"]


def test_two_states_in_one_commit_keep_their_order(committer, catalog):
    def both(writer):
        writer.put_license(license_row())
        writer.set_license_status(LIC, "active")

    say(committer, both)
    assert ask(catalog, lambda q: q.license(LIC)).status == "active"


@pytest.mark.parametrize(
    "row",
    [
        license_row(),
        license_row(revision=3),
        replace(license_row(revision=2), digest=digest_bytes(b"other")),
    ],
    ids=["revision exists", "revision skipped", "digest of other bytes"],
)
def test_a_revision_that_does_not_follow_is_a_conflict(committer, row):
    say(committer, lambda w: w.put_license(license_row()))
    with pytest.raises(Conflict, match=LIC):
        say(committer, lambda w: w.put_license(row))


def test_an_unknown_license_has_no_status(committer):
    with pytest.raises(NotFound):
        say(committer, lambda w: w.set_license_status("LIC-9", "active"))


def test_every_change_of_rights_moves_the_revision(committer, catalog):
    person = Person(id="dana", name="Dana", roles=(Role.COUNSEL,), public_key=b"k" * 32, enrolled_at=NOW)
    changes = [
        lambda w: w.put_license(license_row()),
        lambda w: w.set_license_status(LIC, "active"),
        lambda w: w.add_person(person),
        lambda w: w.revoke_person("dana"),
        lambda w: w.put_party(Party(id="acme", kind=PartyKind.ORG, name="Acme")),
        lambda w: w.put_recipient(Recipient(id="luma/api/business/acct-7", party="luma", kind="provider")),
        lambda w: w.put_production(Production(id="HOUSE-S2", name="House")),
        lambda w: w.set_content_flag(ContentFlag(shot="s", flag="nudity", value="no", by="li")),
        lambda w: w.add_statement(
            Statement(kind=StatementKind.APPROVAL, id="A-1", subject="D-000001", body=b"{}", by="dana")
        ),
    ]
    for n, change in enumerate(changes, start=1):
        say(committer, change)
        assert ask(catalog, lambda q: q.rights_revision()) == n


def test_a_licenses_and_an_agreements_id_do_not_meet(committer, catalog):
    agreement = AgreementRow(
        id=LIC,
        revision=1,
        recipient="luma/api/business/acct-7",
        status="reviewed",
        body=b"terms",
        digest=digest_bytes(b"terms"),
    )
    say(committer, lambda w: (w.put_license(license_row()), w.put_agreement(agreement)))
    assert ask(catalog, lambda q: q.agreement(LIC)).recipient == "luma/api/business/acct-7"
    assert ask(catalog, lambda q: q.license(LIC)).body == b'{"grants":[]}'
    say(committer, lambda w: w.set_agreement_status(LIC, "expired"))
    assert [a.status for a in ask(catalog, lambda q: q.agreement_history(LIC))] == ["reviewed", "expired"]
    assert ask(catalog, lambda q: q.agreements("reviewed")) == ()


def test_people_keep_every_key_they_had(committer, catalog):
    dana = Person(id="dana", name="Dana", roles=(Role.COUNSEL,), public_key=b"1" * 32, enrolled_at=NOW)
    first = say(committer, lambda w: w.add_person(dana))
    say(committer, lambda w: w.add_person(replace(dana, public_key=b"2" * 32, roles=(Role.COUNSEL, Role.AUDITOR))))
    gone = say(committer, lambda w: w.revoke_person("dana"))
    assert ask(catalog, lambda q: q.person("dana")).revoked_at == gone.at
    assert ask(catalog, lambda q: q.person("dana", as_known=first.at)) == dana
    assert [p.public_key[:1] for p in ask(catalog, lambda q: q.person_history("dana"))] == [b"1", b"2", b"2"]
    with pytest.raises(Conflict, match="already"):
        say(committer, lambda w: w.revoke_person("dana"))
    with pytest.raises(NotFound):
        ask(catalog, lambda q: q.person("nobody"))


def test_a_production_round_trips_and_one_is_the_default(committer, catalog):
    house = Production(id="HOUSE-S2", name="House", rate=Fraction(24000, 1001), exploit_until=NOW, territories=("US",))
    with pytest.raises(NotFound, match="default"):
        ask(catalog, lambda q: q.default_production())
    say(committer, lambda w: w.put_production(house, default=True))
    say(committer, lambda w: w.put_production(Production(id="PILOT", name="Pilot")))
    assert ask(catalog, lambda q: q.default_production()) == house
    say(committer, lambda w: w.put_production(replace(house, handles=4)))
    assert ask(catalog, lambda q: q.production("HOUSE-S2")).handles == 4
    assert [p.id for p in ask(catalog, lambda q: q.productions())] == ["HOUSE-S2", "PILOT"]


def test_an_unregistered_recipient_is_none(committer, catalog):
    assert ask(catalog, lambda q: q.recipient("luma")) is None
    say(committer, lambda w: w.put_recipient(Recipient(id="luma", party="luma")))
    assert ask(catalog, lambda q: q.recipient("luma")) == Recipient(id="luma", party="luma")


def test_documents_are_filed_once(committer, catalog):
    document = Document(digest=digest_bytes(b"pdf"), media_type="application/pdf", name="NDA — Jürgen.pdf")
    say(committer, lambda w: w.add_document(document))
    say(committer, lambda w: w.add_document(document))
    assert ask(catalog, lambda q: q.document(document.digest)) == document
    assert ask(catalog, lambda q: q.documents()) == (document,)
    assert ask(catalog, lambda q: q.document(digest_bytes(b"other"))) is None


def test_statements_are_made_once_and_found_by_subject(committer, catalog):
    approval = Statement(kind=StatementKind.APPROVAL, id="A-1", subject="D-000001", body=b"yes", by="dana")
    done = say(committer, lambda w: w.add_statement(approval))
    found = ask(catalog, lambda q: q.statements(StatementKind.APPROVAL, "D-000001"))
    assert found == (replace(approval, recorded_at=done.at),)
    assert ask(catalog, lambda q: q.statements(StatementKind.OVERRIDE)) == ()
    with pytest.raises(Conflict):
        say(committer, lambda w: w.add_statement(approval))


def test_a_content_flag_can_be_declared_again(committer, catalog):
    for value in ("no", "yes"):
        flag = ContentFlag(shot="s", flag="nudity", value=value, by="li")
        say(committer, lambda w, f=flag: w.set_content_flag(f))
    assert ask(catalog, lambda q: q.content_flags("s")) == (flag,)
    with pytest.raises(Conflict):
        say(committer, lambda w: w.set_content_flag(replace(flag, value="perhaps")))


def test_a_cap_counts_a_shot_once_and_ends(committer, catalog):
    def reserve(shot, amount=1):
        return say(committer, lambda w: w.reserve_cap("LIC-1#cap1", shot, "D-000001", limit=2, amount=amount))

    reserve("a")
    reserve("a")
    reserve("b")
    with pytest.raises(CapExhausted, match="allows 2"):
        reserve("c")
    for _ in range(2):
        say(committer, lambda w: w.commit_cap("LIC-1#cap1", "a"))
    freed = say(committer, lambda w: w.release_cap("LIC-1#cap1", "b"))
    assert freed.value
    reserve("c")
    states = {use.shot: use.state for use in ask(catalog, lambda q: q.cap_uses("LIC-1#cap1"))}
    assert states == {"a": CapState.COMMITTED, "b": CapState.RELEASED, "c": CapState.RESERVED}
    with pytest.raises(CapExhausted):
        reserve("b")
    assert not say(committer, lambda w: w.release_cap("LIC-1#cap1", "a")).value  # a use is never given back
    with pytest.raises(Conflict, match="found none"):
        say(committer, lambda w: w.commit_cap("LIC-1#cap1", "b"))
    then = {use.shot: use.state for use in ask(catalog, lambda q: q.cap_uses(as_known=freed.at))}
    assert then == {"a": CapState.COMMITTED, "b": CapState.RELEASED}


def test_a_longer_shot_takes_more_of_a_cap_on_seconds(committer, catalog):
    def reserve(shot, amount):
        say(committer, lambda w: w.reserve_cap("LIC-1#cap1", shot, "D-000001", limit=10, amount=amount))

    reserve("a", 4)
    reserve("b", 4)
    reserve("a", 6)
    with pytest.raises(CapExhausted):
        reserve("b", 5)
    reserve("a", 2)  # what was held stays held
    assert {use.shot: use.amount for use in ask(catalog, lambda q: q.cap_uses("LIC-1#cap1"))} == {"a": 6, "b": 4}
