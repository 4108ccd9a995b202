"""The whole promise, once, on the demo's own production: every verb, through the same flows that the commands use.

What lies in the output folder afterwards: ``library/`` (the library), ``contracts/`` (paper and license files),
``checkout/`` (a character as USD), ``frames/<shot>/*.png``, ``contact_sheet.png``, ``cut.mp4``, ``cut.otio``,
``audit.html``, ``evidence/``, ``scraped/`` (a foreign folder in which one of our frames is found).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from assetlib.demo import contracts as paper
from assetlib.demo.characters import build_bruno, build_rhea
from assetlib.demo.contract_terms import AMENDMENT, PERFORMER, STUDIO
from assetlib.demo.cut import PRODUCTION, RATE, REFUSED_SHOT, SEQUENCE, CastMember, edits, shots
from assetlib.demo.pictures import write_reference_sheets
from assetlib.demo.prop import build_prop
from assetlib.demo.sets import build_set
from assetlib.flows.activate_license import activate_license
from assetlib.flows.add_license import add_license
from assetlib.flows.add_party import add_party, add_recipient
from assetlib.flows.add_production import add_production
from assetlib.flows.block_shot import pin_of, put_layers
from assetlib.flows.enroll_person import enroll_person
from assetlib.flows.frame_passes import hold_render_processes, render_elsewhere
from assetlib.flows.generate_shot import generate_shot
from assetlib.flows.import_cut import import_cut
from assetlib.flows.materialize import root_layer
from assetlib.flows.register_asset import register_asset
from assetlib.flows.verify_ledger import verify_ledger
from assetlib.library import Library
from assetlib.model.model_description import ModelDescription
from assetlib.model.production import Production
from assetlib.model.refusals import Denied

Say = Callable[..., None]
_MARKER = ".assetlib-demo"
_SAFE_CONTENT = (("nudity", "no"), ("politics", "no"), ("product_endorsement", "no"), ("sexual", "no"))


@dataclass(slots=True)
class Stage:
    """The demo under way: where it writes, how it speaks, what it found out so far."""

    out: Path
    width: int
    height: int
    say: Say
    facts: dict[str, Any] = field(default_factory=dict)

    def step(self, words: str) -> None:
        self.say(f"· {words}")


def run_demo(out: Path, *, size: str, say: Say) -> list[str]:
    """Run everything into `out` (replaced when it holds an earlier run) and return the closing lines."""
    from assetlib.demo.ending import closing_lines
    from assetlib.demo.proofs import audit_everything, export_and_refuse, find_and_tamper, show_pictures
    from assetlib.flows.add_production import parse_size

    width, height = parse_size(size)
    _clear(out)
    stage = Stage(out=out, width=width, height=height, say=say)
    library = _open_library(stage)
    try:
        _people_and_paper(library, stage)
        _assets(library, stage)
        _licenses(library, stage)
        _cut(library, stage)
        _generate(library, stage)
        show_pictures(library, stage)
        audit_everything(library, stage)
        export_and_refuse(library, stage)
        find_and_tamper(library, stage)
        stage.facts["ledger"] = verify_ledger(library)  # with all that was decided after the audit
        return closing_lines(stage)
    finally:
        library.close()


def refuse_occupied(out: Path) -> None:
    """Raise Conflict unless `out` is free, or a folder that an earlier run marked as its own."""
    from assetlib.model.refusals import Conflict

    occupied = out.is_symlink() or (out.exists() and (not out.is_dir() or any(out.iterdir())))
    if occupied and not (out / _MARKER).is_file():
        raise Conflict(f"{out} holds other files; choose an empty folder with --out")


def _clear(out: Path) -> None:
    """Make room; only a folder that an earlier run marked as its own is removed."""
    refuse_occupied(out)
    if out.exists():
        shutil.rmtree(out)
    out.mkdir(parents=True)
    (out / _MARKER).write_text("made by 'assetlib demo'; the next run replaces this folder\n", encoding="utf-8")


def _open_library(stage: Stage) -> Library:
    stage.step("a library: catalog, store, certificate authority, ledger")
    passphrase = stage.out / "passphrase.txt"
    passphrase.write_text("northlight demo\n", encoding="utf-8")
    passphrase.chmod(0o600)
    library = Library.create(
        stage.out / "library",
        name="Northlight Pictures",
        passphrase_file=passphrase,
        production=Production(id="main", name="Northlight Pictures"),
    )
    library.person = "librarian"
    return library


def _people_and_paper(library: Library, stage: Stage) -> None:
    stage.step("people with keys, a production and what it clears for, parties and their contracts")
    people = (
        ("Librarian", "librarian"),
        ("Rights Admin", "rights-admin"),
        ("Director", "director"),
        ("Artist", "artist"),
    )
    for name, role in people:
        enroll_person(library, name, (role,))
    add_production(
        library,
        PRODUCTION,
        name="First Light",
        rate=str(RATE),
        size=f"{stage.width}x{stage.height}",
        territories=("US", "CA", "DE", "GB"),
        media=("svod", "promo"),
        exploit_until="2031-12-31",
        as_default=True,
    )
    for party, name, kind in (
        (STUDIO, "Northlight Pictures", "org"),
        (PERFORMER, "Jane Doe", "person"),
        ("tidewater-model-shop", "Tidewater Model Shop", "org"),
        ("aurora-stream", "Aurora Stream", "org"),
        ("open-crawl", "Open Crawl", "org"),
    ):
        add_party(library, party, name=name, kind=kind)
    add_recipient(library, STUDIO, trains="no")
    add_recipient(library, "aurora-stream", trains="no")
    add_recipient(library, "open-crawl", trains="yes")
    add_recipient(library, "lumen/api/standard/acct-7", trains="unknown", provider=True)
    stage.facts["contracts"] = paper.write_contracts(stage.out / "contracts")


def _assets(library: Library, stage: Stage) -> None:
    stage.step("two characters, a set and a prop, registered as signed USD assets with their reference sheets")
    library.person = "librarian"
    library.keep_running("render processes", hold_render_processes)
    drawn = []
    for build, facets in (
        (build_rhea, ("character_ip=northlight-pictures", "likeness=jane-doe", "voice=jane-doe")),
        (build_bruno, ("character_ip=northlight-pictures",)),
    ):
        model = build()
        sheets = render_elsewhere(write_reference_sheets, model, stage.out / "sheets" / model.name)
        drawn.append((model, facets, sheets))
    places = ((build_set(), "set"), (build_prop(), "prop"))  # made while both characters are pictured
    for model, facets, sheets in drawn:
        _register(library, stage, model, "character", facets, sheets.result())
    for model, kind in places:
        _register(library, stage, model, kind, ("underlying_work=northlight-pictures",), ())


def _register(
    library: Library,
    stage: Stage,
    model: ModelDescription,
    kind: str,
    facets: tuple[str, ...],
    sheets: tuple[Path, ...],
) -> None:
    done = register_asset(
        library, model.name, kind=kind, model=model, references=sheets, facets=facets, source_type="digitalCreation"
    )
    stage.say(f"    {done.entity} {done.version}  {done.digest[:23]}…")
    stage.facts.setdefault("assets", {})[model.name] = done.entity


def _licenses(library: Library, stage: Stage) -> None:
    stage.step("licenses and consents, each bound to its paper, signed into force by the rights admin")
    for contract in stage.facts["contracts"]:
        if contract.id == AMENDMENT:
            continue  # it comes later, as the repair of a refusal
        library.person = "librarian"
        add_license(library, contract.license)
        library.person = "rights-admin"
        activate_license(library, contract.id)
        stage.say(f"    {contract.id}  {contract.document.name}")


def _cut(library: Library, stage: Stage) -> None:
    from assetlib.editorial.write import new_timeline
    from assetlib.model.cut import Edit, Timeline

    stage.step("the cut comes in from OTIO; its shots become USD layers over the pinned assets")
    library.person = "artist"
    listed = tuple(
        Edit(
            shot=edit.code,
            name=edit.code,
            track="V1",
            record_in=edit.record_in,
            duration=edit.duration,
            source_in=Fraction(edit.cut_in),
        )
        for edit in edits()
    )
    editorial = stage.out / "editorial.otio"
    new_timeline(Timeline(name=SEQUENCE, uuid="first-light-sq010", rate=RATE, edits=listed), (), editorial)
    import_cut(library, editorial, production=PRODUCTION)
    scenes = {edit.code: edit.scene for edit in edits()}
    for description in shots(_cast(library, stage)):
        sized = replace(description, resolution=(stage.width, stage.height))
        put_layers(library, sized.code, sized, scenes=(scenes[sized.code],), content=_SAFE_CONTENT)


def _cast(library: Library, stage: Stage) -> dict[str, CastMember]:
    cast = {}
    with library.catalog.reader() as queries:
        for name, entity in stage.facts["assets"].items():
            version = queries.version(entity)
            cast[name] = CastMember(pin=pin_of(version), asset=str(root_layer(version)))
    return cast


def _generate(library: Library, stage: Stage) -> None:
    """Every shot from licensed references; one refused, shown with a stand-in, repaired, and made."""
    library.person = "artist"
    listed = edits()
    for number, edit in enumerate(listed, start=1):
        stage.step(f"shot {number} of {len(listed)}, {edit.code}: {edit.note}")
        if edit.code == REFUSED_SHOT:
            _refuse_and_repair(library, stage, edit.code)
        done = generate_shot(library, edit.code, progress=lambda _: None)
        stage.say(f"    {done['decision']['id']} {done['decision']['decision']}, {done['takes'][0]['take']}")


def _refuse_and_repair(library: Library, stage: Stage, code: str) -> None:
    try:
        generate_shot(library, code)
    except Denied as denied:
        stage.facts["refused"] = (denied.decision_id, denied.decision)
        stage.say(*(f"    {line}" for line in str(denied).splitlines()))
    amendment = next(c for c in stage.facts["contracts"] if c.id == AMENDMENT)
    library.person = "librarian"
    add_license(library, amendment.license)
    library.person = "rights-admin"
    activate_license(library, amendment.id)
    stage.say(f"    the amendment {amendment.id} is signed into force; asked again:")
    library.person = "artist"
