"""Recording shots: sequences, cuts, takes, and which licenses stand behind them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select

from assetlib.catalog import rows, tables
from assetlib.catalog.record.base import LedgeredWrites
from assetlib.catalog.refusals import Conflict
from assetlib.model.asset import AssetFile
from assetlib.model.record import Cut, Sequence
from assetlib.model.shot import Shot, Take, TakeStatus


class ShotWrites(LedgeredWrites):
    def put_sequence(self, sequence: Sequence) -> None:
        held = tables.sequence.c
        known = select(held.code).where(held.production == sequence.production, held.code == sequence.code)
        if self._connection.execute(known).first() is None:
            self._add(tables.sequence, production=sequence.production, code=sequence.code)

    def put_shot(self, shot: Shot) -> None:
        """A new shot or a new state of one; codes are unique in the library. Raises Conflict."""
        owner = select(tables.shot.c.production).where(tables.shot.c.code == shot.code).limit(1)
        production = self._connection.execute(owner).scalar()
        if production is not None and production != shot.production:
            raise Conflict(f"{shot.code} is a shot of {production}; choose another code in {shot.production}")
        self._next_step()
        self._add(
            tables.shot,
            code=shot.code,
            sequence=shot.sequence,
            production=shot.production,
            cut_in=shot.cut_in,
            cut_out=shot.cut_out,
            handles=shot.handles,
            rate=str(shot.rate),
            timeline=shot.timeline,
            clip=shot.clip,
            time_scalar=str(shot.time_scalar),
            layers=shot.layers,
            scenes=rows.words(shot.scenes),
            content=rows.pairs(shot.content),
            prompt=shot.prompt,
            status=shot.status.value,
        )
        self._add_all(
            tables.pin,
            (
                {
                    "shot": shot.code,
                    "name": pin.name,
                    "entity": pin.entity,
                    "version": pin.version,
                    "digest": pin.digest,
                    "role": pin.role,
                }
                for pin in shot.pins
            ),
        )

    def put_cut(self, cut: Cut) -> None:
        self._next_step()
        self._add(
            tables.cut,
            name=cut.name,
            timeline=cut.timeline,
            digest=cut.digest,
            production=cut.production,
            imported_at=cut.imported_at,
            body=cut.body,
        )

    def next_take(self, shot: str) -> int:
        """The number of the shot's next take: one more than the last, from 1."""
        last = select(func.max(tables.take.c.number)).where(tables.take.c.shot == shot)
        return (self._connection.execute(last).scalar() or 0) + 1

    def add_take(self, take: Take, files: Iterable[AssetFile]) -> None:
        """A generation with its media. Raises NotFound without the decision it was made under."""
        index = rows.ledger_index(take.decision)
        self._require(tables.decision, f"{take.decision} is not recorded; a take needs one", ledger_index=index)
        self._require(tables.shot, f"no shot {take.shot!r}", code=take.shot)
        self._add(
            tables.take,
            shot=take.shot,
            number=take.number,
            digest=take.digest,
            decision=take.decision,
            permit=take.permit,
            generator=take.generator,
            source_type=take.source_type,
            created_at=take.created_at,
            created_by=take.created_by,
            seed=take.seed,
        )
        self._add_all(
            tables.take_file,
            (
                {
                    "shot": take.shot,
                    "number": take.number,
                    "path": file.path,
                    "digest": file.digest,
                    "size": file.size,
                    "media_type": file.media_type,
                }
                for file in files
            ),
        )
        self._set_take(take.shot, take.number, take.status)

    def set_take_status(self, shot: str, number: int, status: TakeStatus) -> None:
        self._require(tables.take, f"{shot} has no take {number}", shot=shot, number=number)
        self._set_take(shot, number, status)

    def link_license(self, shot: str, license_id: str) -> None:
        """Remember that `license_id` stands behind `shot`: a use that its limits count, so that rights move with it."""
        held = tables.shot_license.c
        known = select(held.shot).where(held.shot == shot, held.license == license_id)
        if self._connection.execute(known).first() is None:
            self._add(tables.shot_license, shot=shot, license=license_id)
            self._move_rights()

    def _set_take(self, shot: str, number: int, status: TakeStatus) -> None:
        self._next_step()
        self._add(tables.take_state, shot=shot, number=number, status=status.value)
