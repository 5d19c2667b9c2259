"""A database connection opened before a fork would give one person another's bill."""

import json
import subprocess
import sys

import pytest

from tests.support.service import Service

_CHILDREN = 4


@pytest.mark.fault("F24")
@pytest.mark.parametrize("look_ups", [1_000, pytest.param(10_000, marks=pytest.mark.long)])
def test_children_of_a_process_that_has_used_its_database_mix_up_nothing(
    on_postgresql: Service, look_ups: int
) -> None:
    each = str(look_ups // _CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.forking", str(_CHILDREN), each],
        env=on_postgresql.environment,
        capture_output=True,
        check=True,
    )

    assert json.loads(done.stdout) == {"right": look_ups, "wrong": 0, "failed": 0}
