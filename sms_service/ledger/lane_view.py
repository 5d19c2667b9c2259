"""The lanes as operators look at them: how each does, since when, by whom held, what is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, select, update

from sms_service.database import db_now, reading, writing
from sms_service.domain.states import LaneState
from sms_service.ledger.lanes import LaneLedger, ensure_lane
from sms_service.ledger.upkeep_tables import lane_changes, lanes
from sms_service.service.crediting import Credit
from sms_service.service.holding import Hold
from sms_service.service.lane_health import Health

_DAY_SECONDS = 86_400.0
_MOST_CHANGES = 200


@dataclass(frozen=True, slots=True)
class LaneSeen:
    """One lane."""

    health: Health
    since: datetime | None
    """When it came into this state; None: nothing was ever noted of it."""
    hold: Hold | None
    credit: Credit | None
    changes: int
    """In the last 24 hours, up to a bound."""

    @property
    def name(self) -> str:
        return self.health.gateway


@dataclass(frozen=True, slots=True)
class Change:
    """A line of a lane's history."""

    at: datetime
    state: LaneState
    reason: str | None


class LaneView:
    """Reads lanes, and keeps what their accounts have left."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def seen(self, names: Sequence[str]) -> Sequence[LaneSeen]:
        """These lanes, in their order; one that nothing is known of is well."""
        healths = LaneLedger(self._engine).health(names)
        rows = select(lanes).where(lanes.c.gateway.in_(names))
        with reading(self._engine) as connection:
            known = {row.gateway: row for row in connection.execute(rows)}
            found = []
            for name in names:
                row = known.get(name)
                lines = _changes(connection, name)
                hold = row and row.held_at and Hold(row.held_by, row.held_why, row.held_at)
                credit = row and row.credit_at and Credit(row.credit_rial, row.credit_at)
                health = healths.get(name, Health(name))
                since = _since(connection, name)
                found.append(LaneSeen(health, since, hold or None, credit or None, len(lines)))
        return found

    def changes(self, name: str) -> Sequence[Change]:
        """What happened to a lane in the last 24 hours, newest first."""
        with reading(self._engine) as connection:
            return _changes(connection, name)

    def credit(self, gateway: str) -> Credit | None:
        """What is known of a gateway's account."""
        return self.seen([gateway])[0].credit

    def note_credit(self, gateway: str, rial: int) -> None:
        """The gateway said so now."""
        told = {"credit_rial": rial, "credit_at": db_now()}
        with writing(self._engine) as connection:
            ensure_lane(connection, gateway)
            connection.execute(update(lanes).where(lanes.c.gateway == gateway).values(told))


def _changes(connection: Connection, name: str) -> Sequence[Change]:
    c = lane_changes.c
    recent = (
        select(c.at, c.state, c.reason)
        .where(c.gateway == name, c.at > select(db_now(-_DAY_SECONDS)).scalar_subquery())
        .order_by(c.id.desc())
        .limit(_MOST_CHANGES)
    )
    return [
        Change(at, LaneState(state), reason) for at, state, reason in connection.execute(recent)
    ]


def _since(connection: Connection, name: str) -> datetime | None:
    c = lane_changes.c
    last = select(c.at).where(c.gateway == name).order_by(c.id.desc()).limit(1)
    return connection.execute(last).scalar_one_or_none()
