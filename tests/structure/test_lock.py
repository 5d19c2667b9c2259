"""The lock serves a newcomer on any later day, whatever has been released since."""

import re
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCK = Path(__file__).parents[2] / "requirements" / "all.lock"
_PINNED = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[([a-z0-9,_-]+)\])?==", re.MULTILINE)
LOCKED = {
    canonicalize_name(name): set(extras.split(",")) - {""}
    for name, extras in _PINNED.findall(LOCK.read_text("utf-8"))
}


def wanted_with_extras(name: str) -> list[Requirement]:
    """What a locked package requires here together with extras."""
    try:
        wanted = map(Requirement, requires(name) or ())
    except PackageNotFoundError:
        return []
    return [one for one in wanted if one.extras and not (one.marker and not one.marker.evaluate())]


CASES = [(name, wanted) for name in sorted(LOCKED) for wanted in wanted_with_extras(name)]


def test_some_packages_ask_for_extras() -> None:
    assert CASES


@pytest.mark.parametrize(("name", "wanted"), CASES, ids=[f"{n}-{w.name}" for n, w in CASES])
def test_what_is_required_with_extras_is_locked_with_them(name: str, wanted: Requirement) -> None:
    # pip takes a package and the same with extras for two, and the newest for the one it finds
    # unpinned: its hash is in no lock.
    assert wanted.extras <= LOCKED[canonicalize_name(wanted.name)], f"{name} requires {wanted}"
