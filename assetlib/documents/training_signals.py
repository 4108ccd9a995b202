"""Training and mining signals that stand in incoming files: read only ever to tighten.

CAWG and C2PA training-mining assertions, PLUS/IPTC data mining in XMP, and TDM reservations become prohibitions of a
license of the kind `embedded_signal`, which holds without anybody's activation. A signal that allows changes nothing,
and the absence of one is no permission.

>>> [signal.actions for signal in signals_in([("a.jpg, XMP", "DataMining: DMI-PROHIBITED-GENAIMLTRAINING")])]
[('train.gen', 'train.finetune_internal')]
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import MappingProxyType

from assetlib.model.license import License, LicenseKind, LicenseParty, Prohibition, Selector

_GENERATIVE = ("train.gen", "train.finetune_internal")
_TRAINING = ("train.nongen", *_GENERATIVE)
_ALL = ("mine", *_TRAINING)

_USES = MappingProxyType(
    {"data_mining": ("mine",), "ai_training": _TRAINING, "ai_generative_training": _GENERATIVE, "ai_inference": ()}
)
_PLUS = MappingProxyType(
    {
        "DMI-PROHIBITED": _ALL,
        "DMI-PROHIBITED-AIMLTRAINING": _TRAINING,
        "DMI-PROHIBITED-GENAIMLTRAINING": _GENERATIVE,
        "DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING": _ALL,
        "DMI-PROHIBITED-SEECONSTRAINT": _ALL,
    }
)
_SILENT = frozenset({"DMI-ALLOWED", "DMI-UNSPECIFIED"})
_ENTRY = re.compile(r"(?:cawg|c2pa)\.(?P<use>[a-z_]+): (?P<answer>\w+).*", re.DOTALL)
_MINING = re.compile(r"DataMining: (?:.*/)?(?P<value>[A-Za-z-]+)/?\s*", re.DOTALL)
_RESERVED = re.compile(r"(?:tdm-)?reservation: 1\s*")
_CLAUSE = "training-signal"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSignal:
    """One signal as found; `actions` is what it prohibits, nothing for a request that no action here stands for."""

    source: str
    text: str
    actions: tuple[str, ...]


def signals_in(hints: Iterable[tuple[str, str]]) -> tuple[TrainingSignal, ...]:
    """The signals that prohibit among (source, text) pairs; what allows or says nothing is left out."""
    return tuple(dict.fromkeys(_read(hints)))


def _read(hints: Iterable[tuple[str, str]]) -> Iterator[TrainingSignal]:
    for source, text in hints:
        actions = _prohibited(text)
        if actions is not None:
            yield TrainingSignal(source=source, text=" ".join(text.split())[:200], actions=actions)


def _prohibited(text: str) -> tuple[str, ...] | None:
    """What a text prohibits; None where it is no signal, or allows. An unknown word is read as the strictest."""
    if found := _ENTRY.fullmatch(text):
        # "constrained" without a person who read the constraint is as good as no
        return None if found["answer"] == "allowed" else _USES.get(found["use"], _ALL)
    if found := _MINING.fullmatch(text):
        value = found["value"].upper()
        return None if value in _SILENT else _PLUS.get(value, _ALL)
    return _ALL if _RESERVED.fullmatch(text) else None


def signal_license(
    signals: Iterable[TrainingSignal], *, license_id: str, selector: Selector, licensee: str
) -> License | None:
    """The prohibition that all signals together make; None where they prohibit no action."""
    said = tuple(signals)
    banned = {action for signal in said for action in signal.actions}
    if not banned:
        return None
    return License(
        id=license_id,
        kind=LicenseKind.EMBEDDED_SIGNAL,
        timezone="UTC",
        licensor=LicenseParty(party="stated-in-the-files"),
        licensee=licensee,
        prohibitions=(
            Prohibition(
                id=f"{license_id}#{_CLAUSE}",
                clause=_CLAUSE,
                selector=selector,
                actions=tuple(action for action in _ALL if action in banned),
            ),
        ),
        source="; ".join(dict.fromkeys(f"{signal.source}: {signal.text}" for signal in said)),
    )


def warnings_of(signals: Iterable[TrainingSignal]) -> Iterator[str]:
    """What a person has to know about the signals."""
    for signal in signals:
        if signal.actions:
            yield f"{signal.source} says {signal.text!r}: prohibited are {', '.join(signal.actions)}"
        else:
            yield (
                f"{signal.source} says {signal.text!r}: its author asks not to use it as an input of generation; "
                "counsel has to read it, since the licenses decide that here"
            )
