"""Tokens of programs in the database: made, found by their hash, counted, revoked."""

import hmac
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from sms_service.database import db_now, reading, writing
from sms_service.domain.roles import Scope
from sms_service.ledger.audit import write_deed
from sms_service.ledger.desk_tables import api_calls, api_tokens
from sms_service.service.api_tokens import (
    LONGEST_NAME,
    Token,
    digest_of,
    new_secret,
    read_scopes,
    written,
)
from sms_service.service.auditing import Actor, Deed
from sms_service.service.call_pace import Calls, admitted

_at = api_tokens.c
_USED_SECONDS = 60.0
_SECONDS_A_DAY = 86_400.0


class TokenLedger:
    """Makes, finds and revokes tokens."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create(
        self, name: str, scopes: Iterable[Scope], days: int | None, by: Actor
    ) -> tuple[Token, str]:
        """A new token and its secret, which is told here and never again."""
        secret, scopes = new_secret(), frozenset(scopes)
        values = {
            "name": name[:LONGEST_NAME],
            "token_hash": digest_of(secret),
            "scopes": written(scopes),
            "created_by": by.name[:40],
            "created_at": db_now(),
            "expires_at": None if days is None else db_now(days * _SECONDS_A_DAY),
        }
        details = {"scopes": sorted(scopes), "days": days}
        with writing(self._engine) as connection:
            made = connection.execute(insert(api_tokens).values(values).returning(api_tokens)).one()
            write_deed(connection, Deed(by, "create_token", "token", made.name, details=details))
        return _token(made), secret

    def all(self) -> list[Token]:
        """Every token, the newest first."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(api_tokens).order_by(_at.id.desc())).all()
        return [_token(row) for row in rows]

    def revoke(self, token_id: int, by: Actor) -> bool:
        """End it, from the next call on; False where there is none or it had ended."""
        ended = (
            update(api_tokens)
            .where(_at.id == token_id, _at.revoked_at.is_(None))
            .values(revoked_at=db_now())
            .returning(_at.name)
        )
        with writing(self._engine) as connection:
            name = connection.scalar(ended)
            if name is None:
                return False
            write_deed(connection, Deed(by, "revoke_token", "token", name))
        return True

    def find(self, secret: str) -> Token | None:
        """The token with this secret, if it is in force."""
        digest = digest_of(secret)
        if digest is None:
            return None
        in_force = (
            _at.revoked_at.is_(None),
            or_(_at.expires_at.is_(None), _at.expires_at > db_now()),
        )
        with reading(self._engine) as connection:
            row = connection.execute(
                select(api_tokens).where(_at.token_hash == digest, *in_force)
            ).first()
        if row is None or not hmac.compare_digest(row.token_hash, digest):
            return None
        return _token(row)

    def count_call(self, token_id: int, limit: int) -> int | None:
        """Count one call; else, where the limit is reached, seconds until there is room."""
        dialect = postgresql if self._engine.dialect.name == "postgresql" else sqlite
        first = dialect.insert(api_calls).values(
            token_id=token_id, began_at=db_now(), calls=0, calls_before=0
        )
        mine = select(api_calls, db_now().label("now")).where(api_calls.c.token_id == token_id)
        with writing(self._engine) as connection:
            connection.execute(first.on_conflict_do_nothing())
            row = connection.execute(mine.with_for_update()).one()
            standing = Calls(row.began_at, row.calls, row.calls_before)
            counted, wait = admitted(standing, row.now, limit)
            connection.execute(
                update(api_calls)
                .where(api_calls.c.token_id == token_id)
                .values(began_at=counted.began_at, calls=counted.calls, calls_before=counted.before)
            )
            _note_use(connection, token_id)
        return wait


def _note_use(connection: Connection, token_id: int) -> None:
    """Once a minute at most: a row that is read by every call is seldom written."""
    is_stale = or_(_at.used_at.is_(None), _at.used_at < db_now(-_USED_SECONDS))
    connection.execute(
        update(api_tokens).where(_at.id == token_id, is_stale).values(used_at=db_now())
    )


def _token(row: Row[Any]) -> Token:
    expires_at: datetime | None = row.expires_at
    return Token(
        row.id,
        row.name,
        read_scopes(row.scopes),
        row.created_by,
        row.created_at,
        expires_at,
        row.used_at,
        row.revoked_at,
    )
