"""The demo's paper: every license as a signed-looking PDF and as the YAML file that a librarian would write from it.

All parties are fictional. The bytes are the same on every run, so that the digest in a license file holds for the
document beside it.

>>> [contract.id for contract in contracts()][:2]
['LIC-2026-0001', 'LIC-2026-0002']
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from assetlib.demo.contract_pages import Clause, typeset
from provenance.digest import digest_bytes, hex_of

STUDIO = "northlight-pictures"
PERFORMER = "jane-doe"
ZONE = "America/Los_Angeles"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenContract:
    """Where a contract lies: its license file and the document whose digest that file names."""

    id: str
    license: Path
    document: Path


def write_contracts(directory: Path) -> tuple[WrittenContract, ...]:
    """Write ``NAME.pdf`` and ``NAME.yaml`` for every contract, in the order in which they were signed."""
    directory.mkdir(parents=True, exist_ok=True)
    return tuple(_write(contract, directory) for contract in contracts())


def _write(contract: Contract, directory: Path) -> WrittenContract:
    pages = typeset(contract.id, contract.title, contract.parties, contract.signed, contract.clauses)
    document, license_ = directory / f"{contract.name}.pdf", directory / f"{contract.name}.yaml"
    document.write_bytes(pages)
    license_.write_text(license_file(contract, hex_of(digest_bytes(pages))), encoding="utf-8")
    return WrittenContract(id=contract.id, license=license_, document=document)


def license_file(contract: Contract, sha256: str) -> str:
    """The YAML text, rights.md format 1, bound to the document with this digest."""
    head = f"assetlib_license: 1\nid: {contract.id}\ntimezone: {ZONE}\nsigned: {contract.signed}\n"
    return f"{head}document: {{file: {contract.name}.pdf, sha256: {sha256}}}\n{contract.yaml.strip()}\n"


def contracts() -> tuple[Contract, ...]:
    """Work for hire, the two characters, the performer's consent and its amendment, the model."""
    return (
        _terrace(),
        _character("0002", "rhea", "Rhea"),
        _character("0003", "bruno", "Bruno"),
        _consent(),
        _amendment(),
        _model(),
    )


_PRODUCTION = """\
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
_NO_TRAINING = """\
prohibits:
  - {clause: "6", actions: [train.gen, train.nongen, train.finetune_internal, mine]}
"""
_NO_TRAINING_CLAUSE = Clause(
    number="6",
    heading="No training, no mining",
    text=(
        "No party may use the Work, or any part or rendering of it, to train, fine-tune, test or "
        "ground a machine-learning model, or for text and data mining, whether generative or not. "
        "No other clause implies such a permission. Files handed out carry this reservation in "
        "machine-readable form."
    ),
)
_LAW = Clause(
    number="9",
    heading="Law and copies",
    text=(
        "This agreement is governed by the law of the State of California. It is signed in two "
        "copies. The digest of this document is recorded in the Studio's rights library; a copy "
        "with another digest is not this agreement."
    ),
)


def _terrace() -> Contract:
    return Contract(
        id="LIC-2026-0001",
        name="work_for_hire_terrace",
        title="Work Made for Hire: Terrace set and Telescope prop",
        parties=("Tidewater Model Shop (the Maker)", "Northlight Pictures (the Studio)"),
        signed="2026-01-12",
        clauses=(
            Clause(
                number="1",
                heading="The Work",
                text=(
                    "The Maker has made for the Studio the set known as the Observatory Terrace and the prop "
                    "known as the Telescope, each as geometry, textures and documentation (the Work). The Maker "
                    "declares that every part is its own and that nothing in it was taken from another author, "
                    "site, brand or data set."
                ),
            ),
            Clause(
                number="2",
                heading="Made for hire",
                text=(
                    "The Work is a work made for hire as an audiovisual contribution. Should it not be one in "
                    "some country, the Maker assigns all rights in it to the Studio, worldwide and for the full "
                    "term of protection."
                ),
            ),
            Clause(
                number="3.1",
                heading="Use",
                text=(
                    "The Studio may view, render, edit, enlarge, deliver and publish the Work in the production "
                    "Northlight, in all media, worldwide and in perpetuity, and may let its distributor Aurora "
                    "Stream do so."
                ),
            ),
            _NO_TRAINING_CLAUSE,
            _LAW,
        ),
        yaml=f"""
kind: work_for_hire
from: {{party: tidewater-model-shop, capacity: owner}}
to: {STUDIO}
covers: {{asset: [sets/terrace, props/telescope], facets: [underlying_work]}}
permits:
  - clause: "3.1"
{_PRODUCTION}{_NO_TRAINING}governing_law: US-CA
signers: [Tidewater Model Shop, Northlight Pictures]
""",
    )


def _character(number: str, slug: str, name: str) -> Contract:
    return Contract(
        id=f"LIC-2026-{number}",
        name=f"character_license_{slug}",
        title=f"Character License: {name}",
        parties=("Lantern Street Stories (the Owner)", "Northlight Pictures (the Studio)"),
        signed="2026-01-14",
        clauses=(
            Clause(
                number="1",
                heading="The Character",
                text=(
                    f"The Owner holds all rights in the character {name}: its name, its design as laid down in the "
                    "model sheet of 9 January 2026, its costume and its marks (the Work)."
                ),
            ),
            Clause(
                number="3.1",
                heading="Grant",
                text=(
                    f"The Studio may view, depict, generate, edit, enlarge, deliver and publish {name} in the "
                    "production Northlight, worldwide, in the media named in Annex A (theatrical, subscription, "
                    f"advertising-funded and transactional video, broadcast, social, promotion, internal), from 15 "
                    f"January 2026. Pictures made by 31 December 2029 may be shown in perpetuity."
                ),
            ),
            Clause(
                number="4",
                heading="Credit",
                text=("The end titles credit: Characters by Lantern Street Stories."),
            ),
            Clause(
                number="5",
                heading="Dignity",
                text=(f"{name} is not shown in a sexual context and takes no side in an election."),
            ),
            _NO_TRAINING_CLAUSE,
            _LAW,
        ),
        yaml=f"""
kind: license
from: {{party: lantern-street-stories, capacity: owner}}
to: {STUDIO}
covers: {{character: {slug}, facets: [character_ip]}}
permits:
  - clause: "3.1"
{_PRODUCTION}    after: [{{credit: "Characters by Lantern Street Stories"}}]
prohibits:
  - {{clause: "5", actions: [generate.previs, generate.final, edit, upscale, export.delivery, export.publish],
     content: [sexual, politics]}}
  - {{clause: "6", actions: [train.gen, train.nongen, train.finetune_internal, mine]}}
governing_law: US-CA
signers: [Lantern Street Stories, Northlight Pictures]
""",
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


def _consent() -> Contract:
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
            _NO_TRAINING_CLAUSE,
            Clause(
                number="7",
                heading="Withdrawal",
                text=(
                    "The Performer may withdraw with thirty days' notice. From then on nothing new is generated; "
                    "finished pictures may stay."
                ),
            ),
            _LAW,
        ),
        yaml=f"""
kind: performer_consent
from: {{party: {PERFORMER}, capacity: self, represented_by: counsel}}
to: {STUDIO}
covers: {{character: rhea, facets: [likeness, voice]}}
permits:
{_performance("3.1", "1-3", _SIGNED_FOR)}{_CONSENT_TAIL}""",
    )


def _amendment() -> Contract:
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
            _NO_TRAINING_CLAUSE,
            _LAW,
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


def _model() -> Contract:
    return Contract(
        id="LIC-2026-0006",
        name="model_license_house_diffusion",
        title="Model License: House Diffusion",
        parties=("Northlight Research (the Licensor)", "Northlight Pictures (the Studio)"),
        signed="2026-01-20",
        clauses=(
            Clause(
                number="1",
                heading="The Model",
                text=(
                    "House Diffusion is a picture model whose weights the Licensor has made itself, from no third "
                    "party's pictures. Its card and the digests of its files are annexed (the Work)."
                ),
            ),
            Clause(
                number="3.1",
                heading="Use",
                text=(
                    "The Studio may run the Model on its own machines for previs and final pictures of the "
                    "production Northlight and keep what it makes, worldwide and in perpetuity. The Model is not "
                    "handed to others."
                ),
            ),
            _NO_TRAINING_CLAUSE,
            _LAW,
        ),
        yaml=f"""
kind: license
from: {{party: northlight-research, capacity: owner}}
to: {STUDIO}
covers: {{asset: models/house-diffusion, facets: [model]}}
permits:
  - clause: "3.1"
{_PRODUCTION}{_NO_TRAINING}governing_law: US-CA
signers: [Northlight Research, Northlight Pictures]
""",
    )
