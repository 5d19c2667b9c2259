"""Chores: what one process at a time does again and again, and whether it came to its end.

A row a chore. ``due_at`` says when it may next be taken, and while it is held when the
lease ends; ``began_at`` stands from the begin of a turn until nothing that it did can be
in doubt any more; ``finished_at`` is the last time that the chore came to its end.
"""

from typing import Any

from sqlalchemy import Engine, Update, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from sms_service.database import db_now, once_more, reading, writing
from sms_service.ledger.ids import new_token
from sms_service.ledger.leases import now_once
from sms_service.ledger.upkeep_tables import chores
from sms_service.service.chore_ports import Turn

_MARKED_EVERY_SECONDS = 10.0


class ChoreLedger:
    """Hands out turns; the database's clock decides, and a fencing token guards their ends."""

    def __init__(self, engine: Engine, lease_seconds: float) -> None:
        self._engine = engine
        self._lease = lease_seconds

    def is_due(self, *names: str) -> bool:
        """Whether any of these chores could be begun now; one never begun can."""
        waits = select(chores.c.name).where(chores.c.name.in_(names), chores.c.due_at > now_once())
        with reading(self._engine) as connection:
            return len(connection.execute(waits).all()) < len(names)

    def begin(self, name: str) -> Turn | None:
        """Take the chore for one lease, committed when this returns; None when it isn't due."""
        return once_more(lambda: self._begin(name, new_token()))

    def _begin(self, name: str, token: int) -> Turn | None:
        dialect = postgresql if self._engine.dialect.name == "postgresql" else sqlite
        new = dialect.insert(chores).values(name=name, due_at=db_now())
        due = select(chores, db_now().label("now")).where(
            chores.c.name == name, chores.c.due_at <= now_once()
        )
        with writing(self._engine) as connection:
            connection.execute(new.on_conflict_do_nothing())
            row = connection.execute(due.with_for_update(skip_locked=True)).one_or_none()
            if row is None:
                return None
            taken = update(chores).where(chores.c.name == name)
            connection.execute(
                taken.values(
                    lease_token=token,
                    due_at=db_now(self._lease),
                    began_at=func.coalesce(chores.c.began_at, db_now()),
                )
            )
        return Turn(
            name,
            token,
            now=row.now,
            in_doubt=row.began_at is not None,
            finished_at=row.finished_at,
            failures=row.failures,
            reason=row.reason,
        )

    def hold(self, turn: Turn) -> bool:
        """Begin the lease anew; False when somebody else has the chore by now."""
        return self._change(turn, due_at=db_now(self._lease))

    def finish(self, turn: Turn, again_in: float) -> bool:
        """The chore came to its end; it is due again after so many seconds."""
        return self._change(
            turn,
            **_released(again_in),
            began_at=None,
            finished_at=db_now(),
            failures=0,
            reason=None,
        )

    def pause(self, turn: Turn, again_in: float) -> bool:
        """All that was begun is done, but there is more; due again after so many seconds."""
        return self._change(turn, **_released(again_in), began_at=None, failures=0, reason=None)

    def fail(self, turn: Turn, again_in: float, reason: str, *, in_doubt: bool) -> bool:
        """It can't go on now. ``in_doubt``: what was begun may have had its effect."""
        values = _released(again_in) | {
            "failures": min(turn.failures + 1, 1000),
            "reason": reason[:40],
        }
        return self._change(turn, **values, **({} if in_doubt else {"began_at": None}))

    def mark(self, name: str) -> None:
        """Note that ``name`` was done, where that was last noted some seconds ago."""
        dialect = postgresql if self._engine.dialect.name == "postgresql" else sqlite
        done = dialect.insert(chores).values(name=name, due_at=db_now(), finished_at=db_now())
        long_ago = chores.c.finished_at < select(db_now(-_MARKED_EVERY_SECONDS)).scalar_subquery()
        marks = done.on_conflict_do_update(
            index_elements=[chores.c.name], set_={"finished_at": db_now()}, where=long_ago
        )
        fresh = select(chores.c.name).where(chores.c.name == name, ~long_ago)
        with reading(self._engine) as connection:
            if connection.execute(fresh).first() is not None:
                return
        with writing(self._engine) as connection:
            connection.execute(marks)

    def _change(self, turn: Turn, **values: Any) -> bool:
        mine: Update = (
            update(chores)
            .where(chores.c.name == turn.chore, chores.c.lease_token == turn.token)
            .values(values)
            .returning(chores.c.name)
        )
        with writing(self._engine) as connection:
            return connection.execute(mine).first() is not None


def _released(again_in: float) -> dict[str, Any]:
    return {"lease_token": None, "due_at": db_now(again_in)}
