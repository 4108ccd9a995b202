"""Who may do which act, and whether one person alone runs the library.

The acts listed here need the person's enrolled key; a name given with ``--as`` alone is a label.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar

from assetlib.model.party import Person, Role


class ApprovalRefused(Exception):
    """An act was tried by somebody who may not do it, or cannot prove who they are."""

    exit_code: ClassVar[int] = 6  # somebody else has to approve


class Act(StrEnum):
    """What needs a role and a key; the value names the act in signed statements."""

    ACTIVATE_LICENSE = "license.activate"
    REVOKE_LICENSE = "license.revoke"
    RATIFY = "license.ratify"
    REVIEW_AGREEMENT = "agreement.review"
    DECLARE_FACET = "facet.declare"
    RELEASE_FACET = "facet.release"
    OVERRIDE = "counsel.override"
    PLACE_HOLD = "legal.hold"
    CONFIRM_RULES = "rulepack.confirm"
    GIVE_APPROVAL = "approval.give"
    RECORD_ANSWER = "approval.record"
    PICK_TAKE = "take.pick"
    APPROVE_EXPORT = "export.approve"


_COUNSEL, _RIGHTS = Role.COUNSEL, Role.RIGHTS_ADMIN
MAY = MappingProxyType(
    {
        Act.ACTIVATE_LICENSE: (_RIGHTS,),
        Act.REVOKE_LICENSE: (_RIGHTS, _COUNSEL),
        Act.RATIFY: (_COUNSEL,),
        Act.REVIEW_AGREEMENT: (_COUNSEL,),
        Act.DECLARE_FACET: (Role.LIBRARIAN, _RIGHTS, _COUNSEL),
        Act.RELEASE_FACET: (_COUNSEL,),
        Act.OVERRIDE: (_COUNSEL,),
        Act.PLACE_HOLD: (_COUNSEL,),
        Act.CONFIRM_RULES: (_COUNSEL,),
        Act.GIVE_APPROVAL: (_COUNSEL, _RIGHTS, Role.DIRECTOR),
        Act.RECORD_ANSWER: (_RIGHTS, Role.LIBRARIAN),
        Act.PICK_TAKE: (Role.DIRECTOR,),
        Act.APPROVE_EXPORT: (_RIGHTS, _COUNSEL),
    }
)
SOLO = "solo mode: one person runs this library and stands on both sides of its approvals"


def is_enrolled(person: Person, at: datetime) -> bool:
    """Whether the person's key and roles were valid at a moment."""
    return person.enrolled_at <= at and (person.revoked_at is None or at < person.revoked_at)


def role_for(person: Person, act: Act, at: datetime) -> Role:
    """The role in which `person` may do `act`; raises ApprovalRefused, saying who may."""
    if not is_enrolled(person, at):
        raise ApprovalRefused(f"{person.id} was not enrolled at that time; enroll them, or sign with a valid key")
    for role in MAY[act]:
        if role in person.roles:
            return role
    needed = " or ".join(role.value for role in MAY[act])
    held = ", ".join(role.value for role in person.roles) or "no role"
    raise ApprovalRefused(f"{act.value} needs {needed}; {person.id} is {held}")


def may(person: Person, act: Act, at: datetime) -> bool:
    try:
        role_for(person, act, at)
    except ApprovalRefused:
        return False
    return True


def who_may(act: Act, people: Iterable[Person], at: datetime) -> tuple[Person, ...]:
    """Everybody who could do `act` now, by id: whom a refusal names."""
    return tuple(sorted((person for person in people if may(person, act, at)), key=lambda p: p.id))


def is_solo(people: Iterable[Person], at: datetime) -> bool:
    """Whether fewer than two people are enrolled; every audit of such a library says so on its first page."""
    return sum(is_enrolled(person, at) for person in people) < 2


def both_sides(asked_by: str, given_by: str) -> str:
    """A sentence where one person asked and approved, else ''. It does not forbid; it must be shown."""
    return f"{given_by} both asked for and gave this approval" if asked_by == given_by else ""
