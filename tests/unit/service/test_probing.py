"""Looks at what may hang: bounded, one at a time, and never a raise."""

import threading
import time
from collections.abc import Sequence

from sms_service.service.health import Finding, Mark, well
from sms_service.service.probing import Probes


class Hanging:
    """A look that hangs until it is let go."""

    def __init__(self) -> None:
        self.begun = 0
        self.let_go = threading.Event()

    def __call__(self) -> Sequence[Finding]:
        self.begun += 1
        self.let_go.wait(10)
        return [well("slow", "at last")]


def test_one_that_hangs_costs_the_others_nothing_and_is_named() -> None:
    hanging = Hanging()
    probes = Probes({"slow": hanging, "quick": lambda: [well("quick", "here")]}, 0.05)
    began = time.monotonic()
    slow, quick = probes.examine()
    assert time.monotonic() - began < 1
    assert (slow.name, slow.mark, quick.said) == ("slow", Mark.WRONG, "here")
    assert "hasn't answered" in slow.said
    hanging.let_go.set()


def test_one_that_hangs_is_not_begun_again_nor_waited_for_twice() -> None:
    hanging = Hanging()
    probes = Probes({"slow": hanging}, 0.2)
    probes.examine()
    began = time.monotonic()
    for _ in range(20):
        assert probes.examine()[0].mark is Mark.WRONG
    assert time.monotonic() - began < 0.2
    assert hanging.begun == 1
    hanging.let_go.set()


def test_one_that_answers_again_is_well_again() -> None:
    hanging = Hanging()
    probes = Probes({"slow": hanging}, 0.05)
    probes.examine()
    hanging.let_go.set()
    time.sleep(0.05)
    assert probes.examine() == [well("slow", "at last")]


def test_one_that_fails_is_told_by_its_kind_and_not_by_its_words() -> None:
    def fails() -> Sequence[Finding]:
        raise ConnectionError("postgresql://user:secret@10.0.0.7")

    (found,) = Probes({"database": fails}, 1).examine()
    assert (found.name, found.mark) == ("database", Mark.WRONG)
    assert "ConnectionError" in found.said
    assert "secret" not in f"{found}"


def test_many_who_ask_at_once_cost_one_look() -> None:
    looks = 0

    def look() -> Sequence[Finding]:
        nonlocal looks
        looks += 1
        return []

    now = 100.0
    probes = Probes({"one": look}, 1, fresh_seconds=1, clock=lambda: now)
    for _ in range(5):
        probes.examine()
    assert looks == 1
    now += 1.5
    probes.examine()
    assert looks == 2
