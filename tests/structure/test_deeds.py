"""Every deed that the code writes down has Persian words, once."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from sms_service.domain.roles import ABILITIES, Ability
from sms_service.templates import templates_dir
from sms_service.words import read_words

SOURCE = Path(__file__).parents[2] / "sms_service"
WORDS = read_words(templates_dir() / "words" / "console")
_AT = {"Deed": 1, "note": 0}
"""Which argument of a call is the action."""


TREES = [ast.parse(path.read_text(encoding="utf-8")) for path in SOURCE.rglob("*.py")]


def written() -> set[str]:
    """The actions that are written down, as far as they are literal."""
    # A function that hands its parameter on is looked through, wherever it is called.
    at = {**_AT, **{name: place for tree in TREES for name, place in handing_on(tree)}}
    return {action for tree in TREES for action in actions_of(tree, at)}


def actions_of(tree: ast.AST, at: Mapping[str, int]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name_of(node.func) in at:
            yield from literals(argument(node, at[name_of(node.func)]))


def handing_on(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        names = [one.arg for one in function.args.args if one.arg != "self"]
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and name_of(node.func) in _AT:
                action = argument(node, _AT[name_of(node.func)])
                if isinstance(action, ast.Name) and action.id in names:
                    yield function.name, names.index(action.id)


def name_of(called: ast.expr) -> str:
    return str(getattr(called, "id", None) or getattr(called, "attr", ""))


def argument(call: ast.Call, at: int) -> ast.expr | None:
    named = [one.value for one in call.keywords if one.arg == "action"]
    return named[0] if named else (call.args[at] if at < len(call.args) else None)


def literals(node: ast.expr | None) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    if isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)


def told() -> set[str]:
    return {action for words in WORDS.values() for action in words.get("deeds", {})}


def test_every_deed_has_persian_words() -> None:
    assert sorted(written() - told()) == [], "add words under [deeds] of the group's words"


def test_no_deed_is_told_by_two_groups() -> None:
    groups = [action for words in WORDS.values() for action in words.get("deeds", {})]
    assert sorted(groups) == sorted(set(groups))


def test_what_deeds_are_called_fits_into_its_column() -> None:
    assert [action for action in written() if len(action) > 40 or not action.isidentifier()] == []


PEOPLE = (Path(__file__).parents[2] / "docs/how-to/people.md").read_text(encoding="utf-8")


def test_the_page_about_people_tells_every_role_what_it_may() -> None:
    told = {
        (ability, role)
        for ability in Ability
        for role, cell in zip(ABILITIES, cells_of(ability), strict=True)
        if cell == "yes"
    }
    assert told == {(ability, role) for role, may in ABILITIES.items() for ability in may}


def cells_of(ability: str) -> list[str]:
    (row,) = [line for line in PEOPLE.splitlines() if line.startswith(f"| `{ability}` |")]
    return [cell.strip() for cell in row.strip("|").split("|")][1:]
