"""What changed between two revisions of a license, in English: the sentences that came, went or differ, by clause."""

from __future__ import annotations

from assetlib.documents.explain_license import Paragraph, paragraphs_of
from assetlib.documents.license_json import license_to_json
from assetlib.model.license import License


def differences(before: License, after: License) -> tuple[str, ...]:
    """One line a change, in the order of the newer revision; empty only for the same words."""
    old = {paragraph.heading: paragraph for paragraph in paragraphs_of(before)}
    new = {paragraph.heading: paragraph for paragraph in paragraphs_of(after)}
    lines = [f"{heading} is gone: {old[heading].text}" for heading in old if heading not in new]
    for heading, paragraph in new.items():
        if heading in old:
            lines += _changed(old[heading], paragraph)
        else:
            lines.append(f"{heading} is new: {paragraph.text}")
    return tuple(lines) or _unsaid(before, after)


def _changed(before: Paragraph, after: Paragraph) -> list[str]:
    gone = [sentence for sentence in before.sentences if sentence not in after.sentences]
    came = [sentence for sentence in after.sentences if sentence not in before.sentences]
    lines = [f"{after.heading}, instead of: {old} – now: {new}" for old, new in zip(gone, came, strict=False)]
    lines += [f"{after.heading} no longer says: {sentence}" for sentence in gone[len(came) :]]
    return lines + [f"{after.heading} now also says: {sentence}" for sentence in came[len(gone) :]]


def _unsaid(before: License, after: License) -> tuple[str, ...]:
    """What means the same, such as another order of media, still is another document to sign."""
    old, new = license_to_json(before), license_to_json(after)
    fields = [name.replace("_", " ") for name in new if new[name] != old.get(name)]
    return (f"written otherwise, with the same meaning: {', '.join(fields)}",) if fields else ()
