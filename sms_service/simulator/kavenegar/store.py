"""The simulated gateway's own records: what it sent, what arrived, what credit is left."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from operator import attrgetter

from sms_service.simulator.kavenegar.rules import Text

STARTING_CREDIT_RIAL = 10_000_000_000
QUEUED = 1
FOREVER = 2.0**62
"""Later than any date in the records."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sent (
    messageid INTEGER PRIMARY KEY,
    localid INTEGER UNIQUE,
    sender TEXT NOT NULL, receptor TEXT NOT NULL, message TEXT NOT NULL,
    status INTEGER NOT NULL, parts INTEGER NOT NULL, cost INTEGER NOT NULL, date REAL NOT NULL);
CREATE TABLE IF NOT EXISTS inbox (
    messageid INTEGER PRIMARY KEY,
    sender TEXT NOT NULL, receptor TEXT NOT NULL, message TEXT NOT NULL,
    date REAL NOT NULL, isread INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS account (credit INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Sent:
    """One SMS handed to the network, a row of ``sent``. ``date`` is Unix seconds, ``cost`` rial."""

    messageid: int
    localid: int | None
    sender: str
    receptor: str
    message: str
    status: int
    parts: int
    cost: int
    date: float


@dataclass(frozen=True, slots=True)
class Arrived:
    """One SMS that came to a line; ``receptor`` is the line."""

    messageid: int
    sender: str
    receptor: str
    message: str
    date: float


class Store:
    """Records in a file that outlives the process, or in memory without one."""

    def __init__(self, path: str | None = None) -> None:
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None)
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;" + _SCHEMA)
        self._ahead = 0.0
        if not self._db.execute("SELECT 1 FROM account").fetchone():
            self._open_account()
        newest = self._db.execute("SELECT MAX(messageid) FROM sent").fetchone()[0]
        self._last_id = max(newest or 0, _id_of_now())

    def now(self) -> float:
        """Unix seconds of the simulated clock, which ``advance`` moves forward."""
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        self._ahead += seconds

    def reset(self) -> None:
        """Forget everything; ids go on, so that none comes twice."""
        with self._transaction():
            self._db.execute("DELETE FROM sent")
            self._db.execute("DELETE FROM inbox")
            self._db.execute("DELETE FROM account")
            self._open_account()

    def close(self) -> None:
        self._db.close()

    def accept(self, texts: Sequence[Text]) -> list[tuple[Sent, bool]]:
        """Record the texts in order; a known localid gives its old record and False."""
        with self._transaction():
            accepted = [self._accept(text) for text in texts]
            spent = sum(record.cost for record, is_new in accepted if is_new)
            self._db.execute("UPDATE account SET credit = credit - ?", (spent,))
        return accepted

    def sent_by_id(self, messageid: int) -> Sent | None:
        return self._one("SELECT * FROM sent WHERE messageid = ?", messageid)

    def sent_by_localid(self, localid: int) -> Sent | None:
        return self._one("SELECT * FROM sent WHERE localid = ?", localid)

    def outbox(self, receptor: str | None = None, since: int = 0) -> list[Sent]:
        """All SMS really handed over after the messageid ``since``, in order."""
        rows = self._db.execute(
            "SELECT * FROM sent WHERE messageid > ? AND (? IS NULL OR receptor = ?)"
            " ORDER BY messageid",
            (since, receptor, receptor),
        )
        return [Sent(*row) for row in rows]

    def unfinished(self) -> list[int]:
        """Ids without a final status."""
        query = "SELECT messageid FROM sent WHERE status NOT IN (6, 10, 11, 13, 14)"
        return [row[0] for row in self._db.execute(query)]

    def set_status(self, messageid: int, status: int) -> None:
        self._db.execute("UPDATE sent SET status = ? WHERE messageid = ?", (status, messageid))

    def credit(self) -> int:
        return int(self._db.execute("SELECT credit FROM account").fetchone()[0])

    def set_credit(self, rial: int) -> None:
        self._db.execute("UPDATE account SET credit = ?", (rial,))

    def arrive(
        self, sender: str, line: str, message: str, messageid: int | None, age: float = 0
    ) -> int:
        """Put a text into the inbox, unread, as if it had come ``age`` seconds ago.

        A known messageid changes nothing.
        """
        chosen = messageid or self._next_id()
        self._db.execute(
            "INSERT OR IGNORE INTO inbox (messageid, sender, receptor, message, date)"
            " VALUES (?, ?, ?, ?, ?)",
            (chosen, sender, line, message, self.now() - age),
        )
        return chosen

    def arrived(self, sender: str) -> list[Arrived]:
        """What a phone sent, from the oldest to the newest, read or not."""
        rows = self._db.execute(
            "SELECT messageid, sender, receptor, message, date FROM inbox"
            " WHERE sender = ? ORDER BY date, messageid",
            (sender,),
        )
        return [Arrived(*row) for row in rows]

    def mark_read(self, messageids: Sequence[int]) -> None:
        self._db.executemany(
            "UPDATE inbox SET isread = 1 WHERE messageid = ?", [(one,) for one in messageids]
        )

    def inbox(
        self, line: str, isread: int, since: float = 0, until: float = FOREVER
    ) -> list[Arrived]:
        """Texts of a line that are read or not, from the oldest to the newest."""
        rows = self._db.execute(
            "SELECT messageid, sender, receptor, message, date FROM inbox"
            " WHERE receptor = ? AND isread = ? AND CAST(date AS INTEGER) BETWEEN ? AND ?"
            " ORDER BY date, messageid",
            (line, isread, since, until),
        )
        return [Arrived(*row) for row in rows]

    def _accept(self, text: Text) -> tuple[Sent, bool]:
        known = None if text.localid is None else self.sent_by_localid(text.localid)
        if known:
            return known, False
        record = Sent(
            messageid=self._next_id(),
            localid=text.localid,
            sender=text.sender,
            receptor=text.receptor,
            message=text.message,
            status=QUEUED,
            parts=text.parts,
            cost=text.cost,
            date=self.now(),
        )
        self._db.execute("INSERT INTO sent VALUES (?,?,?,?,?,?,?,?,?)", _columns(record))
        return record, True

    def _one(self, query: str, value: int) -> Sent | None:
        row = self._db.execute(query, (value,)).fetchone()
        return Sent(*row) if row else None

    def _open_account(self) -> None:
        self._db.execute("INSERT INTO account VALUES (?)", (STARTING_CREDIT_RIAL,))

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


_columns = attrgetter(*(field.name for field in fields(Sent)))


def _id_of_now() -> int:
    """Beyond 32 bits, and beyond the ids of a simulator that lived before."""
    return int(time.time() * 1000)
