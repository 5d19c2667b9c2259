"""Sessions in Redis, each with a life of its own that every step renews."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import redis

from sms_service.queueing import KEY_PREFIX
from sms_service.service.ussd.conversation import SessionsAway
from sms_service.service.ussd.session import Kept, Session

_CONNECT_SECONDS = 0.5


class RedisSessions:
    """A Sessions store; what it keeps ends by itself."""

    def __init__(self, client: redis.Redis, life: float, offered_for: float) -> None:
        """``life``: seconds that a dialogue may stand still. ``offered_for``: seconds for which
        one that broke off is offered again."""
        self._client = client
        self._life = round(life * 1000)
        self._offered_for = round(offered_for * 1000)

    def load(self, key: str) -> Kept | None:
        with _away_when_it_fails():
            return Kept.loaded(_text(self._client.get(_name("session", key))))

    def keep(self, key: str, kept: Kept) -> None:
        with _away_when_it_fails():
            self._client.set(_name("session", key), kept.dumped(), px=self._life)

    def forget(self, key: str) -> None:
        with _away_when_it_fails():
            self._client.delete(_name("session", key))

    def dropped(self, phone: bytes) -> Session | None:
        with _away_when_it_fails():
            stored = _text(self._client.get(_name("dropped", phone.hex())))
        return Session.loaded(stored) if stored else None

    def note(self, phone: bytes, session: Session | None) -> None:
        name = _name("dropped", phone.hex())
        with _away_when_it_fails():
            if session is None:
                self._client.delete(name)
            else:
                self._client.set(name, session.dumped(), px=self._offered_for)


def connected(url: str) -> redis.Redis:
    """A client that gives up soon: a phone waits two seconds, not more."""
    return redis.Redis.from_url(
        url,
        socket_timeout=_CONNECT_SECONDS,
        socket_connect_timeout=_CONNECT_SECONDS,
        socket_keepalive=True,
    )


def _name(kind: str, key: str) -> str:
    # A gateway's id may be as long as it likes, and may hold the phone.
    return f"{KEY_PREFIX}ussd:{kind}:{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def _text(stored: object) -> str | None:
    return stored.decode() if isinstance(stored, bytes) else None


@contextmanager
def _away_when_it_fails() -> Iterator[None]:
    try:
        yield
    except redis.RedisError as error:
        raise SessionsAway(type(error).__name__) from None
