"""Storing what arrives: durable, once per gateway and message id."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, select, tuple_

from sms_service.database import once_more, reading, writing
from sms_service.domain.states import InboundState
from sms_service.ledger.arrivals import SAME_TEXT, Stored, store_new
from sms_service.ledger.events import Event, write_events
from sms_service.ledger.ids import new_code, new_id, new_token
from sms_service.ledger.tables import inbound, inbound_keys
from sms_service.ledger.vault import Vault
from sms_service.service.messages import Arrival, Claim, Recorded, Waiting

_CODE_TRIES = 8
_Key = tuple[str, str]


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
    folded_into: int | None = None
    held: Claim[Waiting] | None = None


class Recorder:
    """Writes arrivals; a repeat finds the first, which wins whatever the repeat says.

    A repeat is known by its message id, or by the same words from the same phone to the
    same line within three seconds.
    """

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def record(self, arrivals: Sequence[Arrival]) -> list[Recorded]:
        """Store them; returns, in order, once all of it is durable."""
        entries = [_Entry(arrival, self._digest(arrival)) for arrival in arrivals]
        return once_more(lambda: self._record(entries))

    def _record(self, entries: Sequence[_Entry]) -> list[Recorded]:
        taken, known = self._store(entries)
        recorded, repeats = _match(entries, taken, known)
        folded = [mine.folded_into for mine, _ in taken.values() if mine.folded_into]
        if repeats or folded:
            with writing(self._engine) as connection:
                write_events(connection, [*repeats, *_folded(connection, folded)])
        return recorded

    def _store(
        self, entries: Sequence[_Entry]
    ) -> tuple[dict[_Key, tuple[_Known, _Entry]], dict[_Key, _Known]]:
        """The texts that are stored now, and those that were stored before, by key."""
        first = {entry.key: entry for entry in reversed(entries)}
        # Sorted, so that two writers of the same keys can't wait for each other.
        missing = dict(sorted(first.items()))
        taken: dict[_Key, tuple[_Known, _Entry]] = {}
        known: dict[_Key, _Known] = {}
        for _ in range(_CODE_TRIES):
            rows = [self._row(entry) for entry in missing.values()]
            stored = store_new(self._engine, rows)
            for row in rows:
                if row["inbound_id"] in stored:
                    entry = missing.pop((row["gateway"], row["remote_id"]))
                    taken[entry.key] = _new(row, entry, stored[row["inbound_id"]]), entry
            if missing:
                known |= self._find(list(missing))
                missing = {key: entry for key, entry in missing.items() if key not in known}
            if not missing:
                return taken, known
        raise RuntimeError("no free tracking code was found")

    def _find(self, keys: Sequence[_Key]) -> dict[_Key, _Known]:
        at = inbound_keys.c
        wanted = select(at.gateway, at.remote_id, at.inbound_id, at.code, at.digest).where(
            tuple_(at.gateway, at.remote_id).in_(keys)
        )
        with reading(self._engine) as connection:
            found = connection.execute(wanted).all()
        return {(row.gateway, row.remote_id): _Known(*row[2:]) for row in found}

    def _digest(self, arrival: Arrival) -> bytes:
        return self._vault.fingerprint(arrival.sender, arrival.line, arrival.text)

    def _row(self, entry: _Entry) -> dict[str, Any]:
        arrival, row_id = entry.arrival, new_id()
        phone = arrival.phone or arrival.sender
        sealed = self._vault.seal(phone.encode())
        return {
            "id": row_id,
            "inbound_id": row_id,
            "code": new_code(),
            "gateway": arrival.gateway,
            "remote_id": arrival.remote_id,
            "digest": entry.digest,
            "channel": arrival.channel,
            "line": arrival.line,
            "phone_cipher": sealed.cipher,
            "phone_hash": self._vault.fingerprint(phone),
            "key_version": sealed.key_version,
            "fingerprint": entry.digest,
            "state": _first_state(arrival),
            "reason": arrival.ignored or (SAME_TEXT if arrival.folded_into else None),
            "folded_into": arrival.folded_into,
            "attempts": 1 if arrival.held_for else 0,
            "lease_token": new_token() if arrival.held_for else None,
            "held_for": arrival.held_for,
            "sent_at": arrival.sent_at,
            "text_cipher": self._vault.seal(arrival.text.encode()).cipher,
            "raw_cipher": self._vault.seal(arrival.raw).cipher,
        }


def _first_state(arrival: Arrival) -> InboundState:
    if arrival.ignored:
        return InboundState.IGNORED
    if arrival.held_for:
        return InboundState.ANSWERING
    return InboundState.FOLDED if arrival.folded_into else InboundState.RECEIVED


def _new(row: dict[str, Any], entry: _Entry, stored: Stored) -> _Known:
    return _Known(
        row["inbound_id"],
        row["code"],
        entry.digest,
        stored.folded_into,
        _held(row, entry.arrival, stored) if entry.arrival.held_for else None,
    )


def _held(row: dict[str, Any], arrival: Arrival, stored: Stored) -> Claim[Waiting]:
    waiting = Waiting(
        row["id"],
        row["code"],
        arrival.channel,
        arrival.phone or arrival.sender,
        row["phone_hash"],
        arrival.text,
        received_at=stored.at,
        attempts=row["attempts"],
        claimed_at=stored.at,
    )
    return Claim(row["lease_token"], [waiting])


def _folded(connection: Connection, firsts: Sequence[int]) -> list[Event]:
    """What the requests remember into which others were folded."""
    if not firsts:
        return []
    wanted = select(inbound.c.id, inbound.c.code).where(inbound.c.id.in_(firsts))
    codes = {row.id: row.code for row in connection.execute(wanted)}
    return [(codes[first], "repeated", SAME_TEXT) for first in firsts if first in codes]


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
            is_folded = mine[0].folded_into is not None
            recorded.append(Recorded(mine[0].code, is_folded, mine[0].held))
            continue
        first = mine[0] if mine else known[entry.key]
        repeats.append(
            (first.code, "repeated", None if first.digest == entry.digest else "other_text")
        )
        recorded.append(Recorded(first.code, repeated=True))
    return recorded, repeats
