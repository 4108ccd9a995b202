"""The license file as a librarian writes it, closed: every key it may have and what each may say.

These models read; `license_file` turns them into values. Their JSON Schema is `schemas/rights/license.json`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from assetlib.model.asset import AssetKind, Facet
from assetlib.model.license import (
    Capacity,
    CapUnit,
    DutyEach,
    DutyKind,
    LicenseKind,
    ProhibitionClass,
    RevocationEffect,
)
from assetlib.rights import territory, vocabulary

_MOST_DAYS = 36_525  # a hundred years
_MOST_COUNTED = 10**12


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _granted(word: str) -> str:
    if word == "*":
        raise ValueError("'*' is refused: name each action, so that nothing is granted by accident")
    if word == "train":
        raise ValueError("'train' is refused: name each of train.gen, train.nongen, train.finetune_internal")
    vocabulary.actions_granted((word,))
    return word


def _prohibited(word: str) -> str:
    vocabulary.actions_prohibited((word,))
    return word


def _one_of(dimension: str, known: tuple[str, ...]) -> AfterValidator:
    def check(word: str) -> str:
        vocabulary.check_words(dimension, (word,), known)
        return word

    return AfterValidator(check)


def _territory(word: str) -> str:
    territory.parse_territories((word,))
    return word


def _iso_day(value: Any) -> Any:
    """Only ``2027-02-28``: a bare number would be read as seconds since 1970."""
    if isinstance(value, str) and value != "perpetual" and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError(f"expected a date such as 2027-02-28, found {value!r}")
    if isinstance(value, str) and value != "perpetual" and not "1800" <= value[:4] <= "2999":
        # the ends of the calendar have no day before or after them, in no zone
        raise ValueError(f"expected a year from 1800 to 2999, found {value!r}; what never ends is 'perpetual'")
    return value


Day = Annotated[date, BeforeValidator(_iso_day)]
GrantedAction = Annotated[str, AfterValidator(_granted)]
ProhibitedAction = Annotated[str, AfterValidator(_prohibited)]
Purpose = Annotated[str, _one_of("purpose", tuple(vocabulary.PURPOSES))]
Medium = Annotated[str, _one_of("medium", vocabulary.MEDIA)]
Flag = Annotated[str, _one_of("content flag", vocabulary.CONTENT_FLAGS)]
Territory = Annotated[str, AfterValidator(_territory)]
Words = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Text = Annotated[str, Field(min_length=1)]


class Form(BaseModel):
    """Closed: a key nobody knows is a mistake nobody noticed."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


class PartyForm(Form):
    party: Text
    capacity: Capacity = Capacity.OWNER
    represented_by: str = ""
    authority_sha256: str = ""


class DocumentForm(Form):
    file: Text
    sha256: Annotated[str, Field(pattern=r"^(sha256:)?[0-9a-f]{64}$")]


class CoversForm(Form):
    character: Words = ()
    asset: Words = ()
    collection: Words = ()
    kind: Annotated[tuple[AssetKind, ...], BeforeValidator(_listed)] = ()
    facets: Annotated[tuple[Facet, ...], BeforeValidator(_listed)] = ()
    subjects: Words = ()


class WindowForm(Form):
    from_: Day | None = Field(default=None, alias="from")
    until: Day | None = None


class SurvivesUntil(Form):
    until: Day


class SellOff(Form):
    sell_off_days: Annotated[int, Field(ge=1, le=_MOST_DAYS)]


class BeforeForm(Form):
    """One duty before use: exactly one kind, with what is needed and ``by WHOM`` at its end."""

    approval: str | None = None
    consent: str | None = None
    notice: str | None = None
    fee: str | None = None
    each: DutyEach = DutyEach.ONCE

    def said(self) -> list[tuple[DutyKind, str]]:
        kinds = (DutyKind.APPROVAL, DutyKind.CONSENT, DutyKind.NOTICE, DutyKind.FEE)
        return [(kind, text) for kind in kinds if (text := getattr(self, kind.value)) is not None]


class AfterForm(Form):
    credit: str | None = None
    fee: str | None = None
    report: str | None = None
    label: str | None = None
    notice: str | None = None

    def said(self) -> list[tuple[DutyKind, str]]:
        kinds = (DutyKind.CREDIT, DutyKind.FEE, DutyKind.REPORT, DutyKind.LABEL, DutyKind.NOTICE)
        return [(kind, text) for kind in kinds if (text := getattr(self, kind.value)) is not None]


class PermitForm(Form):
    clause: Text
    covers: CoversForm | None = None
    actions: Annotated[tuple[GrantedAction, ...], Field(min_length=1)]
    purposes: Annotated[tuple[Purpose, ...], Field(min_length=1)]
    productions: Annotated[tuple[str, ...], Field(min_length=1)]
    territories: Annotated[tuple[Territory, ...], Field(min_length=1)]
    media: Annotated[tuple[Medium, ...], Field(min_length=1)]
    recipients: Annotated[tuple[str, ...], Field(min_length=1)]
    scenes: tuple[str, ...] = ()
    generate: WindowForm = WindowForm()
    use_until: Day | Literal["perpetual"]
    survival: Literal["perpetual", "none"] | SurvivesUntil | SellOff = "none"
    limits: dict[CapUnit, Annotated[int, Field(ge=0, le=_MOST_COUNTED)]] = {}
    before: tuple[BeforeForm, ...] = ()
    after: tuple[AfterForm, ...] = ()
    depth: Annotated[int, Field(ge=0, le=_MOST_COUNTED)] | None = None
    retention_days_max: Annotated[int, Field(ge=0, le=_MOST_DAYS)] | None = None
    regions: tuple[str, ...] = ()
    use_description: str = ""
    commercial: bool = True
    share_alike: bool = False


class ProhibitForm(Form):
    clause: Text
    covers: CoversForm | None = None
    actions: tuple[ProhibitedAction, ...] = ()
    purposes: tuple[Purpose, ...] = ()
    productions: tuple[str, ...] = ()
    territories: tuple[Territory, ...] = ()
    media: tuple[Medium, ...] = ()
    recipients: tuple[str, ...] = ()
    scenes: tuple[str, ...] = ()
    content: tuple[Flag, ...] = ()
    during: WindowForm = WindowForm()
    class_: ProhibitionClass = Field(default=ProhibitionClass.NORMAL, alias="class")


class ReplicaForm(Form):
    type: Literal["employment_based", "independently_created", "background"]
    separately_signed: bool = False
    notice_at: Day | None = None
    replaces_work: bool | None = None
    minor_at_signing: bool = False
    court_approval: str = ""
    dialogue: bool | None = None
    compensation: str = ""


class RevocationForm(Form):
    effect: RevocationEffect = RevocationEffect.TAKEDOWN
    notice_days: Annotated[int, Field(ge=0, le=_MOST_DAYS)] = 0


class LicenseForm(Form):
    """A license file, format 1. Calendar dates are read in `timezone`; "until" means through the end of that day."""

    assetlib_license: Literal["1"]
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]*$")]
    kind: LicenseKind
    timezone: Text
    from_: PartyForm = Field(alias="from")
    to: Text
    document: DocumentForm | None = None
    spdx: str = ""
    signed: Day | None = None
    covers: CoversForm
    permits: tuple[PermitForm, ...] = ()
    prohibits: tuple[ProhibitForm, ...] = ()
    replica: ReplicaForm | None = None
    on_revocation: RevocationForm = RevocationForm()
    after_death: str = ""
    governing_law: str = ""
    exclusive: bool = False
    sublicense: bool = False
    moral_rights: str = ""
    signers: tuple[str, ...] = ()
    supersedes: str = ""
    source: str = ""
    note: str = ""


def form_keys(form: type[BaseModel]) -> Iterator[str]:
    """Every key that a form and the forms inside it may have, as a file spells them."""
    schema = form.model_json_schema(by_alias=True)
    for part in (schema, *schema.get("$defs", {}).values()):
        yield from part.get("properties", {})


def license_schema() -> dict[str, Any]:
    """The JSON Schema of a license file, as `schemas/rights/license.json` holds it."""
    schema = LicenseForm.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["properties"]["assetlib_license"] = {"enum": [1, "1"], "title": "Format of this file"}
    return schema
