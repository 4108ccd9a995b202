"""What transport sends and takes, over a real connection."""

import io

import pytest

from provenance.transport import (
    AnswerRefused,
    DestinationRefused,
    ProviderUnavailable,
    Transport,
    UnsafeLoopback,
)
from tests.servers import serve

HOST = "api.provider.example"


def _transport(port, **changes):
    return Transport(
        **{"hosts": (HOST,), "unsafe_loopback": UnsafeLoopback(ports={HOST: port}), "timeout": 5, **changes}
    )


def test_a_request_arrives_whole_under_the_name_of_the_host():
    with serve(lambda heard: (201, {"X-Task": "7"}, b"answer " + heard.body)) as server:
        answer = _transport(server.port).send(
            "POST", f"https://{HOST}/v1/tasks?a=1", headers=[("X-Version", "2")], content=b"body"
        )
    assert (answer.status, answer.body, answer.headers["x-task"]) == (201, b"answer body", "7")
    heard = server.heard[0]
    assert (heard.method, heard.path, heard.body) == ("POST", "/v1/tasks?a=1", b"body")
    assert heard.headers["host"] == HOST
    assert heard.headers["x-version"] == "2"
    assert heard.headers["accept-encoding"] == "identity"


def test_the_environment_offers_no_proxy(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.lower(), "http://127.0.0.1:9")
    with serve(lambda _: (200, {}, b"direct")) as server:
        assert _transport(server.port).send("GET", f"https://{HOST}/").body == b"direct"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused_and_not_followed(status):
    with serve(lambda _: (status, {"Location": f"https://{HOST}/other"}, b"")) as server:
        with pytest.raises(AnswerRefused, match="redirects"):
            _transport(server.port).send("GET", f"https://{HOST}/")
        assert len(server.heard) == 1


def test_a_body_beyond_the_cap_is_refused_as_it_arrives():
    with serve(lambda _: (200, {}, bytes(1 << 20))) as server:
        with pytest.raises(AnswerRefused, match="longer than 1000"):
            _transport(server.port, max_answer=1000).send("GET", f"https://{HOST}/")
        target = io.BytesIO()
        with pytest.raises(AnswerRefused, match="longer than 1000"):
            _transport(server.port, max_download=1000).download(f"https://{HOST}/", target)
    assert len(target.getvalue()) <= 1000


def test_a_coded_body_is_refused():
    with (
        serve(lambda _: (200, {"Content-Encoding": "gzip"}, b"\x1f\x8b")) as server,
        pytest.raises(AnswerRefused, match="gzip"),
    ):
        _transport(server.port).send("GET", f"https://{HOST}/")


def test_a_download_arrives_whole_and_its_failure_is_an_error():
    with serve(lambda heard: (200 if heard.path == "/ok" else 404, {}, b"pixels")) as server:
        target = io.BytesIO()
        assert _transport(server.port).download(f"https://{HOST}/ok", target) == 6
        assert target.getvalue() == b"pixels"
        with pytest.raises(ProviderUnavailable, match="404"):
            _transport(server.port).download(f"https://{HOST}/gone", io.BytesIO())


def test_a_closed_port_is_a_sentence():
    with serve(lambda _: (200, {}, b"")) as server:
        port = server.port
    with pytest.raises(ProviderUnavailable, match=HOST):
        _transport(port).send("GET", f"https://{HOST}/")


@pytest.mark.parametrize("header", [("Host", "x"), ("X", "a\r\nB: c"), ("Content-Length", "1")])
def test_headers_that_change_the_message_are_refused(header):
    with serve(lambda _: (200, {}, b"")) as server:
        with pytest.raises(DestinationRefused, match="may not be set"):
            _transport(server.port).send("GET", f"https://{HOST}/", headers=[header])
        assert server.heard == []
