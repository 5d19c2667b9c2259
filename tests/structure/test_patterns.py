"""No text makes a pattern search for long: each of the product's is tried with hostile ones."""

import ast
import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from importlib import import_module
from pathlib import Path

import pytest

from sms_service.language.context import Context
from sms_service.language.parse import parse
from tests.support.reading import RULES

ROOT = Path(__file__).parents[2]
_LENGTH = 2000
_MOST_MS = 5.0
_PARSE_MS = 25.0
"""A thousand numbers in 2,000 letters take some 7 ms, in proportion to how many they are; what
doubles with each letter, or grows with their square, takes seconds."""
_TRIES = 3
"""A busy machine is no fault of the pattern's."""
_WAYS: Mapping[str, Callable[[re.Pattern[str], str], object]] = {
    "match": lambda pattern, text: pattern.match(text),
    "fullmatch": lambda pattern, text: pattern.fullmatch(text),
    "search": lambda pattern, text: pattern.search(text),
    "finditer": lambda pattern, text: list(pattern.finditer(text)),
    "findall": lambda pattern, text: pattern.findall(text),
    "split": lambda pattern, text: pattern.split(text),
    "sub": lambda pattern, text: pattern.sub("", text),
}
_AGAIN = (
    *(
        "0",
        "1",
        "9",
        "a",
        "A",
        "ی",
        "_",
        " ",
        "\t",
        "-",
        "/",
        ".",
        ",",
        ":",
        "*",
        "#",
        "+",
        "=",
        '"',
    ),
    *(
        "'",
        "[",
        "(",
        "\\",
        "%",
        "@",
        "\n",
        "\u200c",
        "۱",
        "0 ",
        "0-",
        "0,",
        "1.",
        "1 1",
        "a0",
        " ]",
    ),
    *("000,", "12345 ", "0912", "98", "1404/", '"a', "[a", "\\a", "_a", "%20", "a=b&", "{", "é"),
)
_BEFORE = ("", "a", "+98", "1404/02/03 ")
_BEHIND = ("", "x", "!", "\n")
_WORDS = (
    *("1 ", " 1", "12345678 044 2 3 ", "0 4 4 2 ", "1234567804423 ", "1/", "۱۲ ", "1404/", "از "),
    *("سال 1 ", "قبض ", "مهر ", "۱۴۰۳/۴ ", "0912 ", "1_1 ", "*1*", "a", "ریال 1 ", "\ufdfa", "98 "),
)


def _compiled() -> Iterator[tuple[str, int]]:
    """Each place in the product where a pattern is made: file and line."""
    for path in sorted((ROOT / "sms_service").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "re.compile":
                yield str(path.relative_to(ROOT)), node.lineno


def _patterns() -> dict[str, re.Pattern[str]]:
    """Every pattern that a module of the product holds, by its place."""
    found: dict[str, re.Pattern[str]] = {}
    for file in sorted({file for file, _ in _compiled()}):
        module = import_module(file.removesuffix(".py").replace("/", "."))
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                found[f"{file} {name}"] = value
    return found


PATTERNS = _patterns()


def test_each_pattern_of_the_product_is_held_by_its_module() -> None:
    made = len(list(_compiled()))
    held = {(place.split()[0], one.pattern) for place, one in PATTERNS.items()}
    of_bytes = 1  # the simulator's, for what is quoted on the wire
    assert made - of_bytes <= len(held) + _shared()
    assert made > 50


def _shared() -> int:
    """Patterns that are imported by one module from another, both of which make some."""
    return len(PATTERNS) - len({one.pattern for one in PATTERNS.values()})


@pytest.mark.parametrize("place", PATTERNS)
def test_no_text_makes_it_search_for_long(place: str) -> None:
    pattern, ways = PATTERNS[place], _ways(place)
    slow: dict[str, float] = {}
    for text in _hostile():
        if (spent := _spent_ms(pattern, text, ways)) > _MOST_MS:
            slow[text[:20]] = spent
    assert slow == {}


def _ways(place: str) -> Collection[str]:
    """How the pattern is used, where its file tells: one that is matched from the beginning of
    a text may be one that would take long to be searched for."""
    file, name = place.split()
    source = (ROOT / file).read_text(encoding="utf-8")
    return set(re.findall(rf"\b{name}\.(\w+)\b", source)) & _WAYS.keys() or _WAYS.keys()


def _hostile() -> Iterator[str]:
    for place, again in enumerate(_AGAIN):
        before, behind = _BEFORE[place % len(_BEFORE)], _BEHIND[(place // 4) % len(_BEHIND)]
        body = again * (_LENGTH // len(again))
        yield body
        yield f"{before}{body}{behind}"


def _spent_ms(pattern: re.Pattern[str], text: str, ways: Collection[str]) -> float:
    """The least of a few tries, once the first took too long."""
    least = float("inf")
    for _ in range(_TRIES):
        begun = time.thread_time()
        for way in ways:
            _WAYS[way](pattern, text)
        least = min(least, (time.thread_time() - begun) * 1000)
        if least <= _MOST_MS:
            break
    return least


@pytest.mark.parametrize("again", _WORDS)
def test_no_text_of_2000_letters_is_read_for_long(again: str) -> None:
    text = (again * _LENGTH)[:_LENGTH]
    spent = []
    for _ in range(_TRIES):
        begun = time.thread_time()
        parse(text, Context(offered=("1234567804423",), saved={"خانه": "1234567804423"}), RULES)
        spent.append((time.thread_time() - begun) * 1000)
    assert min(spent) < _PARSE_MS


def test_a_search_that_takes_for_long_would_be_noticed() -> None:
    text = "a" + "1" * _LENGTH + "a"
    assert _spent_ms(re.compile(r"^[\d\W_]+|[\d\W_]+$"), text, ["sub"]) > _MOST_MS
