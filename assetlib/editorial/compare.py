"""What a new import changes in a cut that is already there. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assetlib.model.cut import CutDiff, Edit


def restored(known: Sequence[Edit], incoming: Sequence[Edit]) -> tuple[Edit, ...]:
    """The incoming edits with what our own export kept back: name, media and source of the shot on record."""
    before = {edit.shot: edit for edit in known}
    return tuple(_restored(before.get(edit.shot), edit) if edit.returned is not None else edit for edit in incoming)


def _restored(old: Edit | None, edit: Edit) -> Edit:
    if old is None:
        return replace(edit, returned=None)
    source = old.source_in + edit.source_in - (edit.returned or 0)
    return replace(edit, name=old.name, media=old.media, source_in=source, returned=None)


def match(known: Sequence[Edit], incoming: Sequence[Edit]) -> tuple[Edit, ...]:
    """The incoming edits under the codes they had before, where name and place in the source agree.

    Clips that share one name are told apart by their source range first and by order after that, so that a
    shot keeps its code when its neighbors of the same name are moved.
    """
    free = {edit.shot: edit for edit in known}
    codes: dict[int, str] = {}
    for test in (_same_label, _same_source, _same_name):
        for index, edit in enumerate(incoming):
            if index in codes:
                continue
            code = next((code for code, old in free.items() if test(old, edit)), None)
            if code is not None:
                codes[index] = code
                del free[code]
    used = {*codes.values(), *(edit.shot for edit in known)}
    result = []
    for index, edit in enumerate(incoming):
        code = codes.get(index) or _unused(edit.shot, used)
        used.add(code)
        result.append(replace(edit, shot=code))
    return tuple(result)


def _same_label(old: Edit, new: Edit) -> bool:
    return old.shot == new.shot and old.name == new.name and old.source_in == new.source_in


def _same_source(old: Edit, new: Edit) -> bool:
    return old.name == new.name and old.source_in == new.source_in


def _same_name(old: Edit, new: Edit) -> bool:
    return old.name == new.name and bool(new.name)


def _unused(code: str, used: set[str]) -> str:
    if code not in used:
        return code
    base = code.rsplit("_", 1)[0] if code[-3:-2] == "_" and code[-2:].isdigit() else code
    return next(f"{base}_{n:02d}" for n in range(2, len(used) + 3) if f"{base}_{n:02d}" not in used)


def difference(known: Sequence[Edit], incoming: Sequence[Edit]) -> CutDiff:
    """Sort every shot code into exactly one of added, replaced, trimmed, moved, removed, unchanged."""
    before = {edit.shot: edit for edit in known}
    after = {edit.shot: edit for edit in incoming}
    order = _kept_in_order([e.shot for e in known if e.shot in after], [e.shot for e in incoming if e.shot in before])
    found: dict[str, list[str]] = {name: [] for name in CutDiff.__dataclass_fields__}
    for code, edit in after.items():
        found[_change(before.get(code), edit, code in order)].append(code)
    found["removed"] = [code for code in before if code not in after]
    return CutDiff(**{name: tuple(codes) for name, codes in found.items()})


def _change(old: Edit | None, new: Edit, in_order: bool) -> str:
    if old is None:
        return "added"
    if (old.media, old.name) != (new.media, new.name):
        return "replaced"
    span = (new.duration, new.source_in, new.time_scalar, new.head, new.tail)
    if (old.duration, old.source_in, old.time_scalar, old.head, old.tail) != span:
        return "trimmed"
    return "unchanged" if in_order and old.track == new.track else "moved"


def _kept_in_order(before: Sequence[str], after: Sequence[str]) -> set[str]:
    """The longest run of codes whose order did not change; the rest has moved."""
    from bisect import bisect_left

    place = {code: index for index, code in enumerate(before)}
    tails: list[int] = []
    ends: list[int] = []
    previous: list[int] = []
    ranks = [place[code] for code in after]
    for index, rank in enumerate(ranks):
        slot = bisect_left(tails, rank)
        previous.append(ends[slot - 1] if slot else -1)
        tails[slot : slot + 1] = [rank]
        ends[slot : slot + 1] = [index]
    kept, index = set(), ends[-1] if ends else -1
    while index >= 0:
        kept.add(after[index])
        index = previous[index]
    return kept
