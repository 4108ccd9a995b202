"""The words of our ODRL profile: one IRI for every id, term and value, and the way back.

Names live under ``urn:assetlib:`` so that nothing in a document looks like a page to fetch. Ids of any spelling
are percent-encoded into the last part of their IRI.

>>> iri("rule", "LIC-7#3.1")
'urn:assetlib:rule:LIC-7%233.1'
>>> id_in("rule", "urn:assetlib:rule:LIC-7%233.1")
'LIC-7#3.1'
"""

from __future__ import annotations

from types import MappingProxyType
from urllib.parse import quote, unquote

from assetlib.model.license import DutyKind

ODRL = "http://www.w3.org/ns/odrl/2/"
XSD = "http://www.w3.org/2001/XMLSchema#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
OURS = "urn:assetlib:odrl:1:"
PROFILE = "urn:assetlib:odrl:1"
CONTEXT = MappingProxyType({"odrl": ODRL, "xsd": XSD, "al": OURS})

ANY = OURS + "Any"  # "*" for productions and recipients: said, never meant by silence
NOTHING = OURS + "Nothing"  # the target of a selector that selects nothing

DUTY_ACTIONS = MappingProxyType(
    {
        DutyKind.APPROVAL: OURS + "approve",
        DutyKind.CONSENT: ODRL + "obtainConsent",
        DutyKind.NOTICE: ODRL + "inform",
        DutyKind.FEE: ODRL + "compensate",
        DutyKind.CREDIT: ODRL + "attribute",
        DutyKind.REPORT: OURS + "report",
        DutyKind.LABEL: OURS + "label",
    }
)

# Words of the ODRL AI vocabulary, and the actions here that each of them takes in by its own hierarchy
# (data-mining > ai-training > gen-ai). Only a prohibition may be said in them: training is never granted by a
# wider word.
AI_WORDS = MappingProxyType(
    {
        ODRL + "data-mining": frozenset({"mine", "train.nongen", "train.gen"}),
        ODRL + "ai-training": frozenset({"train.nongen", "train.gen"}),
        ODRL + "gen-ai": frozenset({"train.gen"}),
    }
)


def iri(family: str, id_: str) -> str:
    return f"urn:assetlib:{family}:{quote(id_, safe='')}"


def id_in(family: str, text: str) -> str | None:
    """The id that `iri` put there; None for any other IRI, and for a second spelling of the same id."""
    head = f"urn:assetlib:{family}:"
    if not text.startswith(head):
        return None
    id_ = unquote(text.removeprefix(head))
    return id_ if iri(family, id_) == text else None


def value(family: str, word: str) -> str:
    """A word of a closed vocabulary: ``medium``, ``svod``."""
    return f"{OURS}{family}/{quote(word, safe='')}"


def word_in(family: str, text: str) -> str | None:
    head = f"{OURS}{family}/"
    if not text.startswith(head):
        return None
    word = unquote(text.removeprefix(head))
    return word if value(family, word) == text else None


def term(field: str) -> str:
    """A field of the model as a property: ``governing_law`` is ``governingLaw``."""
    first, *rest = field.strip("_").split("_")
    return OURS + first + "".join(part.title() for part in rest)
