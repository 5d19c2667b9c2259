"""Fault points stand where the code is; one that stands nowhere ends the process at once."""

import subprocess
import sys

import pytest

from tests.support import faulty
from tests.support.environment import process_environment


def _run(*faults: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, *faulty.command(faults, ["-m", "sms_service", "--help"])],
        env=process_environment({}),
        capture_output=True,
        check=False,
    )


def test_every_point_is_found_in_the_code() -> None:
    assert _run(*(f"kill:{point}:1" for point in faulty.POINTS)).returncode == 0


@pytest.mark.parametrize("fault", ["kill:nowhere:1", "strike:inbound.before_commit:1"])
def test_an_unknown_name_ends_the_process(fault: str) -> None:
    done = _run(fault)

    assert done.returncode != 0
    assert b"KeyError" in done.stderr
