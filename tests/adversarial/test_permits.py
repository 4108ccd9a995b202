"""A permit that does not fit opens nothing: no process, no file, no socket."""

import subprocess
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from generators.run import run
from generators.testing import EchoGenerator
from provenance.decision import PermitRefused
from provenance.digest import digest_bytes
from tests.doors import KEY, NOW, Shelf, permit_for, request_for

OTHER = digest_bytes(b"other")
SUBSTITUTIONS = {
    "id": "P-000002",
    "decision": "D-000002",
    "decision_digest": OTHER,
    "recipient": "provider/x",
    "generator": "render@1.0",
    "request": OTHER,
    "digests": (OTHER,),
    "actor": "person:other",
    "issued_at": NOW - timedelta(seconds=1),
    "expires_at": NOW + timedelta(days=1),
    "nonce": "other",
    "checkpoint": OTHER,
    "key_id": "permit-2",
    "signature": b"\0" * 64,
}


def _attempt(tmp_path, permit, request, monkeypatch, now=NOW):
    shelf = Shelf(b"reference", b"depth")
    (tmp_path / "store").mkdir()
    started = []
    monkeypatch.setattr(subprocess, "Popen", lambda *a, **k: started.append(a))
    with pytest.raises(PermitRefused) as refusal:
        run(
            EchoGenerator(),
            request,
            permit=permit,
            public_key=KEY.public_key(),
            blobs=shelf.in_folder(tmp_path / "store"),
            workdir=tmp_path / "job",
            now=now,
        )
    assert not started
    assert not shelf.asked
    assert not (tmp_path / "job").exists()
    return str(refusal.value)


@pytest.fixture
def request_():
    return request_for([b"reference"], [b"depth"])


@pytest.mark.parametrize("field", SUBSTITUTIONS)
def test_no_field_can_be_changed_after_signing(tmp_path, monkeypatch, request_, field):
    permit = replace(permit_for(EchoGenerator(), request_), **{field: SUBSTITUTIONS[field]})
    assert "signature" in _attempt(tmp_path, permit, request_, monkeypatch)


@pytest.mark.parametrize("left_out", [0, 1])
def test_a_permit_that_lacks_one_digest_is_refused_by_name(tmp_path, monkeypatch, request_, left_out):
    missing = request_.inputs[left_out]
    named = tuple(d for d in request_.inputs if d != missing)
    permit = permit_for(EchoGenerator(), request_, digests=named)
    assert missing in _attempt(tmp_path, permit, request_, monkeypatch)


def test_a_permit_for_another_recipient_is_refused(tmp_path, monkeypatch, request_):
    permit = permit_for(EchoGenerator(), request_, recipient="provider/product/plan/account")
    assert "recipient" in _attempt(tmp_path, permit, request_, monkeypatch)


def test_a_permit_for_another_generator_is_refused(tmp_path, monkeypatch, request_):
    permit = permit_for(EchoGenerator(), request_, generator="echo@0.9")
    assert "generator" in _attempt(tmp_path, permit, request_, monkeypatch)


@pytest.mark.parametrize(
    "change", [{"prompt": "other"}, {"seed": 8}, {"shot": "sq010_sh0020"}, {"settings": (("a", "b"),)}]
)
def test_a_permit_cannot_be_moved_to_another_request(tmp_path, monkeypatch, request_, change):
    permit = permit_for(EchoGenerator(), request_)
    assert "request" in _attempt(tmp_path, permit, replace(request_, **change), monkeypatch)


@pytest.mark.parametrize("seconds", [55, 56, -6])
def test_a_permit_is_refused_at_its_end_and_before_its_start(tmp_path, monkeypatch, request_, seconds):
    permit = permit_for(EchoGenerator(), request_)
    message = _attempt(tmp_path, permit, request_, monkeypatch, now=NOW + timedelta(seconds=seconds))
    assert "valid from" in message


def test_a_permit_of_another_key_is_refused(tmp_path, monkeypatch, request_):
    permit = permit_for(EchoGenerator(), request_, key=Ed25519PrivateKey.generate())
    assert "signature" in _attempt(tmp_path, permit, request_, monkeypatch)
