"""What would change the answer, as short instructions: from the nearest grant's missing dimensions, each once."""

from __future__ import annotations

from collections.abc import Iterator

from assetlib.model.license import Grant
from assetlib.rights import territory
from assetlib.rights.asked import Asked
from assetlib.rights.explain import clause_of, listed, name_of
from assetlib.rights.index import RightsIndex
from provenance.decision import Finding, NearestGrant, instant


def repairs(findings: tuple[Finding, ...], index: RightsIndex, asked: Asked) -> tuple[str, ...]:
    """Ways to turn the findings around, most findings answered first in their own order, duplicates dropped."""
    return tuple(dict.fromkeys(step for finding in findings for step in _repairs(finding, index, asked)))


def _repairs(finding: Finding, index: RightsIndex, asked: Asked) -> Iterator[str]:
    asset = name_of(finding.asset) if finding.asset else ""
    match finding.code:
        case "no-grant" | "retention" | "region":
            yield from _toward(finding, asset, index, asked)
        case "prohibited":
            words = clause_of(f"{finding.license}#{finding.clause}")
            yield f"leave {finding.action} out, or agree a change of {words} with the licensor"
        case "no-provider-agreement":
            yield f"file reviewed terms for {asked.recipient}"
        case "unregistered-recipient":
            yield f"register the recipient {asked.recipient}, or use recipient local"
        case "no-rights-record":
            yield f"declare the facets of {asset} and have a librarian stand behind them"
        case "integrity":
            yield f"verify {asset}, or restore it from a good copy"
        case "retired":
            yield f"restore {asset}, or use its successor"
        case "undeclared-content" | "needs-approval" | "share-alike":
            yield finding.sentence.rstrip(".")


def _toward(finding: Finding, asset: str, index: RightsIndex, asked: Asked) -> Iterator[str]:
    near = [n for n in finding.nearest if "facet" not in n.missing]
    if not near:
        yield f"file and activate a license that grants {finding.facet} of {asset}"
        return
    grant = index.rule(near[0].grant).grant
    for dimension in near[0].missing:
        yield f"{_change(dimension, grant, near[0], finding, asked)} ({clause_of(grant.id)})"


def _change(dimension: str, grant: Grant, near: NearestGrant, finding: Finding, asked: Asked) -> str:
    atom = dict(finding.atom)
    match dimension:
        case "recipient":
            return f"use recipient {listed(grant.recipients, 'or')}"
        case "purpose":
            return f"ask for purpose {listed(grant.purposes, 'or')}"
        case "production":
            return f"extend the grant to production {asked.production}; it names {listed(grant.productions)}"
        case "territory":
            held = territory.describe(territory.mask_of(grant.territories))
            return f"extend the territories to {atom.get('territory')}; the grant gives {held}"
        case "media":
            return f"extend the media to {atom.get('media')}; the grant gives {listed(grant.media)}"
        case "action":
            return f"have {atom.get('action')} named in the grant"
        case "exploit_until":
            assert grant.exploit_until is not None
            return f"end the exploitation by {instant(grant.exploit_until)}, or extend it"
        case "generation window":
            return f"work within {_window(grant)}, or extend the window"
        case "scenes":
            return f"keep to scenes {listed(grant.scenes)}, and name the shot's scenes"
        case "license status" | "activation":
            return "have a rights-admin activate the license"
        case "cap":
            return f"raise the limit of {listed(f'{cap.limit} {cap.unit.value}' for cap in grant.caps)}"
        case "retention" | "region":
            return f"use a provider within the grant's {dimension} limit, or stay local"
        case "commercial use":
            return "license a commercial use; this one is non-commercial"
        case _:
            return f"settle the {dimension}"


def _window(grant: Grant) -> str:
    start = "the start" if grant.generate_from is None else instant(grant.generate_from)
    return f"{start} and {'no end' if grant.generate_until is None else instant(grant.generate_until)}"
