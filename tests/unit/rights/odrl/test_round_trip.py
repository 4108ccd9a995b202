"""What leaves as ODRL comes back as the same license, whatever it says."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from assetlib.model.license import License
from assetlib.rights.odrl import JSON_LD, TURTLE, OdrlRefused, profile, read_odrl, write_odrl
from assetlib.rights.odrl.graph import parse
from tests.unit.rights.odrl.generated import LICENSES, of_field
from tests.unit.rights.worlds import IP, ban, filed

LOOSE = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # a whole license takes minutes to shrink
)


@LOOSE
@given(LICENSES)
def test_export_then_import_is_the_same_license(license_: License) -> None:
    data = write_odrl(license_)
    assert read_odrl(data) == license_
    assert write_odrl(read_odrl(data)) == data


@settings(LOOSE, max_examples=20)
@given(LICENSES)
def test_another_tool_may_have_written_the_same_graph(license_: License) -> None:
    """Turtle, and JSON-LD without any of our prefixes, say the same statements in another spelling."""
    graph = parse(write_odrl(license_), JSON_LD)
    assert read_odrl(graph.serialize(format="turtle").encode(), TURTLE) == license_
    assert read_odrl(graph.serialize(format="json-ld").encode(), JSON_LD) == license_


@settings(LOOSE, max_examples=80)
@given(LICENSES, st.data())
def test_no_field_can_change_without_the_document_changing(license_: License, data: st.DataObject) -> None:
    changed = _changed(license_, data)
    if changed != license_:
        assert write_odrl(changed) != write_odrl(license_)


def _changed(value, data: st.DataObject):
    """The value with one field drawn anew, somewhere below it; ids are left, since they are checked apart."""
    names = [f.name for f in dataclasses.fields(value) if f.init and f.name not in ("id", "clause")]
    name = data.draw(st.sampled_from(names))
    held = getattr(value, name)
    if dataclasses.is_dataclass(held):
        new = _changed(held, data)
    elif isinstance(held, tuple) and held and dataclasses.is_dataclass(held[0]):
        at = data.draw(st.integers(0, len(held) - 1))
        new = (*held[:at], _changed(held[at], data), *held[at + 1 :])
    elif isinstance(held, tuple) and name in ("grants", "prohibitions", "caps", "duties"):
        new = held
    else:
        new = data.draw(of_field(type(value), name))
    return dataclasses.replace(value, **{name: new})


def test_the_document_is_an_odrl_agreement_in_the_words_of_the_mapping_table() -> None:
    license_ = dataclasses.replace(
        filed("LIC-1", IP).license, prohibitions=(ban("LIC-1#9", "rhea", actions=("train.gen",)),)
    )
    document = json.loads(write_odrl(license_))
    agreement = document["@graph"][0]
    assert agreement["@type"] == "odrl:Agreement"
    assert agreement["odrl:profile"] == {"@id": profile.PROFILE}
    assert agreement["odrl:conflict"] == {"@id": "odrl:prohibit"}
    permission = agreement["odrl:permission"][0]
    operands = {c["odrl:leftOperand"]["@id"] for c in permission["odrl:constraint"]}
    assert {"odrl:spatial", "odrl:media", "odrl:purpose", "odrl:recipient", "odrl:dateTime"} <= operands
    assert {"al:production", "al:facet"} <= operands
    assert {"@id": "odrl:gen-ai"} in agreement["odrl:prohibition"][0]["odrl:action"]
    placed = {node["@id"]: node["odrl:includedIn"]["@id"] for node in document["@graph"][1:]}
    assert placed["al:action/generate.final"] == "odrl:use"


def test_a_prohibition_in_words_of_the_ai_vocabulary_alone_takes_in_what_they_take_in() -> None:
    license_ = dataclasses.replace(
        filed("LIC-1", IP).license, prohibitions=(ban("LIC-1#9", "rhea", actions=("edit",)),)
    )
    document = json.loads(write_odrl(license_))
    document["@graph"][0]["odrl:prohibition"][0]["odrl:action"] = [{"@id": "odrl:data-mining"}]
    read = read_odrl(json.dumps(document).encode())
    assert read.prohibitions[0].actions == ("mine", "train.gen", "train.nongen")


def test_two_clauses_of_one_id_cannot_be_written() -> None:
    twice = dataclasses.replace(filed("LIC-1", IP).license, grants=(IP, IP))
    with pytest.raises(OdrlRefused, match="stands twice"):
        write_odrl(twice)
