"""A small real library: one licensed character, a cut of two shots, and a signed take of the first.

Everything is made through the library's own writers, with its own keys; pictures are 64×36 so that it takes seconds.
"""

from __future__ import annotations

import io
import secrets
import shutil
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from assetlib.editorial.write import new_timeline
from assetlib.flows.activate_license import activate_license
from assetlib.flows.add_license import add_license
from assetlib.flows.add_party import add_party, add_recipient
from assetlib.flows.ask import Recorded, decide, question_for
from assetlib.flows.enroll_person import enroll_person
from assetlib.library import Library
from assetlib.media.clips import write_mp4
from assetlib.media.exr import write_exr
from assetlib.media.stills import write_png
from assetlib.model.asset import (
    AssetFile,
    AssetKind,
    AssetVersion,
    Derivation,
    DerivationKind,
    Facet,
    FacetClaim,
)
from assetlib.model.cut import Edit, Timeline
from assetlib.model.record import Cut, Fingerprint, Sequence
from assetlib.model.shot import Pin, Shot, ShotStatus, Take, TakeStatus
from assetlib.protection.fingerprints import fingerprints
from assetlib.rights.permits import ClearedFile, mint
from assetlib.usd.inventory import build_inventory
from provenance.claims import (
    AssetIdentity,
    DecisionReference,
    SourceType,
    UsedReference,
    asset_package,
    generated_media,
    reference_image,
)
from provenance.credentials import Ingredient, sign_embedded
from provenance.digest import Digest, canonical_json, digest_bytes, digest_file, hex_of
from provenance.packages import inventory, measure, sign_package

HERO = AssetIdentity(entity="assetlib:///characters/hero", version="v001", kind="character")
RATE = Fraction(24)
FRAMES = range(1001, 1005)
_REQUEST = digest_bytes(b"request")
SHOTS = ("sq010_sh0010", "sq010_sh0020")

HERO_LAYER = """\
#usda 1.0
(
    defaultPrim = "hero"
    metersPerUnit = 1
    upAxis = "Y"
)

def Xform "hero"
{
    def Cube "body"
    {
    }
}
"""
LICENSE = """\
assetlib_license: 1
id: {id}
kind: {kind}
timezone: America/Los_Angeles
from: {{party: jane-doe, capacity: owner}}
to: small-films
document: {{file: "{id}.pdf", sha256: {sha256}}}
signed: 2026-01-14
covers: {{character: [characters/hero], facets: [character_ip]}}
permits:
  - clause: "3.1"
    actions: [{actions}]
    purposes: [{purposes}]
    productions: [main]
    territories: [WW]
    media: [svod]
    recipients: [{recipients}]
    generate: {{from: 2026-01-15, until: {until}}}
    use_until: perpetual
    survival: perpetual
    after: [{{credit: "Hero by Jane Doe"}}]
prohibits:
  - {{clause: "6", actions: [train.gen, train.nongen, mine]}}
"""
_TERMS = {
    "id": "LIC-2026-0001",
    "kind": "license",
    "actions": "view, generate.previs, export.delivery",
    "purposes": "previs, review, editorial, delivery",
    "recipients": "local, aurora-stream",
    "until": "2031-12-31",
}


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a library lies; every test opens its own copy."""

    directory: Path
    environ: dict[str, str]

    def open(self, **options: Any) -> Library:
        return Library.open(self.directory, environ=self.environ, **options)

    def copy(self, folder: Path) -> Place:
        shutil.copytree(self.directory.parent, folder, dirs_exist_ok=True)
        return Place(directory=folder / "library", environ={"XDG_STATE_HOME": str(folder / "state")})


def build(folder: Path, *, takes: int = 1, size: tuple[int, int] = (64, 36), frames: int = len(FRAMES)) -> Place:
    """The library of the module's first line; its first shot has `takes` takes, its second none."""
    environ = {"XDG_STATE_HOME": str(folder / "state")}
    library = Library.create(folder / "library", name="Small Films", environ=environ)
    enroll_person(library, "Lee Park", ["librarian", "rights-admin", "counsel", "director"])
    enroll_person(library, "Ana Ruiz", ["auditor"])
    add_party(library, "aurora-stream", name="Aurora Stream", kind="org")
    add_recipient(library, "aurora-stream", trains="no")
    add_hero(library, folder / "work")
    add_terms(library, folder / "work")
    add_cut(library, folder / "work")
    for seed in range(takes):
        add_take(library, SHOTS[0], folder / "work", seed=seed, size=size, frames=frames)
    library.close()
    shutil.rmtree(folder / "work")
    return Place(directory=folder / "library", environ=environ)


def picture(path: Path, *, seed: int = 0, width: int = 64, height: int = 36) -> Path:
    """A picture that perceptual hashes take: overlapping shapes of different lightness."""
    rng = np.random.default_rng(seed)
    image = Image.new("RGB", (width, height), tuple(rng.integers(20, 235, 3).tolist()))
    draw = ImageDraw.Draw(image)
    for _ in range(24):
        x, y = rng.uniform(-0.2, 1.0, 2) * (width, height)
        w, h = rng.uniform(0.1, 0.5, 2) * (width, height)
        shape = draw.ellipse if rng.random() < 0.5 else draw.rectangle
        shape((x, y, x + w, y + h), fill=tuple(rng.integers(0, 256, 3).tolist()))
    pixels = np.asarray(image)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_png(pixels, path)
    return path


def add_hero(library: Library, work: Path) -> AssetVersion:
    tree = work / "hero"
    (tree / "refs").mkdir(parents=True)
    (tree / "hero.usda").write_text(HERO_LAYER)
    source = picture(work / "front.png", seed=7, width=320, height=200)
    for target in (tree / "refs" / "front.png", tree / "thumbnail.png"):
        claim = reference_image(
            title=target.name, asset=HERO, source=digest_file(source), declared=SourceType.DIGITAL_CREATION
        )
        sign_embedded(source, target, "image/png", claim, signer=library.signer, trust=library.trust)
    files = build_inventory(tree)
    listed = inventory(HERO.entity, HERO.version, "hero.usda", measure(tree, [file.path for file in files]))
    ingredient = Ingredient(
        path=tree / "refs" / "front.png", media_type="image/png", title="front", relationship="inputTo", label="ref0"
    )
    manifest = sign_package(
        listed,
        asset_package(title="hero v001 asset.json", asset=HERO, inventory=listed, references=["ref0"]),
        signer=library.signer,
        trust=library.trust,
        ingredients=[ingredient],
    )
    for file in files:
        library.store.put_file(tree / file.path)
    for blob in (listed, manifest):
        library.store.put(io.BytesIO(blob))
    version = AssetVersion(
        entity=HERO.entity,
        version=HERO.version,
        digest=digest_bytes(listed),
        kind=AssetKind.CHARACTER,
        name="hero",
        facets=(FacetClaim(facet=Facet.CHARACTER_IP, subject="hero", by="lee-park"),),
        files=files,
        source_type=SourceType.DIGITAL_CREATION.uri,
        created_by="lee-park",
        created_at=library.clock(),
        manifest=digest_bytes(manifest),
        thumbnail=next(file.digest for file in files if file.path == "thumbnail.png"),
    )
    front = next(file.digest for file in files if file.path == "refs/front.png")
    prints = _prints(tree / "refs" / "front.png", front, "reference:front")

    def write(writer: Any, _: int) -> None:
        writer.add_version(version)
        for fingerprint in prints:
            writer.put_fingerprint(fingerprint)

    library.committer.commit("asset.registered", {"digest": version.digest}, write)
    return version


def terms() -> dict[str, str]:
    """What `LICENSE` is filled with unless a test says otherwise; ``sha256`` is the test's to add."""
    return dict(_TERMS)


def add_terms(library: Library, work: Path, *, activate: bool = True, **changes: str) -> str:
    """File (and activate) a license over the hero; `changes` replace the terms of the template."""
    work.mkdir(parents=True, exist_ok=True)
    said = {**_TERMS, **changes}
    paper = work / f"{said['id']}.pdf"
    paper.write_bytes(f"%PDF-1.7 {said['id']}, signed by Jane Doe".encode())
    file = work / f"{said['id']}.yaml"
    file.write_text(LICENSE.format(**said, sha256=hex_of(digest_file(paper))))
    add_license(library, file, document=paper)
    if activate:
        activate_license(library, said["id"])
    return said["id"]


def add_cut(library: Library, work: Path) -> None:
    edits = tuple(
        Edit(
            shot=shot,
            name=shot,
            track="V1",
            record_in=index * len(FRAMES),
            duration=len(FRAMES),
            source_in=Fraction(FRAMES[0]),
        )
        for index, shot in enumerate(SHOTS)
    )
    timeline = Timeline(name="reel", uuid="6c3c2b0e-0000-4000-8000-000000000001", rate=RATE, edits=edits)
    new_timeline(timeline, [], work / "reel.otio")
    _name_shots(work / "reel.otio")
    digest, _ = library.store.put_file(work / "reel.otio")
    hero = _hero(library)
    pin = Pin(name="hero", entity=hero.entity, version=hero.version, digest=hero.digest)
    cut = Cut(
        name="reel",
        timeline=timeline.uuid,
        digest=digest,
        production="main",
        imported_at=library.clock(),
        body=canonical_json({"timeline": timeline.to_json()}),
    )

    def write(writer: Any, _: int) -> None:
        writer.put_sequence(Sequence(code="sq010", production="main"))
        for shot in SHOTS:
            writer.put_shot(
                Shot(
                    code=shot,
                    sequence="sq010",
                    production="main",
                    cut_in=FRAMES[0],
                    cut_out=FRAMES[-1],
                    handles=0,
                    rate=RATE,
                    timeline=timeline.uuid,
                    clip=shot,
                    pins=(pin,),
                )
            )
        writer.put_cut(cut)

    library.committer.commit("cut.imported", {"otio": digest}, write)


def _name_shots(path: Path) -> None:
    """Say in each clip which shot it is, as import does."""
    import opentimelineio as otio

    timeline = otio.adapters.read_from_file(str(path))
    for clip in timeline.find_clips():
        clip.metadata["assetlib"] = {"schema": 1, "shot": clip.name}
    otio.adapters.write_to_file(timeline, str(path))


def _hero(library: Library) -> AssetVersion:
    with library.catalog.reader() as queries:
        return queries.version("hero")


def add_take(
    library: Library,
    shot: str,
    work: Path,
    *,
    status: TakeStatus = TakeStatus.CURRENT,
    seed: int = 0,
    size: tuple[int, int] = (64, 36),
    frames: int = len(FRAMES),
) -> tuple[Take, Recorded]:
    """A take as generation records it: pictures, inventory with its manifest, clip, account, decision, permit."""
    with library.catalog.reader() as queries:
        found, production = queries.shot(shot), queries.default_production()
        number = len(queries.takes(shot)) + 1
    hero = _hero(library)
    question = question_for(production, [hero.pinned], requester="lee-park", now=library.clock(), shot=shot)
    recorded = decide(library, question)
    recorded.demand()
    folder = work / f"{shot}_{number}"
    label = f"{shot}_take_{number:03d}"
    _pictures(folder, label, seed, *size, frames)
    _sign_take(library, folder, label, f"assetlib://main/takes/{shot}/take_{number:03d}", hero, recorded)
    digest = digest_file(folder / "frames.json")
    permit = _permit(library, recorded, digest)
    account = {"schema": 1, "isolation": "namespaces", "generator": "render", "models": [], "seed": str(seed)}
    account |= {"permit": permit, "request": _REQUEST}
    (folder / "take.json").write_bytes(canonical_json(account))
    files = tuple(_stored(library, folder, path) for path in sorted(folder.rglob("*")) if path.is_file())
    take = Take(
        shot=shot,
        number=number,
        digest=digest,
        decision=recorded.id,
        permit=permit,
        generator="render 1.0",
        source_type=SourceType.ALGORITHMIC_MEDIA.uri,
        created_at=library.clock(),
        created_by="lee-park",
        seed=seed,
        status=status,
    )
    pngs = [file for file in files if file.path.endswith(".png")]
    prints = [p for f in pngs for p in _prints(folder / f.path, f.digest, f"frame:{f.path.rsplit('.', 2)[-2]}")]

    def write(writer: Any, _: int) -> None:
        writer.add_take(take, files)
        writer.derive(Derivation(parent=hero.digest, child=digest, kind=DerivationKind.REFERENCE))
        for license_id in sorted({cited.partition("#")[0] for cited in recorded.decision.cited}):
            writer.link_license(shot, license_id)
        for fingerprint in prints:
            writer.put_fingerprint(fingerprint)
        writer.put_shot(replace(found, status=ShotStatus.GENERATED))

    library.committer.commit("take.generated", {"take": take.code, "digest": digest}, write)
    return take, recorded


def _pictures(folder: Path, label: str, seed: int, width: int, height: int, frames: int) -> None:
    numbers = range(FRAMES[0], FRAMES[0] + frames)
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    for frame in numbers:
        picture(folder / f"{label}.{frame:04d}.png", seed=seed + frame, width=width, height=height)
        beauty = rng.random((height, width, 3), np.float32)  # grain, so that it is as large as a rendered frame
        write_exr(folder / f"{label}.{frame:04d}.exr", beauty, rate=RATE)
    write_mp4((rng.random((height, width, 3)) for _ in numbers), folder / f".{label}.unsigned.mp4", rate=RATE)


def _sign_take(library: Library, folder: Path, label: str, entity: str, hero: AssetVersion, recorded: Recorded) -> None:
    paths = sorted(p.name for p in folder.iterdir() if p.suffix in (".png", ".exr"))
    listed = inventory(entity, "v001", paths[-1], measure(folder, paths))
    reference = next(file for file in hero.files if file.path == "refs/front.png")
    used = UsedReference(entity=hero.entity, version=hero.version, digest=reference.digest, label="ref0")
    ingredient = Ingredient(
        path=library.store.path(reference.digest),
        media_type="image/png",
        title="hero v001 front.png",
        relationship="inputTo",
        label="ref0",
    )
    fields: dict[str, Any] = {
        "declared": SourceType.ALGORITHMIC_MEDIA,
        "when": library.clock(),
        "agent": ("render", "1.0"),
        "job": "JOB-1",
        "generator": "render",
        "seed": 0,
        "params": _REQUEST,
        "prompt": digest_bytes(b""),
        "references": (used,),
        "decision": DecisionReference(id=recorded.id, digest=recorded.digest),
    }
    keys: dict[str, Any] = {"signer": library.signer, "trust": library.trust, "ingredients": [ingredient]}
    manifest = sign_package(listed, generated_media(title=f"{label} frames", inventory=listed, **fields), **keys)
    (folder / "frames.json").write_bytes(listed)
    (folder / "frames.c2pa").write_bytes(manifest)
    unsigned = folder / f".{label}.unsigned.mp4"
    claim = generated_media(title=f"{label}.mp4", **fields)
    sign_embedded(unsigned, folder / f"{label}.mp4", "video/mp4", claim, **keys)
    unsigned.unlink()


_TYPES = {
    ".png": "image/png",
    ".exr": "image/x-exr",
    ".mp4": "video/mp4",
    ".json": "application/json",
    ".c2pa": "application/c2pa",
}


def _stored(library: Library, folder: Path, path: Path) -> AssetFile:
    digest, size = library.store.put_file(path)
    return AssetFile(path=path.relative_to(folder).as_posix(), digest=digest, size=size, media_type=_TYPES[path.suffix])


def _permit(library: Library, recorded: Recorded, digest: Digest) -> str:
    now = library.clock()
    with library.catalog.operations(now) as operations:
        permit = mint(
            recorded.for_permit(),
            [ClearedFile(digest=digest, lineage=recorded.decision.closure)],
            library.permit_key,
            key_id=library.permit_key_id,
            permit_id=operations.next_id("P"),
            generator="render@1.0",
            request=_REQUEST,
            actor="lee-park",
            nonce=secrets.token_hex(16),
            now=now,
        )
        operations.issue_permit(permit)
    with library.catalog.operations(library.clock()) as operations:
        operations.redeem_permit(permit.id)
    return permit.id


def _prints(path: Path, digest: Digest, what: str) -> list[Fingerprint]:
    with Image.open(path) as image:
        views = [view for view in fingerprints(image) if view.usable]
    return [Fingerprint(digest=digest, what=f"{what}/{v.view}", pdq=v.bits, quality=v.quality) for v in views]


def damage(library: Library, digest: Digest, *, at: int = -40) -> None:
    """Turn one bit of a stored blob, as a failing disk would."""
    path = library.store.path(digest)
    path.chmod(0o640)
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
