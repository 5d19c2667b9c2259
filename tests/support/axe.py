"""What axe finds wrong with a page, as it stands in the browser now."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).parents[1] / "data/axe-core/axe.min.js"


def violations(page: Page) -> Sequence[str]:
    """Each rule that the page breaks, with the element that breaks it."""
    page.evaluate(_axe())
    found: Mapping[str, Any] = page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{one['id']}: {node['html'][:200]}" for one in found["violations"] for node in one["nodes"]
    ]


@cache
def _axe() -> str:
    return AXE.read_text(encoding="utf-8")
