"""The demo's last words: ten lines that a lawyer understands, and where what they speak of lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assetlib.demo.run import Stage


def closing_lines(stage: Stage) -> list[str]:
    """Ten lines, each a fact of this run; paths are relative to where the command was started."""
    facts, out = stage.facts, stage.out
    report, delivery, scan = facts["audit"], facts["delivery"], facts["scan"]
    refused, decision = facts["refused"]
    found = ", ".join(f"{hit.asset.rsplit('/', 1)[-1]} {hit.version}" for hit in scan.hits) or "nothing"
    return [
        "",
        f" 1. {len(report.shots)} shots, {facts['frames']} frames, made only from licensed, signed references.  "
        f"{out}/cut.mp4",
        f" 2. Verdict of the audit: {report.verdict.value}. {report.sentence}  {out}/audit.html",
        f" 3. {refused} refused a shot: the performer's consent names scenes 1 to 3, the shot is scene "
        f"{', '.join(decision.question.scenes)}.",
        f" 4. The signed amendment LIC-2026-0005 changed that answer; nothing else did.  {out}/contracts/",
        f" 5. {delivery['decision']['id']} allowed the delivery to aurora-stream, receipt {delivery['receipt']}.  "
        f"{out}/delivery/",
        f" 6. {facts['training']} refused an export for training: no license names training, and every one forbids it.",
        f" 7. {facts['upload'][0]} refused to send Bruno to a provider without a reviewed agreement "
        f"({facts['upload'][1]}).",
        f" 8. Found in a foreign folder of {scan.scanned} pictures, re-encoded at half size: {found}.  {out}/scraped/",
        f" 9. A frame as made: {facts['verdicts'][0]}; with one byte changed: {facts['verdicts'][1]}.  {out}/frames/",
        f"10. The ledger of {facts['ledger']['size']} entries verifies ({facts['ledger']['verdict']}); "
        f"certificates are a development authority's.  {out}/library/",
    ]
