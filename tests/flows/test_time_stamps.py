"""Takes, receipts and the ledger get a third party's time where an authority is configured, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509

from assetlib.flows.audit import audit_shot
from assetlib.flows.check_library import check_library
from assetlib.flows.export_cut import export_cut
from assetlib.flows.time_stamps import stamp_take
from assetlib.flows.verify_files import verify_files
from assetlib.flows.verify_ledger import verify_ledger
from assetlib.flows.work_jobs import list_jobs, resume_job, work_all
from assetlib.library import Library
from assetlib.model.refusals import BadInput, Unavailable
from provenance.timestamp import verify_timestamp
from provenance.transport import Transport, UnsafeLoopback
from tests.certificates import self_signed
from tests.flows.small_library import SHOTS, Place
from tests.servers import Heard, Server, serve
from tests.time_authority import answer_to, make_authority

MADE = SHOTS[0]
HOST = "tsa.example"
CLOSED = 1  # a reserved port that nothing listens on


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_authority(tmp_path_factory.mktemp("tsa"))


@pytest.fixture
def clock(authority: Path) -> Iterator[Server]:
    with serve(lambda heard: (200, {}, answer_to(authority, heard.body))) as server:
        yield server


def opened(place: Place, authority: Path, port: int, **settings: str) -> Library:
    said = {
        "ASSETLIB_SIGNING_TSA": f"https://{HOST}/tsr",
        "ASSETLIB_SIGNING_TSA_ROOTS": str(authority / "root.pem"),
        "ASSETLIB_NETWORK_HOSTS": HOST,
        **settings,
    }
    library = replace(place, environ={**place.environ, **said}).open(person="lee-park")
    library.transport = Transport(hosts=(HOST,), unsafe_loopback=UnsafeLoopback(ports={HOST: port}), timeout=10)
    return library


def waiting(library: Library) -> list[str]:
    return [job["state"] for job in list_jobs(library) if job["kind"] == "timestamp"]


def export(library: Library, out: Path, purpose: str = "delivery") -> dict[str, object]:
    return export_cut(library, None, purpose=purpose, recipient="aurora-stream", out=out)


def test_a_take_and_the_ledger_are_stamped_and_the_audit_verifies_both(
    place: Place, authority: Path, clock: Server
) -> None:
    library = opened(place, authority, clock.port)
    assert stamp_take(library, MADE, "take_001") == ()
    report = audit_shot(library, MADE, html=None)
    library.close()
    assert report.shots[0].takes[0].stamped.startswith("existed on ")
    assert "says tsa.example (RFC 3161)" in report.shots[0].takes[0].stamped
    assert f"its first {report.ledger.size - 1} entries existed on" in report.ledger.stamped
    assert report.ledger.verdict == "pass"
    assert len(clock.heard) == 2


def test_only_digests_leave_the_machine(place: Place, authority: Path, clock: Server) -> None:
    library = opened(place, authority, clock.port)
    stamp_take(library, MADE, "take_001")
    library.close()
    assert {heard.method for heard in clock.heard} == {"POST"}
    assert all(len(heard.body) < 100 and MADE.encode() not in heard.body for heard in clock.heard)


def test_without_configuration_nothing_is_asked(place: Place, clock: Server, tmp_path: Path) -> None:
    library = place.open(person="lee-park")
    library.transport = Transport(hosts=(HOST,), unsafe_loopback=UnsafeLoopback(ports={HOST: clock.port}))
    assert stamp_take(library, MADE, "take_001") == ()
    export(library, tmp_path / "out")
    report = audit_shot(library, MADE, html=None)
    library.close()
    assert (clock.heard, report.ledger.stamped, report.shots[0].takes[0].stamped) == ([], "", "")
    assert not (tmp_path / "out" / "receipt.json.tsr").exists()


def test_the_receipt_of_a_delivery_carries_its_stamp(
    place: Place, authority: Path, clock: Server, tmp_path: Path
) -> None:
    library = opened(place, authority, clock.port)
    out = tmp_path / "out"
    done = export(library, out)
    assert "receipt.json.tsr" in done["files"]  # type: ignore[operator]
    signed, token = (out / "receipt.json.c2pa").read_bytes(), (out / "receipt.json.tsr").read_bytes()
    roots = [x509.load_pem_x509_certificate((authority / "root.pem").read_bytes())]
    assert verify_timestamp(token, signed, roots=roots).policy == "1.2.3.4.1"
    (listed,) = audit_shot(library, MADE, html=None).exports
    assert listed[4].startswith("existed on ")
    assert {v["verdict"] for v in verify_files(library, [out / "receipt.json"], trust=None)} == {"pass"}
    assert verify_ledger(library)["verdict"] == "pass"
    library.close()


def test_a_delivery_without_its_stamp_does_not_leave(place: Place, authority: Path, tmp_path: Path) -> None:
    library = opened(place, authority, CLOSED)
    with pytest.raises(Unavailable, match="nothing was handed over"):
        export(library, tmp_path / "out")
    with library.catalog.reader() as queries:
        assert queries.exports() == ()
    library.close()
    assert not (tmp_path / "out").exists()


def test_a_take_that_could_not_be_stamped_is_kept_waits_and_is_stamped_by_the_next_run(
    place: Place, authority: Path, clock: Server
) -> None:
    library = opened(place, authority, CLOSED)
    (warning,) = stamp_take(library, MADE, "take_001")
    assert "tsa.example gave no time stamp for take sq010_sh0010/take_001" in warning
    damage = check_library(library, read_data=False, repair_orphans=False)["damage"]
    assert [(found["kind"], found["repair"]) for found in damage] == [("timestamp-missing", "assetlib work")]
    (asked,) = work_all(library)
    assert (asked["state"], asked["message"].split(":")[0]) == (
        "queued",
        "tsa.example gave no time stamp for take sq010_sh0010/take_001",
    )
    shot = audit_shot(library, MADE, html=None).shots[0]
    assert any("its time stamp is missing" in item for item in shot.open_items)
    library.close()

    library = opened(place, authority, clock.port)
    assert [asked["state"] for asked in work_all(library)] == ["done"]
    assert audit_shot(library, MADE, html=None).shots[0].takes[0].stamped.startswith("existed on ")
    assert not check_library(library, read_data=False, repair_orphans=False)["damage"]
    library.close()


def test_an_authority_that_answers_again_empties_the_queue_with_the_next_take(
    place: Place, authority: Path, clock: Server
) -> None:
    library = opened(place, authority, CLOSED)
    stamp_take(library, MADE, "take_001")
    library.close()
    library = opened(place, authority, clock.port)
    assert stamp_take(library, MADE, "take_001") == ()
    assert waiting(library) == ["done"]
    library.close()


def test_a_waiting_stamp_can_be_resumed_by_its_job(place: Place, authority: Path, clock: Server) -> None:
    library = opened(place, authority, CLOSED)
    stamp_take(library, MADE, "take_001")
    job = next(job["job"] for job in list_jobs(library))
    with pytest.raises(Unavailable, match=HOST):
        resume_job(library, job)
    library.close()
    library = opened(place, authority, clock.port)
    assert resume_job(library, job)["state"] == "done"
    library.close()


def test_an_answer_under_another_root_counts_as_none(
    place: Place, authority: Path, clock: Server, tmp_path: Path
) -> None:
    stranger = self_signed(tmp_path, ("stranger.example",))[0]
    library = opened(place, authority, clock.port, ASSETLIB_SIGNING_TSA_ROOTS=str(stranger))
    (warning,) = stamp_take(library, MADE, "take_001")
    library.close()
    assert "does not verify" in warning


def test_a_stamp_whose_root_is_no_longer_trusted_is_named_and_counts_for_nothing(
    place: Place, authority: Path, clock: Server
) -> None:
    library = opened(place, authority, clock.port)
    stamp_take(library, MADE, "take_001")
    library.close()
    library = place.open(person="lee-park")
    report = audit_shot(library, MADE, html=None)
    library.close()
    assert "does not hold: no root certificate" in report.shots[0].takes[0].stamped
    assert "does not hold" in report.ledger.stamped
    assert any("does not hold" in item for item in report.shots[0].open_items)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"ASSETLIB_SIGNING_TSA_ROOTS": ""}, "set signing.tsa_roots"),
        ({"ASSETLIB_SIGNING_TSA_ROOTS": "/absent.pem"}, "expected certificates in PEM"),
        ({"ASSETLIB_SIGNING_TSA": "https://other.example/tsr"}, "allow its host in network.hosts"),
        ({"ASSETLIB_SIGNING_TSA": "http://tsa.example/tsr"}, "expected https"),
    ],
)
def test_a_half_configuration_is_a_sentence(
    place: Place, authority: Path, settings: dict[str, str], sentence: str
) -> None:
    library = opened(place, authority, CLOSED, **settings)
    with pytest.raises(BadInput, match=sentence):
        stamp_take(library, MADE, "take_001")
    library.close()


def test_time_stamps_move_no_rights(place: Place, authority: Path, clock: Server) -> None:
    library = opened(place, authority, clock.port)
    with library.catalog.reader() as queries:
        before = queries.rights_revision()
    stamp_take(library, MADE, "take_001")
    with library.catalog.reader() as queries:
        assert queries.rights_revision() == before
    library.close()


def heard_nothing(heard: Heard) -> tuple[int, dict[str, str], bytes]:
    return 503, {}, b""


def test_an_authority_that_is_busy_is_waited_for_like_one_that_is_down(place: Place, authority: Path) -> None:
    with serve(heard_nothing) as server:
        library = opened(place, authority, server.port)
        (warning,) = stamp_take(library, MADE, "take_001")
        library.close()
    assert "status 503" in warning
