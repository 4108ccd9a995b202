"""What lies on the desk when a page begins: real files, and a small real library in the state the page speaks of."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

from assetlib.demo.contracts import write_contracts
from assetlib.editorial.write import new_timeline
from assetlib.flows.activate_license import activate_license
from assetlib.flows.add_license import add_license
from assetlib.flows.add_party import add_party, add_recipient
from assetlib.flows.add_production import add_production
from assetlib.flows.ask import check_use
from assetlib.flows.block_shot import block_shot
from assetlib.flows.enroll_person import enroll_person
from assetlib.flows.generate_shot import generate_shot
from assetlib.flows.import_cut import import_cut
from assetlib.flows.job_table import CatalogJobTable
from assetlib.flows.register_asset import register_asset
from assetlib.library import Library
from assetlib.model.cut import Edit, Timeline
from assetlib.model.model_description import ModelDescription
from assetlib.usd.mannequin import mannequin
from assetlib.usd.sculpt import write_model
from provenance.digest import canonical_json, digest_bytes, hex_of
from tests.flows.small_library import picture
from tests.flows.studio import yard
from tests.terminal import Terminal

SIZE = "96x56"
RATE = Fraction(24)
SHOT = "sq010_sh0010"
PAPER = b"%PDF-1.7 signed by everybody"
TERMS = b"%PDF-1.7 the provider's terms"

AGREEMENT = f"""\
assetlib_agreement: 1
id: PA-12
timezone: UTC
provider: bedrock
product: api
plan: enterprise
account: studio-1
legal_entity: Bedrock Inc.
governing_law: US-WA
models: [model-3]
trains_on_inputs: no
trains_on_outputs: no
valid_from: 2026-01-01
review_due: 2046-01-01
evidence: {{file: terms.pdf, sha256: {hex_of(digest_bytes(TERMS))}}}
credential: env:BEDROCK_KEY
retention_days: 30
content_credentials: yes
"""


def desk(folder: Path, library: str | None = None) -> Terminal:
    """A reader's own folder; `library` is the one they have said they work in."""
    folder.mkdir(parents=True, exist_ok=True)
    environ = {"XDG_STATE_HOME": str(folder / "state"), "XDG_CONFIG_HOME": str(folder / "config")}
    if library is not None:
        environ["ASSETLIB_LIBRARY"] = str(folder / library)
    return Terminal(folder=folder, environ=environ)


def opened(terminal: Terminal, person: str) -> Library:
    return Library.open(Path(terminal.environ["ASSETLIB_LIBRARY"]), environ=terminal.environ, person=person)


def portraits(folder: Path, *, seed: int = 1, number: int = 2) -> None:
    for index in range(number):
        picture(folder / f"view_{index}.png", seed=seed + index, width=160, height=100)


def model_file(path: Path, model: ModelDescription) -> None:
    """A model as somebody else's one USD file."""
    from pxr import Usd

    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        Usd.Stage.Open(str(write_model(model, Path(folder)))).Flatten().Export(str(path))


def reel(path: Path, shots: Mapping[str, int], *, name: str = "reel") -> None:
    """A timeline of `shots`, each with its number of frames."""
    edits, record = [], 0
    for shot, frames in shots.items():
        edits.append(
            Edit(shot=shot, name=shot, track="V1", record_in=record, duration=frames, source_in=Fraction(1001))
        )
        record += frames
    new_timeline(Timeline(name=name, uuid=f"{name}-of-{path.stem}", rate=RATE, edits=tuple(edits)), (), path)


def paper(folder: Path, name: str) -> None:
    (folder / name).write_bytes(PAPER)


def license_terms(license_id: str, **more: Any) -> dict[str, Any]:
    """A license of the house kind over `covers`, for previs, finals and delivery; everything else is `more`."""
    return {
        "assetlib_license": 1,
        "id": license_id,
        "kind": "license",
        "timezone": "America/Los_Angeles",
        "from": {"party": "jane-doe", "capacity": "owner"},
        "to": "northlight",
        "document": {"file": f"{license_id}.pdf", "sha256": hex_of(digest_bytes(PAPER))},
        "signed": "2026-01-14",
        "permits": [
            {
                "clause": "3.1",
                "actions": ["view", "generate", "edit", "export.delivery"],
                "purposes": ["previs", "final_shot", "review", "editorial", "delivery"],
                "productions": ["house-s2"],
                "territories": ["WW"],
                "media": ["svod"],
                "recipients": ["local", "harbor-vfx"],
                "generate": {"from": "2026-01-15", "until": "2046-01-14"},
                "use_until": "perpetual",
                "survival": "perpetual",
            }
        ],
        **more,
    }


def write_terms(folder: Path, terms: dict[str, Any], name: str | None = None) -> Path:
    """The license file called `name`, and its paper beside it."""
    paper(folder, terms["document"]["file"])
    path = folder / (name or f"{terms['id']}.yaml")
    path.write_text(yaml.safe_dump(terms, sort_keys=False), encoding="utf-8")
    return path


def in_force(library: Library, folder: Path, terms: dict[str, Any]) -> None:
    folder.mkdir(exist_ok=True)
    add_license(library, write_terms(folder, terms))
    activate_license(library, terms["id"])


def pad_ledger(library: Library, size: int) -> None:
    """Add entries until the next one has the index `size`."""
    while (at := library.catalog.ledger().size()) < size:
        add_party(library, f"filler-{at}", name="Filler", kind="org")


def northlight(folder: Path) -> Terminal:
    """The house library of the task pages: David and a kitchen, licensed; nothing in a shot yet."""
    terminal = desk(folder, "northlight")
    terminal("init", "northlight")
    with closing(opened(terminal, "lee-park")) as library:
        enroll_person(library, "Lee Park", ["librarian", "director"])
        enroll_person(library, "Kim Counsel", ["rights-admin", "counsel"])
        add_production(library, "house-s2", size=SIZE, handles=2, purpose="final_shot", as_default=True)
        add_party(library, "jane-doe", name="Jane Doe", kind="person")
        portraits(folder / "refs")
        register_asset(
            library,
            "David",
            kind="character",
            model=mannequin("david"),
            references=(folder / "refs",),
            facets=("character_ip=northlight", "likeness=jane-doe"),
            source_type="digitalCreation",
        )
        register_asset(library, "Kitchen", kind="set", model=yard("kitchen"), facets=("underlying_work=northlight",))
        library.person = "kim-counsel"
        david = {"character": ["characters/david"], "facets": ["character_ip", "likeness"]}
        kitchen = {"asset": ["sets/kitchen"], "facets": ["underlying_work"]}
        in_force(library, folder / "papers", license_terms("LIC-2026-0040", covers=david))
        in_force(library, folder / "papers", license_terms("LIC-2026-0041", covers=kitchen))
        add_license(library, write_terms(folder / "papers", license_terms("LIC-2026-0042", covers=david)))
    return terminal


def with_a_take(terminal: Terminal) -> None:
    """A cut of one shot, blocked and made."""
    folder = terminal.folder
    reel(folder / "cut.otio", {SHOT: 2})
    with closing(opened(terminal, "lee-park")) as library:
        import_cut(library, folder / "cut.otio")
        block_shot(library, SHOT, subjects=("david",), set_asset="kitchen")
        generate_shot(library, SHOT)


def with_job_77(terminal: Terminal) -> None:
    """An order that waits, as a worker that was killed leaves it: the one and only JOB-77."""
    with closing(opened(terminal, "lee-park")) as library:
        order = {"shot": SHOT, "generator": "render", "seed": 7, "width": 96, "height": 56, "handles": False}
        request = canonical_json({**order, "stand_in": None, "model": None, "person": "lee-park"})
        table = CatalogJobTable(library.catalog, library.clock)
        while int((job := table.enqueue("generate", request)).id.partition("-")[2]) < 77:
            with library.catalog.operations(library.clock()) as operations:
                operations.cancel_job(job.id)


def signed_picture(terminal: Terminal, target: Path) -> None:
    """A picture of the library's own that carries its credentials inside."""
    with closing(opened(terminal, "lee-park")) as library, library.catalog.reader() as queries:
        thumbnail = queries.assets()[0].thumbnail
        assert thumbnail is not None
        library.store.copy_to(thumbnail, target)


def signed_clip(terminal: Terminal, target: Path) -> None:
    with closing(opened(terminal, "lee-park")) as library, library.catalog.reader() as queries:
        clip = next(file for file in queries.take_files(SHOT, 1) if file.path.endswith(".mp4"))
        library.store.copy_to(clip.digest, target)


def story(folder: Path) -> Terminal:
    """The demo's production, small, at the moment before its seventh shot is refused: no amendment yet."""
    terminal = desk(folder, "northlight")
    terminal("init", "northlight", "--name", "Northlight Pictures")
    contracts = write_contracts(folder)
    with closing(opened(terminal, "librarian")) as library:
        for name in ("Librarian", "Rights Admin", "Artist"):
            enroll_person(library, name, [name.lower().replace(" ", "-")])
        add_production(
            library,
            "northlight",
            size=SIZE,
            handles=2,
            territories=("US", "CA", "DE", "GB"),
            media=("svod", "promo"),
            exploit_until="2031-12-31",
            as_default=True,
        )
        add_party(library, "jane-doe", name="Jane Doe", kind="person")
        add_party(library, "open-crawl", name="Open Crawl", kind="org")
        add_recipient(library, "open-crawl", trains="yes")
        _cast(library, folder)
        for contract in contracts:
            if contract.id < "LIC-2026-0005":
                add_license(library, contract.license)
                library.person = "rights-admin"
                activate_license(library, contract.id)
        _two_shots(library, folder)
        pad_ledger(library, 50)
    signed_picture(terminal, folder / "frame.png")
    return terminal


def _cast(library: Library, folder: Path) -> None:
    portraits(folder / "sheets")
    register_asset(
        library,
        "rhea",
        kind="character",
        model=mannequin("rhea", height=1.6),
        references=(folder / "sheets",),
        facets=("character_ip=northlight-pictures", "likeness=jane-doe", "voice=jane-doe"),
        source_type="digitalCreation",
    )
    register_asset(
        library, "terrace", kind="set", model=yard("terrace"), facets=("underlying_work=northlight-pictures",)
    )


def _two_shots(library: Library, folder: Path) -> None:
    """One in scene 3, which the performer's consent names, and one in scene 4, which it does not."""
    library.person = "artist"
    reel(folder / "editorial.otio", {SHOT: 2, "sq010_sh0070": 2})
    import_cut(library, folder / "editorial.otio")
    content = ("nudity=no", "politics=no", "product_endorsement=no", "sexual=no")
    for shot, scene in ((SHOT, "3"), ("sq010_sh0070", "4")):
        block_shot(library, shot, subjects=("rhea",), set_asset="terrace", scenes=(scene,), content=content)


def delivery(folder: Path) -> None:
    """What a vendor sends: two pictures, and a lamp that is one picture as well."""
    portraits(folder, seed=20, number=2)


def fill_sheet(sheet: Path) -> None:
    """What a librarian writes into the empty sheet."""
    rows = [sheet.read_text(encoding="utf-8-sig").splitlines()[0].split(",")]
    for name, picture_ in (("Old Lamp", "view_0.png"), ("Brass Lamp", "view_1.png")):
        cells = {"name": name, "kind": "image", "references": picture_}
        rows.append([cells.get(column, "") for column in rows[0]])
    sheet.write_text("".join(",".join(row) + "\n" for row in rows), encoding="utf-8")


def decision_123(terminal: Terminal) -> None:
    with closing(opened(terminal, "kim-counsel")) as library:
        pad_ledger(library, 123)
        assert check_use(library, ("david",), purpose="training").id == "D-000123"


def house_model_terms(terminal: Terminal) -> None:
    """The model of the director's page, registered and licensed by the others."""
    terms = license_terms("LIC-2026-0043", covers={"asset": ["models/own-small"], "facets": ["model"]})
    with closing(opened(terminal, "kim-counsel")) as library:
        in_force(library, terminal.folder / "papers", terms)


def with_ruth(terminal: Terminal) -> None:
    """A second character, licensed by nobody, beside David in the second shot."""
    with closing(opened(terminal, "lee-park")) as library:
        register_asset(library, "Ruth", kind="character", model=mannequin("ruth"), facets=("character_ip=northlight",))
        block_shot(library, "sq010_sh0020", subjects=("david", "ruth"), set_asset="kitchen")


def with_a_vendor(terminal: Terminal) -> None:
    with closing(opened(terminal, "lee-park")) as library:
        add_party(library, "harbor-vfx", name="Harbor VFX", kind="org")
        add_recipient(library, "harbor-vfx", trains="no")
