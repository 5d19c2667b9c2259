"""The page of security names, for every threat, a remedy in the code and tests that there are."""

import ast
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_PAGE = ROOT / "docs" / "explanation" / "security.md"
_LIST = ROOT / "tests" / "data" / "threats.toml"
_ROW = re.compile(
    r"^\| \*\*(?P<threat>[^|*]+)\*\* \|(?P<remedy>[^|]+)\|(?P<tests>[^|]+)\|(?P<asvs>[^|]+)\|$"
)
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
_MODULE = re.compile(r"`((?:sms_service|tasks|deploy|templates|requirements)/[\w./-]+)`")
_NUMBER = re.compile(r"\d{1,2}\.\d{1,2}\.\d{1,2}")


@dataclass(frozen=True, slots=True)
class Row:
    """One threat of the page."""

    remedy: str
    tests: str
    asvs: str


@pytest.fixture(scope="module")
def page() -> Mapping[str, Row]:
    """The rows by what their threat is called."""
    found = [_ROW.match(line) for line in _PAGE.read_text(encoding="utf-8").splitlines()]
    return {one["threat"]: Row(one["remedy"], one["tests"], one["asvs"]) for one in found if one}


@cache
def _functions(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_every_threat_of_the_list_has_its_row_and_no_row_is_beside_it(
    page: Mapping[str, Row],
) -> None:
    listed = tomllib.loads(_LIST.read_text(encoding="utf-8"))["threats"]
    assert len(set(listed)) == len(listed)
    assert sorted(page) == sorted(listed)


def test_every_threat_has_a_remedy_that_is_there(page: Mapping[str, Row]) -> None:
    for threat, row in page.items():
        modules = _MODULE.findall(row.remedy)
        assert modules, threat
        gone = [one for one in modules if not (ROOT / one).exists()]
        assert gone == [], threat


def test_every_threat_has_tests_that_are_there(page: Mapping[str, Row]) -> None:
    for threat, row in page.items():
        tests = _TEST.findall(row.tests)
        assert tests, threat
        gone = [f"{file}::{name}" for file, name in tests if name not in _functions(file)]
        assert gone == [], threat


def test_every_threat_names_its_demands(page: Mapping[str, Row]) -> None:
    assert [threat for threat, row in page.items() if not _NUMBER.search(row.asvs)] == []


def test_what_is_not_defended_is_said(page: Mapping[str, Row]) -> None:
    text = _PAGE.read_text(encoding="utf-8")
    _, _, rest = text.partition("## What isn't defended")
    assert len(re.findall(r"^- \*\*", rest, flags=re.MULTILINE)) >= 5
