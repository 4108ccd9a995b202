"""ODRL documents that must never become a license: each test is named by the defect.

None may open a socket, take long, or lose a statement on the way.
"""

from __future__ import annotations

import dataclasses
import json
import socket
from collections.abc import Callable
from typing import Any

import pytest

from assetlib.rights.odrl import JSON_LD, TURTLE, OdrlRefused, read_odrl, write_odrl
from assetlib.rights.odrl.graph import MAX_BYTES
from tests.unit.rights.worlds import IP, ban, filed

LICENSE = dataclasses.replace(
    filed("LIC-1", IP).license, prohibitions=(ban("LIC-1#9", "rhea", actions=("train", "mine")),)
)
Change = Callable[[dict[str, Any]], Any]


@pytest.fixture(autouse=True)
def no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        pytest.fail("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def good() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(write_odrl(LICENSE))
    return document


def refused(document: Any, match: str | None = None) -> OdrlRefused:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    with pytest.raises(OdrlRefused, match=match) as caught:
        read_odrl(data, JSON_LD)
    return caught.value


def agreement(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["@graph"][0]
    return found


def permission(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = agreement(document)["odrl:permission"][0]
    return found


def drop(left: str) -> Change:
    def change(document: dict[str, Any]) -> None:
        constraints = permission(document)["odrl:constraint"]
        kept = [c for c in constraints if c["odrl:leftOperand"]["@id"] != left]
        assert len(kept) < len(constraints)
        permission(document)["odrl:constraint"] = kept

    return change


def put(key: str, value: Any, where: Callable[[dict[str, Any]], dict[str, Any]] = agreement) -> Change:
    def change(document: dict[str, Any]) -> None:
        where(document)[key] = value

    return change


def test_the_document_itself_is_taken() -> None:
    assert read_odrl(json.dumps(good()).encode()) == LICENSE


DEFECTS: dict[str, tuple[Change, str]] = {
    "an offer": (put("@type", "odrl:Offer"), "is an Offer"),
    "a set": (put("@type", "odrl:Set"), "names no parties"),
    "a request": (put("@type", "odrl:Request"), "is a Request"),
    "an agreement that is an offer too": (put("@type", ["odrl:Agreement", "odrl:Offer"]), "is an Offer"),
    "another profile": (put("odrl:profile", {"@id": "https://example.org/profile"}), "profile"),
    "two profiles": (put("odrl:profile", [{"@id": "urn:assetlib:odrl:1"}, {"@id": "urn:x:y"}]), "profile"),
    "a conflict rule that lets permissions win": (put("odrl:conflict", {"@id": "odrl:perm"}), "conflict"),
    "an obligation": (put("odrl:obligation", {"@type": "odrl:Duty"}), "odrl:obligation"),
    "an inherited policy": (put("odrl:inheritFrom", {"@id": "urn:x:parent"}), "odrl:inheritFrom"),
    "a term of another vocabulary": (put("http://purl.org/dc/terms/title", "x"), "title"),
    "another uid": (put("odrl:uid", {"@id": "urn:assetlib:license:LIC-2"}), "uid"),
    "a remedy": (put("odrl:remedy", {"@type": "odrl:Duty"}, permission), "odrl:remedy"),
    "no media": (drop("odrl:media"), "has to say its odrl:media"),
    "no territory": (drop("odrl:spatial"), "has to say its odrl:spatial"),
    "no recipient": (drop("odrl:recipient"), "has to say its odrl:recipient"),
    "no production": (drop("al:production"), "has to say its al:production"),
    "no facet": (drop("al:facet"), "has to say its al:facet"),
    "no action": (put("odrl:action", [], permission), "name its actions"),
    "use as a granted action": (put("odrl:action", {"@id": "odrl:use"}, permission), "odrl:use"),
    "training granted by a wider word": (put("odrl:action", {"@id": "al:action/train"}, permission), "takes in more"),
    "training granted in the AI vocabulary": (put("odrl:action", {"@id": "odrl:gen-ai"}, permission), "takes in more"),
    "an unknown action": (put("odrl:action", {"@id": "odrl:sell"}, permission), "odrl:sell"),
    "no target": (put("odrl:target", [], permission), "name its target"),
    "a target that is no entity": (put("odrl:target", {"@id": "http://example.org/x"}, permission), "no entity"),
    "a clause in another license's name": (put("@id", "urn:assetlib:rule:LIC-2%231", permission), "expected the rule"),
    "a missing position": (put("al:position", [], permission), "al:position"),
    "a text where yes or no is expected": (put("al:exclusive", "false"), "xsd:boolean"),
    "a text in a language": (put("al:note", {"@value": "x", "@language": "en"}), "plain value"),
    "an unknown kind": (put("al:kind", {"@id": "al:LicenseKind/gift"}), "LicenseKind"),
    "an unknown zone": (put("al:timezone", "Mars/Olympus"), "time zone"),
    "a zone that is a path": (put("al:timezone", "/etc/passwd"), "time zone"),
    "a party of another spelling": (put("odrl:assigner", {"@id": "urn:assetlib:party:%6Fwner"}), "expected an IRI"),
    "two assigners": (
        put("odrl:assigner", [{"@id": "urn:assetlib:party:a"}, {"@id": "urn:assetlib:party:b"}]),
        "expected one odrl:assigner",
    ),
    "an order that names other values": (
        put("al:actionOrder", {"@list": [{"@id": "al:action/train.gen"}]}, permission),
        "other values",
    ),
    "a list that is none": (put("al:signers", {"@id": "urn:x:list"}), "expected a list"),
    "a document's digest that is none": (
        put("al:document", {"@type": "al:DocumentRef", "al:file": "x", "al:digest": "abc"}),
        "sha256",
    ),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_refused_with_the_reason(defect: str) -> None:
    change, match = DEFECTS[defect]
    document = good()
    change(document)
    refused(document, match)


def test_a_logical_constraint() -> None:
    document = good()
    constraints = permission(document)["odrl:constraint"]
    permission(document)["odrl:constraint"] = [{"@type": "odrl:LogicalConstraint", "odrl:or": constraints}]
    refused(document, "odrl:or")


def test_a_constraint_with_a_foreign_operator() -> None:
    document = good()
    permission(document)["odrl:constraint"][0]["odrl:operator"] = {"@id": "odrl:isPartOf"}
    refused(document, "isPartOf")


def test_a_time_without_a_zone() -> None:
    document = good()
    times = [c for c in permission(document)["odrl:constraint"] if c["odrl:leftOperand"]["@id"] == "odrl:dateTime"]
    times[0]["odrl:rightOperand"]["@value"] = "2026-08-22T12:00:00"
    refused(document, "without a zone")


def test_every_reason_is_listed() -> None:
    document = good()
    for defect in ("no media", "an inherited policy", "an unknown kind", "no target"):
        DEFECTS[defect][0](document)
    assert len(refused(document).reasons) >= 4


@pytest.mark.parametrize(
    "context",
    [
        "http://www.w3.org/ns/odrl.jsonld",
        "file:///etc/passwd",
        ["http://127.0.0.1:9/context.jsonld", {}],
        {"@import": "http://127.0.0.1:9/context.jsonld"},
        {"@import": "http://127.0.0.1:9/context.jsonld", "@version": 1.1},
        {"x": {"@id": "urn:x:y", "@context": "http://127.0.0.1:9/context.jsonld"}},
        {"@propagate": False},
        7,
    ],
)
@pytest.mark.parametrize("where", ["top", "nested"])
def test_a_context_that_does_not_stand_in_the_document(context: Any, where: str) -> None:
    document = good()
    if where == "top":
        document["@context"] = context
    else:
        permission(document)["@context"] = context
    refused(document, "context|whole numbers")


def test_a_second_policy_in_a_named_graph_is_not_overlooked() -> None:
    document = good()
    document["@graph"].append({"@id": "urn:x:graph", "@graph": [{"@id": "urn:x:y", "odrl:action": {"@id": "urn:x:z"}}]})
    refused(document, "named graph")


def test_two_agreements() -> None:
    document = good()
    document["@graph"].append({"@id": "urn:assetlib:license:LIC-2", "@type": "odrl:Agreement"})
    refused(document, "one Agreement")


def test_a_context_that_unfolds() -> None:
    """Each prefix stands on the one before: a kilobyte of prefixes would make megabytes of IRIs."""
    document = good()
    document["@context"] |= {f"p{n}": f"p{n - 1}:{'x' * 100}" for n in range(1, 5000)}
    refused(document, "entries, more than")


def test_a_context_that_turns_back_on_itself() -> None:
    document = good()
    document["@context"] |= {"a": "b:x", "b": "a:y"}
    agreement(document)["a:z"] = "x"
    refused(document)


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"[" * 100_000, "deep"),
        (b'{"a":' * 60 + b"1" + b"}" * 60, "deep"),
        (b'{"@graph": [1', "JSON"),
        (b'{"a": 1, "a": 2}', "duplicate key"),
        (b'{"a": 1e400}', "whole numbers"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": ' + b"9" * 5000 + b"}", "JSON"),
        (b'"text"', "object"),
        (b"\xff\xfe", "UTF-8"),
        (b'{"a": "\\ud800"}', "JSON"),
        (b" " * (MAX_BYTES + 1), "at most"),
        (b"{}", "no policy"),
        (b"[]", "no policy"),
    ],
    ids=lambda value: value[:16].decode("latin-1") if isinstance(value, bytes) else "",
)
def test_malformed(data: bytes, match: str) -> None:
    refused(data, match)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 20_000,
        "<a> <b> " + "(" * 5000,
        "@prefix x: <urn:x:> . x:a x:b",
        '@prefix x: <urn:x:> . x:a x:b "unterminated',
        "@base <http://127.0.0.1:9/> . <a> <b> <c> .",
        "<urn:x:a> <urn:x:b> \"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>\""
        "^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#XMLLiteral> .",
        '<urn:x:a> <urn:x:b> "' + "9" * 100_000 + '"^^<http://www.w3.org/2001/XMLSchema#integer> .',
    ],
    ids=range(7),
)
def test_malformed_turtle(text: str) -> None:
    with pytest.raises(OdrlRefused):
        read_odrl(text.encode(), TURTLE)


def test_a_list_without_an_end() -> None:
    turtle = (
        "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . _:a rdf:first 'x'; rdf:rest _:a ."
        "<urn:assetlib:license:L> a <http://www.w3.org/ns/odrl/2/Agreement> ;"
        " <http://www.w3.org/ns/odrl/2/profile> <urn:assetlib:odrl:1> ; <urn:assetlib:odrl:1:signers> _:a ."
    )
    with pytest.raises(OdrlRefused, match="a list with an end"):
        read_odrl(turtle.encode(), TURTLE)


def test_another_format() -> None:
    with pytest.raises(OdrlRefused, match="expected JSON-LD"):
        read_odrl(b"<rdf/>", "xml")
