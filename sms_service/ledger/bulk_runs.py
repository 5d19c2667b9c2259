"""Runs in the ledger: each change of state is one conditional UPDATE with its deed beside."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Row, Update, delete, insert, select, update

from sms_service.database import db_now, reading, writing
from sms_service.domain.masking import masked as without_numbers
from sms_service.domain.states import OutboundState
from sms_service.ledger.audit import write_deed
from sms_service.ledger.bulk import BulkInsert
from sms_service.ledger.bulk_selection import (
    around,
    candidates,
    ended_badly,
    in_portions,
    rial_a_part,
)
from sms_service.ledger.desk_tables import bulk_items, bulk_runs, resends
from sms_service.ledger.events import write_events
from sms_service.ledger.tables import outbound
from sms_service.service.auditing import Actor, Deed
from sms_service.service.bulk_choosing import Choosing
from sms_service.service.bulk_resending import TooMany
from sms_service.service.bulk_terms import (
    MOST_ITEMS,
    Candidate,
    Chosen,
    ItemState,
    Run,
    RunState,
    Wanted,
    wanted_from,
)

PRIORITY = 20
"""Of what many are sent again by: replies and single resends leave first."""
STOPPED = "bulk_stopped"
"""Why an attempt ended that was taken back before it left."""
_FRESH_SECONDS = 3600.0
"""A preview older is no longer what would be sent."""
_KEPT_SECONDS = 86_400.0
_FROM: Mapping[RunState, Sequence[RunState]] = {
    RunState.PAUSED: (RunState.RUNNING,),
    RunState.RUNNING: (RunState.PAUSED,),
    RunState.STOPPED: (RunState.PREVIEWED, RunState.RUNNING, RunState.PAUSED),
}
_DEEDS = {
    RunState.PAUSED: "bulk_pause",
    RunState.RUNNING: "bulk_resume",
    RunState.STOPPED: "bulk_stop",
}

_put_items = BulkInsert(
    bulk_items,
    ["bulk_id", "position", "inbound_id", "code", "after_id"],
    {"state": ItemState.WAITING},
)


class BulkRunLedger:
    """Previews, confirms and moves runs."""

    def __init__(self, engine: Engine, most: int = MOST_ITEMS) -> None:
        self._engine = engine
        self._most = most

    def preview(self, wanted: Wanted, actor: Actor, texts_per_minute: int) -> int | None:
        """Choose what the wish comes to and keep it; None for nothing. Raises TooMany."""
        with reading(self._engine) as connection:
            chosen = self._choose(connection, wanted)
            price = rial_a_part(connection)
        if not chosen.items:
            return None
        row = {
            "state": RunState.PREVIEWED,
            "wanted": json.dumps({"wish": wanted.as_json(), "left_out": chosen.left_out}),
            "reason": "",
            "made_by": actor.name[:48],
            "made_at": db_now(),
            "total": len(chosen.items),
            "parts": chosen.parts,
            "cost_rial": None if price is None else round(price * chosen.parts),
            "texts_per_minute": texts_per_minute,
        }
        with writing(self._engine) as connection:
            made = insert(bulk_runs).values(row).returning(bulk_runs.c.id)
            run: int = connection.execute(made).scalar_one()
            _put_items(connection, [_item(run, n, one) for n, one in enumerate(chosen.items)])
        return run

    def confirm(self, run: int, actor: Actor, reason: str, total: int) -> bool:
        """Begin to send a preview that isn't old and holds so many items."""
        fresh = bulk_runs.c.made_at > select(db_now(-_FRESH_SECONDS)).scalar_subquery()
        begun = (
            update(bulk_runs)
            .where(bulk_runs.c.id == run, bulk_runs.c.state == RunState.PREVIEWED, fresh)
            .where(bulk_runs.c.total == total)
            .values(
                state=RunState.RUNNING,
                reason=without_numbers(reason)[:400],
                confirmed_by=actor.name[:48],
                started_at=db_now(),
            )
        )
        deed = Deed(actor, "bulk_confirm", "bulk", str(run), reason, {"total": total})
        with writing(self._engine) as connection:
            return _stepped(connection, begun, deed)

    def move(self, run: int, actor: Actor, state: RunState) -> bool:
        """Pause, resume or stop; False when the run isn't where that can be done."""
        there = bulk_runs.c.state.in_(_FROM[state])
        moved = update(bulk_runs).where(bulk_runs.c.id == run, there).values(state=state)
        if state is RunState.STOPPED:
            moved = moved.values(ended_at=db_now())
        with writing(self._engine) as connection:
            if not _stepped(connection, moved, Deed(actor, _DEEDS[state], "bulk", str(run))):
                return False
            if state is RunState.STOPPED:
                take_back(connection, run)
        return True

    def run(self, number: int) -> Run | None:
        """A run by its number."""
        with reading(self._engine) as connection:
            row = connection.execute(select(bulk_runs).where(bulk_runs.c.id == number)).first()
        return None if row is None else run_of(row)

    def sweep(self) -> bool:
        """Delete a preview that nobody confirmed within a day; True when there may be more."""
        old = select(bulk_runs.c.id).where(
            bulk_runs.c.state == RunState.PREVIEWED,
            bulk_runs.c.made_at <= select(db_now(-_KEPT_SECONDS)).scalar_subquery(),
        )
        with reading(self._engine) as connection:
            run = connection.execute(old.limit(1)).scalar_one_or_none()
        if run is None:
            return False
        with writing(self._engine) as connection:
            gone = delete(bulk_runs).where(
                bulk_runs.c.id == run, bulk_runs.c.state == RunState.PREVIEWED
            )
            if connection.execute(gone).rowcount:
                connection.execute(delete(bulk_items).where(bulk_items.c.bulk_id == run))
        return True

    def _choose(self, connection: Connection, wanted: Wanted) -> Chosen:
        ids = ended_badly(connection, wanted, self._most + 1)
        if len(ids) > self._most:
            raise TooMany
        choosing = Choosing(wanted)
        for portion in in_portions(ids):
            found = candidates(connection, portion)
            choosing.add(found, around(connection, found))
        return choosing.chosen()


def run_of(row: Row[Any]) -> Run:
    """A run as its row tells."""
    kept = json.loads(row.wanted)
    return Run(
        row.id,
        RunState(row.state),
        wanted_from(kept["wish"]),
        kept["left_out"],
        row.reason,
        row.made_by,
        row.made_at,
        row.confirmed_by,
        row.started_at,
        row.ended_at,
        row.total,
        row.parts,
        row.cost_rial,
        row.texts_per_minute,
        row.fed_until,
    )


def take_back(connection: Connection, run: int) -> int:
    """End what the run queued and no gateway can have, in the caller's transaction."""
    mine = select(resends.c.outbound_id).where(
        resends.c.outbound_id == outbound.c.id, resends.c.bulk_id == run
    )
    ended = connection.execute(
        update(outbound)
        .where(
            outbound.c.state == OutboundState.QUEUED,
            outbound.c.priority == PRIORITY,
            ~outbound.c.pinned,
            mine.exists(),
        )
        .values(state=OutboundState.EXPIRED, reason=STOPPED, ended_at=db_now())
        .returning(outbound.c.code)
    )
    codes = ended.scalars().all()
    write_events(connection, [(code, OutboundState.EXPIRED, STOPPED) for code in codes])
    return len(codes)


def _stepped(connection: Connection, step: Update, deed: Deed) -> bool:
    if connection.execute(step).rowcount == 0:
        return False
    write_deed(connection, deed)
    return True


def _item(run: int, position: int, one: Candidate) -> dict[str, Any]:
    return {
        "bulk_id": run,
        "position": position,
        "inbound_id": one.inbound_id,
        "code": one.code,
        "after_id": one.last.id if one.last else None,
    }
