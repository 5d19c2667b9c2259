"""Sessions of browsers in the database. The token is nowhere but in the browser's cookie."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    ScalarSelect,
    and_,
    delete,
    insert,
    not_,
    select,
    update,
)

from sms_service.database import db_now, reading, writing
from sms_service.ledger.desk_tables import sessions, users
from sms_service.settings.desk import DeskSettings

_AT_ONCE = 1000
_SEEN_EVERY_SECONDS = 60
"""How old ``seen_at`` may be before a request renews it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A session as it is stored."""

    handle: str
    content: str
    address: str | None
    began_at: datetime
    seen_at: datetime
    is_stale: bool = False
    """Whether it is time to note that it is still used."""


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """Seconds after which a session ends: unused, and in any case."""

    idle: float
    whole: float


def lifetimes_of(settings: DeskSettings) -> Lifetimes:
    """How long sessions last by these settings."""
    return Lifetimes(settings.console_idle_minutes * 60, settings.console_session_hours * 3600)


class SessionLedger:
    """One row a browser that has given a right password; strangers have none."""

    def __init__(self, engine: Engine, lifetimes: Lifetimes) -> None:
        self._engine = engine
        self._lifetimes = lifetimes

    def open(self, token: str) -> Kept | None:
        """The session of this token, unless it has ended."""
        stale = sessions.c.seen_at <= db_now(-_SEEN_EVERY_SECONDS)
        wanted = select(sessions, stale.label("is_stale")).where(_is(token), self._alive())
        with reading(self._engine) as connection:
            row = connection.execute(wanted).first()
        return _kept(row, bool(row.is_stale)) if row else None

    def begin(self, token: str, content: str, bound_to: str, address: str | None) -> None:
        """A new session for the user with this ``fs_uniquifier``; none when it has changed."""
        owner = select(users.c.id).where(users.c.fs_uniquifier == bound_to, users.c.active)
        with writing(self._engine) as connection:
            user_id = connection.execute(owner).scalar_one_or_none()
            if user_id is None:
                return
            row = {
                "token_hash": _hash(token),
                "user_id": user_id,
                "content": content,
                "address": address,
                "began_at": db_now(),
                "seen_at": db_now(),
                "expires_at": db_now(self._lifetimes.whole),
            }
            connection.execute(insert(sessions).values(row))

    def keep(self, token: str, content: str | None = None) -> None:
        """Note that it is used now, and what it holds where that has changed."""
        # One that was ended meanwhile isn't brought back.
        changed: dict[str, Any] = {"seen_at": db_now()}
        if content is not None:
            changed["content"] = content
        with writing(self._engine) as connection:
            connection.execute(update(sessions).where(_is(token)).values(changed))

    def end(self, token: str) -> None:
        """Whoever has the token has nothing any more."""
        with writing(self._engine) as connection:
            connection.execute(delete(sessions).where(_is(token)))

    def of_user(self, user_id: int) -> Sequence[Kept]:
        """The user's sessions that have not ended, the one used last first."""
        mine = select(sessions).where(sessions.c.user_id == user_id, self._alive())
        with reading(self._engine) as connection:
            rows = connection.execute(mine.order_by(sessions.c.seen_at.desc())).all()
        return [_kept(row) for row in rows]

    def end_of_user(self, user_id: int, handle: str) -> bool:
        """End one of the user's sessions by its handle; False where the user has no such."""
        with writing(self._engine) as connection:
            mine = select(sessions.c.token_hash).where(sessions.c.user_id == user_id)
            for token_hash in connection.execute(mine).scalars().all():
                if _handle(token_hash) == handle:
                    return _delete(connection, token_hash)
        return False

    def sweep(self) -> bool:
        """Delete some of what has ended; True when there may be more."""
        old = select(sessions.c.token_hash).where(not_(self._alive()))
        with writing(self._engine) as connection:
            gone = connection.execute(
                delete(sessions).where(sessions.c.token_hash.in_(old.limit(_AT_ONCE)))
            )
            return gone.rowcount == _AT_ONCE

    def _alive(self) -> ColumnElement[bool]:
        used = sessions.c.seen_at > _now(-self._lifetimes.idle)
        return and_(sessions.c.expires_at > _now(), used)


def handle_of(token: str) -> str:
    """A name for the session that tells nothing of its token."""
    return _handle(_hash(token))


def _handle(token_hash: bytes) -> str:
    return hashlib.sha256(b"handle" + token_hash).hexdigest()[:24]


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _is(token: str) -> ColumnElement[bool]:
    return sessions.c.token_hash == _hash(token)


def _now(after: float = 0) -> ScalarSelect[datetime]:
    return select(db_now(after)).scalar_subquery()


def _delete(connection: Connection, token_hash: bytes) -> bool:
    gone = connection.execute(delete(sessions).where(sessions.c.token_hash == token_hash))
    return gone.rowcount == 1


def _kept(row: Any, is_stale: bool = False) -> Kept:
    return Kept(
        handle=_handle(row.token_hash),
        content=row.content,
        address=row.address,
        began_at=row.began_at,
        seen_at=row.seen_at,
        is_stale=is_stale,
    )
