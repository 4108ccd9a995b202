"""Signals against training are read to tighten: what allows, and what is absent, changes nothing."""

from __future__ import annotations

import pytest

from assetlib.documents.training_signals import signal_license, signals_in, warnings_of
from assetlib.model.license import LicenseKind, Selector

PLUS = "http://ns.useplus.org/ldf/vocab/"
TRAINING = {"train.nongen", "train.gen", "train.finetune_internal"}


def banned(*texts: str) -> set[str]:
    license_ = signal_license(
        signals_in([("a.jpg", text) for text in texts]), license_id="L", selector=Selector(), licensee="studio"
    )
    return set() if license_ is None else set(license_.prohibitions[0].actions)


@pytest.mark.parametrize(
    ("text", "actions"),
    [
        ("cawg.data_mining: notAllowed", {"mine"}),
        ("cawg.ai_training: notAllowed", TRAINING),
        ("c2pa.ai_generative_training: constrained", {"train.gen", "train.finetune_internal"}),
        ("cawg.ai_training: perhaps", TRAINING),
        ("cawg.something_new: notAllowed", {"mine", *TRAINING}),
        (f"DataMining: {PLUS}DMI-PROHIBITED", {"mine", *TRAINING}),
        (f"DataMining: {PLUS}DMI-PROHIBITED-AIMLTRAINING", TRAINING),
        (f"DataMining: {PLUS}DMI-PROHIBITED-GENAIMLTRAINING", {"train.gen", "train.finetune_internal"}),
        (f"DataMining: {PLUS}DMI-PROHIBITED-SEECONSTRAINT", {"mine", *TRAINING}),
        ("DataMining: DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING", {"mine", *TRAINING}),
        ("DataMining: DMI-PROHIBITED-OF-A-LATER-EDITION", {"mine", *TRAINING}),
        ("reservation: 1", {"mine", *TRAINING}),
        ("cawg.ai_training: allowed", set()),
        (f"DataMining: {PLUS}DMI-ALLOWED", set()),
        (f"DataMining: {PLUS}DMI-UNSPECIFIED", set()),
        ("reservation: 0", set()),
        ("Copyright: cawg.ai_training: notAllowed", set()),
        ("", set()),
    ],
)
def test_what_a_signal_prohibits(text: str, actions: set[str]) -> None:
    assert banned(text) == actions


def test_all_signals_together_prohibit_what_any_of_them_does_and_none_lifts_another() -> None:
    texts = ("cawg.data_mining: notAllowed", "cawg.ai_training: allowed", f"DataMining: {PLUS}DMI-ALLOWED")
    assert banned(*texts) == {"mine"}


def test_a_wish_not_to_be_an_input_is_told_to_a_person() -> None:
    signals = signals_in([("a.jpg", "cawg.ai_inference: notAllowed")])
    assert signal_license(signals, license_id="L", selector=Selector(), licensee="studio") is None
    assert "counsel has to read it" in next(warnings_of(signals))


def test_the_license_only_prohibits() -> None:
    signals = signals_in([("a.jpg, XMP", "DataMining: DMI-PROHIBITED")])
    license_ = signal_license(signals, license_id="L", selector=Selector(), licensee="studio")
    assert license_ is not None
    assert (license_.kind, license_.grants) == (LicenseKind.EMBEDDED_SIGNAL, ())
    assert "a.jpg, XMP" in license_.source
