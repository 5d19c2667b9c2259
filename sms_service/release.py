"""Which release this is: its version, and what was noted when it was built.

A wheel holds ``build.json``, written by build_hook.py; a checkout has none.
"""

import json
import platform
from dataclasses import dataclass
from pathlib import Path

_NOTED = Path(__file__).with_name("build.json")


@dataclass(frozen=True, slots=True)
class Release:
    """What runs here."""

    version: str
    commit: str | None
    """Git's full name of what it was built from; None where nobody noted it."""
    built_at: str | None
    """UTC, ISO 8601."""
    python: str


def this_release(version: str, noted: Path = _NOTED) -> Release:
    """The release of this process, of this version; whatever can't be read of ``noted`` is None."""
    try:
        told = json.loads(noted.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        told = {}
    known = told if isinstance(told, dict) else {}
    commit, built_at = known.get("commit"), known.get("built_at")
    return Release(
        version,
        commit if isinstance(commit, str) else None,
        built_at if isinstance(built_at, str) else None,
        platform.python_version(),
    )
