"""Assets are found by URI, version, digest, name and old name, and by what they were made from."""

from __future__ import annotations

import itertools

import pytest

from assetlib.catalog import Ambiguous, Conflict, NotFound
from assetlib.model.asset import AssetKind, AssetStatus, Derivation, DerivationKind, Facet, FacetClaim, FacetStatus
from assetlib.model.ids import MalformedReference
from provenance.digest import digest_bytes
from tests.unit.catalog.samples import asset


def register(committer, *versions):
    for version in versions:
        committer.commit("asset.registered", {"digest": version.digest}, lambda w, i, v=version: w.add_version(v))


def ask(catalog, question):
    with catalog.reader() as queries:
        return question(queries)


def test_a_version_comes_back_as_it_was_given(committer, catalog):
    register(committer, asset())
    assert ask(catalog, lambda q: q.version("assetlib:///characters/hero")) == asset()


def test_every_way_to_say_a_version(committer, catalog):
    first, second = asset(number=1), asset(number=2)
    register(committer, first, second)
    uri = "assetlib:///characters/hero"
    for reference, expected in [
        (uri, second),
        (f"{uri}?version=latest", second),
        (f"{uri}?version=v001", first),
        (f"{uri}?version={first.digest}", first),
        (first.digest, first),
        ("Hero", second),
        ("hero", second),
        ("characters/hero", second),
    ]:
        assert ask(catalog, lambda q, r=reference: q.version(r)).digest == expected.digest
    assert [v.version for v in ask(catalog, lambda q: q.versions(uri))] == ["v001", "v002"]


@pytest.mark.parametrize(
    "reference",
    [
        "assetlib:///characters/nobody",
        "assetlib:///characters/hero?version=v009",
        "assetlib:///characters/hero?version=hero",
        "assetlib:///props/hero?version=" + asset().digest,
        digest_bytes(b"nothing"),
        "nobody",
        "%",
        "_ero",
    ],
)
def test_what_is_not_there_is_not_found(committer, catalog, reference):
    register(committer, asset())
    with pytest.raises(NotFound):
        ask(catalog, lambda q: q.version(reference))


def test_a_malformed_uri_is_an_error_of_its_own(catalog):
    with pytest.raises(MalformedReference):
        ask(catalog, lambda q: q.version("assetlib:///characters/hero?version=newest"))


def test_a_hero_is_chosen_and_chosen_again(committer, catalog):
    first, second = asset(number=1), asset(number=2)
    register(committer, first, second)
    committer.commit("asset.hero", {}, lambda w, i: w.set_hero(second.digest))
    committer.commit("asset.hero", {}, lambda w, i: w.set_hero(first.digest, "the director prefers it"))
    assert ask(catalog, lambda q: q.version("assetlib:///characters/hero?version=hero")).digest == first.digest


def test_a_name_of_two_assets_is_ambiguous(committer, catalog):
    register(
        committer, asset("gate", kind=AssetKind.SET), asset("gate", kind=AssetKind.PROP, digest=digest_bytes(b"g"))
    )
    with pytest.raises(Ambiguous, match=r"props/gate.*sets/gate"):
        ask(catalog, lambda q: q.version("gate"))


def test_an_old_name_stays_an_alias(committer, catalog):
    register(committer, asset())
    committer.commit("asset.renamed", {}, lambda w, i: w.rename(asset().entity, "Champion"))
    assert ask(catalog, lambda q: q.version("Champion")).name == "Champion"
    assert ask(catalog, lambda q: q.version("Hero")).digest == asset().digest
    assert ask(catalog, lambda q: q.aliases(asset().entity)) == ("Hero",)


def test_the_same_version_twice_is_a_conflict(committer):
    register(committer, asset())
    for again in (asset(), asset(digest=digest_bytes(b"other"))):
        with pytest.raises(Conflict, match="v001"):
            register(committer, again)


def test_an_asset_keeps_its_kind(committer):
    register(committer, asset())
    with pytest.raises(Conflict, match="character"):
        register(committer, asset(number=2, kind=AssetKind.PROP, entity=asset().entity))


def test_retired_is_a_state_and_active_again_too(committer, catalog):
    register(committer, asset(), asset("gate", kind=AssetKind.SET))
    committer.commit("asset.retired", {}, lambda w, i: w.set_status(asset().entity, AssetStatus.RETIRED, "recast"))
    names = ask(catalog, lambda q: [v.entity for v in q.assets(status=AssetStatus.ACTIVE)])
    assert names == ["assetlib:///sets/gate"]
    assert ask(catalog, lambda q: q.version("hero")).status is AssetStatus.RETIRED
    committer.commit("asset.restored", {}, lambda w, i: w.set_status(asset().entity, AssetStatus.ACTIVE))
    assert len(ask(catalog, lambda q: q.assets())) == 2
    assert [v.name for v in ask(catalog, lambda q: q.assets(kind=AssetKind.CHARACTER))] == ["Hero"]


def test_an_unknown_asset_cannot_be_retired(committer):
    with pytest.raises(NotFound):
        committer.commit("x", {}, lambda w, i: w.set_status("assetlib:///props/none", AssetStatus.RETIRED))


def test_facets_are_replaced_as_a_set_and_their_past_is_kept(committer, catalog):
    register(committer, asset())
    known = ask(catalog, lambda q: q.rights_revision())
    claims = (FacetClaim(facet=Facet.LIKENESS, subject="actor-7", status=FacetStatus.REVIEWED, by="counsel"),)
    done = committer.commit("facets", {}, lambda w, i: w.set_facets(asset().digest, claims))
    assert ask(catalog, lambda q: q.version("hero")).facets == claims
    assert ask(catalog, lambda q: q.rights_revision()) == known + 1
    committer.commit("facets", {}, lambda w, i: w.set_facets(asset().digest, ()))
    assert ask(catalog, lambda q: q.version("hero")).facets == ()
    assert ask(catalog, lambda q: q.version("hero", as_known=done.at)).facets == claims


def chain(*names):
    """hero → plate → take → final, by digest."""
    digests = [asset(name).digest for name in names]
    return [Derivation(parent=p, child=c, kind=DerivationKind.REFERENCE) for p, c in itertools.pairwise(digests)]


def test_a_closure_holds_all_ancestors_and_edges(committer, catalog):
    register(committer, *(asset(name) for name in ("hero", "plate", "final", "aside")))
    edges = chain("hero", "plate", "final")
    silent = Derivation(parent=asset("aside").digest, child=asset("final").digest, kind=DerivationKind.INSPIRED_BY)
    committer.commit("derived", {}, lambda w, i: [w.derive(edge) for edge in (*edges, silent)])
    versions, found = ask(catalog, lambda q: q.closure([asset("final").digest]))
    assert {v.name for v in versions} == {"Hero", "Plate", "Final"}
    assert set(found) == set(edges)
    versions, found = ask(catalog, lambda q: q.closure([asset("final").digest], silent=True))
    assert {v.name for v in versions} == {"Hero", "Plate", "Final", "Aside"}
    assert set(found) == {*edges, silent}


def test_a_closure_ends_on_a_cycle(committer, catalog):
    register(committer, asset("a"), asset("b"))
    loop = [*chain("a", "b"), *chain("b", "a")]
    committer.commit("derived", {}, lambda w, i: [w.derive(edge) for edge in loop])
    versions, edges = ask(catalog, lambda q: q.closure([asset("a").digest]))
    assert {v.name for v in versions} == {"A", "B"}
    assert set(edges) == set(loop)


def test_an_unregistered_ancestor_shows_as_an_edge_without_a_version(committer, catalog):
    register(committer, asset())
    stranger = digest_bytes(b"unknown")
    edge = Derivation(parent=stranger, child=asset().digest, kind=DerivationKind.ADAPT)
    committer.commit("derived", {}, lambda w, i: w.derive(edge))
    versions, edges = ask(catalog, lambda q: q.closure([asset().digest]))
    assert [v.digest for v in versions] == [asset().digest]
    assert edges == (edge,)


def test_a_late_edge_moves_the_rights_and_an_edge_at_birth_does_not(committer, catalog):
    edge = chain("hero", "plate")[0]
    register(committer, asset("hero"))

    def birth(writer, index):
        writer.add_version(asset("plate"))
        writer.derive(edge)

    committer.commit("asset.registered", {}, birth)
    assert ask(catalog, lambda q: q.rights_revision()) == 0
    committer.commit("derived", {}, lambda w, i: [w.derive(e) for e in chain("plate", "hero")])
    assert ask(catalog, lambda q: q.rights_revision()) == 1


def test_descendants_are_everything_made_from_it(committer, catalog):
    register(committer, asset("hero"), asset("plate"))
    committer.commit("derived", {}, lambda w, i: [w.derive(edge) for edge in chain("hero", "plate", "take")])
    found = ask(catalog, lambda q: q.descendants(asset("hero").digest))
    assert set(found) == {asset("plate").digest, asset("take").digest}


def test_a_file_leads_to_the_versions_that_hold_it(committer, catalog):
    register(committer, asset(), asset(number=2, files=asset().files))
    found = ask(catalog, lambda q: q.version_by_file(asset().files[1].digest))
    assert [v.version for v in found] == ["v001", "v002"]


def test_a_large_closure_is_one_answer(committer, catalog):
    names = [f"n{n}" for n in range(1201)]

    def grow(writer, index):
        for name in names:
            writer.add_version(asset(name))
        for edge in chain(*names):
            writer.derive(edge)

    committer.commit("grown", {}, grow)
    versions, edges = ask(catalog, lambda q: q.closure([asset(names[-1]).digest]))
    assert (len(versions), len(edges)) == (1201, 1200)


def test_names_with_quotes_and_wildcards_are_only_names(committer, catalog):
    odd = "O'Neil; DROP TABLE asset;-- 100%_\N{SNOWMAN}"
    register(committer, asset())
    committer.commit("asset.renamed", {}, lambda w, i: w.rename(asset().entity, odd))
    assert ask(catalog, lambda q: q.version(odd)).name == odd
