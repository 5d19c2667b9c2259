"""From the archive alone, on a server that reaches nothing: installed, started, answering."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from deploy.bundle.__main__ import make
from deploy.bundle.sources import ROOT, here
from deploy.bundle.wheels import sha256
from tests.support.environment import process_environment
from tests.support.nginx import needs_nginx

_MINE = () if os.geteuid() == 0 else ("--user", "--map-root-user")
ALONE = ("unshare", "--net", *_MINE, "sh", "-c", 'ip link set lo up && exec "$@"', "sh")
"""In a network namespace of its own, whose only interface is the loopback one."""


def can_be_alone() -> bool:
    tools = all(map(shutil.which, ("unshare", "ip", "setpriv")))
    return (
        tools and not subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode
    )


pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(600),
    needs_nginx,
    pytest.mark.skipif(not can_be_alone(), reason="no network namespace can be had"),
]


@pytest.fixture(scope="module")
def seconds() -> dict[str, float]:
    """How long each step took."""
    return {}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, seconds: dict[str, float]) -> Path:
    """A bundle of the tree as it is."""
    started = time.monotonic()
    made = make(here(), tmp_path_factory.mktemp("dist"))
    seconds["build"] = round(time.monotonic() - started, 2)
    return made


@pytest.fixture(scope="module")
def life(archive: Path, process_logs: Path, seconds: dict[str, float]) -> dict[str, Any]:
    """What came of the bundle where there is no network (tests/support/offline.py)."""
    folder = process_logs / "offline"
    folder.mkdir()
    command = [sys.executable, "-m", "tests.support.offline", str(archive), str(folder)]
    environment = process_environment({"PYTHONPATH": str(ROOT)})
    done = subprocess.run(
        [*ALONE, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    came: dict[str, Any] = json.loads(done.stdout)
    seconds |= came["seconds"]
    sys.stdout.write(
        f"\n{json.dumps({'megabytes': round(archive.stat().st_size / 1e6, 1), **seconds})}\n"
    )
    return came


def test_a_question_is_answered_through_nginx_where_nothing_can_be_reached(
    life: dict[str, Any],
) -> None:
    assert (life["routes"], life["reached"]) == (0, False)
    assert life["answer"] == life["expected"]
    assert life["ready"] == 200
    assert life["secret_in_logs"] is False


def test_the_running_service_tells_the_commit_that_the_bundle_was_made_of(
    life: dict[str, Any],
) -> None:
    told, noted = life["version"], life["noted"]
    assert told["version"] == noted["version"]
    assert noted["commit"] in (told["commit"], f"{here().commit}")
    assert told["built_at"].rstrip("Z")[:19] == noted["built_at"].rstrip("Z")


def test_the_installer_run_again_finds_all_in_place(life: dict[str, Any]) -> None:
    assert "is there already" in life["again"]
    assert "was changed here" not in life["again"]


def test_the_same_commit_makes_the_same_archive(archive: Path, tmp_path: Path) -> None:
    assert sha256(make(here(), tmp_path)) == sha256(archive)


def test_the_bill_of_materials_is_valid_and_names_every_wheel_with_licence_and_hash(
    archive: Path, tmp_path: Path
) -> None:
    shutil.unpack_archive(archive, tmp_path, filter="data")
    (inside,) = tmp_path.iterdir()
    text = (inside / "sbom.cdx.json").read_text(encoding="utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    parts = json.loads(text)["components"]
    assert len(parts) >= len(list((inside / "wheels").iterdir())) - 1
    assert [part["name"] for part in parts if not part.get("licenses")] == []
    assert [part["name"] for part in parts if not part.get("hashes")] == []
