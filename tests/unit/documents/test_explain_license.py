"""What a lawyer signs off: every field of a license is in its prose, and no change to one goes unsaid."""

from __future__ import annotations

import dataclasses
from typing import Any

from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from assetlib.documents.explain_license import explain_license, paragraphs_of
from assetlib.documents.license_file import read_license
from assetlib.model.license import License, Territories
from assetlib.rights.territory import mask_of
from tests.unit.documents.license_files import DOCUMENT, TEXT
from tests.unit.rights.odrl.generated import LICENSES, of_field

LOOSE = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)


@LOOSE
@given(LICENSES, st.data())
def test_a_change_to_any_field_changes_the_prose(license_: License, data: st.DataObject) -> None:
    changed = _changed(license_, data)
    assume(_meant(changed) != _meant(license_))
    assert explain_license(changed) != explain_license(license_)


def _changed(value: Any, data: st.DataObject) -> Any:
    names = [f.name for f in dataclasses.fields(value) if f.init and f.name not in ("id", "timezone")]
    name = data.draw(st.sampled_from(names))
    held = getattr(value, name)
    if dataclasses.is_dataclass(held) and not isinstance(held, Territories):
        new = _changed(held, data)
    elif isinstance(held, tuple) and held and dataclasses.is_dataclass(held[0]):
        at = data.draw(st.integers(0, len(held) - 1))
        new = (*held[:at], _changed(held[at], data), *held[at + 1 :])
    else:
        new = data.draw(of_field(type(value), name))
    return dataclasses.replace(value, **{name: new})


def _meant(value: Any) -> Any:
    """A value without what means nothing: ids, the order of a set, a word said twice, how a territory is spelled."""
    if isinstance(value, Territories):
        return mask_of(value), not value.included and not value.excluded
    if dataclasses.is_dataclass(value):
        fields = [f.name for f in dataclasses.fields(value) if f.init and f.name != "id"]
        return tuple((name, _meant(getattr(value, name))) for name in fields)
    if isinstance(value, tuple):
        return frozenset(map(_meant, value))
    return " ".join(value.split()) if isinstance(value, str) else value


def test_the_example_of_the_guide_prints_its_half_open_instants() -> None:
    text = explain_license(read_license(TEXT.encode(), document=DOCUMENT))
    assert "from 1 August 2026 (2026-08-01 00:00 PDT, 2026-08-01 07:00 UTC)" in text
    assert "until the end of 28 February 2027 (2027-03-01 00:00 PST, 2027-03-01 08:00 UTC)" in text
    assert "No override can lift this" not in text


def test_each_clause_has_a_paragraph_of_its_own() -> None:
    headings = [p.heading for p in paragraphs_of(read_license(TEXT.encode(), document=DOCUMENT))]
    assert headings == ["Parties and document", "Clause 3.1", "Clause 5", "Clause 6", "Consent", "Further terms"]
