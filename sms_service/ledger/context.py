"""What a phone is known for between texts, under the hash of its number."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, and_, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from sms_service.database import db_now, reading
from sms_service.domain.calendar import tehran_day
from sms_service.domain.policy import OPINION_ASKED_EVERY
from sms_service.domain.usage import read_usage, written
from sms_service.language.context import Context, Wish
from sms_service.language.cursor import read_cursor
from sms_service.language.names import name_key
from sms_service.language.reading import Intent
from sms_service.ledger.bulk import BulkInsert
from sms_service.ledger.tables import contexts, opinions, opt_outs, phones, saved_names
from sms_service.ledger.vault import Sealed, Unreadable, Vault
from sms_service.service.messages import Answer

_ENDING = ("last_bill_id", "cursor", "request", "offered", "wish")
"""What of a context ends after a while."""
_SUMMARY = "summary"

_advance = BulkInsert(
    phones,
    ["phone_hash", "usage", "version"],
    replaces_by=phones.c.phone_hash,
    returning=phones.c.phone_hash,
).replacing_where(lambda new: phones.c.version == new["version"] - 1)
_note_letters = BulkInsert(phones, ["phone_hash", "latin"], replaces_by=phones.c.phone_hash)
_note_question = BulkInsert(
    phones, ["phone_hash"], {"opinion_asked_at": db_now()}, replaces_by=phones.c.phone_hash
)
_note_changes = BulkInsert(
    phones,
    ["phone_hash", "name_changes"],
    {"names_changed_at": db_now()},
    replaces_by=phones.c.phone_hash,
)
_name = BulkInsert(
    saved_names,
    ["phone_hash", "name_hash", "bill_id", "key_version", "name_cipher"],
    {"saved_at": db_now()},
    skips_conflicts=True,
)
_opine = BulkInsert(
    opinions, ["inbound_id", "code", "score"], {"at": db_now()}, skips_conflicts=True
)


class ContextLedger:
    """Reads and writes what phones are known for."""

    def __init__(self, engine: Engine, vault: Vault, life: timedelta) -> None:
        """``life``: how long after its last answer a phone's bill is remembered."""
        self._engine = engine
        self._vault = vault
        self._keep = BulkInsert(
            contexts,
            ["phone_hash", "bill_id", "intent", "cursor", "request_id", "offered", "wish"],
            {"expires_at": db_now(life.total_seconds())},
            replaces_by=contexts.c.phone_hash,
        )

    def recall(self, phone_hashes: Sequence[bytes]) -> dict[bytes, Context]:
        """The contexts of phones that are known for something, by phone hash."""
        known: dict[bytes, Row[Any]] = {}
        saved: dict[bytes, dict[str, str]] = defaultdict(dict)
        with reading(self._engine) as connection:
            # A row for each name of a phone, or one without a name.
            for row in connection.execute(_known_of(phone_hashes)):
                known[row.phone_hash] = row
                if row.name_cipher is not None:
                    saved[row.phone_hash] |= self._name(row)
        return {phone: _context(row, saved.get(phone, {})) for phone, row in known.items()}

    def advance(self, connection: Connection, answers: Sequence[Answer]) -> set[bytes]:
        """Write what phones have had; returns those that another writer changed meanwhile.

        In the caller's transaction: a phone that isn't returned is the caller's until its end.
        A phone that its answers leave as it was is neither written nor looked at.
        """
        # Sorted, so that two workers with the same phones can't wait for each other.
        moved = sorted((a for a in answers if _moves(a)), key=_phone)
        first = {_phone(answer): answer.before.version for answer in reversed(moved)}
        rows = [
            {"phone_hash": phone, "usage": written(usage), "version": first[phone] + 1}
            for phone, usage in {_phone(a): a.after.usage for a in moved}.items()
        ]
        return first.keys() - set(_advance(connection, rows))

    def remember(self, connection: Connection, answers: Sequence[Answer]) -> None:
        """Keep what these answers make of their phones, in the caller's transaction."""
        answers = sorted(answers, key=_phone)
        latest = {a.waiting.phone_hash: a for a in answers if _ends_elsewhere(a)}
        self._keep(connection, [_ending_row(answer) for answer in latest.values()])
        for answer in answers:
            self._note(connection, answer)
        _opine(connection, [_opinion_row(answer) for answer in answers if _is_opinion(answer)])

    def _name(self, row: Row[Any]) -> dict[str, str]:
        try:
            name = self._vault.open(Sealed(row.key_version, row.name_cipher)).decode()
        except Unreadable:
            return {}  # sealed with a key that is gone; its phone can save it anew
        return {name: row.saved_bill_id}

    def _note(self, connection: Connection, answer: Answer) -> None:
        """What outlives the context; written only where it changed, which is seldom."""
        phone, before, after = answer.waiting.phone_hash, answer.before, answer.after
        if after.latin != before.latin:
            _note_letters(connection, [{"phone_hash": phone, "latin": after.latin}])
        if after.opinion_asked and not before.opinion_asked:
            _note_question(connection, [{"phone_hash": phone}])
        if after.changes_today != before.changes_today:
            changes = {"phone_hash": phone, "name_changes": after.changes_today}
            _note_changes(connection, [changes])
            self._rename(connection, answer)
        if answer.reading.intent is Intent.STOP:
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            connection.execute(
                dialect.insert(opt_outs)
                .values(phone_hash=phone, since=db_now())
                .on_conflict_do_nothing()
            )
        elif answer.reading.intent is Intent.START:
            connection.execute(delete(opt_outs).where(opt_outs.c.phone_hash == phone))

    def _rename(self, connection: Connection, answer: Answer) -> None:
        phone, saved = answer.waiting.phone_hash, answer.after.saved
        changed = [
            name
            for name in {*saved, *answer.before.saved}
            if saved.get(name) != answer.before.saved.get(name)
        ]
        hashes = [self._hash(phone, name) for name in changed]
        connection.execute(
            delete(saved_names).where(
                saved_names.c.phone_hash == phone, saved_names.c.name_hash.in_(hashes)
            )
        )
        rows = [self._name_row(phone, name, saved[name]) for name in changed if name in saved]
        _name(connection, rows)

    def _name_row(self, phone: bytes, name: str, bill_id: str) -> dict[str, Any]:
        sealed = self._vault.seal(name.encode())
        return {
            "phone_hash": phone,
            "name_hash": self._hash(phone, name),
            "bill_id": bill_id,
            "key_version": sealed.key_version,
            "name_cipher": sealed.cipher,
        }

    def _hash(self, phone: bytes, name: str) -> bytes:
        return self._vault.fingerprint(phone.hex(), name_key(name))


def _known_of(phone_hashes: Sequence[bytes]) -> Select[Any]:
    """All that is known of phones in one snapshot: an old version goes with an old context."""
    of_phone, lasting = phones.c.phone_hash, contexts.c.expires_at > db_now()
    return (
        select(
            phones,
            *(contexts.c[name] for name in ("bill_id", "cursor", "request_id", "offered", "wish")),
            opt_outs.c.since.is_not(None).label("opted_out"),
            saved_names.c.bill_id.label("saved_bill_id"),
            saved_names.c.key_version,
            saved_names.c.name_cipher,
        )
        .outerjoin(contexts, and_(contexts.c.phone_hash == of_phone, lasting))
        .outerjoin(opt_outs, opt_outs.c.phone_hash == of_phone)
        .outerjoin(saved_names, saved_names.c.phone_hash == of_phone)
        .where(of_phone.in_(phone_hashes))
        .order_by(saved_names.c.saved_at)
    )


def _phone(answer: Answer) -> bytes:
    return answer.waiting.phone_hash


def _moves(answer: Answer) -> bool:
    return answer.reply is not None or answer.after != answer.before


def _is_opinion(answer: Answer) -> bool:
    return answer.reading.intent is Intent.OPINION and answer.limit is None


def _ends_elsewhere(answer: Answer) -> bool:
    """Whether an answer moved its phone on, or told of the same bill again."""
    before, after = answer.before, answer.after
    told = answer.reading.bill_id is not None and answer.reading.problem is None
    return told or any(getattr(before, name) != getattr(after, name) for name in _ENDING)


def _ending_row(answer: Answer) -> dict[str, Any]:
    after = answer.after
    return {
        "phone_hash": answer.waiting.phone_hash,
        "bill_id": after.last_bill_id,
        "intent": answer.reading.intent,
        "cursor": str(after.cursor) if after.cursor else None,
        "request_id": after.request,
        "offered": ",".join(after.offered) or None,
        "wish": _written_wish(after.wish),
    }


def _opinion_row(answer: Answer) -> dict[str, Any]:
    row = answer.waiting
    return {"inbound_id": row.id, "code": row.code, "score": answer.reading.score}


def _context(known: Row[Any], saved: Mapping[str, str]) -> Context:
    asked_at = known.opinion_asked_at
    return Context(
        last_bill_id=known.bill_id,
        cursor=read_cursor(known.cursor),
        request=known.request_id,
        offered=tuple(known.offered.split(",")) if known.offered else (),
        wish=_read_wish(known.wish),
        saved=saved,
        latin=known.latin,
        changes_today=known.name_changes if _is_today(known.names_changed_at) else 0,
        opinion_asked=(asked_at is not None and datetime.now(UTC) - asked_at < OPINION_ASKED_EVERY),
        opted_out=known.opted_out,
        usage=read_usage(known.usage),
        version=known.version,
    )


def _is_today(moment: datetime | None) -> bool:
    return moment is not None and tehran_day(moment) == tehran_day(datetime.now(UTC))


def _written_wish(wish: Wish | None) -> str | None:
    """``debt``, ``history:1402`` or ``history:summary``."""
    if wish is None:
        return None
    detail = _SUMMARY if wish.summary else wish.from_year
    return wish.intent if detail is None else f"{wish.intent}:{detail}"


def _read_wish(written: str | None) -> Wish | None:
    if written is None:
        return None
    intent, _, detail = written.partition(":")
    if intent not in set(Intent):
        return None
    year = int(detail) if detail.isdecimal() else None
    return Wish(Intent(intent), year, summary=detail == _SUMMARY)
