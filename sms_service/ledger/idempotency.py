"""What calls were answered with, so that a repeated one gets the same answer and does nothing.

Answers are sealed: they may hold what a subscriber was told.
"""

import hashlib
import json
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

from sqlalchemy import Engine, ScalarSelect, Update, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from sms_service.database import db_now, reading, writing
from sms_service.ledger.desk_tables import idempotency_keys
from sms_service.ledger.vault import Sealed, Unreadable, Vault

_at = idempotency_keys.c
_KEPT_SECONDS = 48 * 3600.0
_UNDER_WAY_SECONDS = 60.0
"""No call takes so long: whoever began it is gone, and a repeat may begin anew. What the
first one had done already is found by the key of the request itself."""
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Answered:
    """What the first call with this key was answered."""

    status: int
    body: str = field(repr=False)


class Clash(Enum):
    """Why a call can't be made under its key."""

    OTHER_CALL = auto()
    """The key belongs to another call."""
    UNDER_WAY = auto()


class IdempotencyLedger:
    """One row for each key of a token."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def begin(self, token_id: int, key: str, call: bytes) -> Answered | Clash | None:
        """None: it is the first call under this key, to be made now. ``call`` is what is asked."""
        digest = hashlib.sha256(call).digest()
        dialect = postgresql if self._engine.dialect.name == "postgresql" else sqlite
        new = dialect.insert(idempotency_keys).values(
            token_id=token_id, key=key, digest=digest, at=db_now()
        )
        is_over = (_at.at < db_now(-_KEPT_SECONDS)) | (
            _at.status.is_(None) & (_at.digest == digest) & (_at.at < db_now(-_UNDER_WAY_SECONDS))
        )
        taken = new.on_conflict_do_update(
            index_elements=[_at.token_id, _at.key],
            set_={"digest": digest, "status": None, "body": None, "at": db_now()},
            where=is_over,
        ).returning(_at.key)
        with writing(self._engine) as connection:
            if connection.execute(taken).first() is not None:
                return None
        return self._standing(token_id, key, digest)

    def finish(self, token_id: int, key: str, status: int, body: str) -> None:
        """Keep the answer for its repeats."""
        sealed = self._vault.seal(body.encode())
        kept = json.dumps([sealed.key_version, b64encode(sealed.cipher).decode()])
        with writing(self._engine) as connection:
            connection.execute(_mine(token_id, key).values(status=status, body=kept))

    def give_up(self, token_id: int, key: str) -> None:
        """Nothing came of it: its repeat is made anew."""
        gone = delete(idempotency_keys).where(
            _at.token_id == token_id, _at.key == key, _at.status.is_(None)
        )
        with writing(self._engine) as connection:
            connection.execute(gone)

    def sweep(self) -> bool:
        """Drop what is older than two days; True when there may be more."""
        old = (
            select(_at.token_id, _at.key)
            .where(_at.at < _ago(_KEPT_SECONDS))
            .limit(_AT_ONCE)
            .subquery()
        )
        is_old = (_at.token_id == old.c.token_id) & (_at.key == old.c.key)
        gone = delete(idempotency_keys).where(select(old).where(is_old).exists())
        with writing(self._engine) as connection:
            return connection.execute(gone).rowcount == _AT_ONCE

    def _standing(self, token_id: int, key: str, digest: bytes) -> Answered | Clash:
        mine = select(idempotency_keys).where(_at.token_id == token_id, _at.key == key)
        with reading(self._engine) as connection:
            row = connection.execute(mine).first()
        if row is None:
            return Clash.UNDER_WAY  # given up this moment: the next repeat is made
        if row.digest != digest:
            return Clash.OTHER_CALL
        if row.status is None:
            return Clash.UNDER_WAY
        version, cipher = json.loads(row.body)
        try:
            body = self._vault.open(Sealed(version, b64decode(cipher))).decode()
        except Unreadable:
            return Clash.OTHER_CALL  # its key is gone: nobody can tell what was answered
        return Answered(row.status, body)


def _mine(token_id: int, key: str) -> Update:
    return update(idempotency_keys).where(_at.token_id == token_id, _at.key == key)


def _ago(seconds: float) -> ScalarSelect[datetime]:
    return select(db_now(-seconds)).scalar_subquery()
