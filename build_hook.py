"""Notes in each wheel what it was built from and when; /version tells it.

SOURCE_DATE_EPOCH, where it is set, stands for the moment, so that one commit makes one wheel.
"""

import json
import os
import subprocess
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_INSIDE = "sms_service/build.json"


class BuildNote(BuildHookInterface):  # type: ignore[type-arg]  # hatchling's own is bound to a builder
    """Hatchling's hook, for wheels alone: an editable install shows what it is by its checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the note beside the tree and have it put into the wheel."""
        if version == "editable":
            return
        self._folder = tempfile.TemporaryDirectory()
        note = Path(self._folder.name) / "build.json"
        told = {"commit": _commit(Path(self.root)), "built_at": _moment()}
        note.write_text(json.dumps(told) + "\n", encoding="utf-8")
        build_data["force_include"][str(note)] = _INSIDE

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Take the note away again."""
        if version != "editable":
            self._folder.cleanup()


def _commit(root: Path) -> str | None:
    """What is checked out; None where this tree is no checkout of its own."""
    if not (root / ".git").exists():
        return None
    with suppress(OSError, subprocess.CalledProcessError):
        asked = ["git", "-C", str(root), "rev-parse", "HEAD"]
        told = subprocess.run(asked, capture_output=True, check=True, text=True)
        return told.stdout.strip() or None
    return None


def _moment() -> str:
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = datetime.fromtimestamp(int(given), UTC) if given.isdigit() else datetime.now(UTC)
    return now.isoformat(timespec="seconds")
