"""What is written down of everybody's doings, and how one entry holds on to the one before.

Each entry's hash covers the hash before it, so that none can be changed, left out or put in
without every later one telling. An entry never holds a phone, a text or a bill ID in clear.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sms_service.domain.roles import Ability, Role, abilities

_HASH_DIGITS = 64
FIRST_HASH = bytes(32)
"""What stands before the first entry."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a person at the desk, a program with a token, or the command line."""

    name: str
    """A username; ``api:NAME`` for a token, ``cli:NAME`` for a command."""
    roles: frozenset[Role] = frozenset()
    granted: frozenset[Ability] = frozenset()
    """What a token may do beside its roles, which are none."""
    address: str | None = None
    """The network address that it came from."""

    def may(self, ability: Ability) -> bool:
        """Whether this actor is allowed to do that."""
        return ability in self.granted or ability in abilities(self.roles)

    @property
    def role(self) -> str:
        """The roles, as the audit log writes them."""
        return ",".join(sorted(self.roles)) or "token"


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that somebody did or saw."""

    actor: Actor
    action: str
    """A machine word with Persian words in templates/words/deeds.toml, e.g. ``resend``."""
    subject_kind: str
    """``request``, ``phone``, ``bill``, ``user``, ``month``, ``batch``, ``lane`` …"""
    subject: str
    """A tracking code, a username, a month, a masked phone; nobody's data in clear."""
    reason: str | None = None
    """In the actor's own words."""
    details: Mapping[str, object] = field(default_factory=dict)
    """JSON values only."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A deed as it stands in the log."""

    number: int
    at: datetime
    actor: str
    role: str
    action: str
    subject_kind: str
    subject: str
    reason: str | None
    details: str
    """Canonical JSON."""
    address: str | None
    previous_hash: bytes
    hash: bytes


def spelt(noted: str) -> str:
    """A noted entry, ``NUMBER:HASH``, so that no row of digits in it passes for somebody's."""
    number, _, digest = noted.partition(":")
    return f"{int(number):,}:" + ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))


def read_noted(written: str) -> tuple[int, str]:
    """Number and hash of a noted entry, plain or spelt. Raises ValueError."""
    number, _, digest = written.replace(",", "").partition(":")
    digest = digest.replace(":", "").strip().lower()
    if len(digest) != _HASH_DIGITS:
        raise ValueError("a noted entry is written NUMBER:HASH")
    return int(number), digest


def canonical(details: Mapping[str, object]) -> str:
    """JSON that is equal for equal details."""
    return json.dumps(details, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def hash_of(entry: Entry) -> bytes:
    """What the entry's hash must be: SHA-256 over the one before it and its own content."""
    content = [
        entry.number,
        entry.at.isoformat(),
        entry.actor,
        entry.role,
        entry.action,
        entry.subject_kind,
        entry.subject,
        entry.reason,
        entry.details,
        entry.address,
    ]
    told = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(entry.previous_hash + told.encode()).digest()


@dataclass(frozen=True, slots=True)
class Chain:
    """What came of following the log from its first entry."""

    length: int
    """Entries that were looked at."""
    head: bytes
    """The hash of the last one that holds."""
    broken: int | None
    """The number of the first entry that doesn't hold on to the one before it."""
    noted: bytes = b""
    """The hash of the entry that was asked for; nothing where there is none."""

    def broken_at(self, number: int) -> "Chain":
        """The same, where something else tells that this entry isn't what it was."""
        return replace(self, broken=number)

    def told(self) -> Mapping[str, object]:
        """The details of the deed of checking it."""
        return {"entries": self.length, "broken": self.broken, "head": self.head.hex()}


def follow(entries: Iterable[Entry], noted: int = 0) -> Chain:
    """Check each entry against the one before; ``entries`` are all of the log, in order.

    ``noted`` is the number of an entry whose hash is wanted.
    """
    before, hash_of_noted, number = FIRST_HASH, b"", 0
    for number, entry in enumerate(entries, start=1):
        is_whole = entry.number == number and entry.previous_hash == before
        if not is_whole or entry.hash != hash_of(entry):
            return Chain(number, before, number, hash_of_noted)
        before = entry.hash
        if number == noted:
            hash_of_noted = before
    return Chain(number, before, None, hash_of_noted)
