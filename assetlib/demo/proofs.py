"""The second half of the demo: pictures to look at, the audit, the export, and what is refused or found."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetlib.demo.cut import REFUSED_SHOT, edits
from assetlib.flows.ask import check_use
from assetlib.flows.assemble_cut import assemble_cut
from assetlib.flows.audit import audit_cut
from assetlib.flows.checkout_asset import checkout_asset
from assetlib.flows.export_cut import export_cut
from assetlib.flows.export_shot import export_shot
from assetlib.flows.pick_take import pick_take
from assetlib.flows.scan_dataset import scan_dataset
from assetlib.flows.verify_files import verify_files
from assetlib.flows.verify_ledger import receipt_of, verify_ledger
from assetlib.model.refusals import Denied

if TYPE_CHECKING:
    from assetlib.demo.run import Stage
    from assetlib.library import Library


def show_pictures(library: Library, stage: Stage) -> None:
    """The director picks; frames, contact sheet and the assembled cut come out, each a recorded view."""
    stage.step("the director picks takes; frames, contact sheet and the assembled cut")
    library.person = "director"
    for edit in edits():
        pick_take(library, edit.code, "take_001", reason="framing and light as boarded")
        export_shot(library, edit.code, out=stage.out / "frames" / edit.code)
    _contact_sheet(library, stage)
    assembled = assemble_cut(library, None, stage.out / "cut.mp4")
    stage.facts["frames"] = assembled["frames"]
    library.person = "artist"
    checked_out = checkout_asset(library, "rhea", stage.out / "checkout", recipient=None)
    stage.say(f"    {assembled['frames']} frames; Rhea as USD at {checked_out['root']}")


def _contact_sheet(library: Library, stage: Stage) -> None:
    from assetlib.media.sheets import Cell, contact_sheet
    from assetlib.media.stills import decode_still, write_png

    cells = []
    for edit in edits():
        frames = sorted((stage.out / "frames" / edit.code).glob("*.png"))
        middle = frames[len(frames) // 2]
        cells.append(Cell(pixels=decode_still(middle), title=edit.code, note=edit.note.split(".")[0], badge="cleared"))
    page = contact_sheet(cells, columns=2, cell_width=640, cell_height=360, heading="First Light, sq010")
    write_png(page, stage.out / "contact_sheet.png")


def audit_everything(library: Library, stage: Stage) -> None:
    stage.step("the audit: every signature, ingredient, decision, license and ledger proof")
    library.person = "rights-admin"
    report = audit_cut(library, None, html=stage.out / "audit.html")
    stage.facts["audit"] = report
    ledger = verify_ledger(library)
    evidence = stage.out / "evidence"
    evidence.mkdir()
    refused = int(stage.facts["refused"][0].partition("-")[2])
    (evidence / f"{stage.facts['refused'][0]}.tlog-proof").write_text(receipt_of(library, refused), encoding="utf-8")
    shutil.copyfile(library.settings.path("keys.path") / "root.pem", evidence / "anchors.pem")
    stage.say(
        f"    {report.verdict.value}: {report.sentence}", f"    ledger {ledger['verdict']}, {ledger['size']} entries"
    )


def export_and_refuse(library: Library, stage: Stage) -> None:
    """A delivery that is allowed; a training set and an upload without agreement that are not."""
    stage.step("a delivery to the distributor, a training set refused, an upload refused")
    library.person = "rights-admin"
    done = export_cut(
        library,
        None,
        purpose="delivery",
        recipient="aurora-stream",
        out=stage.out / "delivery",
        kind="otio",
        dry_run=False,
    )
    stage.facts["delivery"] = done
    timeline = next((stage.out / "delivery").rglob("*.otio"))
    shutil.copyfile(timeline, stage.out / "cut.otio")
    stage.say(f"    {done['receipt']}: {len(done['files'])} files to aurora-stream, {done['decision']['id']}")
    try:
        export_cut(
            library,
            None,
            purpose="training",
            recipient="open-crawl",
            out=stage.out / "training",
            kind="otio",
            dry_run=False,
        )
    except Denied as denied:
        stage.facts["training"] = denied.decision_id
        stage.say(*_opening(str(denied)))
    upload = check_use(library, ("bruno",), recipient="lumen/api/standard/acct-7", content=_safe())
    stage.facts["upload"] = (upload.id, upload.decision.outcome.value)
    stage.say(*_opening(upload.text()))


def _opening(answer: str) -> list[str]:
    """A refusal up to its first reason; the whole of it is one `decision explain` away."""
    lines = answer.splitlines()
    return [f"    {line}" for line in lines[: lines.index("Why:") + 2]]


def _safe() -> tuple[str, ...]:
    return ("nudity=no", "politics=no", "product_endorsement=no", "sexual=no")


def find_and_tamper(library: Library, stage: Stage) -> None:
    """A re-encoded frame among foreign pictures is found; a frame with one changed byte fails."""
    from PIL import Image

    stage.step("a foreign folder is scanned, a tampered frame is verified")
    folder = stage.out / "scraped"
    folder.mkdir()
    frame = sorted((stage.out / "frames" / REFUSED_SHOT).glob("*.png"))[8]
    with Image.open(frame) as image:
        small = image.convert("RGB").resize((stage.width // 2, stage.height // 2))
        small.save(folder / "img_000417.jpg", quality=60)
    for number in range(3):
        _foreign_picture(number).save(folder / f"img_00000{number}.jpg", quality=80)
    report = scan_dataset(library, folder, progress=lambda _: None)
    stage.facts["scan"] = report
    stage.say(*(f"    {Path(h.item).name}: {h.asset} {h.version}, {h.how}, {h.confidence}" for h in report.hits))
    tampered = stage.out / "tampered"
    shutil.copytree(frame.parent, tampered)
    _flip(tampered / frame.name)
    verdicts: list[dict[str, Any]] = verify_files(library, [frame, tampered / frame.name], trust=None)
    stage.facts["verdicts"] = [verdict["verdict"] for verdict in verdicts]
    failing = [f["sentence"] for f in verdicts[1]["findings"]]
    stage.say(
        f"    {frame.name}: {verdicts[0]['verdict']}; with one byte changed: {verdicts[1]['verdict']}",
        *(f"      {s}" for s in failing[:2]),
    )


def _foreign_picture(seed: int) -> Any:
    import numpy as np
    from PIL import Image

    coarse = np.random.default_rng(seed).integers(0, 255, (9, 16, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((320, 180), Image.Resampling.BICUBIC)


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x01
    path.write_bytes(bytes(data))
