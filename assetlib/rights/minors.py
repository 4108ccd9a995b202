"""What protects minors, whatever anybody signed: no sexual content, no training on their face or voice.

No grant, override or rule pack can lift these, and they hold until majority.
"""

from __future__ import annotations

from collections.abc import Iterator

from assetlib.rights import explain, vocabulary, wording
from assetlib.rights.asked import Asked
from assetlib.rights.index import ClaimRules, Holding
from provenance.decision import Finding, Outcome

_TRAINING = vocabulary.action_mask(vocabulary.NEVER_IMPLIED)
_SEXUAL = "sexual"


def protected(claim: ClaimRules, holding: Holding, asked: Asked) -> Iterator[Finding]:
    """Findings about the face, voice or performance of somebody who is a minor at the moment asked."""
    subject = claim.claim.subject
    if asked.action_mask & _TRAINING:
        named = wording.actions(a for a in asked.actions if a in vocabulary.NEVER_IMPLIED)
        yield _finding(claim, holding, explain.minor_protected(holding.uri, subject, f"this asks for {named}"))
    answer = asked.content.get(_SEXUAL)
    if answer == "yes":
        yield _finding(claim, holding, explain.minor_protected(holding.uri, subject, "the shot shows sexual content"))
    elif answer != "no":
        yield Finding(
            code="undeclared-content",
            outcome=Outcome.NEEDS_APPROVAL,
            sentence=explain.undeclared_for_minor(holding.uri, subject),
            asset=holding.uri,
            facet=claim.claim.facet.value,
        )


def shown(asked: Asked) -> Iterator[Finding]:
    """A shot that shows minors and is sexual is refused without looking at any license."""
    if asked.content.get("minors_present") == "yes" and asked.content.get(_SEXUAL) == "yes":
        sentence = "The shot shows minors and sexual content. No license and no override can allow that."
        yield Finding(code="protected", outcome=Outcome.DENY, sentence=sentence)


def _finding(claim: ClaimRules, holding: Holding, sentence: str) -> Finding:
    facet = claim.claim.facet.value
    return Finding(code="protected", outcome=Outcome.DENY, sentence=sentence, asset=holding.uri, facet=facet)
