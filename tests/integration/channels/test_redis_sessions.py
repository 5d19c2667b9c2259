"""Dialogues in a real Redis: how long they live, and what happens when it is away."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
import redis

from sms_service.channels.ussd.redis_sessions import RedisSessions, connected
from sms_service.service.ports import Busy
from sms_service.service.ussd.ports import Place, Standing
from sms_service.service.ussd.session import Kept, Session, Stage
from sms_service.settings.addresses import redis_address
from sms_service.simulator.valkey import Valkey

PHONE, OTHER_PHONE = b"p" * 32, b"o" * 32
HERE = Place("json", "1", PHONE)
KEPT = Kept(Session(stage=Stage.WHAT, bill_id="1234567804423"), 3, "قبض")
UNFINISHED = Session(bill_id="1234567804423", years=(1405, 1404))
LIFE, OFFERED = 0.4, 0.8


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with closing(connected(redis_address(redis_url))) as one:
        one.flushdb()
        yield one


@pytest.fixture
def sessions(client: redis.Redis) -> RedisSessions:
    return RedisSessions(client, LIFE, OFFERED)


def test_a_dialogue_is_found_where_it_was_kept_and_nowhere_else(sessions: RedisSessions) -> None:
    sessions.keep([Standing(HERE, KEPT, UNFINISHED)])
    others = [
        Place("json", "2", OTHER_PHONE),
        Place("json", "1", OTHER_PHONE),
        Place("bonga", "1", OTHER_PHONE),
    ]
    assert sessions.load([HERE, *others]) == [
        Standing(HERE, KEPT, UNFINISHED),
        *map(Standing, others),
    ]


def test_a_new_dialogue_of_the_phone_finds_what_is_unfinished(sessions: RedisSessions) -> None:
    sessions.keep([Standing(HERE, KEPT, UNFINISHED)])
    anew = Place("africastalking", "2", PHONE)
    assert sessions.load([anew]) == [Standing(anew, None, UNFINISHED)]


def test_what_is_finished_is_offered_no_more(sessions: RedisSessions) -> None:
    sessions.keep([Standing(HERE, KEPT, UNFINISHED)])
    sessions.keep([Standing(HERE, KEPT, None)])
    assert sessions.load([HERE]) == [Standing(HERE, KEPT)]


def test_a_closed_dialogue_is_gone_and_offered(sessions: RedisSessions) -> None:
    sessions.keep([Standing(HERE, KEPT, UNFINISHED)])
    sessions.keep([Standing(HERE, None, UNFINISHED)])
    assert sessions.load([HERE]) == [Standing(HERE, None, UNFINISHED)]


def test_every_step_renews_a_dialogues_life(sessions: RedisSessions) -> None:
    for _ in range(4):
        sessions.keep([Standing(HERE, KEPT, UNFINISHED)])
        time.sleep(LIFE / 2)
    assert sessions.load([HERE]) == [Standing(HERE, KEPT, UNFINISHED)]
    time.sleep(LIFE)
    assert sessions.load([HERE]) == [Standing(HERE, None, UNFINISHED)]
    time.sleep(OFFERED)
    assert sessions.load([HERE]) == [Standing(HERE)]


def test_ten_thousand_dropped_dialogues_leave_redis_as_it_was(
    client: redis.Redis, sessions: RedisSessions
) -> None:
    before = client.dbsize()
    for first in range(0, 10_000, 100):
        sessions.keep(
            [
                Standing(Place("json", str(one), one.to_bytes(32, "big")), KEPT, UNFINISHED)
                for one in range(first, first + 100)
            ]
        )
    assert client.dbsize() > before
    time.sleep(OFFERED)
    deadline = time.monotonic() + 20
    while client.dbsize() != before and time.monotonic() < deadline:
        time.sleep(0.1)
    assert client.dbsize() == before


def test_no_key_is_without_an_end_and_none_holds_a_phone_or_an_id(
    client: redis.Redis, sessions: RedisSessions
) -> None:
    sessions.keep([Standing(Place("json", "09121234567", PHONE), KEPT, UNFINISHED)])
    keys = list(client.scan_iter())
    assert len(keys) == 2
    assert all(0 < client.pttl(key) <= 1000 * OFFERED for key in keys)
    assert not any(b"09121234567" in key for key in keys)


def test_garbage_counts_as_nothing(client: redis.Redis, sessions: RedisSessions) -> None:
    sessions.keep([Standing(HERE, KEPT, UNFINISHED)])
    for key in client.scan_iter():
        client.set(key, b"\xff{garbage")
    assert sessions.load([HERE]) == [Standing(HERE)]


def test_a_redis_that_is_full_makes_dialogues_busy(make_redis: Callable[..., Valkey]) -> None:
    server = make_redis(maxmemory=1)
    sessions = RedisSessions(connected(redis_address(server.url)), LIFE, OFFERED)
    with pytest.raises(Busy):
        sessions.keep([Standing(HERE, KEPT, UNFINISHED)])


def test_a_redis_that_hangs_makes_dialogues_busy_soon(make_redis: Callable[..., Valkey]) -> None:
    server = make_redis()
    sessions = RedisSessions(connected(redis_address(server.url)), LIFE, OFFERED)
    sessions.keep([Standing(HERE, KEPT, UNFINISHED)])
    server.freeze()
    began = time.monotonic()
    try:
        with pytest.raises(Busy):
            sessions.load([HERE])
    finally:
        server.thaw()
    assert time.monotonic() - began < 1


def test_a_redis_that_is_not_there_makes_dialogues_busy() -> None:
    sessions = RedisSessions(connected(redis_address("redis://127.0.0.1:9")), LIFE, OFFERED)
    with pytest.raises(Busy):
        sessions.load([HERE])


def test_nothing_is_offered_where_no_time_is_given_for_it(client: redis.Redis) -> None:
    sessions = RedisSessions(client, LIFE, 0)
    sessions.keep([Standing(HERE, KEPT, UNFINISHED)])
    assert sessions.load([HERE]) == [Standing(HERE, KEPT)]
