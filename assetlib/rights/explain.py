"""Findings and decisions in English, written for the person refused: the rule, the words it rests on, the choice.

A denial reads as choices: what would change the answer, the cleared alternative, or whom to ask.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from assetlib.model.asset import FacetClaim
from assetlib.model.license import Duty, LicenseKind, ProviderAgreement
from assetlib.model.rulepack import RuleEntry
from assetlib.rights import wording
from assetlib.rights.wording import listed
from provenance.decision import PERPETUAL, Decision, Obligation, Outcome, Question, instant, parse_instant

HEADLINES = {
    Outcome.ALLOW: "Allowed.",
    Outcome.NEEDS_APPROVAL: "Not yet: somebody has to approve first.",
    Outcome.DENY: "Refused.",
}
_MOMENTS = {"until": "results", "generate_until": "new work"}


def sentence(text: str) -> str:
    """`text` with a capital and a full stop."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else text + "."


def name_of(uri: str) -> str:
    """An asset as people call it: the last segment of its URI."""
    return uri.partition("?")[0].rsplit("/", 1)[-1] or uri


def clause_of(grant_id: str) -> str:
    """``LIC-2026-0042#3.1`` as ``LIC-2026-0042 cl. 3.1``."""
    license_id, hash_, clause = grant_id.partition("#")
    return f"{license_id} cl. {clause}" if hash_ else license_id


def instrument(kind: LicenseKind, clause_id: str) -> str:
    """``the consent LIC-2026-0004 cl. 3.1``."""
    return f"the {wording.KINDS[kind]} {clause_of(clause_id)}"


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


def no_model(recipient: str, agreement: str) -> str:
    return f"The question names no model of {recipient}, and agreement {agreement} covers models by name; name it."


def unknown_rulepack(production: str, name: str) -> str:
    return f"The production {production} is bound by the rule pack {name!r}, which the library does not have; add it."


def synthetic_performer(asset: str, subject: str, lacking: str) -> str:
    return f"{name_of(asset)} shows the synthetic performer {subject}, for whom the library has no record of {lacking}."


def minor_protected(asset: str, subject: str, what: str) -> str:
    return f"{name_of(asset)} carries {subject}, a minor, and {what}. No override can lift this."


def undeclared_for_minor(asset: str, subject: str) -> str:
    return (
        f"{name_of(asset)} carries {subject}, a minor; "
        "this question does not say whether the shot shows sexual content, and it must not."
    )


def rule_prohibits(pack: str, entry: RuleEntry, asset: str, protected: bool) -> str:
    weight = " No override can lift this." if protected else ""
    return f"The rule {cited(pack, entry)} prohibits this use of {name_of(asset)}: {sentence(entry.says)}{weight}"


def cited(pack: str, entry: RuleEntry) -> str:
    """``separately-signed of sag-aftra-2023``: an entry as a reason names it."""
    return f"{entry.id.removeprefix(pack + '/')} of {pack}"


def rule_asks(pack: str, entry: RuleEntry, duty: Duty) -> str:
    giver = f" by {duty.by}" if duty.by else ""
    return f"The rule {cited(pack, entry)} asks first for the {duty.kind.value}{giver}: {sentence(duty.what)}"


def personal_data(agreement: str, asset: str, facets: Sequence[str], what: str) -> str:
    return (
        f"{name_of(asset)} carries the {wording.facets(facets)} of a person, "
        f"and agreement {agreement} does not allow {what} to be sent."
    )


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


def prohibited(
    kind: LicenseKind, clause: str, asset: str, actions: Sequence[str], content: Sequence[str], protected: bool
) -> str:
    scene = f" where the shot shows {wording.flags(content)}, and it does" if content else ""
    weight = " No override can lift this." if protected else ""
    use = f"the use of {name_of(asset)} for {wording.actions(actions, 'or')}"
    return sentence(f"{instrument(kind, clause)} prohibits {use}{scene}") + weight


def undeclared_content(kind: LicenseKind, clause: str, asset: str, flags: Sequence[str]) -> str:
    shown, unsaid = wording.flags(flags), "this question does not say whether it does"
    return sentence(f"{instrument(kind, clause)} restricts {name_of(asset)} where a shot shows {shown}; {unsaid}")


def awaits(kind: LicenseKind, grant: str, assets: Sequence[str], facets: Sequence[str], duties: Sequence[Duty]) -> str:
    what = f"{wording.facets(facets)} of {listed(map(name_of, assets))}"
    return sentence(f"{instrument(kind, grant)} covers the {what} only after {listed(map(duty_words, duties))}")


def duty_words(duty: Duty) -> str:
    """``the approval by jane-doe (the use)``."""
    giver = f" by {duty.by}" if duty.by else ""
    return f"the {duty.kind.value}{giver} ({duty.what})"


def decision_text(decision: Decision, *, decision_id: str = "") -> str:
    """A decision on a screen or page: the answer, the reasons each once, the ways on, the words relied on."""
    lines = [" ".join(part for part in (decision_id, HEADLINES[decision.outcome]) if part), _asked(decision.question)]
    lines += [f"  also asked: {action}, because of {why}" for action, why in decision.added_actions]
    lines += _section("Why", dict.fromkeys(finding.sentence for finding in decision.findings))
    lines += _section("What would change this", map(sentence, decision.repairs))
    lines += _section("Rests on", (clause_of(grant) for grant in decision.cited if grant not in decision.overrides))
    lines += _section("Rests on an override by counsel", map(clause_of, decision.overrides))
    lines += _section("Owed for it", map(owed_words, decision.owed))
    lines += _section("Cleared for", cleared(decision.envelope or ()))
    lines += _section("Under the rules", decision.rulepacks)
    if decision.unconfirmed:
        lines.append(f"Not yet confirmed by counsel: {listed(decision.unconfirmed)}.")
    return "\n".join(lines) + "\n"


def owed_words(one: Obligation) -> str:
    by = f", by {one.by}" if one.by else ""
    due = f", due {wording.due(one.due)}" if one.due else ""
    return f"{one.kind}: {one.what}{by}{due}"


def _asked(question: Question) -> str:
    names = listed(dict.fromkeys(name_of(reference) for reference in question.references))
    shot = f", shot {question.shot}" if question.shot else ""
    scenes = f", {wording.scenes(question.scenes)}" if question.scenes else ""
    return (
        f"Asked: {listed(question.actions)} of {names} for {question.production}{shot}{scenes}, "
        f"purpose {question.purpose}, {wording.places(question.territories)}, for {listed(question.media)}, "
        f"to {question.recipient}, {wording.until(question.exploit_until)}."
    )


def asked_rows(question: Question) -> tuple[tuple[str, str], ...]:
    """The question as named facts, for a table; what is not said is left out."""
    content = listed(f"{flag.replace('_', ' ')}: {answer}" for flag, answer in question.content)
    rows = (
        ("use", f"{listed(question.actions)}, purpose {question.purpose}"),
        ("of", listed(dict.fromkeys(name_of(reference) for reference in question.references))),
        ("for", question.production),
        ("shot", question.shot or ""),
        ("scenes", listed(question.scenes)),
        ("content", content),
        ("where", f"{wording.places(question.territories)}, for {listed(question.media)}"),
        ("to", question.recipient),
        ("exploited", wording.until(question.exploit_until)),
        ("model", question.model or ""),
        ("asked by", question.requester),
        ("judged at", instant(question.now)),
    )
    return tuple((name, what) for name, what in rows if what)


def cleared(envelope: Iterable[tuple[str, str]]) -> Iterator[str]:
    """The envelope's lines; its two moments as days."""
    for name, what in envelope:
        if name == "weakest":
            yield f"no longer than {clause_of(what)} lets them"
        elif name not in _MOMENTS:
            yield f"{name}: {what}"
        elif what == PERPETUAL:
            yield f"{_MOMENTS[name]} in perpetuity"
        else:
            yield f"{_MOMENTS[name]} {wording.until(parse_instant(what))}"


def _section(title: str, sentences: Iterable[str]) -> list[str]:
    held = list(sentences)
    return [f"{title}:", *(f"  - {text}" for text in held)] if held else []
