"""Holds in the database: a lane's row says ``held``, and its rest never ends by itself.

The rest keeps every claim out from the commit on, whatever a worker remembers of the lane.
"""

from collections.abc import Mapping

from sqlalchemy import Engine, Update, insert, select, update

from sms_service.database import db_now, reading, writing
from sms_service.domain.masking import masked as without_numbers
from sms_service.domain.states import LaneState
from sms_service.ledger.audit import write_deed
from sms_service.ledger.lanes import ensure_lane
from sms_service.ledger.upkeep_tables import lane_changes, lanes
from sms_service.service.auditing import Actor, Deed
from sms_service.service.holding import Hold

_FOR_EVER_SECONDS = 100 * 365 * 86_400.0
_BY_HAND = "by_hand"
_LONGEST_WHY = 400
_OF_A_HOLD = ("held_by", "held_why", "held_at")


class HoldLedger:
    """Holds and releases lanes, each with its line in the lane's history and the audit log."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def hold(self, lane: str, actor: Actor, why: str) -> bool:
        """Keep the lane from sending; False when somebody does already."""
        free = update(lanes).where(lanes.c.gateway == lane, lanes.c.state != LaneState.HELD)
        held = free.values(
            state=LaneState.HELD,
            reason=_BY_HAND,
            failures=0,
            allowance=None,
            rests_until=db_now(_FOR_EVER_SECONDS),
            held_by=actor.name[:48],
            held_why=without_numbers(why)[:_LONGEST_WHY],
            held_at=db_now(),
        )
        return self._change(held, LaneState.HELD, Deed(actor, "hold_lane", "lane", lane, why))

    def release(self, lane: str, actor: Actor, why: str) -> bool:
        """Let it send again, as a lane that is well; False when nobody holds it."""
        held = update(lanes).where(lanes.c.gateway == lane, lanes.c.state == LaneState.HELD)
        free = held.values(
            state=LaneState.WORKING,
            reason=None,
            rests_until=db_now(),
            **dict.fromkeys(_OF_A_HOLD),
        )
        return self._change(free, LaneState.WORKING, Deed(actor, "release_lane", "lane", lane, why))

    def held(self) -> Mapping[str, Hold]:
        """The lanes that are held now."""
        rows = select(lanes.c.gateway, *(lanes.c[name] for name in _OF_A_HOLD)).where(
            lanes.c.state == LaneState.HELD
        )
        with reading(self._engine) as connection:
            return {lane: Hold(*told) for lane, *told in connection.execute(rows)}

    def _change(self, change: Update, state: LaneState, deed: Deed) -> bool:
        with writing(self._engine) as connection:
            ensure_lane(connection, deed.subject)
            if connection.execute(change).rowcount == 0:
                return False
            reason = _BY_HAND if state is LaneState.HELD else None
            line = {"gateway": deed.subject, "state": state, "reason": reason}
            connection.execute(insert(lane_changes).values(at=db_now(), **line))
            write_deed(connection, deed)
        return True
