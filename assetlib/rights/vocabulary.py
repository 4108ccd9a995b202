"""The closed vocabularies of rights: actions, purposes, media, content flags, and what each implies.

Everything a license, question or rule may say is in these lists; a word outside them is refused, never
guessed. Training and mining are implied by nothing: not by a parent, not by a purpose's absence, not by
a wildcard. `VOCABULARY` names this edition; it counts as unconfirmed until a lawyer confirms it.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import count
from types import MappingProxyType

VOCABULARY = "vocabulary-2026-11"

ACTIONS = (
    "view",
    "generate.previs",
    "generate.final",
    "generate.likeness",
    "generate.voice",
    "edit",
    "upscale",
    "export.provider",
    "export.delivery",
    "export.publish",
    "mine",
    "train.nongen",
    "train.gen",
    "train.finetune_internal",
    "delete",
    "purge",
)
GROUPS = ("generate", "export", "train")

# Named or not at all: a grant of "train" would imply what must be said clause by clause.
NEVER_IMPLIED = frozenset({"mine", "train.nongen", "train.gen", "train.finetune_internal"})
MAKING = frozenset({"generate.previs", "generate.final", "generate.likeness", "generate.voice", "edit", "upscale"})
# What may go on with finished outputs after a grant has ended, where the license lets them survive.
ON_FINISHED_OUTPUTS = frozenset({"view", "export.delivery", "export.publish", "delete", "purge"})
# What somebody will go on using: the grant must let results outlive it for as long as is asked.
DELIVERABLE = frozenset({"generate.final", "export.delivery", "export.publish"})
# A previs is a lesser use of the same picture; the purpose "previs" must still be granted by name.
INCLUDES = MappingProxyType({"generate.final": ("generate.previs",)})

PURPOSES = MappingProxyType(
    {
        "previs": ("generate.previs",),
        "final_shot": ("generate.final",),
        "review": ("view",),
        "editorial": ("export.delivery",),
        "delivery": ("export.delivery",),
        "archive": ("export.delivery",),
        "marketing": ("export.publish",),
        "training": ("train.gen", "train.nongen", "mine"),
    }
)
# What a non-commercial license does not cover is decided by the production, not by the purpose.

MEDIA = (  # closed; a rule pack may add words for the productions it binds
    "theatrical",
    "svod",
    "avod",
    "tvod",
    "broadcast",
    "airline",
    "physical",
    "social",
    "games",
    "promo",
    "internal",
)

CONTENT_FLAGS = (
    "violence",
    "nudity",
    "sexual",
    "politics",
    "alcohol_tobacco",
    "drugs",
    "religion",
    "disparagement",
    "product_endorsement",
    "minors_present",
)

ACTION_BIT = MappingProxyType({action: 1 << i for i, action in enumerate(ACTIONS)})
PURPOSE_BIT = MappingProxyType({purpose: 1 << i for i, purpose in enumerate(PURPOSES)})


# Where each medium has its bits. A rule pack may add words, which get the next places; a place permits nothing.
_SLOTS = {medium: slot for slot, medium in enumerate(MEDIA)}
_NEXT_SLOT = count(len(MEDIA))


class UnknownWord(ValueError):
    """A word outside the closed vocabulary."""

    def __init__(self, dimension: str, word: str, known: tuple[str, ...]) -> None:
        self.dimension, self.word = dimension, word
        super().__init__(f"unknown {dimension} {word!r}; expected one of {', '.join(known)}")


@lru_cache(maxsize=4096)
def actions_granted(actions: tuple[str, ...]) -> frozenset[str]:
    """Every action that a grant naming `actions` gives: groups expand, except to training; a final includes previs."""
    given: set[str] = set()
    for word in actions:
        given |= _expand(word) - (NEVER_IMPLIED - {word})
    return frozenset(given.union(*(INCLUDES.get(action, ()) for action in given)))


@lru_cache(maxsize=4096)
def actions_prohibited(actions: tuple[str, ...]) -> frozenset[str]:
    """Every action that a prohibition naming `actions` touches: groups expand to all; none named means every action."""
    return frozenset[str]().union(*(_expand(word) for word in actions)) if actions else frozenset(ACTIONS)


@lru_cache(maxsize=4096)
def action_mask(actions: frozenset[str]) -> int:
    return sum(ACTION_BIT[action] for action in actions)


@lru_cache(maxsize=4096)
def purpose_mask(purposes: tuple[str, ...]) -> int:
    """Bits of the named purposes; raises UnknownWord."""
    for purpose in purposes:
        if purpose not in PURPOSE_BIT:
            raise UnknownWord("purpose", purpose, tuple(PURPOSES))
    return sum(PURPOSE_BIT[purpose] for purpose in set(purposes))


def slot_of(medium: str) -> int:
    """The place of a medium among the bits, the same for as long as this process runs."""
    return _SLOTS[medium] if medium in _SLOTS else _SLOTS.setdefault(medium, next(_NEXT_SLOT))


def every_medium() -> tuple[str, ...]:
    """All media that have a place: the vocabulary's, and those that a world's rule packs have added so far."""
    return tuple(_SLOTS)


def medium_order(medium: str) -> tuple[int, str]:
    """Sorts media as the vocabulary lists them, and words that a rule pack added after them."""
    return (MEDIA.index(medium), "") if medium in MEDIA else (len(MEDIA), medium)


def check_words(dimension: str, words: tuple[str, ...], known: tuple[str, ...]) -> None:
    """Raise UnknownWord for the first word that is not in `known`."""
    for word in words:
        if word not in known:
            raise UnknownWord(dimension, word, known)


def _expand(word: str) -> frozenset[str]:
    if word in ACTION_BIT:
        return frozenset({word})
    if word in GROUPS:
        return frozenset(action for action in ACTIONS if action.startswith(word + "."))
    raise UnknownWord("action", word, ACTIONS)
