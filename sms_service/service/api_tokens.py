"""Tokens by which programs are known: what one may do, for how long, who made it."""

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sms_service.domain.roles import SCOPES, Scope
from sms_service.service.auditing import Actor

PREFIX = "desk_"
"""What each begins with, so that a token which leaked is recognised as one."""
_RANDOM_BYTES = 32
_SHAPE = re.compile(r"desk_[A-Za-z0-9_-]{43}")
LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is listed. The secret itself is kept nowhere."""

    id: int
    name: str
    scopes: frozenset[Scope]
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    """As exact as a minute."""
    revoked_at: datetime | None

    def actor(self, address: str | None) -> Actor:
        """Who acts by this token."""
        granted = frozenset().union(*(SCOPES[scope] for scope in self.scopes))
        return Actor(f"api:{self.name}", granted=granted, address=address)


def new_secret() -> str:
    """A token that nobody can guess: 32 random bytes in letters and digits."""
    return PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)


def digest_of(secret: str) -> bytes | None:
    """The hash that a token is found by; None for what doesn't look like one."""
    return hashlib.sha256(secret.encode()).digest() if _SHAPE.fullmatch(secret) else None


def written(scopes: Iterable[Scope]) -> str:
    """Scopes as they are stored."""
    return " ".join(sorted(scopes))


def read_scopes(text: str) -> frozenset[Scope]:
    """The scopes that were stored; those that this version doesn't know grant nothing."""
    known = set(Scope)
    return frozenset(Scope(one) for one in text.split() if one in known)
