"""Findings and decisions in English, written for the person refused: the rule, the words it rests on, the choice.

A denial reads as choices: what would change the answer, the cleared alternative, or whom to ask.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from assetlib.model.asset import FacetClaim
from assetlib.model.license import Duty, ProviderAgreement
from provenance.decision import Decision, Finding, NearestGrant, Outcome, instant

HEADLINES = {
    Outcome.ALLOW: "Allowed.",
    Outcome.NEEDS_APPROVAL: "Not yet: somebody has to approve first.",
    Outcome.DENY: "Refused.",
}
_FACETS = {
    "character_ip": "the rights in the character",
    "underlying_work": "the rights in the underlying work",
    "likeness": "the likeness of",
    "voice": "the voice of",
    "performance": "the performance of",
    "location": "the property",
    "trademark": "the trademark",
    "music": "the music",
    "model": "the model",
    "dataset": "the dataset",
    "tool_output": "the tool's output",
    "synthetic_performer": "the synthetic performer",
}


def sentence(text: str) -> str:
    """`text` with a capital and a full stop."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else text + "."


def listed(words: Iterable[str], last: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    held = list(words)
    if len(held) < 2:
        return "".join(held)
    return f"{', '.join(held[:-1])} {last} {held[-1]}"


def name_of(uri: str) -> str:
    """An asset as people call it: the last segment of its URI."""
    return uri.partition("?")[0].rsplit("/", 1)[-1] or uri


def clause_of(grant_id: str) -> str:
    """``LIC-2026-0042#3.1`` as ``LIC-2026-0042 cl. 3.1``."""
    license_id, hash_, clause = grant_id.partition("#")
    return f"{license_id} cl. {clause}" if hash_ else license_id


def unknown_word(dimension: str, word: str, known: Sequence[str]) -> str:
    return f"There is no {dimension} {word!r}; choose {listed(known, 'or')}."


def unknown_production(production: str) -> str:
    return f"The library has no production {production!r}; add it, or ask for one it has."


def unregistered_recipient(recipient: str) -> str:
    return f"{recipient!r} is not registered as a recipient; register it with its terms, or use 'local'."


def unpinned(reference: str) -> str:
    return f"A decision needs the exact version, so expected …?version=sha256:… and found {reference!r}."


def unknown_asset(reference: str) -> str:
    return f"The library holds no version {reference!r}; register it first."


def no_agreement(recipient: str, filed: Sequence[ProviderAgreement], in_force: Sequence[ProviderAgreement]) -> str:
    if not filed:
        return f"No terms are on file for {recipient}; nothing may be sent until they are filed and reviewed."
    if not in_force:
        ids = listed(sorted({a.id for a in filed}))
        return f"The terms on file for {recipient} ({ids}) are not in force at this time; file the current ones."
    ids = listed(sorted({a.id for a in in_force}))
    return f"The terms for {recipient} ({ids}) are not reviewed, or their review is overdue; have counsel review them."


def not_listed(agreement: str, what: str, name: str, known: Sequence[str]) -> str:
    offer = f"it lists {listed(sorted(known))}" if known else "it lists none"
    return f"Agreement {agreement} does not cover the {what} {name!r}; {offer}."


def personal_data(agreement: str, asset: str, facet: str, what: str) -> str:
    return f"{name_of(asset)} carries {_FACETS[facet]} a person, and agreement {agreement} does not allow {what}."


def integrity(asset: str, state: str, note: str) -> str:
    told = f" ({note})" if note else ""
    if state == "failed":
        return f"{name_of(asset)} is not the bytes that were registered{told}; restore it from a good copy."
    return f"The bytes and signature of {name_of(asset)} have not been checked{told}; verify it, then ask again."


def retired(asset: str) -> str:
    return f"{name_of(asset)} is retired and not for new use; restore it, or use its successor."


def no_record(asset: str, unanswered: Sequence[FacetClaim]) -> str:
    if unanswered:
        facets = listed(sorted({claim.facet.value for claim in unanswered}))
        return f"Nobody stands behind the declared {facets} of {name_of(asset)}; a librarian has to review it."
    return f"Nobody has said what of other people's is in {name_of(asset)}; declare its facets."


def broken_lineage(asset: str, claim: FacetClaim) -> str:
    return (
        f"{name_of(asset)} says its {claim.facet.value} came from {claim.inherited_from}, "
        "which the library cannot confirm; repair its lineage."
    )


def missing_ancestor(digest: str) -> str:
    return f"An input of the asked assets ({digest}) is not in the library, so nobody can say whose it is."


def prohibited(asset: str, action: str, clause: str, content: Sequence[str], protected: bool) -> str:
    scene = f" where the shot shows {listed(content, 'or')}" if content else ""
    weight = " No override can lift this." if protected else ""
    return f"{clause_of(clause)} prohibits {action} of {name_of(asset)}{scene}.{weight}"


def undeclared_content(asset: str, clause: str, flags: Sequence[str]) -> str:
    return (
        f"{clause_of(clause)} limits {listed(flags, 'or')} for {name_of(asset)}; "
        f"declare yes or no for {listed(flags)} on the shot."
    )


def no_grant(
    asset: str, claim: FacetClaim, action: str, where: str, medium: str, nearest: Sequence[NearestGrant]
) -> str:
    use = f"{action} in {where} for {medium}"
    subject = f" ({claim.subject})" if claim.subject else ""
    start = f"No grant covers {use} of {name_of(asset)} as to {claim.facet.value}{subject}"
    if not nearest:
        return f"{start}; no license on file names it."
    closest = nearest[0]
    return f"{start}; the nearest, {clause_of(closest.grant)}, does not fit in {listed(closest.missing)}."


def awaits(asset: str, claim: FacetClaim, grant: str, duties: Sequence[Duty]) -> str:
    who = listed(f"{duty.kind.value} ({duty.what}) by {duty.by}" for duty in duties)
    return f"{clause_of(grant)} covers {claim.facet.value} of {name_of(asset)} once there is {who}."


def decision_text(decision: Decision, *, decision_id: str = "") -> str:
    """A decision on a screen or page: the answer, the reasons each once, the ways on, the words relied on."""
    question = decision.question
    names = listed(dict.fromkeys(name_of(reference) for reference in question.references))
    until = "in perpetuity" if question.exploit_until is None else f"until {instant(question.exploit_until)}"
    asked = f"Asked: {listed(question.actions)} of {names} for {question.production}, purpose {question.purpose}, "
    asked += f"in {listed(question.territories)}, {listed(question.media)}, to {question.recipient}, {until}."
    lines = [" ".join(part for part in (decision_id, HEADLINES[decision.outcome]) if part), asked]
    lines += [f"  also asked: {action}, because of {why}" for action, why in decision.added_actions]
    lines += _section("Why", dict.fromkeys(finding.sentence for finding in decision.findings))
    lines += _section("What would change this", decision.repairs)
    lines += _section("Rests on", (clause_of(grant) for grant in decision.cited))
    lines += _section("Owed for it", (f"{kind}: {what}" for kind, what in decision.obligations))
    lines += _section("Cleared for", (f"{where}: {what}" for where, what in decision.envelope or ()))
    if decision.unconfirmed:
        lines.append(f"Not yet confirmed by counsel: {listed(decision.unconfirmed)}.")
    return "\n".join(lines) + "\n"


def approvers(findings: Iterable[Finding]) -> tuple[str, ...]:
    """The sentences that say who can still give what is missing."""
    return tuple(dict.fromkeys(f.sentence for f in findings if f.outcome is Outcome.NEEDS_APPROVAL))


def _section(title: str, sentences: Iterable[str]) -> list[str]:
    held = list(sentences)
    return [f"{title}:", *(f"  - {text}" for text in held)] if held else []
