"""Storing what arrives: durable, once per gateway and message id."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, select, tuple_

from sms_service.database import db_now, once_more, writing
from sms_service.domain.states import InboundState
from sms_service.ledger.bulk import BulkInsert
from sms_service.ledger.events import Event, write_events
from sms_service.ledger.ids import new_code, new_id
from sms_service.ledger.tables import inbound, inbound_keys, inbound_texts
from sms_service.ledger.vault import Vault
from sms_service.service.messages import Arrival, Recorded

_CODE_TRIES = 8
_Key = tuple[str, str]


_take_keys = BulkInsert(
    inbound_keys,
    ["gateway", "remote_id", "inbound_id", "code", "digest"],
    skips_conflicts=True,
    returning=inbound_keys.c.inbound_id,
)
_store = BulkInsert(
    inbound,
    [
        *("id", "code", "channel", "gateway", "line", "phone_cipher", "phone_hash"),
        *("key_version", "fingerprint", "state", "reason"),
    ],
    {"received_at": db_now(), "due_at": db_now(), "attempts": 0},
)
_store_texts = BulkInsert(inbound_texts, ["inbound_id", "key_version", "text_cipher", "raw_cipher"])


@dataclass(frozen=True, slots=True)
class _Entry:
    arrival: Arrival
    digest: bytes

    @property
    def key(self) -> _Key:
        return self.arrival.gateway, self.arrival.remote_id


@dataclass(frozen=True, slots=True)
class _Known:
    inbound_id: int
    code: str
    digest: bytes


class Recorder:
    """Writes arrivals; a repeat finds the first, which wins whatever the repeat says."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def record(self, arrivals: Sequence[Arrival]) -> list[Recorded]:
        """Store in one transaction; returns, in order, once all of it is durable."""
        entries = [_Entry(arrival, self._digest(arrival)) for arrival in arrivals]
        return once_more(lambda: self._record(entries))

    def _record(self, entries: Sequence[_Entry]) -> list[Recorded]:
        with writing(self._engine) as connection:
            taken, known = self._take_keys(connection, entries)
            self._write(connection, taken)
            recorded, repeats = _match(entries, taken, known)
            write_events(connection, repeats)
        return recorded

    def _digest(self, arrival: Arrival) -> bytes:
        return self._vault.fingerprint(arrival.sender, arrival.line, arrival.text)

    def _take_keys(
        self, connection: Connection, entries: Sequence[_Entry]
    ) -> tuple[dict[_Key, tuple[_Known, _Entry]], dict[_Key, _Known]]:
        """The keys that are ours now, and those that were taken before."""
        first = {entry.key: entry for entry in reversed(entries)}
        # Sorted, so that two writers of the same keys can't wait for each other.
        missing = dict(sorted(first.items()))
        taken: dict[_Key, tuple[_Known, _Entry]] = {}
        known: dict[_Key, _Known] = {}
        for _ in range(_CODE_TRIES):
            rows = [_key_row(entry) for entry in missing.values()]
            ours = set(_take_keys(connection, rows))
            for row in rows:
                if row["inbound_id"] in ours:
                    key = (row["gateway"], row["remote_id"])
                    entry = missing.pop(key)
                    taken[key] = _Known(row["inbound_id"], row["code"], entry.digest), entry
            if missing:
                known |= _find(connection, list(missing))
                missing = {key: entry for key, entry in missing.items() if key not in known}
            if not missing:
                return taken, known
        raise RuntimeError("no free tracking code was found")

    def _write(self, connection: Connection, taken: dict[_Key, tuple[_Known, _Entry]]) -> None:
        if not taken:
            return
        rows = [self._row(known, entry) for known, entry in taken.values()]
        _store(connection, rows)
        texts = [self._texts(known, entry.arrival) for known, entry in taken.values()]
        _store_texts(connection, texts)
        write_events(connection, [(row["code"], row["state"], row["reason"]) for row in rows])

    def _row(self, known: _Known, entry: _Entry) -> dict[str, Any]:
        arrival = entry.arrival
        phone = arrival.phone or arrival.sender
        sealed = self._vault.seal(phone.encode())
        return {
            "id": known.inbound_id,
            "code": known.code,
            "channel": arrival.channel,
            "gateway": arrival.gateway,
            "line": arrival.line,
            "phone_cipher": sealed.cipher,
            "phone_hash": self._vault.fingerprint(phone),
            "key_version": sealed.key_version,
            "fingerprint": entry.digest,
            "state": InboundState.IGNORED if arrival.ignored else InboundState.RECEIVED,
            "reason": arrival.ignored,
        }

    def _texts(self, known: _Known, arrival: Arrival) -> dict[str, Any]:
        text = self._vault.seal(arrival.text.encode())
        return {
            "inbound_id": known.inbound_id,
            "key_version": text.key_version,
            "text_cipher": text.cipher,
            "raw_cipher": self._vault.seal(arrival.raw).cipher,
        }


def _key_row(entry: _Entry) -> dict[str, Any]:
    return {
        "gateway": entry.arrival.gateway,
        "remote_id": entry.arrival.remote_id,
        "inbound_id": new_id(),
        "code": new_code(),
        "digest": entry.digest,
    }


def _find(connection: Connection, keys: Sequence[_Key]) -> dict[_Key, _Known]:
    columns = inbound_keys.c
    found = connection.execute(
        select(
            columns.gateway, columns.remote_id, columns.inbound_id, columns.code, columns.digest
        ).where(tuple_(columns.gateway, columns.remote_id).in_(keys))
    )
    return {(row.gateway, row.remote_id): _Known(*row[2:]) for row in found}


def _match(
    entries: Sequence[_Entry],
    taken: dict[_Key, tuple[_Known, _Entry]],
    known: dict[_Key, _Known],
) -> tuple[list[Recorded], list[Event]]:
    recorded: list[Recorded] = []
    repeats: list[Event] = []
    for entry in entries:
        mine = taken.get(entry.key)
        if mine and mine[1] is entry:
            recorded.append(Recorded(mine[0].code, repeated=False))
            continue
        first = mine[0] if mine else known[entry.key]
        repeats.append(
            (first.code, "repeated", None if first.digest == entry.digest else "other_text")
        )
        recorded.append(Recorded(first.code, repeated=True))
    return recorded, repeats
