"""Asking for shots, cuts and takes."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from assetlib.catalog import rows, tables
from assetlib.catalog.history import current
from assetlib.catalog.refusals import NotFound, absent
from assetlib.model.asset import AssetFile
from assetlib.model.record import Cut, Sequence
from assetlib.model.shot import Pin, Shot, Take
from provenance.digest import Digest


class ShotQueries:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def sequences(self, production: str | None = None) -> tuple[Sequence, ...]:
        table = tables.sequence
        query = select(table).order_by(table.c.production, table.c.code)
        if production is not None:
            query = query.where(table.c.production == production)
        return tuple(Sequence(code=row.code, production=row.production) for row in self._connection.execute(query))

    def shot(self, code: str, *, as_known: datetime | None = None) -> Shot:
        """A shot as it is, or as it was known then; raises NotFound."""
        found = self._shots([tables.shot.c.code == code], as_known)
        if not found:
            known = self._connection.scalars(select(tables.shot.c.code))
            raise absent(f"no shot {code!r}; 'assetlib shot list' shows them", code, known)
        return found[0]

    def shots(self, production: str | None = None, timeline: str | None = None) -> tuple[Shot, ...]:
        """Shots by code. `production` never changes for a code; `timeline` is the present one."""
        where = [] if production is None else [tables.shot.c.production == production]
        return tuple(shot for shot in self._shots(where) if timeline in (None, shot.timeline))

    def shot_history(self, code: str) -> tuple[Shot, ...]:
        """Every state of a shot, oldest first."""
        table = tables.shot
        query = select(table).where(table.c.code == code).order_by(table.c.ledger_index, table.c.step)
        found = self._connection.execute(query).all()
        return self._with_pins(found, [tables.pin.c.shot == code])

    def shots_using(self, digest: Digest) -> tuple[Shot, ...]:
        """Shots whose present pins name this version."""
        codes = select(tables.pin.c.shot).where(tables.pin.c.digest == digest)
        found = self._shots([tables.shot.c.code.in_(codes)])
        return tuple(shot for shot in found if any(pin.digest == digest for pin in shot.pins))

    def cut(self, name: str) -> Cut:
        """The last import of the cut called `name`; raises NotFound."""
        found = self._last_cut(tables.cut.c.name == name)
        if found is None:
            known = self._connection.scalars(select(tables.cut.c.name))
            raise absent(f"no cut {name!r} was imported; 'assetlib cut import FILE' brings one in", name, known)
        return found

    def last_cut(self, production: str | None = None) -> Cut | None:
        """The cut that commands mean when none is named."""
        return self._last_cut(*([] if production is None else [tables.cut.c.production == production]))

    def cuts(self, timeline: str | None = None) -> tuple[Cut, ...]:
        """Every import, oldest first."""
        table = tables.cut
        query = select(table).order_by(table.c.ledger_index, table.c.step)
        if timeline is not None:
            query = query.where(table.c.timeline == timeline)
        return tuple(map(rows.cut, self._connection.execute(query)))

    def take(self, shot: str, number: int) -> Take:
        found = self._takes(tables.take.c.shot == shot, tables.take.c.number == number)
        if not found:
            raise NotFound(f"{shot} has no take {number}; 'assetlib take list {shot}' shows them")
        return found[0]

    def takes(self, shot: str) -> tuple[Take, ...]:
        return self._takes(tables.take.c.shot == shot)

    def takes_by_digest(self, digest: Digest) -> tuple[Take, ...]:
        return self._takes(tables.take.c.digest == digest)

    def takes_by_file(self, digest: Digest) -> tuple[Take, ...]:
        """The takes that hold this file."""
        table = tables.take_file
        found = self._connection.execute(select(table.c.shot, table.c.number).where(table.c.digest == digest))
        return tuple(self.take(row.shot, row.number) for row in found.all())

    def take_files(self, shot: str, number: int) -> tuple[AssetFile, ...]:
        table = tables.take_file
        query = select(table).where(table.c.shot == shot, table.c.number == number).order_by(table.c.path)
        return tuple(map(rows.asset_file, self._connection.execute(query)))

    def shot_licenses(self, shot: str) -> tuple[str, ...]:
        table = tables.shot_license
        query = select(table.c.license).where(table.c.shot == shot).order_by(table.c.license)
        return tuple(self._connection.execute(query).scalars())

    def shots_under(self, license_id: str, *, as_known: datetime | None = None) -> tuple[str, ...]:
        """The shots that a license stands behind."""
        table = tables.shot_license
        query = select(table.c.shot).where(table.c.license == license_id).order_by(table.c.shot)
        if as_known is not None:
            query = query.where(table.c.recorded_at <= as_known)
        return tuple(self._connection.execute(query).scalars())

    def _shots(self, where: list[Any], as_known: datetime | None = None) -> tuple[Shot, ...]:
        latest = current(tables.shot, ["code"], *where, as_known=as_known)
        found = self._connection.execute(select(latest).order_by(latest.c.code)).all()
        pinned = tables.pin.c
        moments = select(latest.c.code).where(
            latest.c.code == pinned.shot, latest.c.ledger_index == pinned.ledger_index, latest.c.step == pinned.step
        )
        return self._with_pins(found, [moments.exists()])

    def _with_pins(self, found: Any, where: list[Any]) -> tuple[Shot, ...]:
        pins: defaultdict[tuple[str, int, int], list[Pin]] = defaultdict(list)
        table = tables.pin
        for row in self._connection.execute(select(table).where(*where).order_by(table.c.name, table.c.role)):
            pins[row.shot, row.ledger_index, row.step].append(rows.pin(row))
        return tuple(rows.shot(row, pins[row.code, row.ledger_index, row.step]) for row in found)

    def _last_cut(self, *where: Any) -> Cut | None:
        table = tables.cut
        query = select(table).where(*where).order_by(table.c.ledger_index.desc(), table.c.step.desc()).limit(1)
        found = self._connection.execute(query).first()
        return None if found is None else rows.cut(found)

    def _takes(self, *where: Any) -> tuple[Take, ...]:
        table = tables.take
        mine = tables.take_state.c.shot.in_(select(table.c.shot).where(*where))
        state = current(tables.take_state, ["shot", "number"], mine)
        query = (
            select(table, state.c.status)
            .join(state, (state.c.shot == table.c.shot) & (state.c.number == table.c.number))
            .where(*where)
            .order_by(table.c.shot, table.c.number)
        )
        return tuple(map(rows.take, self._connection.execute(query)))
