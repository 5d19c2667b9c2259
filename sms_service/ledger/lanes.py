"""How the gateways' lanes do, and how fast they may go: one record for all workers.

A lane without a row is well. Every change of state, or of its reason, leaves a line in
``lane_changes``.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from sms_service.database import db_now, reading, writing
from sms_service.domain.states import LaneState
from sms_service.ledger.upkeep_tables import lane_changes, lanes
from sms_service.service.lane_health import Health

_SAVED_UP = timedelta(seconds=1)
"""What an idle lane may send at once: a second's worth of its pace."""


class LaneLedger:
    """The lanes, as delivering needs them."""

    def __init__(self, engine: Engine, paces: Mapping[str, float] | None = None) -> None:
        """``paces``: SMS parts a second, of the gateways that have a limit."""
        self._engine = engine
        self._paces = dict(paces or {})

    def health(self, gateways: Sequence[str]) -> dict[str, Health]:
        """The lanes that anything is known of, by gateway."""
        known = select(lanes, db_now().label("now")).where(lanes.c.gateway.in_(gateways))
        with reading(self._engine) as connection:
            return {row.gateway: _health(row) for row in connection.execute(known)}

    def change(self, gateway: str, decide: Callable[[Health], Health]) -> tuple[Health, Health]:
        """Let ``decide`` judge the lane as it stands, nobody else meanwhile; before and after."""
        with writing(self._engine) as connection:
            before = _health(_locked(connection, gateway))
            after = decide(before)
            if after != before:
                connection.execute(_to(after))
            if (after.state, after.reason) != (before.state, before.reason):
                connection.execute(_changed(after))
        return before, after

    def reserve(self, gateway: str, parts: int) -> int:
        """Up to ``parts`` of the lane's pace, counted as sent; 0 while there is none."""
        pace = self._paces.get(gateway)
        if pace is None:
            return parts
        with writing(self._engine) as connection:
            row = _locked(connection, gateway)
            begins = max(row.free_at, row.now)
            room = math.floor((row.now + _SAVED_UP - begins).total_seconds() * pace)
            granted: int = max(0, min(parts, max(room, int(begins == row.now))))
            if granted:
                _free_at(connection, gateway, begins + timedelta(seconds=granted / pace))
        return granted

    def correct(self, gateway: str, parts: int) -> None:
        """Count so many parts more than were reserved, or (negative) fewer."""
        pace = self._paces.get(gateway)
        if pace is None:
            return
        with writing(self._engine) as connection:
            row = _locked(connection, gateway)
            _free_at(connection, gateway, row.free_at + timedelta(seconds=parts / pace))


def ensure_lane(connection: Connection, gateway: str) -> None:
    """See to it that the lane has its row."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    well = {"gateway": gateway, "state": LaneState.WORKING, "failures": 0}
    new = dialect.insert(lanes).values(**well, rests_until=db_now(), free_at=db_now())
    connection.execute(new.on_conflict_do_nothing())


def _locked(connection: Connection, gateway: str) -> Row[Any]:
    ensure_lane(connection, gateway)
    stands = select(lanes, db_now().label("now")).where(lanes.c.gateway == gateway)
    return connection.execute(stands.with_for_update()).one()


def _health(row: Row[Any]) -> Health:
    rest = max(0.0, (row.rests_until - row.now).total_seconds())
    state = LaneState(row.state)
    return Health(row.gateway, state, row.reason, row.failures, row.allowance, rest)


def _to(health: Health) -> Any:
    return (
        update(lanes)
        .where(lanes.c.gateway == health.gateway)
        .values(
            state=health.state,
            reason=health.reason,
            failures=min(health.failures, 1000),
            allowance=health.allowance,
            rests_until=db_now(health.rest_seconds),
        )
    )


def _changed(health: Health) -> Any:
    return insert(lane_changes).values(
        gateway=health.gateway, at=db_now(), state=health.state, reason=health.reason
    )


def _free_at(connection: Connection, gateway: str, moment: datetime) -> None:
    connection.execute(update(lanes).where(lanes.c.gateway == gateway).values(free_at=moment))
