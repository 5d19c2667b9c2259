"""The arithmetic of docs/explanation/scaling.md is right: each line is worked out again.

A line in a block marked ``sums`` is ``name = number`` for what goes in, or ``name =
expression = result`` for what follows; a result may be rounded to three digits.
"""

import ast
import operator
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs/explanation/scaling.md"
BLOCK = re.compile(r"^```sums\n(.*?)^```", flags=re.DOTALL | re.MULTILINE)
ROUNDED_TO = 0.005
DEEDS: Mapping[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


def worked_out(expression: str, known: Mapping[str, float]) -> float:
    """What an expression of numbers, known names and + - * / ** comes to."""
    return _value(ast.parse(expression.strip(), mode="eval").body, known)


def _value(node: ast.expr, known: Mapping[str, float]) -> float:
    if isinstance(node, ast.BinOp):
        return DEEDS[type(node.op)](_value(node.left, known), _value(node.right, known))
    if isinstance(node, ast.Name):
        return known[node.id]
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    raise ValueError(f"no sum: {ast.unparse(node)}")


def sums(page: str) -> list[tuple[str, list[str]]]:
    """Names with their expressions and results, in the order of the page."""
    lines = [line for block in BLOCK.findall(page) for line in block.splitlines() if line.strip()]
    parted = [line.partition("#")[0].split("=") for line in lines]
    return [(name.strip(), rest) for name, *rest in parted]


def wrong_lines(page: str) -> list[str]:
    """Names of the lines whose result isn't what their expression comes to."""
    known: dict[str, float] = {}
    wrong = []
    for name, rest in sums(page):
        known[name] = worked_out(rest[0], known)
        if len(rest) > 1:
            told = worked_out(rest[1], {})
            if abs(told - known[name]) > ROUNDED_TO * abs(known[name]):
                wrong.append(f"{name}: {known[name]:,.4g}, not {told:,.4g}")
    return wrong


def test_every_sum_of_the_page_comes_to_what_it_says() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert len(sums(page)) > 30
    assert wrong_lines(page) == []


def test_every_number_that_goes_in_says_where_it_is_from() -> None:
    lines = [
        line for block in BLOCK.findall(PAGE.read_text("utf-8")) for line in block.splitlines()
    ]
    given = [line for line in lines if line.count("=") == 1]
    unsaid = [line for line in given if not re.search(r"# (measured|assumed|given|set)", line)]
    assert unsaid == []


@pytest.mark.parametrize("line", ["b = a * 3 = 7", "b = a ** 2 = 4.1"])
def test_a_wrong_sum_is_noticed(line: str) -> None:
    page = f"```sums\na = 2  # given\n{line}\n```\n"
    assert len(wrong_lines(page)) == 1
