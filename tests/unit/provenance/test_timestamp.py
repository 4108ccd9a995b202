"""Time stamps from a real authority (openssl ts) behind a loopback server."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from provenance.timestamp import TimestampRefused, request_timestamp, verify_timestamp
from provenance.transport import Transport, UnsafeLoopback
from tests.servers import serve
from tests.time_authority import answer_to, make_authority

HOST = "tsa.example"
URL = f"https://{HOST}/tsr"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """Folder of a time-stamp authority with its root."""
    return make_authority(tmp_path_factory.mktemp("tsa"))


@pytest.fixture
def roots(authority):
    return [x509.load_pem_x509_certificate((authority / "root.pem").read_bytes())]


def _transport(port):
    return Transport(hosts=(HOST,), unsafe_loopback=UnsafeLoopback(ports={HOST: port}), timeout=10)


def test_a_stamp_is_asked_for_and_verifies_with_the_root_alone(authority, roots):
    with serve(lambda heard: (200, {}, answer_to(authority, heard.body))) as server:
        token = request_timestamp(b"a checkpoint", url=URL, transport=_transport(server.port), roots=roots)
    stamp = verify_timestamp(token, b"a checkpoint", roots=roots)
    assert abs(stamp.at - datetime.now(UTC)) < timedelta(minutes=1)
    assert stamp.policy == "1.2.3.4.1"
    assert b"a checkpoint" not in server.heard[0].body
    assert server.heard[0].headers["content-type"] == "application/timestamp-query"


def test_a_stamp_of_other_bytes_or_under_another_root_is_refused(authority, roots, tmp_path):
    from tests.certificates import self_signed

    with serve(lambda heard: (200, {}, answer_to(authority, heard.body))) as server:
        token = request_timestamp(b"one", url=URL, transport=_transport(server.port), roots=roots)
    with pytest.raises(TimestampRefused, match="does not verify"):
        verify_timestamp(token, b"two", roots=roots)
    stranger = x509.load_pem_x509_certificate(self_signed(tmp_path, ("stranger.example",))[0].read_bytes())
    with pytest.raises(TimestampRefused, match="does not verify"):
        verify_timestamp(token, b"one", roots=[stranger])
    with pytest.raises(TimestampRefused, match="no root"):
        verify_timestamp(token, b"one", roots=[])


def test_a_replayed_answer_is_refused_by_its_nonce(authority, roots):
    kept = []

    def answer(heard):
        kept.append(answer_to(authority, heard.body))
        return 200, {}, kept[0]

    with serve(answer) as server:
        request_timestamp(b"same", url=URL, transport=_transport(server.port), roots=roots)
        with pytest.raises(TimestampRefused, match="Nonce"):
            request_timestamp(b"same", url=URL, transport=_transport(server.port), roots=roots)


@pytest.mark.parametrize("body", [b"", b"garbage", b"\x30\x03\x02\x01\x02", bytes(70_000)])
def test_an_answer_that_is_no_stamp_is_refused(roots, body):
    with serve(lambda _: (200, {}, body)) as server, pytest.raises(TimestampRefused):
        request_timestamp(b"data", url=URL, transport=_transport(server.port), roots=roots)


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_every_flipped_byte_is_found(authority, roots):
    with serve(lambda heard: (200, {}, answer_to(authority, heard.body))) as server:
        token = request_timestamp(b"data", url=URL, transport=_transport(server.port), roots=roots)
    original = verify_timestamp(token, b"data", roots=roots)
    for position, bit in itertools.product(range(len(token)), range(8)):
        damaged = bytearray(token)
        damaged[position] ^= 1 << bit
        try:
            stamp = verify_timestamp(bytes(damaged), b"data", roots=roots)
        except TimestampRefused:
            continue
        assert stamp == original, position  # outside of what the authority signs, nothing that we read


def test_an_authority_that_fails_is_a_sentence(roots):
    with serve(lambda _: (503, {}, b"")) as server, pytest.raises(TimestampRefused, match="503"):
        request_timestamp(b"data", url=URL, transport=_transport(server.port), roots=roots)
    with pytest.raises(TimestampRefused, match="found none"):
        request_timestamp(b"", url=URL, transport=_transport(1), roots=roots)
