"""Sessions in Redis, each with a life of its own that every step renews."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import redis

from sms_service.queueing import KEY_PREFIX
from sms_service.queueing.redis_clients import redis_client
from sms_service.service.ports import Busy
from sms_service.service.ussd.ports import Place, Standing
from sms_service.service.ussd.session import Kept, Session
from sms_service.settings.addresses import RedisAddress

_PATIENCE_SECONDS = 0.25


class RedisSessions:
    """Keeps dialogues, several in one round trip; what it keeps ends by itself.

    Raises Busy where Redis is away, slow or full.
    """

    def __init__(self, client: redis.Redis, life: float, offered_for: float) -> None:
        """``life``: seconds that a dialogue may stand still. ``offered_for``: seconds for which
        one that broke off is offered again; 0: never."""
        self._client = client
        self._life = round(life * 1000)
        self._offered_for = round(offered_for * 1000)

    def load(self, places: Sequence[Place]) -> list[Standing]:
        """Where dialogues stand; what another release stored counts as nothing."""
        names = [name for place in places for name in (_session(place), _offer(place))]
        with _busy_when_it_fails():
            stored = iter(self._client.mget(names))
        pairs = zip(places, stored, stored, strict=True)
        return [
            Standing(place, Kept.loaded(_bytes(kept)), _unfinished(_bytes(unfinished)))
            for place, kept, unfinished in pairs
        ]

    def keep(self, standings: Sequence[Standing]) -> list[None]:
        """Keep them as they stand now."""
        with _busy_when_it_fails(), self._client.pipeline(transaction=False) as pipe:
            for one in standings:
                name, offer = _session(one.place), _offer(one.place)
                if one.kept is None:
                    pipe.delete(name)
                else:
                    pipe.set(name, one.kept.dumped(), px=self._life)
                if one.unfinished is None or not self._offered_for:
                    pipe.delete(offer)
                else:
                    pipe.set(offer, json.dumps(one.unfinished.stored()), px=self._offered_for)
            pipe.execute()
        return [None] * len(standings)


def connected(address: RedisAddress) -> redis.Redis:
    """A client that gives up soon: a phone waits two seconds, not more."""
    return redis_client(address, _PATIENCE_SECONDS)


def _session(place: Place) -> str:
    # A gateway's id may be as long as it likes, and may hold the phone.
    told = f"{place.gateway}:{place.phone.hex()}:{place.session}"
    return f"{KEY_PREFIX}ussd:session:{hashlib.sha256(told.encode()).hexdigest()[:32]}"


def _offer(place: Place) -> str:
    return f"{KEY_PREFIX}ussd:offer:{place.phone.hex()}"


def _bytes(stored: object) -> bytes | None:
    return stored if isinstance(stored, bytes) else None


def _unfinished(stored: bytes | None) -> Session | None:
    try:
        session = Session.loaded(json.loads(stored or b"null"))
    except (ValueError, TypeError, RecursionError):
        return None
    return session if isinstance(session.bill_id, str) else None


@contextmanager
def _busy_when_it_fails() -> Iterator[None]:
    try:
        yield
    except redis.RedisError as error:
        raise Busy(type(error).__name__) from None
