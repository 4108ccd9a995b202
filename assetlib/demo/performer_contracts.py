"""The performer's consent to a digital replica, and its amendment for the scene that was missing."""

from __future__ import annotations

from assetlib.demo.contract_pages import Clause
from assetlib.demo.contract_terms import (
    AMENDMENT,
    CONSENT,
    LAW,
    NO_TRAINING_CLAUSE,
    PERFORMER,
    STUDIO,
    Contract,
)


def _performance(clause: str, scenes: str, description: str) -> str:
    return f"""\
  - clause: "{clause}"
    actions: [view, generate.previs, generate.final, generate.likeness, generate.voice, edit, upscale,
      export.delivery, export.publish]
    purposes: [previs, final_shot, review, editorial, delivery, archive, marketing]
    productions: [northlight]
    territories: [WW]
    media: [theatrical, svod, avod, tvod, broadcast, social, promo, internal]
    recipients: [local, northlight-pictures, aurora-stream]
    scenes: ["{scenes}"]
    generate: {{from: 2026-02-01, until: 2028-01-31}}
    use_until: perpetual
    survival: perpetual
    after: [{{credit: "Rhea performed by Jane Doe, digital replica"}}]
    use_description: "{description}"
"""


_SIGNED_FOR = "Rhea waits, meets Bruno and shows him the northern light, scenes 1 to 3"
_AMENDED_FOR = "Rhea waits, meets Bruno, shows him the light and looks through the telescope, scenes 1 to 4"
_CONSENT_TAIL = """\
  - clause: "3.2"
    actions: [view]
    purposes: [review, archive]
    productions: [northlight]
    territories: [WW]
    media: [theatrical, svod, avod, tvod, broadcast, social, promo, internal]
    recipients: [local, northlight-pictures]
    generate: {from: 2026-02-01, until: 2028-01-31}
    use_until: perpetual
    survival: perpetual
prohibits:
  - {clause: "5", actions: [generate.previs, generate.final, edit, upscale, export.delivery, export.publish],
     content: [nudity, sexual, politics, product_endorsement]}
  - {clause: "6", actions: [train.gen, train.nongen, train.finetune_internal, mine], class: protected}
replica: {type: employment_based, separately_signed: true, notice_at: 2026-01-19}
on_revocation: {effect: prospective, notice_days: 30}
after_death: continues_for_described_use
governing_law: US-CA
signers: [Jane Doe, Northlight Pictures]
"""
_PERFORMERS = ("Jane Doe (the Performer), represented by counsel", "Northlight Pictures (the Studio)")
_VIEWING = Clause(
    number="3.2",
    heading="Looking at it",
    text=(
        "The people who work on the production for the Studio may open and look at the replica and at pictures "
        "made with it, in whatever scene, for as long as clause 3.1 runs."
    ),
)
_DIGNITY = Clause(
    number="5",
    heading="Never",
    text=("The replica is not shown nude or in a sexual context, does not speak on politics, and endorses no product."),
)


def consent() -> Contract:
    return Contract(
        id=CONSENT,
        name="performer_consent_jane_doe",
        title="Consent to a Digital Replica: likeness and voice of Jane Doe as Rhea",
        parties=_PERFORMERS,
        signed="2026-01-26",
        clauses=(
            Clause(
                number="1",
                heading="The replica",
                text=(
                    "Rhea's face, gestures and voice were made after the Performer. This consent stands apart "
                    "from the employment contract, was offered on 19 January 2026 with notice of the intended "
                    "use, and was signed after advice by the Performer's own counsel."
                ),
            ),
            Clause(
                number="2",
                heading="What will be seen",
                text=(
                    "Rhea waits on the terrace (scene 1), meets Bruno (scene 2) and shows him the northern light "
                    "(scene 3), as in the script of 16 January 2026. No other scene is described."
                ),
            ),
            Clause(
                number="3.1",
                heading="Consent",
                text=(
                    "For scenes 1 to 3 of the production Northlight the Studio may generate, edit, deliver and "
                    "publish the replica's likeness and voice, worldwide, in the media of Annex A, from 1 "
                    "February 2026 to 31 January 2028. Pictures made in that time may be shown in perpetuity. A "
                    "scene that is not described needs a new signature."
                ),
            ),
            Clause(
                number="4",
                heading="Fee and credit",
                text=(
                    "The day rate agreed with the Performer's union is due for each day replaced. The end titles "
                    "credit: Rhea performed by Jane Doe, digital replica."
                ),
            ),
            _VIEWING,
            _DIGNITY,
            NO_TRAINING_CLAUSE,
            Clause(
                number="7",
                heading="Withdrawal",
                text=(
                    "The Performer may withdraw with thirty days' notice. From then on nothing new is generated; "
                    "finished pictures may stay."
                ),
            ),
            LAW,
        ),
        yaml=f"""
kind: performer_consent
from: {{party: {PERFORMER}, capacity: self, represented_by: counsel}}
to: {STUDIO}
covers: {{character: rhea, facets: [likeness, voice]}}
permits:
{_performance("3.1", "1-3", _SIGNED_FOR)}{_CONSENT_TAIL}""",
    )


def amendment() -> Contract:
    return Contract(
        id=AMENDMENT,
        name="performer_consent_jane_doe_amendment_1",
        title="Amendment 1 to the Consent of Jane Doe: scene 4",
        parties=_PERFORMERS,
        signed="2026-03-09",
        clauses=(
            Clause(
                number="1",
                heading="What is added",
                text=(
                    "The script of 2 March 2026 adds scene 4: Rhea at the telescope, alone, about five seconds, "
                    "few words. The Performer has read it and was given notice on 4 March 2026."
                ),
            ),
            Clause(
                number="3.1",
                heading="Consent",
                text=(
                    "Clause 3.1 of the consent LIC-2026-0004 now reads: For scenes 1 to 4 of the production "
                    "Northlight the Studio may generate, edit, deliver and publish the replica's likeness and "
                    "voice, worldwide, in the media of Annex A, from 1 February 2026 to 31 January 2028."
                ),
            ),
            _VIEWING,
            Clause(number="4", heading="Fee", text="One further day is paid for scene 4."),
            _DIGNITY,
            NO_TRAINING_CLAUSE,
            LAW,
        ),
        yaml=f"""
kind: performer_consent
supersedes: {CONSENT}
from: {{party: {PERFORMER}, capacity: self, represented_by: counsel}}
to: {STUDIO}
covers: {{character: rhea, facets: [likeness, voice]}}
permits:
{_performance("3.1", "1-4", _AMENDED_FOR)}{_CONSENT_TAIL}""",
    )
