"""One decision as a page that prints well: the answer, what was asked, why, what would change it, the words used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assetlib.audit.page import template
from assetlib.rights import explain
from provenance.decision import Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A clause that the decision rests on or speaks of: its name, its words in English, its paper and digest."""

    name: str
    words: str
    document: str


def decision_page(decision: Decision, document: dict[str, Any], clauses: Sequence[Clause]) -> str:
    """HTML, self-contained, every value escaped. `document` is the decision's JSON; a reading's has ``as_of`` too."""
    relied = {explain.clause_of(grant) for grant in decision.cited}
    return template("decision.html").render(
        id=document["id"],
        outcome=decision.outcome.value,
        headline=explain.HEADLINES[decision.outcome],
        asked=explain.asked_rows(decision.question),
        added=decision.added_actions,
        reasons=tuple(dict.fromkeys(finding.sentence for finding in decision.findings)),
        repairs=tuple(explain.sentence(repair) for repair in decision.repairs),
        relied=[clause for clause in clauses if clause.name in relied],
        named=[clause for clause in clauses if clause.name not in relied],
        owed=tuple(explain.owed_words(one) for one in decision.owed),
        cleared=tuple(explain.cleared(decision.envelope or ())),
        unconfirmed=decision.unconfirmed,
        reading=document if "as_of" in document else None,
        record=(
            ("decided at", document["decided_at"]),
            ("evaluator", decision.evaluator),
            ("rule packs", ", ".join(decision.rulepacks) or "none"),
            ("assets in the closure", f"{len(decision.closure)}, with {decision.facet_count} facets"),
            ("digest of the facts", decision.world_digest),
        ),
    )
