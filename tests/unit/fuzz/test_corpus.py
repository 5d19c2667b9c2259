"""What fuzzing came upon is tried again, input by input, without a fuzzer."""

import time

import pytest

from tests.fuzz.guided.runs import MOST_BYTES, MOST_KEPT
from tests.fuzz.guided.targets import CORPUS, NAMES, kept, load

_SECONDS = 1.0
"""Of processor time that one input may take, on a machine of any age."""


@pytest.mark.parametrize("name", NAMES)
def test_every_input_that_is_kept_is_treated_rightly_and_soon(name: str) -> None:
    target = load(name)
    inputs = [b"", *target.seeds, *(path.read_bytes() for path in kept(name))]
    for content in inputs:
        begun = time.process_time()
        target.try_one(content)
        assert time.process_time() - begun < _SECONDS, content[:100]


def test_each_target_keeps_some_inputs_and_not_too_many() -> None:
    assert {path.name for path in CORPUS.iterdir()} == set(NAMES)
    for name in NAMES:
        inputs = kept(name)
        assert 0 < len(inputs) <= MOST_KEPT, name
        assert sum(path.stat().st_size for path in inputs) <= MOST_BYTES, name
