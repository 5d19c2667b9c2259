"""The doorbell: one coalesced «there is work» per lane, rung off the caller's thread.

Exactly (design: the doorbell): the caller has committed; a flag with a random token is
set for two seconds unless it stands; whoever set it publishes; if publishing fails, the
flag is taken back if it is still ours. The consumer clears the flag *before* it looks
for work: cleared at the end, work that came in between would wait for a tick.
"""

import logging
import secrets
import threading
from collections.abc import Callable

import redis
from celery import Celery

from sms_service.metrics.meters import meters
from sms_service.queueing import KEY_PREFIX, LANES, make_celery
from sms_service.queueing.redis_clients import close_client, redis_client
from sms_service.settings import Settings
from sms_service.settings.addresses import AmqpAddress

log = logging.getLogger(__name__)

_HOLD_MS = 2000
_TAKE_BACK = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end"


class Flags:
    """The flags of rung lanes, in Redis. Raises redis.RedisError when Redis can't say."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._take_back = client.register_script(_TAKE_BACK)

    def set(self, lane: str) -> str | None:
        """Set a lane's flag; its token, or None when it stood already."""
        token = secrets.token_hex(8)
        return token if self._client.set(_key(lane), token, nx=True, px=_HOLD_MS) else None

    def clear(self, lane: str) -> None:
        """Take a lane's flag down, whoever set it."""
        self._client.delete(_key(lane))

    def take_back(self, lane: str, token: str) -> None:
        """Take a lane's flag down if it still holds this token."""
        self._take_back(keys=[_key(lane)], args=[token])


class CeleryDoorbell:
    """Rings by publishing a task without payload. ``ring`` never raises and never waits.

    Without ``flags`` (a broker that isn't Redis) rings are not coalesced over processes.
    """

    def __init__(self, publish: Callable[[str], None], flags: Flags | None) -> None:
        self._publish = publish
        self._flags = flags
        self._pending: dict[str, None] = {}
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None

    def ring(self, lane: str) -> None:
        """Ask for a ring; several asked for at once become one."""
        with self._wake:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="doorbell", daemon=True)
                self._thread.start()
            self._pending[lane] = None
            self._wake.notify()

    def answered(self, lane: str) -> None:
        """The consumer's first act: from here on a new ring is a new message."""
        if self._flags is None:
            return
        try:
            self._flags.clear(lane)
        except redis.RedisError as error:
            log.warning("the %s flag can't be cleared: %s", lane, type(error).__name__)

    def ring_now(self, lane: str) -> bool:
        """Ring on this thread; False when it couldn't be. Used by ``ring`` and by tests."""
        try:
            token = self._flags.set(lane) if self._flags else ""
            if token is None:
                return True
        except redis.RedisError as error:
            self._failed(lane, error)
            return False
        try:
            self._publish(lane)
        except Exception as error:  # whatever the broker's client raises, the tick makes good
            self._failed(lane, error)
            self._give_back(lane, token)
            return False
        return True

    def _failed(self, lane: str, error: Exception) -> None:
        log.warning("the %s lane can't be rung: %s", lane, type(error).__name__)
        meters.count("sms_doorbell_failures_total", lane)

    def _give_back(self, lane: str, token: str) -> None:
        if self._flags is None:
            return
        try:
            self._flags.take_back(lane, token)
        except redis.RedisError:
            log.debug("the %s flag stays until it ends by itself", lane)

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._pending:
                    self._wake.wait()
                lanes = list(self._pending)
                self._pending.clear()
            for lane in lanes:
                try:
                    self.ring_now(lane)
                except Exception as error:  # this thread rings for as long as the process lives
                    log.warning("the %s lane can't be rung: %s", lane, type(error).__name__)


def make_doorbell(settings: Settings) -> CeleryDoorbell:
    """The doorbell of these settings. Connects on the first ring; raises SettingsError."""
    settings.require("broker_url")
    address = settings.redis
    return doorbell_over(make_celery(settings), redis_client(address, 1) if address else None)


def doorbell_over(celery: Celery, client: redis.Redis | None) -> CeleryDoorbell:
    """A doorbell that publishes by ``celery`` and keeps its flags where ``client`` leads."""

    def publish(lane: str) -> None:
        celery.send_task(LANES[lane].task, queue=LANES[lane].queue, ignore_result=True)

    return CeleryDoorbell(publish, Flags(client) if client else None)


def redis_answers(settings: Settings) -> bool | None:
    """Whether Redis is there, within half a second; None where the settings name none."""
    address = settings.redis
    if address is None:
        return None
    client = redis_client(address, 0.5)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        close_client(client)


def rabbitmq_answers(settings: Settings) -> bool | None:
    """Whether a node of RabbitMQ lets us in, within seconds; None where it isn't the broker."""
    if not isinstance(settings.broker, AmqpAddress):
        return None
    with make_celery(settings).connection_for_read() as connection:
        try:
            connection.connect()
        except (OSError, *connection.connection_errors):
            return False
        return True


def _key(lane: str) -> str:
    return f"{KEY_PREFIX}ring:{lane}"
