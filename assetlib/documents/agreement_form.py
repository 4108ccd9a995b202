"""The provider agreement as a rights-admin writes it, closed: every key it may have and what each may say."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from assetlib.documents.license_form import Day, Flag, Form, Medium, ProhibitedAction, Purpose, Territory, Text
from assetlib.model.license import Answer, HumanReview, OutputOwnership

_CREDENTIAL = re.compile(r"(env|keyring):[A-Za-z0-9_.\-/]{1,128}")


def _reference(text: str) -> str:
    """A key by mistake in the file must not come back in the message."""
    if text and not _CREDENTIAL.fullmatch(text):
        raise ValueError("expected where the key lies, 'env:NAME' or 'keyring:NAME', never the key itself")
    return text


Part = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._\-]*$")]
Days = Annotated[int, Field(ge=0)]


class RestrictionForm(Form):
    """What must not be done with outputs; an empty dimension means any."""

    clause: Text
    actions: Annotated[tuple[ProhibitedAction, ...], Field(min_length=1)]
    purposes: tuple[Purpose, ...] = ()
    productions: tuple[str, ...] = ()
    territories: tuple[Territory, ...] = ()
    media: tuple[Medium, ...] = ()
    recipients: tuple[str, ...] = ()
    content: tuple[Flag, ...] = ()


class CappedIndemnity(Form):
    capped: Text
    conditions: str = ""


class AgreementForm(Form):
    """An agreement file, format 1. Calendar dates are read in `timezone` and mean whole days.

    What is not stated is unknown, and unknown never allows.
    """

    assetlib_agreement: Literal["1"]
    id: Annotated[str, Field(pattern=r"^PA-[A-Za-z0-9][A-Za-z0-9_.\-]*$")]
    timezone: Text
    provider: Part
    product: Part
    plan: Part
    account: Part
    legal_entity: Text
    governing_law: Text
    models: Annotated[tuple[Text, ...], Field(min_length=1)]
    subprocessors: tuple[Text, ...] = ()
    credential: Annotated[str, AfterValidator(_reference)] = ""
    trains_on_inputs: Answer = Answer.UNKNOWN
    trains_on_outputs: Answer = Answer.UNKNOWN
    human_review: HumanReview = HumanReview.UNKNOWN
    retention_days: Days | Literal["unknown"] = "unknown"
    zero_retention_setting: str = ""
    regions: tuple[Text, ...] = ()
    output_ownership: OutputOwnership = OutputOwnership.UNKNOWN
    output_restrictions: tuple[RestrictionForm, ...] = ()
    indemnity: Literal["none", "uncapped"] | CappedIndemnity = "none"
    content_credentials: bool = False
    personal_data_allowed: bool = False
    biometric_allowed: bool = False
    valid_from: Day
    valid_until: Day | None = None
    evidence_sha256: Annotated[str, Field(pattern=r"^(sha256:)?[0-9a-f]{64}$")] | None = None
    evidence_uri: str = ""
    evidence_captured_at: Day | None = None
    reviewed_by: str = ""
    review_due: Day | None = None
