"""Rule packs in YAML, read as strictly as a license: closed, each mistake with its line.

There is no key for a permission, and a key nobody knows is refused, so that a pack can only narrow. Dates mean whole
days in the file's zone.

    packs = shipped_rulepacks()
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError

import schemas
from assetlib.documents.license_file import LicenseFileRefused, Problem, parse_yaml, problems_of, zone_problems
from assetlib.documents.license_form import (
    Day,
    Flag,
    Form,
    ProhibitedAction,
    Purpose,
    Territory,
    Text,
    WindowForm,
    Words,
)
from assetlib.documents.license_value import end_of, start_of
from assetlib.model.asset import Facet
from assetlib.model.license import (
    Due,
    DueFrom,
    Duty,
    DutyEach,
    DutyKind,
    DutyWhen,
    LicenseKind,
    Prohibition,
    ProhibitionClass,
    Selector,
)
from assetlib.model.rulepack import Confidence, RuleEntry, RulePack
from assetlib.rights import fields, territory, vocabulary
from provenance.digest import Digest, digest_bytes

RulePackRefused = LicenseFileRefused
_NAME = r"^[a-z0-9][a-z0-9.\-]*$"


def _requirement(text: str) -> str:
    for word in fields.alternatives(text):
        if word not in fields.FIELDS:
            raise ValueError(f"there is no field {word!r}; expected one of {', '.join(sorted(fields.FIELDS))}")
    return text


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


class AboutForm(Form):
    facets: Annotated[tuple[Facet, ...], BeforeValidator(_listed)] = ()
    kinds: Annotated[tuple[LicenseKind, ...], BeforeValidator(_listed)] = ()
    replicas: Words = ()
    actions: tuple[ProhibitedAction, ...] = ()
    purposes: tuple[Purpose, ...] = ()
    media: tuple[str, ...] = ()
    content: tuple[Flag, ...] = ()


class DueForm(Form):
    days: Annotated[int, Field(ge=0)] = 0
    after: DueFrom = DueFrom.USE
    on: Day | None = None


class DutyForm(Form):
    kind: DutyKind
    what: Text
    by: str = ""
    each: DutyEach = DutyEach.ONCE
    due: DueForm | None = None


class BanForm(Form):
    actions: Annotated[tuple[ProhibitedAction, ...], Field(min_length=1)]
    purposes: tuple[Purpose, ...] = ()
    territories: tuple[Territory, ...] = ()
    media: tuple[str, ...] = ()
    content: tuple[Flag, ...] = ()
    class_: ProhibitionClass = Field(default=ProhibitionClass.NORMAL, alias="class")


class EntryForm(Form):
    id: Annotated[str, Field(pattern=_NAME)]
    source: Text
    says: Text
    confidence: Confidence
    in_force: WindowForm = WindowForm()
    jurisdiction: tuple[Territory, ...] = ()
    guild: str = ""
    about: AboutForm = AboutForm()
    requires: tuple[Annotated[str, AfterValidator(_requirement)], ...] = ()
    before: tuple[DutyForm, ...] = ()
    after: tuple[DutyForm, ...] = ()
    prohibits: tuple[BanForm, ...] = ()


class RulePackForm(Form):
    """A rule pack, format 1."""

    assetlib_rulepack: Literal["1"]
    name: Annotated[str, Field(pattern=_NAME)]
    edition: Annotated[str, Field(pattern=r"^\d{4}-\d{2}(-\d{2})?$")]
    title: Text
    timezone: str = "UTC"
    media: Words = ()
    entries: Annotated[tuple[EntryForm, ...], Field(min_length=1)]


def read_rulepack(data: bytes) -> RulePack:
    """The rule pack in a YAML file. Raises RulePackRefused with every mistake."""
    content, lines = parse_yaml(data, opening="assetlib_rulepack: 1")
    problems = zone_problems(content, lines)
    try:
        form = RulePackForm.model_validate(content)
    except ValidationError as error:
        raise RulePackRefused(problems_of(error, RulePackForm, lines) + problems) from error
    for number, entry in enumerate(form.entries):
        line = lines.get(("entries", number), 0)
        if not (entry.requires or entry.before or entry.after or entry.prohibits):
            problems.append(Problem(line=line, where=entry.id, message="asks for nothing and prohibits nothing"))
        for place, words in (("about", entry.about.media), *(("prohibits", ban.media) for ban in entry.prohibits)):
            unknown = sorted(set(words) - {*vocabulary.MEDIA, *form.media})
            if unknown:
                problems.append(Problem(line=line, where=f"{entry.id}.{place}", message=f"unknown media {unknown}"))
        if sum(other.id == entry.id for other in form.entries[:number]):
            problems.append(Problem(line=line, where=entry.id, message="stands twice; decisions cite entries by id"))
    if problems:
        raise RulePackRefused(problems)
    zone = ZoneInfo(form.timezone)
    return RulePack(
        name=form.name,
        edition=form.edition,
        title=form.title,
        entries=tuple(_entry(entry, f"{form.name}/{entry.id}", zone) for entry in form.entries),
        media=tuple(sorted(set(form.media))),
    )


@lru_cache(maxsize=1)
def shipped_rulepacks() -> tuple[tuple[RulePack, Digest], ...]:
    """Every pack that travels with this version, by name, each with the digest of its file: what counsel confirms."""
    files = sorted(schemas.path("rulepacks").glob("*.yaml"))
    return tuple((_named(file, data), digest_bytes(data)) for file in files for data in (file.read_bytes(),))


def _named(file: Path, data: bytes) -> RulePack:
    pack = read_rulepack(data)
    if pack.name != file.stem:
        raise RulePackRefused([Problem(line=0, where="name", message=f"expected {file.stem!r}, found {pack.name!r}")])
    return pack


def _entry(form: EntryForm, id_: str, zone: ZoneInfo) -> RuleEntry:
    about = form.about
    return RuleEntry(
        id=id_,
        source=form.source,
        says=form.says,
        confidence=form.confidence,
        from_=start_of(form.in_force.from_, zone) if form.in_force.from_ else None,
        until=end_of(form.in_force.until, zone) if form.in_force.until else None,
        jurisdiction=territory.parse_territories(form.jurisdiction) if form.jurisdiction else None,
        guild=form.guild,
        facets=about.facets,
        kinds=about.kinds,
        replicas=about.replicas,
        actions=about.actions,
        purposes=about.purposes,
        media=about.media,
        content=about.content,
        requires=form.requires,
        duties=(*_duties(form.before, DutyWhen.PRE, id_, zone), *_duties(form.after, DutyWhen.POST, id_, zone)),
        prohibitions=tuple(_ban(ban, f"{id_}/{number}") for number, ban in enumerate(form.prohibits)),
    )


def _duties(forms: tuple[DutyForm, ...], when: DutyWhen, id_: str, zone: ZoneInfo) -> list[Duty]:
    return [
        Duty(
            id=f"{id_}/{'before' if when is DutyWhen.PRE else 'after'}/{number}",
            when=when,
            kind=form.kind,
            what=form.what,
            by=form.by,
            each=form.each,
            due=None if form.due is None else _due(form.due, zone),
        )
        for number, form in enumerate(forms)
    ]


def _due(form: DueForm, zone: ZoneInfo) -> Due:
    on: date | None = form.on
    return Due(days=form.days, after=form.after, on=None if on is None else end_of(on, zone))


def _ban(form: BanForm, id_: str) -> Prohibition:
    return Prohibition(
        id=id_,
        clause=id_,
        selector=Selector(),
        actions=form.actions,
        purposes=form.purposes,
        territories=territory.parse_territories(form.territories),
        media=form.media,
        content=form.content,
        severity=form.class_,
    )
