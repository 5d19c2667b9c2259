"""Sealing anew, with the newest key, what older keys sealed: beside everybody who works.

A part is read and sealed outside of any transaction, and written where the row still holds
what was read: whoever changed it meanwhile, retention too, is right. Rows that hold the
newest key are passed over, so a rotation that was cut off is simply begun again.
"""

import json
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    LargeBinary,
    Row,
    bindparam,
    func,
    select,
    tuple_,
    update,
)

from sms_service.database import reading, writing
from sms_service.ledger.audit import write_deed
from sms_service.ledger.desk_tables import idempotency_keys, users
from sms_service.ledger.sealed_tables import SEALED_TABLES, SealedTable
from sms_service.ledger.vault import Sealed, Unreadable, Vault
from sms_service.service.auditing import Deed
from sms_service.service.resealing import Part

_ANSWERS, _USERS = "idempotency_keys", "users"

Reseal = Callable[[str], str | None]
"""The secret of a second factor under the newest key; None where it has that already. Raises
Unreadable."""


@dataclass(frozen=True, slots=True)
class ResealingLedger:
    """Goes through the tables that hold anything sealed."""

    engine: Engine
    vault: Vault
    reseal_secret: Reseal
    version_of_secret: Callable[[str], int | None]

    @property
    def newest(self) -> int:
        """The version that everything is to have."""
        return self.vault.newest

    def tables(self) -> Sequence[str]:
        """Their names, in the order in which they are gone through."""
        return [*(one.name for one in SEALED_TABLES), _ANSWERS, _USERS]

    def counts(self) -> Mapping[str, Mapping[int, int]]:
        """How many rows each key version sealed, by table."""
        counted: dict[str, Mapping[int, int]] = {}
        with reading(self.engine) as connection:
            for one in SEALED_TABLES:
                version = one.table.c.key_version
                sealed = [one.table.c[name].is_not(None) for name in one.ciphers[:1]]
                of_each = select(version, func.count()).where(*sealed).group_by(version)
                rows = connection.execute(of_each.order_by(version)).all()
                counted[one.name] = {row[0]: row[1] for row in rows}
            bodies = select(idempotency_keys.c.body).where(idempotency_keys.c.body.is_not(None))
            counted[_ANSWERS] = _tally(json.loads(b)[0] for b in connection.scalars(bodies))
            secrets = select(users.c.tf_totp_secret).where(users.c.tf_totp_secret.is_not(None))
            counted[_USERS] = _tally(map(self.version_of_secret, connection.scalars(secrets)))
        return counted

    def part(self, table: str, after: Sequence[Any] | None, most: int) -> Part:
        """Seal up to ``most`` rows of a table anew, those with keys above ``after`` alone."""
        if table == _ANSWERS:
            return self._answers()
        if table == _USERS:
            return self._secrets()
        return self._rows(next(one for one in SEALED_TABLES if one.name == table), after, most)

    def note(self, deed: Deed) -> None:
        """Write down that it was done."""
        with writing(self.engine) as connection:
            write_deed(connection, deed)

    def _rows(self, one: SealedTable, after: Sequence[Any] | None, most: int) -> Part:
        key = tuple_(*one.key)
        old = (
            one.table.c.key_version != self.vault.newest,
            one.table.c[one.ciphers[0]].is_not(None),  # what was erased has nothing to seal
        )
        types = [column.type for column in one.key]
        above = () if after is None else (key > tuple_(*after, types=types),)
        columns: list[Any] = [*one.key, one.table.c.key_version]
        wanted = select(*columns, *(one.table.c[name] for name in one.ciphers))
        with reading(self.engine) as connection:
            rows = connection.execute(
                wanted.where(*old, *above).order_by(*one.key).limit(most)
            ).all()
        if not rows:
            return Part(0, 0, None)
        anew, unreadable = list[dict[str, Any]](), 0
        for row in rows:
            try:
                anew.append(self._resealed(one, row))
            except Unreadable:
                unreadable += 1
        with writing(self.engine) as connection:
            done = _write(connection, one, anew)
        return Part(done, unreadable, tuple(rows[-1])[: len(one.key)])

    def _resealed(self, one: SealedTable, row: Row[Any]) -> dict[str, Any]:
        """The values for ``_write``: those of now under ``was_…``, the new ones under ``new_…``."""
        values: dict[str, Any] = {"new_version": self.vault.newest, "was_version": row.key_version}
        values |= {f"key_{c.name}": getattr(row, c.name) for c in one.key}
        for name in one.ciphers:
            was = getattr(row, name)
            plain = None if was is None else self.vault.open(Sealed(row.key_version, was))
            values |= {
                f"was_{name}": was,
                f"new_{name}": None if plain is None else self.vault.seal(plain).cipher,
            }
        return values

    def _answers(self) -> Part:
        """Few, and gone after two days: all of them in one part."""
        at = idempotency_keys.c
        with reading(self.engine) as connection:
            rows = connection.execute(
                select(at.token_id, at.key, at.body).where(at.body.is_not(None))
            ).all()
        done = unreadable = 0
        for row in rows:
            version, cipher = json.loads(row.body)
            if version == self.vault.newest:
                continue
            try:
                sealed = self.vault.seal(self.vault.open(Sealed(version, b64decode(cipher))))
            except Unreadable:
                unreadable += 1
                continue
            body = json.dumps([sealed.key_version, b64encode(sealed.cipher).decode()])
            mine = update(idempotency_keys).where(
                at.token_id == row.token_id, at.key == row.key, at.body == row.body
            )
            with writing(self.engine) as connection:
                done += connection.execute(mine.values(body=body)).rowcount
        return Part(done, unreadable, None)

    def _secrets(self) -> Part:
        at = users.c
        with reading(self.engine) as connection:
            rows = connection.execute(
                select(at.id, at.tf_totp_secret).where(at.tf_totp_secret.is_not(None))
            ).all()
        done = unreadable = 0
        for row in rows:
            try:
                anew = self.reseal_secret(row.tf_totp_secret)
            except Unreadable:
                unreadable += 1
                continue
            if anew is None:
                continue
            mine = update(users).where(at.id == row.id, at.tf_totp_secret == row.tf_totp_secret)
            with writing(self.engine) as connection:
                done += connection.execute(mine.values(tf_totp_secret=anew)).rowcount
        return Part(done, unreadable, None)


def _write(connection: Connection, one: SealedTable, anew: Sequence[Mapping[str, Any]]) -> int:
    if not anew:
        return 0
    columns = one.table.c
    same: list[ColumnElement[bool]] = [columns.key_version == bindparam("was_version")]
    same += [column == bindparam(f"key_{column.name}") for column in one.key]
    same += [
        columns[name].is_not_distinct_from(bindparam(f"was_{name}", type_=LargeBinary()))
        for name in one.ciphers
    ]
    changed = update(one.table).where(*same)
    changed = changed.values(
        key_version=bindparam("new_version"),
        **{name: bindparam(f"new_{name}") for name in one.ciphers},
    )
    return connection.execute(changed, list(anew)).rowcount


def _tally(versions: Any) -> Mapping[int, int]:
    return dict(sorted(Counter(version or 0 for version in versions).items()))
