"""Thousands of texts while something dies or is cut off every two seconds."""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

import pytest

from sms_service.domain.states import OutboundState
from sms_service.simulator.household import ROLES
from tests.support.four_ledgers import Books
from tests.support.postgres import Postgres
from tests.support.proxy import Mode, Proxy
from tests.support.service import Service
from tests.support.shaky import Shaky
from tests.support.texting import Taken, Text

_SEED = int(os.environ.get("SEED") or 1)
_EVERY_SECONDS = 2.0
_BATCH, _A_SECOND = 50, 100
_DRIVER_SECONDS = 240.0
_SETTLED_WITHIN = 60.0
_SHORT, _WHOLE = 5_000, 20_000


class _Havoc:
    """Something bad every two seconds, until told to end; the same for the same seed."""

    def __init__(self, service: Service, server: Postgres | None = None) -> None:
        """``server``: the one below the service, where that is PostgreSQL."""
        self._service, self._server = service, server
        self._chance = random.Random(_SEED)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="havoc")
        self.done: Counter[str] = Counter()
        self.error: Exception | None = None

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Havoc for the length of a block, then everything as it should be."""
        self._thread.start()
        try:
            yield
        finally:
            self._over.set()
            self._thread.join()
            self._service.revive()
        if self.error:
            raise self.error

    @property
    def _acts(self) -> Mapping[str, Callable[[], None]]:
        acts: dict[str, Callable[[], None]] = {
            **{f"{role} killed": partial(self._kill, role) for role in ROLES},
            "Redis killed": self._kill_redis,
            "Redis frozen": self._freeze_redis,
            "gateway hung after accepting": lambda: self._order("hang", after=True, count=2),
            "gateway failed after accepting": lambda: self._order("error", after=True, count=5),
            "gateway refused": lambda: self._order("refuse", code=409, count=5),
        }
        if self._server is not None:
            acts["PostgreSQL crashed"] = partial(self._crash, self._server)
        if isinstance(self._service, Shaky):
            acts |= {
                "database cut off": partial(self._fail, self._service.to_database, Mode.CUT),
                "Redis cut off": partial(self._fail, self._service.to_redis, Mode.RESET),
                "gateway silent": partial(self._fail, self._service.to_gateway, Mode.SWALLOW),
                "gateway cut off": partial(self._fail, self._service.to_gateway, Mode.RESET),
            }
        return acts

    def _run(self) -> None:
        acts = self._acts
        try:
            while not self._over.wait(_EVERY_SECONDS):
                name = self._chance.choice(sorted(acts))
                acts[name]()
                self.done[name] += 1
        except Exception as error:  # told by the test, not lost in a thread
            self.error = error

    def _kill(self, role: str) -> None:
        self._service.kill(role)
        self._service.launch(role)

    def _kill_redis(self) -> None:
        self._service.valkey.kill()
        self._rest()
        self._service.valkey.start()

    def _freeze_redis(self) -> None:
        self._service.valkey.freeze()
        self._rest()
        self._service.valkey.thaw()

    def _crash(self, server: Postgres) -> None:
        server.crash()
        self._rest()
        server.start_again()

    def _fail(self, proxy: Proxy, mode: Mode) -> None:
        proxy.behave(mode)
        self._rest()
        proxy.behave()

    def _order(self, kind: str, **details: object) -> None:
        self._service.gateway.fault(kind, "sms/send", **details)

    def _rest(self) -> None:
        time.sleep(self._chance.uniform(0.2, 1.5))


@pytest.mark.fault("F31")
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    "number",
    [
        pytest.param(_SHORT, marks=pytest.mark.long),
        pytest.param(_WHOLE, marks=pytest.mark.soak),
    ],
)
def test_whatever_dies_every_two_seconds_no_text_is_lost_and_none_answered_twice(
    shaky: Shaky, postgres_to_break: Postgres, number: int, figure: Callable[[str], None]
) -> None:
    _soak(shaky, _Havoc(shaky, postgres_to_break), number, figure)


@pytest.mark.fault("F31")
@pytest.mark.timeout(600)
@pytest.mark.long
def test_the_same_on_sqlite(on_sqlite: Service, figure: Callable[[str], None]) -> None:
    _soak(on_sqlite, _Havoc(on_sqlite), _SHORT, figure)


def _soak(service: Service, havoc: _Havoc, number: int, figure: Callable[[str], None]) -> None:
    since, started = service.last_sms(), time.monotonic()
    said: list[Taken] = []
    with havoc.going_on():
        for turn in range(number // _BATCH):
            texts = service.new_texts(_BATCH)
            said += service.webhook.hand_over_until_taken(texts, seconds=_DRIVER_SECONDS)
            time.sleep(max(0.0, started + (turn + 1) * _BATCH / _A_SECOND - time.monotonic()))
    handed_over = time.monotonic()
    broken = service.audit(said, since, seconds=_SETTLED_WITHIN)
    settled = time.monotonic()
    unresolved = _unresolved(service.kept(_taken(said)))
    figure(
        f"seed {_SEED}: {number} texts in {handed_over - started:.0f} s through"
        f" {havoc.done.total()} faults, settled {settled - handed_over:.0f} s after the last;"
        f" {sum(one.status != 200 for one in said)} refused or cut and handed over again,"
        f" {unresolved} unresolved"
    )
    figure("faults: " + ", ".join(f"{name} {times}" for name, times in sorted(havoc.done.items())))

    assert len(_taken(said)) == number
    assert broken == {}
    assert havoc.done.total() > 0


def _taken(said: Sequence[Taken]) -> list[Text]:
    return list({one.text: None for one in said if one.status == 200})


def _unresolved(kept: Books) -> int:
    went = [row.state for rows in kept.went.values() for row in rows]
    return went.count(OutboundState.UNRESOLVED)
