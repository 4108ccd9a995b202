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
from assetlib.demo.contract_terms import (
    LAW,
    NO_TRAINING,
    NO_TRAINING_CLAUSE,
    PRODUCTION_USES,
    STUDIO,
    Contract,
)
from assetlib.demo.performer_contracts import amendment, consent
from provenance.digest import digest_bytes, hex_of

ZONE = "America/Los_Angeles"


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
        consent(),
        amendment(),
        _model(),
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
            NO_TRAINING_CLAUSE,
            LAW,
        ),
        yaml=f"""
kind: work_for_hire
from: {{party: tidewater-model-shop, capacity: owner}}
to: {STUDIO}
covers: {{asset: [sets/terrace, props/telescope], facets: [underlying_work]}}
permits:
  - clause: "3.1"
{PRODUCTION_USES}{NO_TRAINING}governing_law: US-CA
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
            NO_TRAINING_CLAUSE,
            LAW,
        ),
        yaml=f"""
kind: license
from: {{party: lantern-street-stories, capacity: owner}}
to: {STUDIO}
covers: {{character: {slug}, facets: [character_ip]}}
permits:
  - clause: "3.1"
{PRODUCTION_USES}    after: [{{credit: "Characters by Lantern Street Stories"}}]
prohibits:
  - {{clause: "5", actions: [generate.previs, generate.final, edit, upscale, export.delivery, export.publish],
     content: [sexual, politics]}}
  - {{clause: "6", actions: [train.gen, train.nongen, train.finetune_internal, mine]}}
governing_law: US-CA
signers: [Lantern Street Stories, Northlight Pictures]
""",
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
            NO_TRAINING_CLAUSE,
            LAW,
        ),
        yaml=f"""
kind: license
from: {{party: northlight-research, capacity: owner}}
to: {STUDIO}
covers: {{asset: models/house-diffusion, facets: [model]}}
permits:
  - clause: "3.1"
{PRODUCTION_USES}{NO_TRAINING}governing_law: US-CA
signers: [Northlight Research, Northlight Pictures]
""",
    )
