"""Figures of several processes of one host, those that live and those that ended."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sms_service.metrics.files import MeterFiles
from tests.support.scraping import samples_of

_CHILD = """
import sys
from pathlib import Path
from sms_service.metrics.meters import meters
meters.keep_in(Path(sys.argv[1]), "worker")
for _ in range(int(sys.argv[2])):
    meters.count("sms_doorbell_failures_total", "lookup")
    meters.took("sms_task_seconds", 0.02, "deliver")
print("counted", flush=True)
sys.stdin.read()
"""
_RINGS = ("sms_doorbell_failures_total", (("lane", "lookup"),))
_WORKERS = ("sms_processes", (("role", "worker"),))
_TASKS = ("sms_task_seconds_count", (("task", "deliver"),))


@pytest.fixture
def child(tmp_path: Path) -> Callable[[int], "subprocess.Popen[str]"]:
    def start(times: int) -> "subprocess.Popen[str]":
        pipe = subprocess.PIPE
        command = [sys.executable, "-c", _CHILD, str(tmp_path / "m"), str(times)]
        started = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        assert started.stdout is not None
        assert started.stdout.readline() == "counted\n"
        return started

    return start


@contextmanager
def ended(process: "subprocess.Popen[str]") -> Iterator[None]:
    """The process is killed, as by a power cut, before the block."""
    process.kill()
    process.communicate()
    yield


def test_the_living_and_the_dead_are_counted_once_and_only_the_living_are_there(
    tmp_path: Path, child: Callable[[int], "subprocess.Popen[str]"]
) -> None:
    files = MeterFiles(tmp_path / "m")
    first, second = child(3), child(4)
    told = samples_of(files.families())
    assert (told[_RINGS], told[_WORKERS], told[_TASKS]) == (7, 2, 7)
    with ended(first):
        told = samples_of(files.families())
        assert (told[_RINGS], told[_WORKERS], told[_TASKS]) == (7, 1, 7)
    with ended(second):
        told = samples_of(files.families())
        assert (told[_RINGS], told.get(_WORKERS), told[_TASKS]) == (7, None, 7)
    kept = sorted(path.name for path in (tmp_path / "m").rglob("*.db"))
    assert kept == ["counter_0.db", "histogram_0.db"]


def test_a_look_that_was_killed_while_it_added_up_neither_loses_nor_doubles(
    tmp_path: Path, child: Callable[[int], "subprocess.Popen[str]"]
) -> None:
    folder = tmp_path / "m"
    files = MeterFiles(folder)
    with ended(child(5)):
        assert samples_of(files.families())[_RINGS] == 5
    (folder / "ended").rename(folder / "ended.old")
    (folder / "ended.next").mkdir()
    assert samples_of(files.families())[_RINGS] == 5
    with ended(child(2)):
        assert samples_of(files.families())[_RINGS] == 7
    assert sorted(path.name for path in folder.iterdir()) == [".lock", "ended"]


def test_a_folder_that_cannot_be_made_costs_no_work(tmp_path: Path) -> None:
    (tmp_path / "m").write_text("a file where a folder should be")
    said = subprocess.run(
        [sys.executable, "-c", _CHILD, str(tmp_path / "m"), "1"],
        input="",
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "counted\n"
    assert "figures of this process stay its own" in said.stderr


def test_nobody_else_on_the_host_may_look_into_the_folder(
    tmp_path: Path, child: Callable[[int], "subprocess.Popen[str]"]
) -> None:
    with ended(child(1)):
        found = [tmp_path / "m", *(tmp_path / "m").iterdir()]
    assert {path.stat().st_mode & 0o077 for path in found} == {0}
    assert {path.stat().st_uid for path in found} == {os.getuid()}
