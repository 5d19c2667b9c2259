"""When the breaker lets calls through."""

from sms_service.billing.breaker import Breaker, BreakerState


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def failing(breaker: Breaker, times: int) -> list[bool]:
    """Whether each failure opened it."""
    return [breaker.fail(breaker.admit() or 0, "gone") for _ in range(times)]


def test_it_opens_after_so_many_failures_in_a_row() -> None:
    breaker = Breaker(3, 10, Clock())
    assert failing(breaker, 3) == [False, False, True]
    assert (breaker.state, breaker.admit(), breaker.reason) == (BreakerState.OPEN, None, "gone")


def test_a_success_between_begins_the_count_anew() -> None:
    breaker = Breaker(2, 10, Clock())
    failing(breaker, 1)
    assert breaker.succeed(breaker.admit() or 0) is False
    assert failing(breaker, 1) == [False]
    assert breaker.state is BreakerState.CLOSED


def test_after_its_time_one_trial_is_admitted_whose_success_closes_it() -> None:
    clock = Clock()
    breaker = Breaker(1, 10, clock)
    failing(breaker, 1)
    clock.now = 10
    assert breaker.state is BreakerState.HALF_OPEN
    trial = breaker.admit()
    assert trial is not None
    assert breaker.admit() is None
    assert breaker.succeed(trial) is True
    assert (breaker.state, breaker.reason) == (BreakerState.CLOSED, None)


def test_a_failed_trial_begins_the_time_anew_without_opening_twice() -> None:
    clock = Clock()
    breaker = Breaker(1, 10, clock)
    failing(breaker, 1)
    clock.now = 12
    assert breaker.fail(breaker.admit() or 0, "gone") is False
    clock.now = 21
    assert breaker.admit() is None
    clock.now = 22
    assert breaker.state is BreakerState.HALF_OPEN


def test_a_trial_that_never_ends_is_followed_by_another() -> None:
    clock = Clock()
    breaker = Breaker(1, 10, clock)
    failing(breaker, 1)
    clock.now = 10
    assert breaker.admit() is not None
    clock.now = 20
    assert breaker.admit() is not None


def test_a_pause_opens_it_at_once_for_as_long_as_told() -> None:
    clock = Clock()
    breaker = Breaker(5, 10, clock)
    assert breaker.fail(breaker.admit() or 0, "throttled", pause=60) is True
    clock.now = 59
    assert breaker.admit() is None
    clock.now = 60
    assert breaker.admit() is not None


def test_a_call_that_began_before_it_opened_neither_closes_it_nor_prolongs_it() -> None:
    clock = Clock()
    breaker = Breaker(1, 10, clock)
    early, late = breaker.admit(), breaker.admit()
    assert early == late == 0
    failing(breaker, 1)
    assert breaker.succeed(early) is False
    clock.now = 9
    assert breaker.fail(late, "gone") is False
    clock.now = 10
    assert breaker.state is BreakerState.HALF_OPEN
