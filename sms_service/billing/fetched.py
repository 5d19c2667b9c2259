"""What the national interface last said of bills, kept for all workers, and who is asking it.

A row a bill. Whoever asks the interface first claims the bill for a while, so that no other
thread or process asks for it at the same time; a claim of a dead worker ends by itself. The
database's clock decides, as with leases.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Engine,
    and_,
    bindparam,
    case,
    delete,
    false,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from sms_service.billing.kept import as_text, from_text
from sms_service.billing.tables import fetched_histories
from sms_service.database import db_now, once_more, reading, writing, writing_at_once
from sms_service.domain.calendar import tehran_day
from sms_service.domain.records import History

_row = fetched_histories.c
_AT_ONCE = 1000
_DEAD_CLAIM_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Ages:
    """How long what is kept may be told, in seconds."""

    fresh: float = 600.0
    """As if it were read live."""
    unknown: float = 60.0
    """That a bill isn't known."""
    stale: float = 30 * 86_400.0
    """With its day, when the interface is away."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of one bill without asking."""

    history: History | None
    """``as_of`` its day where it isn't fresh."""
    is_fresh: bool
    """Without a history: the interface doesn't know the bill."""
    is_claimed: bool
    """Somebody asks for it just now."""


class FetchedHistories:
    """The kept answers, in PostgreSQL or SQLite."""

    def __init__(self, engine: Engine, ages: Ages) -> None:
        self._engine = engine
        self._ages = ages
        self._fresh = and_(
            _row.fetched_at.is_not(None),
            _row.fetched_at
            > case(
                (_row.content.is_(None), _ago(ages.unknown)),
                else_=_ago(ages.fresh),
            ),
        )

    def read(self, bill_ids: Iterable[str]) -> dict[str, Kept]:
        """What is kept of these bills; one never asked for is absent."""
        kept = select(
            _row.bill_id,
            _row.content,
            _row.phone_hash,
            _row.fetched_at,
            self._fresh.label("is_fresh"),
            func.coalesce(_row.fetched_at > _ago(self._ages.stale), false()).label("is_tellable"),
            func.coalesce(_row.claimed_until > db_now(), false()).label("is_claimed"),
        ).where(_row.bill_id.in_(list(bill_ids)))
        with reading(self._engine) as connection:
            return {row.bill_id: _kept(row) for row in connection.execute(kept)}

    def claim(self, bill_ids: Iterable[str], token: int, seconds: float) -> list[str]:
        """Those of the bills that may be asked for now, held for so many seconds.

        Neither one that somebody else holds nor one that is fresh by now.
        """
        ids = sorted(set(bill_ids))
        dialect = postgresql if self._engine.dialect.name == "postgresql" else sqlite
        until = db_now(seconds)
        rows = [{"bill_id": one, "claim_token": token, "claimed_until": until} for one in ids]
        new = dialect.insert(fetched_histories).values(rows)
        is_free = or_(_row.claimed_until.is_(None), _row.claimed_until <= db_now())
        taken = new.on_conflict_do_update(
            index_elements=[_row.bill_id],
            set_={"claim_token": token, "claimed_until": until},
            where=and_(is_free, ~self._fresh),
        ).returning(_row.bill_id)

        def work() -> list[str]:
            with writing_at_once(self._engine) as connection:
                return list(connection.scalars(taken).all())

        return once_more(work)

    def settle(
        self, token: int, told: Mapping[str, History], unknown: Iterable[str], left: Iterable[str]
    ) -> None:
        """Keep what the interface said, and let go of what was held under this token."""
        found = [
            {
                "of": bill_id,
                "content": as_text(history),
                "phone_hash": history.branch.phone_hash if history.branch else None,
            }
            for bill_id, history in sorted(told.items())
        ]
        free = {"claim_token": None, "claimed_until": None}
        mine = update(fetched_histories).where(_row.claim_token == token)
        known = mine.where(_row.bill_id == bindparam("of")).values(
            content=bindparam("content"),
            phone_hash=bindparam("phone_hash"),
            fetched_at=db_now(),
            **free,
        )
        empty = {"content": None, "phone_hash": None, "fetched_at": db_now(), **free}
        with writing(self._engine) as connection:
            if found:
                connection.execute(known, found)
            for ids, values in ((sorted(unknown), empty), (sorted(left), free)):
                if ids:
                    connection.execute(mine.where(_row.bill_id.in_(ids)).values(values))

    def bills_of_phone(self, phone_hash: bytes) -> Sequence[str]:
        """Bills whose kept branch record holds this mobile (keyed hash), in rising order."""
        ids = select(_row.bill_id).where(_row.phone_hash == phone_hash)
        with reading(self._engine) as connection:
            return connection.scalars(ids.order_by(_row.bill_id)).all()

    def sweep(self) -> bool:
        """Delete a part of what is too old to be told; True when there may be more."""
        held = _row.claimed_until > db_now(-_DEAD_CLAIM_SECONDS)
        told = _row.fetched_at > case(
            (_row.content.is_(None), _ago(self._ages.unknown)), else_=_ago(self._ages.stale)
        )
        old = (
            select(_row.bill_id)
            .where(~func.coalesce(held, false()), ~func.coalesce(told, false()))
            .limit(_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        with writing(self._engine) as connection:
            over = connection.scalars(old).all()
            connection.execute(delete(fetched_histories).where(_row.bill_id.in_(over)))
        return len(over) == _AT_ONCE


def _ago(seconds: float) -> ColumnElement[Any]:
    """Read once a statement."""
    return select(db_now(-seconds)).scalar_subquery()


def _kept(row: Any) -> Kept:
    history = _history(row)
    is_told = history is not None or row.content is None
    return Kept(history, bool(row.is_fresh) and is_told, bool(row.is_claimed))


def _history(row: Any) -> History | None:
    if row.content is None or not row.is_tellable:
        return None
    day: date | None = None if row.is_fresh else tehran_day(row.fetched_at)
    try:
        return from_text(row.bill_id, row.content, row.phone_hash, day)
    except ValueError:
        return None
