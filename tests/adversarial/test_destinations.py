"""No URL, name or answer leads transport to a host it may not talk to; a canary on loopback hears nothing."""

import socket
import ssl
import threading

import pytest

from provenance.transport import DestinationRefused, ProviderUnavailable, Transport, is_public

HOST = "api.provider.example"


@pytest.fixture
def canary():
    """A listener on loopback; the list tells who connected."""
    heard = []
    server = socket.create_server(("127.0.0.1", 0))

    def accept():
        while True:
            try:
                connection, peer = server.accept()
            except OSError:
                return
            heard.append(peer)
            connection.close()

    threading.Thread(target=accept, daemon=True).start()
    yield server.getsockname()[1], heard
    server.close()


URLS = [
    "http://api.provider.example/",
    "http://127.0.0.1:{port}/",
    "https://127.0.0.1:{port}/",
    "https://localhost:{port}/",
    "https://2130706433:{port}/",
    "https://0x7f000001:{port}/",
    "https://0177.0.0.1:{port}/",
    "https://127.1:{port}/",
    "https://[::1]:{port}/",
    "https://[::ffff:127.0.0.1]:{port}/",
    "https://api.provider.example:{port}/",
    "https://api.provider.example@127.0.0.1:{port}/",
    "https://user:secret@api.provider.example/",
    "https://api.provider.example.evil.example/",
    "https://evil.example/?api.provider.example",
    "https://127.0.0.1:{port}\\@api.provider.example/",
    "https://api.provider.example\t.evil.example/",
    "https://api.provider.example./",
    "https://ａpi.provider.example/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/",
    "https:///path",
    "https://api.provider.example:99999/",
    "",
]


@pytest.mark.parametrize("url", URLS)
def test_this_url_is_refused_before_a_connection(canary, url):
    port, heard = canary
    transport = Transport(hosts=(HOST,), resolver=lambda *_: ["127.0.0.1"], timeout=2)
    with pytest.raises(DestinationRefused):
        transport.send("GET", url.format(port=port))
    assert heard == []


ADDRESSES = [
    "127.0.0.1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "192.0.2.1",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::127.0.0.1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "ff02::1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::1",
    "not an address",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_name_with_this_address_is_refused_even_beside_a_public_one(address):
    assert not is_public(address)
    transport = Transport(hosts=(HOST,), resolver=lambda *_: ["93.184.215.14", address])
    with pytest.raises(DestinationRefused, match="not a public address"):
        transport.send("GET", f"https://{HOST}/")


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_public_addresses_are_public(address):
    assert is_public(address)


def test_the_name_is_resolved_once_and_the_connection_goes_to_that_answer(canary, monkeypatch):
    """DNS rebinding: the second answer would be loopback."""
    answers = iter([["93.184.215.14"], ["127.0.0.1"]])
    dialed = []

    def dial(address, *_, **__):
        dialed.append(address[0])
        raise OSError("no network in tests")

    monkeypatch.setattr(socket, "create_connection", dial)
    transport = Transport(hosts=(HOST,), resolver=lambda *_: next(answers), timeout=2)
    with pytest.raises(ProviderUnavailable):
        transport.send("GET", f"https://{HOST}/")
    assert dialed == ["93.184.215.14"]
    assert canary[1] == []


def test_a_name_that_does_not_resolve_or_has_no_address_is_a_sentence():
    def fail(*_):
        raise OSError("Name or service not known")

    with pytest.raises(ProviderUnavailable, match="does not resolve"):
        Transport(hosts=(HOST,), resolver=fail).send("GET", f"https://{HOST}/")
    with pytest.raises(ProviderUnavailable, match="no address"):
        Transport(hosts=(HOST,), resolver=lambda *_: []).send("GET", f"https://{HOST}/")


def test_the_certificate_must_be_for_the_name_although_the_address_is_dialed(tmp_path, monkeypatch):
    """A server whose certificate names the host is believed; one that names another is not."""
    from tests.certificates import self_signed

    real = socket.create_connection
    for names, fits in (((HOST,), True), (("other.example",), False)):
        chain, key = self_signed(tmp_path, names)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, key)
        server = socket.create_server(("127.0.0.1", 0))
        thread = threading.Thread(target=_answer_once, args=(server, context), daemon=True)
        thread.start()
        here = server.getsockname()

        def dial(_address, *arguments, here=here, **options):
            return real(here, *arguments, **options)

        monkeypatch.setattr(socket, "create_connection", dial)
        transport = Transport(hosts=(HOST,), resolver=lambda *_: ["93.184.215.14"], timeout=5, ca_file=str(chain))
        if fits:
            assert transport.send("GET", f"https://{HOST}/").body == b"ok"
        else:
            with pytest.raises(ProviderUnavailable, match="certificate"):
                transport.send("GET", f"https://{HOST}/")
        thread.join(5)
        server.close()


def _answer_once(server, context):
    connection, _ = server.accept()
    try:
        with context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(4096)
            secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
    except OSError:
        connection.close()
