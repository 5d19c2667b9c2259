"""Each event that tells of a request, and each of its fields, stands in docs/reference/logs.md."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOPS = ROOT / "sms_service" / "service" / "hops.py"
PAGE = (ROOT / "docs" / "reference" / "logs.md").read_text(encoding="utf-8")


def _told() -> tuple[set[str], set[str]]:
    """Names of events, and of the fields that they are told with."""
    tree = ast.parse(HOPS.read_text(encoding="utf-8"))
    calls = [one for one in ast.walk(tree) if isinstance(one, ast.Call)]
    names: set[str] = set()
    for call in calls:
        if isinstance(call.func, ast.Name) and call.func.id in ("_tell", "_each"):
            first = call.args[0]
            if isinstance(first, ast.Constant):
                names.add(str(first.value))
    names |= {"answered", "promised"}
    dictionaries = [one for one in ast.walk(tree) if isinstance(one, ast.Dict)]
    fields = {
        str(key.value) for one in dictionaries for key in one.keys if isinstance(key, ast.Constant)
    }
    return names, fields


def test_every_event_and_every_field_of_the_hops_is_described() -> None:
    names, fields = _told()
    assert {"received", "handed_over", "given_up", "expired"} <= names
    assert [one for one in sorted(names | {"web_request"}) if f"| `{one}` |" not in PAGE] == []
    assert [one for one in sorted(fields) if f"`{one}`" not in PAGE] == []
