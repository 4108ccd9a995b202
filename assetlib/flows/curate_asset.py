"""Rename, amend, supersede, retire, restore: labels and states over stable ids, each a signed record with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from assetlib.model.asset import AssetStatus, AssetVersion, Facet, FacetClaim
from assetlib.model.ids import slug
from assetlib.model.refusals import BadInput, Conflict

if TYPE_CHECKING:
    from assetlib.catalog.queries import Queries
    from assetlib.library import Library


def curate(
    library: Library, verb: str, reference: str, *, target: str = "", reason: str, dry_run: bool = False
) -> dict[str, Any]:
    """Do `verb` to an asset after showing what it touches. Raises NotFound, Ambiguous, Conflict, BadInput."""
    with library.catalog.reader() as queries:
        version = queries.version(reference)
        impact = _impact(queries, version)
        other = queries.version(target) if verb == "supersede" else None
    sentence, write = _step(verb, version, target, other, reason)
    body = {"entity": version.entity, "verb": verb, "reason": reason, "by": library.actor}
    if other is not None:
        body["superseded_by"] = other.entity
    if not dry_run:
        library.committer.commit(f"asset.{verb}", body, lambda writer, _: write(writer))
    return {"entity": version.entity, "sentence": sentence, "impact": impact, "done": not dry_run}


def amend_facets(
    library: Library, reference: str, words: Sequence[str], *, reason: str, dry_run: bool = False
) -> dict[str, Any]:
    """Add facets to the newest version; nothing is taken away. Raises BadInput for words that are no facet."""
    with library.catalog.reader() as queries:
        version = queries.version(reference)
    added = parse_facets(words, by=library.actor)
    known = {(claim.facet, claim.subject) for claim in version.facets}
    new = tuple(claim for claim in added if (claim.facet, claim.subject) not in known)
    if not new:
        raise Conflict(f"{version.name} carries these facets already")
    body = {
        "entity": version.entity,
        "digest": version.digest,
        "facets": [f"{claim.facet.value}={claim.subject}" for claim in new],
        "reason": reason,
        "by": library.actor,
    }
    if not dry_run:
        claims = (*version.facets, *new)
        library.committer.commit("asset.amended", body, lambda write, _: write.set_facets(version.digest, claims))
    return {"entity": version.entity, "sentence": f"{version.name}: added {', '.join(body['facets'])}"}


def parse_facets(words: Sequence[str], *, by: str) -> tuple[FacetClaim, ...]:
    """``likeness=jane-doe`` words as claims. Raises BadInput."""
    claims = []
    for word in words:
        facet, _, subject = word.partition("=")
        try:
            claims.append(FacetClaim(facet=Facet(facet), subject=slug(subject), by=by))
        except ValueError:
            known = ", ".join(f.value for f in Facet)
            raise BadInput(f"expected FACET=SUBJECT with a facet of {known}; found {word!r}") from None
    return tuple(claims)


def _step(verb: str, version: AssetVersion, target: str, other: AssetVersion | None, reason: str) -> tuple[str, Any]:
    entity = version.entity
    match verb:
        case "rename":
            if not target.strip():
                raise BadInput("expected a new name, found nothing")
            return f"{version.name} is now called {target}", lambda w: w.rename(entity, target, reason)
        case "retire":
            _demand(version, AssetStatus.ACTIVE)
            return f"{version.name} is retired", lambda w: w.set_status(entity, AssetStatus.RETIRED, reason)
        case "restore":
            _demand(version, AssetStatus.RETIRED)
            return f"{version.name} is restored", lambda w: w.set_status(entity, AssetStatus.ACTIVE, reason)
        case "supersede":
            assert other is not None
            if other.entity == entity:
                raise Conflict(f"{version.name} cannot supersede itself; register a new version instead")
            text = f"{version.name} is superseded by {other.name}"
            return text, lambda w: w.set_status(entity, AssetStatus.RETIRED, f"superseded by {other.entity}: {reason}")
    raise BadInput(f"expected rename, retire, restore or supersede, found {verb!r}")


def _demand(version: AssetVersion, status: AssetStatus) -> None:
    if version.status is not status:
        raise Conflict(f"{version.name} is {version.status.value} already")


def _impact(queries: Queries, version: AssetVersion) -> list[str]:
    shots = {shot.code for v in queries.versions(version.entity) for shot in queries.shots_using(v.digest)}
    return [f"shot {code} uses it" for code in sorted(shots)]
