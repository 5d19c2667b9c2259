"""Writes the tables of docs/reference/settings.md from the model that reads the settings.

    python docs/settings_table.py

Names, defaults and meanings come from ``sms_service.settings``; which process demands a
setting, and which settings nothing reads yet, from the source. A test fails while the
page says anything else.
"""

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import SecretStr

from sms_service.settings import ACCOUNTS, SOURCES, Settings

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/reference/settings.md"
BEGIN, END = "<!-- settings: begin -->", "<!-- settings: end -->"

_DEMANDS = {"sms_service/web.py": "web", "tasks/parts.py": "worker, beat"}
_IN_PAGES = re.compile(r"\bsettings\.(\w+)")
_MODELS = "settings"
"""The package in which settings speak of themselves."""
_BROKER = "broker_url"
"""A property: one of two settings fills it."""
_HEAD = "| name | default | meaning |\n|---|---|---|"
_HEAD_REQUIRED = "| name | required by | meaning |\n|---|---|---|"


def tables() -> str:
    """What must be set, what may be, and what only has its name so far."""
    demanded, used = _demanded(), _used()
    optional = [name for name in Settings.model_fields if name not in demanded]
    required = [
        f"| `{name.upper()}` | {', '.join(demanded[name])} | {_meaning(name)} |"
        for name in Settings.model_fields
        if name in demanded
    ]
    read = [name for name in optional if name in used]
    unread = [name for name in optional if name not in used]
    return "\n\n".join(
        filter(
            None,
            (
                "\n".join([_HEAD_REQUIRED, *required]),
                _folded("All others", read),
                _folded("Named for what comes next, read by nothing yet", unread),
            ),
        )
    )


def _folded(title: str, names: list[str]) -> str:
    if not names:
        return ""
    rows = [f"| `{name.upper()}` | {_default(name)} | {_meaning(name)} |" for name in names]
    head = f"<details><summary>{title} ({len(names)})</summary>"
    return "\n".join([head, "", _HEAD, *rows, "", "</details>"])


def renewed(page: str) -> str:
    """The page's text with tables that are true now."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{tables()}\n{END}{after}"


def _meaning(name: str) -> str:
    said = Settings.model_fields[name].description or ""
    return f"{said} Or `CELERY_BROKER_URL`." if name == "redis_url" else said


def _default(name: str) -> str:
    value = Settings.model_fields[name].get_default()
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, tuple):
        value = ",".join(map(str, value))
    if isinstance(value, bool):
        value = str(value).lower()
    return "–" if value in (None, "") else f"`{value}`"


def _demanded() -> dict[str, list[str]]:
    """Setting to the processes that don't start without it."""
    found: dict[str, list[str]] = {}
    for path, process in _DEMANDS.items():
        for name in _required_names(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
            field = "redis_url" if name == _BROKER else name
            found.setdefault(field, []).append(process)
    for gateway, names in ACCOUNTS.items():
        for name in names:
            found[name] = [f"worker, beat, where `GATEWAYS` names {gateway}"]
    for source, names in SOURCES.items():
        for name in names:
            found[name] = [f"worker, beat, where `BILLING_SOURCES` names {source}"]
    return found


def _required_names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "require"
        ):
            yield from (str(word.value) for word in node.args if isinstance(word, ast.Constant))


def _used() -> set[str]:
    """Settings that some line of the service, or some page, reads."""
    used: set[str] = set()
    for path in (ROOT / "templates").rglob("*.html"):
        used.update(_IN_PAGES.findall(path.read_text(encoding="utf-8")))
    for package in ("sms_service", "tasks"):
        for path in (ROOT / package).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            holders = {"settings", "self"} if path.parent.name == _MODELS else {"settings"}
            used.update(_required_names(tree))
            used.update(_attributes_of(holders, ast.walk(tree)))
    return used


def _attributes_of(holders: set[str], nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Attribute):
            holder = node.value
            name = holder.id if isinstance(holder, ast.Name) else getattr(holder, "attr", "")
            if name in holders:
                yield node.attr


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write("docs/reference/settings.md: renewed\n")
