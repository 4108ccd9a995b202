"""Seeded mistakes in the rights engine, and whether its properties notice: ``python -m tests.mutants [ID …]``.

Each mutant is one change of the source, applied to a copy of the package; the property suite runs against the copy.
One line a mutant, ``MUTANT <id> killed|survived``; the exit status is 1 when one survived. A mutant whose text is no
longer in the source stops the run: the list is part of the engine's tests and moves with it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROPERTIES = ("test_oracles.py", "test_explanations.py", "test_invariants.py")
EXAMPLES = "150"
AT_ONCE = 2
_COPIED = ("assetlib", "provenance", "schemas", "generators")
_LIMIT_S = 1200


@dataclass(frozen=True, slots=True)
class Mutant:
    """`old` stands once in `file` of assetlib/rights and becomes `new`; `also` are further changes of the same kind.

    `aim` selects the tests that are most likely to notice, which run first.
    """

    id: str
    file: str
    old: str
    new: str
    aim: str
    also: tuple[tuple[str, str, str], ...] = ()


MUTANTS = (
    # the eleven of the design
    Mutant(
        "no-ancestor-closure",
        "index.py",
        "        self._closures[digest] = found = frozenset(seen)",
        "        self._closures[digest] = found = frozenset({digest})",
        "e1 or o1 or o2",
    ),
    Mutant(
        "prohibitions-ignored",
        "prohibiting.py",
        "    if not rule.reach & asked.touch or not concerns(rule, holding, asked):",
        "    if rule.reach:",
        "o1",
    ),
    Mutant(
        "provider-training-ignored",
        "agreements.py",
        "        if answer is not Answer.NO and not opted_out:",
        "        if answer is Answer.YES and not opted_out:",
        "o8",
    ),
    Mutant(
        "term-ignored",
        "cover.py",
        "        and rule.starts <= asked.now < rule.closes",
        "        and rule.starts <= asked.now",
        "o3",
    ),
    Mutant(
        "revocation-ignored",
        "rules.py",
        "    revoked_at = min(_seconds(grant.revoked_at, FOREVER), _seconds(filed.revoked_at, FOREVER))",
        "    revoked_at = _seconds(filed.revoked_at, FOREVER)",
        "o4",
    ),
    Mutant(
        "pre-duty-ignored",
        "clearing.py",
        "        if not owed.unmet:",
        "        if True:",
        "o5",
    ),
    Mutant(
        "cap-ignored",
        "cover.py",
        "    if rule.grant.caps and given & _MAKING and exhausted(rule, asked, index):",
        "    if rule.grant.caps and given & _FINISHED and exhausted(rule, asked, index):",
        "o6 or cap",
    ),
    Mutant(
        "territory-ignored",
        "territory.py",
        "    return UNRESTRICTED if asked == WORLD else mask_of(parse_territories((asked,)))",
        "    return 0",
        "o7",
    ),
    Mutant(
        "dual-consent-lost",
        "index.py",
        "            return claim.facet in rule.facets and (not subjects or claim.subject in subjects)",
        "            return bool(rule.facets) and (not subjects or claim.subject in subjects)",
        "e1 or o2",
    ),
    Mutant(
        "missing-agreement-tolerated",
        "asked.py",
        "    if not reviewed:\n        findings.append(",
        "    if not reviewed:\n        list[Finding]().append(",
        "m7",
        (("agreements.py", '        return f"no terms in force for {recipient}"', '        return ""'),),
    ),
    Mutant(
        "any-reference-suffices",
        "evaluate.py",
        "    closure = sorted(frozenset[Digest]().union(*map(index.closure, asked.references)))",
        "    closure = sorted(frozenset[Digest]().union(*map(index.closure, sorted(asked.references)[:1])))",
        "m4 or o1 or e1",
    ),
    # caps and duties
    Mutant(
        "takes-counted-apart",
        "caps.py",
        "    return cap.limit > 0 and (len(others) < len(held) or len({use.of for use in others}) < cap.limit)",
        "    return cap.limit > 0 and len(held) < cap.limit",
        "cap_gives",
    ),
    Mutant(
        "seconds-of-the-use-forgotten",
        "caps.py",
        "sum(use.amount for use in others) + asked <= cap.limit",
        "sum(use.amount for use in others) < cap.limit",
        "cap_gives",
    ),
    Mutant(
        "refusal-forgotten",
        "cover.py",
        "    known = [f for f in index.fulfilments.get((duty.id, scope), ()) if f.at <= asked.question.now]",
        "    known = [f for f in index.fulfilments.get((duty.id, scope), ()) if f.state is FulfilmentState.FULFILLED]",
        "approval_reaches or rule_asks_first",
    ),
    Mutant(
        "approval-for-one-shot-serves-all",
        "cover.py",
        "        case DutyEach.BATCH:\n            return question.shot",
        '        case DutyEach.BATCH:\n            return ""',
        "approval_reaches",
    ),
    Mutant(
        "needed-approval-allows",
        "clearing.py",
        "            (conditional if owed.approvals else usable).append((rule, given))",
        "            usable.append((rule, given))",
        "approval_reaches or e2",
    ),
    Mutant(
        "obligations-of-some-grants",
        "evaluate.py",
        "    for id_, rule in sorted((id_, rule) for id_, rule in relied.items() if rule.owes):",
        "    for id_, rule in sorted((id_, rule) for id_, rule in relied.items() if rule.owes)[:1]:",
        "owe_afterwards",
    ),
    # overrides
    Mutant(
        "override-lifts-protected",
        "prohibiting.py",
        "        if findings and not rule.firm and (override",
        "        if findings and (override",
        "no_override",
    ),
    Mutant(
        "override-without-second-signer",
        "authority.py",
        "    if second is None or second.id == filed.activated_by:",
        "    if second is None:",
        "override_that_is_not",
    ),
    Mutant(
        "override-by-anybody",
        "authority.py",
        "    if not is_counsel(signer):",
        "    if signer is None:",
        "override_that_is_not",
    ),
    Mutant(
        "override-without-end",
        "authority.py",
        "    if grant.generate_until > a_year_after(grant.generate_from):",
        "    if grant.generate_until < grant.generate_from:",
        "override_that_is_not",
    ),
    Mutant(
        "override-not-told",
        "evaluate.py",
        "        overrides=_overrides(relied) if allowed and index.overridden else (),",
        "        overrides=(),",
        "override_says or no_override",
    ),
    # time axes
    Mutant(
        "end-of-window-included",
        "cover.py",
        "    if not rule.starts <= asked.now < rule.ends:\n        survives",
        "    if not rule.starts <= asked.now <= rule.ends:\n        survives",
        "o3",
    ),
    Mutant(
        "superseded-still-counts",
        "rules.py",
        "    superseded_at = _seconds(filed.superseded_at, FOREVER)\n    limited",
        "    superseded_at = FOREVER\n    limited",
        "replaced",
    ),
    Mutant(
        "results-outlive-any-grant",
        "rules.py",
        "        lasts=min(exploit_until, FOREVER if ends == FOREVER else max(ends, survives_until)),",
        "        lasts=exploit_until,",
        "weakest",
    ),
    Mutant(
        "death-forgotten",
        "authority.py",
        "    if person.died_at <= now and capacity",
        "    if person.died_at < NEVER and capacity",
        "death",
    ),
    # envelope
    Mutant(
        "envelope-of-one-facet",
        "evaluate.py",
        "                envelope &= cleared.atoms",
        "                envelope = cleared.atoms",
        "envelope_holds",
    ),
    Mutant(
        "envelope-without-prohibitions",
        "evaluate.py",
        "        atoms &= ~prohibiting.closed_atoms(holding, asked, lifted)",
        "        atoms &= ~0",
        "envelope_holds",
    ),
    # rule packs
    Mutant(
        "required-fields-ignored",
        "cover.py",
        "        lacking += packs.lacks(asked.bound, rule, claim.claim, asked.now)",
        "        pass",
        "required_field",
    ),
    Mutant(
        "rules-without-dates",
        "packs.py",
        "    ended = entry.until is not None and entry.until.timestamp() <= use.now",
        "    ended = False",
        "rule_binds",
    ),
    Mutant(
        "rule-approval-not-asked",
        "packs.py",
        "            yield from ((one, duty) for duty in one.entry.duties if duty.when is when)",
        "            yield from ((one, d) for d in one.entry.duties if d.when is when and when is DutyWhen.POST)",
        "rule_asks_first",
    ),
    # content flags, holds, facets
    Mutant(
        "undeclared-counts-as-no",
        "prohibiting.py",
        "        return [_undeclared(rule, holding, unsaid)] if unsaid else []",
        "        return []",
        "content_prohibition",
    ),
    Mutant(
        "hold-names-what-it-keeps",
        "rules.py",
        "    held = (kept, ban) if ban.actions else (kept,)",
        "    held = (ban,)",
        "hold_keeps",
    ),
    Mutant(
        "hold-on-the-named-asset-only",
        "holds.py",
        "        for ancestor in sorted(index.closure(digest)):",
        "        for ancestor in (digest,):",
        "hold_keeps",
    ),
    Mutant(
        "anybody-releases-a-facet",
        "index.py",
        "        return claim.status is FacetStatus.RELEASED and authority.is_counsel(self.people.get(claim.by))",
        "        return claim.status is FacetStatus.RELEASED and claim.by in self.people",
        "releases",
    ),
    # provider terms
    Mutant(
        "sub-processor-not-checked",
        "asked.py",
        '    asked += [("sub-processor", s, agreement.subprocessors) for s in sorted(set(question.subprocessors))]\n',
        "",
        "sub_processor",
    ),
    Mutant(
        "model-not-checked",
        "asked.py",
        '    asked = [("model", m, agreement.models) for m in (question.model,) if m is not None]',
        "    asked: list[tuple[str, str, tuple[str, ...]]] = []",
        "sub_processor",
    ),
    Mutant(
        "attestation-of-anything",
        "agreements.py",
        "    found = [one for one in held if one.setting == setting]",
        "    found = list(held)",
        "attested",
    ),
    Mutant(
        "attestation-for-ever",
        "agreements.py",
        "any(one.at <= now < one.valid_until for one in found)",
        "any(one.at <= now for one in found)",
        "attested",
    ),
    Mutant(
        "terms-forget-their-outputs",
        "index.py",
        "        prohibitions += agreements.on_outputs(version, self.world.agreements)\n",
        "",
        "terms_follow",
    ),
)
QUICK = ("dual-consent-lost", "override-lifts-protected")


def main(words: list[str]) -> int:
    """Run the named mutants, all without names; print a line each, and return 1 when one survived."""
    chosen = [mutant for mutant in MUTANTS if not words or mutant.id in words]
    unknown = sorted(set(words) - {mutant.id for mutant in MUTANTS})
    if unknown:
        sys.stderr.write(f"no mutant {', '.join(unknown)}\n")
        return 2
    survived = 0
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder, ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = pool.map(lambda mutant: (mutant, killed(mutant, Path(folder))), chosen)
        for mutant, dead in outcomes:
            survived += not dead
            sys.stdout.write(f"MUTANT {mutant.id} {'killed' if dead else 'survived'}\n")
            sys.stdout.flush()
    return 1 if survived else 0


def killed(mutant: Mutant, folder: Path) -> bool:
    """Whether a property fails against `mutant`: first those aimed at, and only where they pass all of them."""
    copy = folder / mutant.id
    _copy(copy)
    for change in ((mutant.file, mutant.old, mutant.new), *mutant.also):
        apply(mutant.id, copy / "assetlib" / "rights", *change)
    try:
        return any(_notices(copy, words) for words in (["-k", mutant.aim], []))
    finally:
        shutil.rmtree(copy, ignore_errors=True)


def apply(id_: str, folder: Path, file: str, old: str, new: str) -> None:
    """Make one change; raises ValueError unless the old text stands exactly once."""
    text = (folder / file).read_text(encoding="utf-8")
    if text.count(old) != 1:
        raise ValueError(f"mutant {id_}: expected its text once in {file}, found {text.count(old)}")
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")


def _copy(target: Path) -> None:
    target.mkdir(parents=True)
    for name in _COPIED[:1]:
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__", "demo", "web"))
    for name in (*_COPIED[1:], "tests"):
        (target / name).symlink_to(ROOT / name)


def _notices(copy: Path, words: list[str]) -> bool:
    """Whether the property suite fails over the copy; an error of the run itself is no verdict and raises."""
    files = [str(copy / "tests" / "unit" / "rights" / name) for name in PROPERTIES]
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--noconftest", "-p", "no:cacheprovider", "-c", os.devnull]
    command += ["--rootdir", str(copy), "--import-mode=importlib", "-m", "not nightly", *words, *files]
    environ = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    environ |= {"ASSETLIB_EXAMPLES": EXAMPLES, "ASSETLIB_SHRINK": "0", "ASSETLIB_RANDOM": "0"}
    done = subprocess.run(command, cwd=copy, env=environ, capture_output=True, text=True, timeout=_LIMIT_S, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"the suite did not run: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.returncode == 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
