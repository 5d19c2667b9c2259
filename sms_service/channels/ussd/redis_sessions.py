"""Sessions in Redis, each with a life of its own that every step renews."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager

import redis

from sms_service.queueing import KEY_PREFIX
from sms_service.service.ussd.ports import SessionsAway
from sms_service.service.ussd.session import Kept, Session

_PATIENCE_SECONDS = 0.25


class RedisSessions:
    """A Sessions store; what it keeps ends by itself. One round trip a call."""

    def __init__(self, client: redis.Redis, life: float, offered_for: float) -> None:
        """``life``: seconds that a dialogue may stand still. ``offered_for``: seconds for which
        one that broke off is offered again; 0: never."""
        self._client = client
        self._life = round(life * 1000)
        self._offered_for = round(offered_for * 1000)

    def load(self, key: str, phone: bytes) -> tuple[Kept | None, Session | None]:
        """As Sessions says; what another release stored counts as nothing."""
        with _away_when_it_fails():
            kept, unfinished = self._client.mget(_session(key), _offer(phone))
        return Kept.loaded(_bytes(kept)), _unfinished(_bytes(unfinished))

    def keep(self, key: str, kept: Kept, phone: bytes, unfinished: Session | None) -> None:
        with _away_when_it_fails(), self._client.pipeline(transaction=False) as both:
            both.set(_session(key), kept.dumped(), px=self._life)
            if unfinished is None or not self._offered_for:
                both.delete(_offer(phone))
            else:
                both.set(_offer(phone), json.dumps(unfinished.stored()), px=self._offered_for)
            both.execute()

    def forget(self, key: str) -> None:
        with _away_when_it_fails():
            self._client.delete(_session(key))


def connected(url: str) -> redis.Redis:
    """A client that gives up soon: a phone waits two seconds, not more."""
    return redis.Redis.from_url(
        url,
        socket_timeout=_PATIENCE_SECONDS,
        socket_connect_timeout=_PATIENCE_SECONDS,
        socket_keepalive=True,
        retry=None,
    )


def _session(key: str) -> str:
    # A gateway's id may be as long as it likes, and may hold the phone.
    return f"{KEY_PREFIX}ussd:session:{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def _offer(phone: bytes) -> str:
    return f"{KEY_PREFIX}ussd:offer:{phone.hex()}"


def _bytes(stored: object) -> bytes | None:
    return stored if isinstance(stored, bytes) else None


def _unfinished(stored: bytes | None) -> Session | None:
    try:
        session = Session.loaded(json.loads(stored or b"null"))
    except (ValueError, TypeError, RecursionError):
        return None
    return session if isinstance(session.bill_id, str) else None


@contextmanager
def _away_when_it_fails() -> Iterator[None]:
    try:
        yield
    except redis.RedisError as error:
        raise SessionsAway(type(error).__name__) from None
