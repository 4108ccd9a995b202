"""License templates: plain questions for a librarian, and the license file their answers make.

template = TEMPLATES["performer-consent"]
text = write_license(template, {question.key: ask(question) for question in template.questions}, document=…)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import yaml

from assetlib.documents.license_file import LicenseFileRefused, read_license
from assetlib.documents.open_licenses import UnknownOpenLicense, open_terms
from assetlib.rights.vocabulary import MEDIA
from provenance.digest import digest_bytes, hex_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One plain question. An empty `default` with `required` has to be answered; `many` takes words with commas."""

    key: str
    text: str
    default: str = ""
    required: bool = True
    many: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    name: str
    title: str
    questions: tuple[Question, ...]
    build: Callable[[Mapping[str, str]], dict[str, Any]]

    @property
    def needs_document(self) -> bool:
        return self.name != "open"


class AnswersRefused(ValueError):
    """Answers that make no license; the message names each question."""


def write_license(template: Template, answers: Mapping[str, str], *, document: tuple[str, bytes] | None = None) -> str:
    """YAML that `read_license` accepts; raises AnswersRefused. `document` is (file name, bytes)."""
    given = _complete(template, answers)
    if template.needs_document and document is None:
        raise AnswersRefused("this license needs the signed document; give the file")
    content = _common(given, document) | template.build(given)
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110)
    try:
        read_license(text.encode(), document=document[1] if document else None)
    except LicenseFileRefused as error:
        raise AnswersRefused("\n".join(f"{p.where}: {p.message}" for p in error.problems)) from error
    return text


def _complete(template: Template, answers: Mapping[str, str]) -> dict[str, str]:
    known = {question.key for question in template.questions}
    if unknown := sorted(answers.keys() - known):
        raise AnswersRefused(f"the template {template.name} asks nothing about {', '.join(unknown)}")
    given = {q.key: answers.get(q.key, "").strip() or q.default for q in template.questions}
    if missing := [q.text for q in template.questions if q.required and not given[q.key]]:
        raise AnswersRefused("still to answer: " + "; ".join(missing))
    return given


def _common(given: Mapping[str, str], document: tuple[str, bytes] | None) -> dict[str, Any]:
    content: dict[str, Any] = {
        "assetlib_license": 1,
        "id": given["id"],
        "kind": "license",
        "timezone": given.get("timezone", "UTC"),
        "from": {"party": given["from"]},
        "to": given["to"],
    }
    if document is not None:
        content["document"] = {"file": document[0], "sha256": hex_of(digest_bytes(document[1]))}
    if given.get("signed"):
        content["signed"] = given["signed"]
    return content


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _territories(text: str) -> list[str]:
    """``WW minus CN, RU`` is one answer, ``US, GB`` are two."""
    return [text] if text.startswith("WW minus") else _words(text)


def _covers(given: Mapping[str, str], *facets: str) -> dict[str, Any]:
    characters = [word for word in _words(given["assets"]) if "/" not in word]
    others = [word for word in _words(given["assets"]) if "/" in word]
    covers: dict[str, Any] = {"facets": list(facets)}
    if characters:
        covers["character"] = characters
    if others:
        covers["asset"] = others
    return covers


def _permits(given: Mapping[str, str], **more: Any) -> dict[str, Any]:
    window = {key: given[name] for key, name in (("from", "from_day"), ("until", "until_day")) if given.get(name)}
    clause = {
        "clause": given["clause"],
        "actions": ["view", "generate.previs", "generate.final", "edit", "upscale", "export.delivery"],
        "purposes": ["previs", "final_shot", "review", "editorial", "delivery", "archive"],
        "productions": _words(given["productions"]),
        "territories": _territories(given["territories"]),
        "media": _words(given["media"]),
        "recipients": _words(given["recipients"]),
        "use_until": given["use_until"],
        "survival": "perpetual" if given["use_until"] == "perpetual" else {"until": given["use_until"]},
    }
    if window:
        clause["generate"] = window
    if {word for word in clause["recipients"] if word != "local"}:
        clause["actions"] = [*clause["actions"], "export.provider"]
    return clause | more


def _no_training(given: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"clause": f"{given['clause']}-training", "actions": ["train", "mine"]}]


def _work_for_hire(given: Mapping[str, str]) -> dict[str, Any]:
    return {
        "kind": "work_for_hire",
        "covers": _covers(given, "character_ip", "underlying_work", "location"),
        "permits": [_permits(given)],
        "prohibits": _no_training(given),
    }


def _performer_consent(given: Mapping[str, str]) -> dict[str, Any]:
    more: dict[str, Any] = {"use_description": given["use_description"]}
    permits = _permits(given, **more)
    permits["actions"] = [*permits["actions"], "generate.likeness", "generate.voice"]
    if given["approver"]:
        permits["before"] = [{"approval": f"by {given['approver']}", "each": "batch"}]
    if given["credit"]:
        permits["after"] = [{"credit": given["credit"]}]
    if given["scenes"]:
        permits["scenes"] = _words(given["scenes"])
    content: dict[str, Any] = {
        "kind": "performer_consent",
        "from": {"party": given["from"], "capacity": given["capacity"]}
        | ({"represented_by": given["represented_by"]} if given["represented_by"] else {}),
        "covers": _covers(given, "likeness", "voice", "performance"),
        "permits": [permits],
        "prohibits": _no_training(given),
        "replica": {"type": given["replica"], "separately_signed": given["separately_signed"]},
    }
    if given["never_shown"]:
        content["prohibits"].append({"clause": f"{given['clause']}-content", "content": _words(given["never_shown"])})
    return content


def _location(given: Mapping[str, str]) -> dict[str, Any]:
    return {
        "kind": "release",
        "covers": _covers(given, "location"),
        "permits": [_permits(given)],
        "prohibits": _no_training(given),
    }


def _stock(given: Mapping[str, str]) -> dict[str, Any]:
    permits = _permits(given)
    if given["credit"]:
        permits["after"] = [{"credit": given["credit"]}]
    covers = _covers(given, "underlying_work")
    return {"kind": "license", "covers": covers, "permits": [permits], "prohibits": _no_training(given)}


def _open(given: Mapping[str, str]) -> dict[str, Any]:
    try:
        terms = open_terms(given["spdx"])
    except UnknownOpenLicense as error:
        raise AnswersRefused(str(error)) from error
    if terms.attribution and not given["credit"]:
        raise AnswersRefused(f"{terms.spdx} asks for attribution; give the credit line")
    adapting = ["generate", "edit", "upscale", "export"] if terms.adaptable else ["export.delivery", "export.publish"]
    purposes = ["previs", "final_shot", "review", "editorial", "delivery", "archive", "marketing"]
    clause: dict[str, Any] = {
        "clause": terms.spdx,
        "actions": ["view", *adapting],
        "purposes": purposes,
        "productions": ["*"],
        "territories": ["WW"],
        "media": list(MEDIA),
        "recipients": ["*"],
        "use_until": "perpetual",
        "survival": "perpetual",
        "commercial": terms.commercial,
        "share_alike": terms.share_alike,
    }
    if terms.attribution:
        clause["after"] = [{"credit": given["credit"]}]
    return {
        "kind": "open_license",
        "spdx": terms.spdx,
        "source": given["source"],
        "covers": _covers(given, "character_ip", "location", "underlying_work"),
        "permits": [clause],
    }


_WHO = (
    Question(key="id", text="License id, for example LIC-2026-0042"),
    Question(key="from", text="Who grants it (party id)"),
    Question(key="to", text="Who receives it (your studio's party id)"),
    Question(key="assets", text="Which assets: character names, or paths such as sets/gate", many=True),
)
_TERMS = (
    Question(key="timezone", text="Time zone of the contract's dates, for example America/Los_Angeles"),
    Question(key="signed", text="Day it was signed (2026-07-14)"),
    Question(key="clause", text="Number of the clause that grants the use", default="1"),
    Question(key="productions", text="For which productions", many=True),
    Question(key="territories", text="Where: country codes, WW, or WW minus CN, RU", default="WW", many=True),
    Question(key="media", text=f"In which media ({', '.join(MEDIA)})", many=True),
    Question(key="recipients", text="Who may receive it", default="local", many=True),
    Question(key="from_day", text="First day on which new work may be made", required=False),
    Question(key="until_day", text="Last day on which new work may be made", required=False),
    Question(key="use_until", text="Last day of use, or perpetual", default="perpetual"),
)
_CREDIT = Question(key="credit", text="Credit line owed, if any", required=False)
_PERFORMER = (
    Question(key="capacity", text="Signed as self, guardian, estate, heirs or union", default="self"),
    Question(key="represented_by", text="Represented by (counsel or union)", required=False),
    Question(key="use_description", text="What the replica will do, specifically"),
    Question(key="scenes", text="Only in these scenes (12-19)", required=False, many=True),
    Question(key="approver", text="Whose approval each batch needs, if anybody's", required=False),
    Question(key="never_shown", text="What must never be shown (nudity, politics, …)", required=False, many=True),
    Question(key="replica", text="employment_based, independently_created or background", default="employment_based"),
    Question(key="separately_signed", text="Was the consent signed separately (true, false)"),
)
_OPEN = (
    Question(key="spdx", text="SPDX id, for example CC0-1.0 or CC-BY-4.0"),
    Question(key="source", text="Where it is stated (URL or file)"),
    _CREDIT,
)

TEMPLATES = MappingProxyType(
    {
        template.name: template
        for template in (
            Template(
                name="work-for-hire",
                title="Work made for hire: your own characters, sets and props",
                questions=(*_WHO, *_TERMS),
                build=_work_for_hire,
            ),
            Template(
                name="performer-consent",
                title="A performer's consent to a digital replica",
                questions=(*_WHO, *_TERMS, *_PERFORMER, _CREDIT),
                build=_performer_consent,
            ),
            Template(
                name="location", title="A location or property release", questions=(*_WHO, *_TERMS), build=_location
            ),
            Template(
                name="stock",
                title="A stock license for a picture, plate or model",
                questions=(*_WHO, *_TERMS, _CREDIT),
                build=_stock,
            ),
            Template(name="open", title="An open license (Creative Commons)", questions=(*_WHO, *_OPEN), build=_open),
        )
    }
)
