"""What the demo's contracts have in common: who signs, and the clauses that stand in all of them."""

from __future__ import annotations

from dataclasses import dataclass

from assetlib.demo.contract_pages import Clause

STUDIO = "northlight-pictures"
PERFORMER = "jane-doe"
CONSENT, AMENDMENT = "LIC-2026-0004", "LIC-2026-0005"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One instrument: its id, the pages' title, parties and clauses, and its license file up to the digest."""

    id: str
    name: str
    title: str
    parties: tuple[str, ...]
    signed: str
    clauses: tuple[Clause, ...]
    yaml: str


PRODUCTION_USES = """\
    actions: [view, generate.previs, generate.final, edit, upscale, export.delivery, export.publish]
    purposes: [previs, final_shot, review, editorial, delivery, archive, marketing]
    productions: [northlight]
    territories: [WW]
    media: [theatrical, svod, avod, tvod, broadcast, social, promo, internal]
    recipients: [local, northlight-pictures, aurora-stream]
    generate: {from: 2026-01-15, until: 2029-12-31}
    use_until: perpetual
    survival: perpetual
"""
NO_TRAINING = """\
prohibits:
  - {clause: "6", actions: [train.gen, train.nongen, train.finetune_internal, mine]}
"""
NO_TRAINING_CLAUSE = Clause(
    number="6",
    heading="No training, no mining",
    text=(
        "No party may use the Work, or any part or rendering of it, to train, fine-tune, test or "
        "ground a machine-learning model, or for text and data mining, whether generative or not. "
        "No other clause implies such a permission. Files handed out carry this reservation in "
        "machine-readable form."
    ),
)
LAW = Clause(
    number="9",
    heading="Law and copies",
    text=(
        "This agreement is governed by the law of the State of California. It is signed in two "
        "copies. The digest of this document is recorded in the Studio's rights library; a copy "
        "with another digest is not this agreement."
    ),
)
