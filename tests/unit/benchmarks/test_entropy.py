"""Bits of what is told, on values whose bits are known."""

from math import log2
from random import Random

import pytest

from tests.benchmarks.entropy import SYNTHETIC, entropy


def test_one_value_tells_nothing() -> None:
    assert entropy("aaaa") == 0


def test_the_bits_of_a_fair_die_are_found_from_few_throws() -> None:
    chance = Random(6)
    throws = [chance.randrange(64) for _ in range(1000)]
    assert entropy(throws) == pytest.approx(log2(64), abs=0.03)


def test_sums_are_those_that_were_published() -> None:
    assert SYNTHETIC.core == pytest.approx(18.0, abs=0.05)
    assert SYNTHETIC.full == pytest.approx(30.5, abs=0.05)
