"""The page of faults and the tests that are marked with its rows say the same."""

import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.environment import process_environment
from tests.support.matrix import ROWS

ROOT = Path(__file__).parents[2]
_LINE = re.compile(r"^\| (F\d+) \| (.+?) \|.*\| (.+) \|$", flags=re.MULTILINE)
_FILE = re.compile(r"\((?:\.\./)+(tests/[\w/]+\.py)\)")


@pytest.fixture(scope="module")
def page() -> Mapping[str, tuple[str, set[str]]]:
    """What each row of the page is called, and the files that it names."""
    text = (ROOT / "docs/reference/faults.md").read_text(encoding="utf-8")
    return {row: (fault, {*_FILE.findall(tests)}) for row, fault, tests in _LINE.findall(text)}


@pytest.fixture(scope="module")
def marked() -> Mapping[str, set[str]]:
    """The files that hold tests of each row, as pytest itself collects them."""
    tests = (ROOT / "tests").rglob("test_*.py")
    holding = [str(path) for path in tests if "mark.fault" in path.read_text(encoding="utf-8")]
    planned = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "--collect-only",
            "-q",
            "-m",
            "fault",
            "--matrix",
            *holding,
        ],
        cwd=ROOT,
        env=process_environment({}),
        capture_output=True,
        text=True,
        check=True,
    )
    files: dict[str, set[str]] = defaultdict(set)
    for row, file in re.findall(r"^(F\d+) (tests/\S+)$", planned.stdout, flags=re.MULTILINE):
        files[row].add(file)
    return files


def test_the_page_names_each_row_as_the_table_of_a_run_does(
    page: Mapping[str, tuple[str, set[str]]],
) -> None:
    assert {row: fault for row, (fault, _) in page.items()} == ROWS


def test_every_row_has_a_test(marked: Mapping[str, set[str]]) -> None:
    assert [row for row in ROWS if not marked.get(row)] == []


def test_the_page_leads_to_the_tests_of_each_row(
    page: Mapping[str, tuple[str, set[str]]], marked: Mapping[str, set[str]]
) -> None:
    assert {row: files for row, (_, files) in page.items()} == marked
