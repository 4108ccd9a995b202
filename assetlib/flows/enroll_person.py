"""Enroll people with keys, and sign acts with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assetlib.approvals.keys import new_key, open_key
from assetlib.approvals.roles import MAY, SOLO, Act, ApprovalRefused, is_solo, who_may
from assetlib.approvals.statements import Statement, sign
from assetlib.catalog.refusals import absent
from assetlib.model.ids import slug
from assetlib.model.party import Person, Role
from assetlib.model.refusals import BadInput, Conflict
from provenance.digest import Digest
from provenance.keyfiles import write_once

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assetlib.library import Library


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """A person as shown: `key` is the start of the public key in hexadecimal."""

    id: str
    name: str
    roles: tuple[str, ...]
    key: str
    notices: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, "name": self.name, "roles": list(self.roles), "key": self.key}


def enroll_person(library: Library, name: str, roles: Sequence[str], *, person_id: str | None = None) -> Enrolled:
    """Make a key for NAME and bind it to roles. Raises Conflict when the id is taken, BadInput for an empty name."""
    try:
        chosen = person_id or slug(name)
    except ValueError as error:
        raise BadInput(str(error)) from error
    if slug(chosen) != chosen:
        raise BadInput(f"expected an id of small letters, digits and '-', such as {slug(chosen)!r}; found {chosen!r}")
    with library.catalog.reader() as queries:
        if any(person.id == chosen for person in queries.people()):
            raise Conflict(f"{chosen!r} is enrolled already; give another id with --id")
    pem, public = new_key(library.passphrase())
    person = Person(
        id=chosen,
        name=name,
        roles=tuple(Role(role) for role in dict.fromkeys(roles)),
        public_key=public,
        enrolled_at=library.clock(),
    )
    _keep_key(library, chosen, pem)
    body = {"person": chosen, "roles": sorted(roles), "public_key": public.hex()}
    library.committer.commit("person.enrolled", body, lambda write, _: write.add_person(person))
    with library.catalog.reader() as queries:
        solo = is_solo(queries.people(), library.clock())
    return _shown(person, notices=(SOLO,) if solo else ())


def people(library: Library) -> list[Enrolled]:
    with library.catalog.reader() as queries:
        return [_shown(person) for person in queries.people()]


def sign_act(library: Library, act: Act, about: str, digest: Digest, *, reason: str = "") -> Statement:
    """Sign an act with the acting person's own key; raises ApprovalRefused when it is not theirs to do."""
    person = acting_person(library, act)
    path = _key_path(library, person.id)
    if not path.is_file():
        raise ApprovalRefused(f"the key of {person.id} is not in this library; sign where it is kept")
    key = open_key(path.read_bytes(), library.passphrase())
    return sign(act, about, digest, person, key, at=library.clock(), reason=reason)


def acting_person(library: Library, act: Act) -> Person:
    """The person named by ``--as``; without it the only one who may do `act`. Raises ApprovalRefused, NotFound."""
    with library.catalog.reader() as queries:
        enrolled = queries.people()
    if library.person is not None:
        found = next((person for person in enrolled if person.id == library.person), None)
        if found is None:
            known = (person.id for person in enrolled)
            sentence = f"no person {library.person!r} is enrolled; 'assetlib person list' shows who is"
            raise absent(sentence, library.person, known)
        return found
    able = who_may(act, enrolled, library.clock())
    if len(able) == 1:
        return able[0]
    if not able:
        needed = " or ".join(role.value for role in MAY[act])
        raise ApprovalRefused(
            f"nobody enrolled here may do {act.value}: it needs {needed}; "
            f"enroll one with: assetlib person enroll NAME --role {MAY[act][0].value}"
        )
    raise ApprovalRefused(f"{act.value} can be done by {', '.join(p.id for p in able)}; say who with --as")


def _shown(person: Person, notices: tuple[str, ...] = ()) -> Enrolled:
    roles = tuple(role.value for role in person.roles)
    return Enrolled(id=person.id, name=person.name, roles=roles, key=person.public_key.hex()[:16], notices=notices)


def _key_path(library: Library, person: str) -> Any:
    return library.settings.path("keys.path") / "people" / f"{person}.key"


def _keep_key(library: Library, person: str, pem: bytes) -> None:
    path = _key_path(library, person)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if path.exists():
        # left by an enrollment that was interrupted before it was recorded; nothing was ever signed with it
        path.unlink()
    write_once(path, pem)
