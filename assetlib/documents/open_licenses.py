"""Creative Commons licenses by SPDX id: what each grants, as a License to be activated like any other.

Only what is listed here can be granted; any other id is refused, because nobody has read it for this use. They
are copyright licenses: likeness, voice, trademark, music and training stay ungranted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assetlib.model.asset import Facet
from assetlib.model.license import (
    Duty,
    DutyKind,
    DutyWhen,
    Grant,
    License,
    LicenseKind,
    LicenseParty,
    Selector,
    Survival,
    SurvivalKind,
    Territories,
)
from assetlib.rights.vocabulary import MEDIA, PURPOSES

COVERED = (Facet.CHARACTER_IP, Facet.LOCATION, Facet.UNDERLYING_WORK)
_VERSIONS = ("1.0", "2.0", "2.5", "3.0", "4.0")
_ORDER = ("BY", "NC", "ND", "SA")
_SPDX = re.compile(r"CC-(?P<elements>BY(?:-NC)?(?:-ND|-SA)?)-(?P<version>\d\.\d)")
_UNVERSIONED = re.compile(r"LicenseRef-CC-(?P<elements>BY(?:-NC)?(?:-ND)?(?:-SA)?)")


class UnknownOpenLicense(ValueError):
    """An SPDX id without a template here; its assets stay denied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTerms:
    """What a Creative Commons license asks; `version` is '' where its statement names none."""

    elements: frozenset[str]
    version: str

    @property
    def spdx(self) -> str:
        """The SPDX id; ``LicenseRef-…`` for an unversioned statement, which SPDX cannot name."""
        if not self.elements:
            return "CC0-1.0"
        name = "-".join(element for element in _ORDER if element in self.elements)
        return f"CC-{name}-{self.version}" if self.version else f"LicenseRef-CC-{name}"

    @property
    def commercial(self) -> bool:
        return "NC" not in self.elements

    @property
    def adaptable(self) -> bool:
        return "ND" not in self.elements

    @property
    def share_alike(self) -> bool:
        return "SA" in self.elements

    @property
    def attribution(self) -> bool:
        return "BY" in self.elements


def open_terms(spdx: str) -> OpenTerms:
    """The terms of an SPDX id; raises UnknownOpenLicense."""
    if spdx == "CC0-1.0":
        return OpenTerms(elements=frozenset(), version="1.0")
    if (known := _SPDX.fullmatch(spdx)) and known["version"] in _VERSIONS:
        return OpenTerms(elements=frozenset(known["elements"].split("-")), version=known["version"])
    if known := _UNVERSIONED.fullmatch(spdx):
        return OpenTerms(elements=frozenset(known["elements"].split("-")), version="")
    raise UnknownOpenLicense(
        f"no template for {spdx!r}; expected CC0-1.0 or a Creative Commons id such as CC-BY-4.0. "
        "Have counsel read the license and file it as one of its own"
    )


def open_license(
    spdx: str,
    *,
    license_id: str,
    selector: Selector,
    licensor: str,
    licensee: str,
    credit: str = "",
    facets: tuple[Facet, ...] = COVERED,
    source: str = "",
) -> License:
    """The License of an open license for the selected assets; raises UnknownOpenLicense, or ValueError without credit.

    It is a proposal until a rights-admin activates it: whether the licensor could grant it is a person's judgment.
    """
    terms = open_terms(spdx)
    if terms.attribution and not credit:
        raise ValueError(f"{spdx} asks for attribution; give the credit line")
    clause = terms.spdx
    id_ = f"{license_id}#{clause}"
    credits_ = Duty(id=f"{id_}/after/0", when=DutyWhen.POST, kind=DutyKind.CREDIT, what=credit)
    return License(
        id=license_id,
        kind=LicenseKind.OPEN_LICENSE,
        timezone="UTC",
        licensor=LicenseParty(party=licensor),
        licensee=licensee,
        spdx=terms.spdx,
        source=source,
        grants=(
            Grant(
                id=id_,
                clause=clause,
                facets=facets,
                selector=selector,
                actions=_actions(terms),
                purposes=tuple(purpose for purpose in PURPOSES if purpose != "training"),
                productions=("*",),
                territories=Territories(included=("WW",)),
                media=MEDIA,
                recipients=("*",),
                survival=Survival(kind=SurvivalKind.PERPETUAL),
                duties=(credits_,) if terms.attribution else (),
                commercial=terms.commercial,
                share_alike=terms.share_alike,
                depth=None if terms.adaptable else 0,
            ),
        ),
    )


def _actions(terms: OpenTerms) -> tuple[str, ...]:
    """A picture generated from a work counts as an adaptation, so "no derivatives" leaves showing and handing on."""
    unchanged = ("view", "export.delivery", "export.publish")
    return ("view", "generate", "edit", "upscale", "export") if terms.adaptable else unchanged
