"""The constraints of one rule, and what it is about: ODRL's triples of operand, operator and value as dimensions."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any

from assetlib.model.asset import AssetKind, Facet
from assetlib.model.ids import EntityUri
from assetlib.model.license import Cap, CapUnit, Selector, Territories
from assetlib.rights import territory, vocabulary
from assetlib.rights.odrl import profile
from assetlib.rights.odrl.nodes import Document, is_iri, show, sort_key, word
from assetlib.rights.odrl.profile import ODRL, OURS, RDF
from assetlib.rights.odrl.writer import CAP_FIELDS, SELECTOR_FIELDS

if TYPE_CHECKING:
    from rdflib.term import Node

_COUNT = ODRL + "count"


class Rule:
    """The constraints of a permission or prohibition, taken one dimension at a time; `finish` reports what is left."""

    def __init__(self, document: Document, node: Node) -> None:
        self.document, self.node = document, node
        self._held: dict[tuple[str, str], Node] = {}
        self._caps: list[Node] = []
        for constraint in document.values(node, ODRL + "constraint"):
            self._place(constraint)

    def _place(self, constraint: Node) -> None:
        self.document.expect(constraint, RDF + "type", ODRL + "Constraint")
        left = str(self.document.one(constraint, ODRL + "leftOperand"))
        operator = word(str(self.document.one(constraint, ODRL + "operator")))
        if left == _COUNT and operator == "lteq":
            self._caps.append(constraint)
        elif (left, operator) in self._held:
            self.document.wrong(self.node, f"two constraints {show(left)} {operator}; a dimension is said once")
        else:
            self._held[left, operator] = constraint

    def finish(self) -> None:
        for left, operator in self._held:
            self.document.wrong(self.node, f"the constraint {show(left)} {operator} is not of the profile here")

    # -- sets --------------------------------------------------------------------------------------------------

    def _set(self, left: str, *, required: bool = False, operator: str = "isAnyOf") -> list[Node]:
        """The values in their order; an absent constraint is the empty set where it is not `required`."""
        constraint = self._held.pop((left, operator), None)
        if constraint is None:
            if required:
                self.document.wrong(self.node, f"a permission has to say its {show(left)}")
            return []
        found = self.document.values(constraint, ODRL + "rightOperand")
        if len(found) == 1 and self.document.is_list(found[0]):
            found = self.document.items(found[0])
            if found:
                self.document.wrong(self.node, f"expected the values of {show(left)} as a set, found a list")
        elif not found:
            self.document.wrong(self.node, f"the constraint {show(left)} has no value")
        listed = self.document.at_most_one(constraint, OURS + "order")
        if listed is None:
            return sorted(found, key=sort_key)
        order = self.document.items(listed)
        if set(order) != set(found):
            self.document.wrong(self.node, f"al:order of {show(left)} names other values")
        return order

    def _closed(self, left: str, family: str, known: Collection[str], *, required: bool = False) -> tuple[str, ...]:
        words = []
        for node in self._set(left, required=required):
            found = (profile.word_in(family, str(node)) or "") if is_iri(node) else ""
            if found in known:
                words.append(found)
            else:
                self.document.wrong(self.node, f"{show(node)} is no {family} of the profile")
        return tuple(words)

    def facets(self, *, required: bool = False) -> tuple[Facet, ...]:
        known = [facet.value for facet in Facet]
        return tuple(Facet(word) for word in self._closed(OURS + "facet", "facet", known, required=required))

    def purposes(self, *, required: bool = False) -> tuple[str, ...]:
        return self._closed(ODRL + "purpose", "purpose", vocabulary.PURPOSES, required=required)

    def media(self, *, required: bool = False) -> tuple[str, ...]:
        return self._closed(ODRL + "media", "medium", vocabulary.MEDIA, required=required)

    def content(self) -> tuple[str, ...]:
        return self._closed(OURS + "content", "content", vocabulary.CONTENT_FLAGS)

    def territories(self, *, required: bool = False) -> Territories:
        known = {*territory.COUNTRIES, territory.WORLD}
        included = self._closed(ODRL + "spatial", "territory", known, required=required)
        excluded = self._excluded(known)
        if excluded and set(included) != {territory.WORLD}:
            self.document.wrong(self.node, "territories are left out of something other than the whole world")
        return Territories(included=included, excluded=excluded)

    def _excluded(self, known: set[str]) -> tuple[str, ...]:
        found = self._set(ODRL + "spatial", operator="isNoneOf")
        codes = [profile.word_in("territory", str(node)) for node in found]
        if wrong := [show(n) for n, code in zip(found, codes, strict=True) if code not in known - {territory.WORLD}]:
            self.document.wrong(self.node, f"{', '.join(wrong)} is no country of the profile")
        return tuple(code for code in codes if code)

    def named(self, family: str, *, required: bool = False) -> tuple[str, ...]:
        """Productions or recipients by id; ``al:Any`` is the ``*`` of the model."""
        left = OURS + "production" if family == "production" else ODRL + "recipient"
        found = self._set(left, required=required)
        return tuple("*" if str(node) == profile.ANY else self.document.id_of(node, family) for node in found)

    def words(self, name: str) -> tuple[str, ...]:
        """Free words: scenes, regions, subjects."""
        return tuple(self.document.scalar(node, str, self.node) for node in self._set(OURS + name))

    # -- bounds ------------------------------------------------------------------------------------------------

    def _bound(self, left: str, operator: str, hint: Any) -> Any:
        constraint = self._held.pop((left, operator), None)
        if constraint is None:
            return None
        found = self.document.one(constraint, ODRL + "rightOperand")
        return None if found is None else self.document.scalar(found, hint, self.node)

    def moment(self, left: str, operator: str) -> datetime | None:
        found: datetime | None = self._bound(left, operator, datetime)
        return found

    def at_most(self, left: str) -> int | None:
        found: int | None = self._bound(left, "lteq", int)
        if found is not None and found < 0:
            self.document.wrong(self.node, f"expected {show(left)} of at least 0, found {found}")
        return found

    def commercial(self) -> bool:
        found = self._bound(OURS + "commercial", "eq", bool)
        if found is True:
            self.document.wrong(self.node, "al:commercial can only be limited to false")
        return found is None

    def caps(self, rule_id: str) -> tuple[Cap, ...]:
        placed = [(self.document.number(node, OURS + "position"), self._cap(node, rule_id)) for node in self._caps]
        if sorted(place for place, _ in placed) != list(range(len(placed))):
            self.document.wrong(self.node, f"expected the caps at the positions 0 to {len(placed) - 1}")
        return tuple(cap for _, cap in sorted(placed, key=lambda pair: pair[0]))

    def _cap(self, node: Node, rule_id: str) -> Cap:
        id_ = self.document.id_of(node, "cap")
        if not id_.startswith(f"{rule_id}/"):
            self.document.wrong(self.node, f"expected a cap id that begins with {rule_id}/, found {id_!r}")
        limit = self.document.number(node, ODRL + "rightOperand")
        if limit < 0:
            self.document.wrong(self.node, f"expected a cap of at least 0, found {limit}")
        unit = self.document.one(node, ODRL + "unit")
        found = profile.word_in("unitOfCount", str(unit))
        if found not in list(CapUnit):
            self.document.wrong(self.node, f"{show(unit)} is no unit of count of the profile")
            found = CapUnit.SHOTS.value
        given = {"id": id_, "unit": CapUnit(str(found)), "limit": limit}
        cap: Cap = self.document.fields(Cap, node, CAP_FIELDS, given)
        return cap


def selector_of(document: Document, node: Node, subjects: tuple[str, ...]) -> Selector:
    """Entities by their URI, collections and kinds as asset collections; ``al:Nothing`` selects nothing."""
    found = document.values(node, ODRL + "target")
    if not found:
        document.wrong(node, "a rule has to name its target; al:Nothing is none")
    listed = document.at_most_one(node, OURS + "targetOrder")
    order = sorted(found, key=sort_key) if listed is None else document.items(listed)
    if set(order) != set(found):
        document.wrong(node, "al:targetOrder names other targets than odrl:target")
    entities, collections, kinds = [], [], []
    for one in order:
        if str(one) == profile.NOTHING and len(order) == 1:
            break
        if (name := profile.id_in("collection", str(one))) is not None:
            document.expect(one, RDF + "type", ODRL + "AssetCollection")
            collections.append(name)
        elif (kind := profile.id_in("kind", str(one))) is not None and kind in list(AssetKind):
            document.expect(one, RDF + "type", ODRL + "AssetCollection")
            kinds.append(AssetKind(kind))
        else:
            entities.append(_entity(document, node, one))
    given = {
        "entities": tuple(entities),
        "collections": tuple(collections),
        "kinds": tuple(kinds),
        "subjects": subjects,
    }
    return _narrowed(document, node, given)


def _narrowed(document: Document, rule: Node, given: dict[str, Any]) -> Selector:
    """The selector with what it says beside the targets, where the model has such fields."""
    further = {field.name for field in dataclasses.fields(Selector)} - SELECTOR_FIELDS
    node = document.one(rule, OURS + "selector") if further else rule
    if node is None:
        return Selector(**given)
    if further:
        document.expect(node, RDF + "type", OURS + "Selector")
    selector: Selector = document.fields(Selector, node, SELECTOR_FIELDS, given)
    return selector


def _entity(document: Document, rule: Node, target: Node) -> str:
    try:
        if is_iri(target) and str(EntityUri.parse(str(target))) == str(target):
            return str(target)
        document.wrong(rule, f"the target {show(target)} is no entity of a library (assetlib:///…)")
    except ValueError as error:
        document.wrong(rule, f"the target {show(target)} is no entity of a library: {error}")
    return ""
