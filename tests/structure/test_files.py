"""Rules of the whole tree that no linter knows."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sms_service.settings import Settings, load_settings

ROOT = Path(__file__).parents[2]
LONGEST_FILE = 300
SOMEONES_HOME = re.compile(rb"/(?:root|Users|work|home/(?!sms)[a-z]+)/[\w.]")


def tracked() -> Iterator[Path]:
    """Every file that a clone holds, or that would be committed next."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        pytest.fail("the tree isn't a git checkout")
    paths = (ROOT / name for name in listed.stdout.decode().split("\0") if name)
    return filter(Path.is_file, paths)


@pytest.mark.parametrize("package", ["sms_service", "tasks"])
def test_no_file_is_too_long_to_read(package: str) -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / package).rglob("*.py")
    }
    assert lengths
    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def test_nothing_names_a_path_of_someones_machine() -> None:
    found = {
        str(path.relative_to(ROOT)): match.group().decode()
        for path in tracked()
        if (match := SOMEONES_HOME.search(path.read_bytes()))
    }
    assert found == {}


def test_every_package_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for package in ("sms_service", "tasks")
        for path in (ROOT / package).rglob("__init__.py")
        if not path.read_text(encoding="utf-8").lstrip().startswith('"""')
    ]
    assert silent == []


def test_the_example_environment_shows_every_setting_with_its_default() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    matches = (re.match(r"#?([A-Z_]+)=(.*)$", line) for line in lines)
    shown = {match[1]: match[2] for match in matches if match}
    defaults = {name.upper(): field.get_default() for name, field in Settings.model_fields.items()}
    assert shown.keys() == defaults.keys()
    assert load_settings(shown) == load_settings({})


def test_the_procfile_names_what_a_platform_starts() -> None:
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    assert [line.partition(":")[0] for line in lines] == ["release", "web", "worker", "beat"]
