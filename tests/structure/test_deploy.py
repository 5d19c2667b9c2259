"""What starts the service elsewhere starts the same as the Procfile, as tightly as it can."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from sms_service.queueing import LANES
from sms_service.settings import Settings
from tests.support.units import SYSTEMD, read_unit

ROOT = Path(__file__).parents[2]
BIN = "/opt/sms-service/current/bin/"
UNITS = {
    "release": "sms-service-release.service",
    "web": "sms-service-web.service",
    "worker": "sms-service-worker@.service",
    "beat": "sms-service-beat.service",
}
LOOSEST = 1.5
"""Of systemd's ten, where 10 is an unprotected service."""
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
SECRETS = {
    name for name, field in Settings.model_fields.items() if "Secret" in str(field.annotation)
}
ONLY_WEB = {"secret_key", "metrics_token"}

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze isn't installed"
)
each_process = pytest.mark.parametrize("process", UNITS)


def procfile() -> dict[str, list[str]]:
    """The commands by process, as words; where it listens is each place's own affair."""
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    pairs = (line.split(": ", 1) for line in lines)
    return {name: without_host(shlex.split(command)) for name, command in pairs}


def without_host(words: list[str]) -> list[str]:
    if "--host" not in words:
        return words
    place = words.index("--host")
    return words[:place] + words[place + 2 :]


@each_process
def test_the_unit_starts_what_the_procfile_names(process: str) -> None:
    words = shlex.split(read_unit(SYSTEMD, UNITS[process]).command)
    if process == "worker":
        assert words[-2:] == ["--hostname", "worker-%i@%H"]
        words = words[:-2]
    assert [words[0].removeprefix(BIN), *words[1:]] == procfile()[process]


@each_process
def test_the_container_starts_what_the_procfile_names(process: str) -> None:
    assert without_host(COMPOSE["services"][process]["command"]) == procfile()[process]


@each_process
def test_the_page_of_operations_names_what_the_procfile_names(process: str) -> None:
    page = (ROOT / "docs/how-to/operations.md").read_text(encoding="utf-8")
    named = re.search(rf"^\| {process} \| `([^`…]+)", page, flags=re.MULTILINE)
    assert named
    assert procfile()[process][: len(words := named[1].split())] == words


def test_the_worker_takes_from_every_queue() -> None:
    words = procfile()["worker"]
    queues = words[words.index("--queues") + 1].split(",")
    assert set(queues) == {lane.queue for lane in LANES.values()}


def test_docker_starts_the_web_process_unless_told_otherwise() -> None:
    (command,) = re.findall(r"^CMD (\[.+\])$", DOCKERFILE, flags=re.MULTILINE)
    assert without_host(yaml.safe_load(command)) == procfile()["web"]


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units, with programs where they look for them."""
    folder = tmp_path / "units"
    shutil.copytree(SYSTEMD, folder)
    for unit in folder.glob("*.service"):
        text = unit.read_text(encoding="utf-8").replace(BIN, f"{tmp_path}/bin/")
        unit.write_text(text, encoding="utf-8")
    (tmp_path / "bin").mkdir()
    for name in ("celery", "sms-service"):
        (tmp_path / "bin" / name).write_text("#!/bin/sh\n")
        (tmp_path / "bin" / name).chmod(0o755)
    return folder


@needs_systemd
def test_systemd_finds_nothing_wrong_with_the_units(units: Path) -> None:
    files = [str(path) for path in (*units.glob("*.service"), *units.glob("*.target"))]
    assert len(files) == len(UNITS) + 1
    done = _analyze("verify", "--man=no", *files)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@needs_systemd
def test_systemd_would_say_so(units: Path) -> None:
    with (units / "sms-service-web.service").open("a", encoding="utf-8") as unit:
        unit.write("[Service]\nProtectSystm=strict\n")
    said = _analyze("verify", "--man=no", str(units / "sms-service-web.service")).stderr
    assert "'ProtectSystm'" in said


@needs_systemd
@each_process
def test_little_of_the_system_is_exposed_to_a_process(tmp_path: Path, process: str) -> None:
    shutil.copytree(SYSTEMD, tmp_path / "etc/systemd/system")
    name = UNITS[process].replace("@", "@1")
    said = _analyze("security", "--offline=true", f"--root={tmp_path}", name).stdout
    exposure = re.search(r"Overall exposure level for \S+: ([0-9.]+)", said)
    assert exposure
    assert float(exposure[1]) < LOOSEST


@each_process
def test_a_process_is_handed_its_secrets_as_files(process: str) -> None:
    unit = read_unit(SYSTEMD, UNITS[process])
    wanted = SECRETS if process == "web" else SECRETS - ONLY_WEB
    assert set(unit.credentials) == wanted
    assert unit.named_files == {name.upper(): name for name in wanted}


def test_the_installer_makes_a_file_for_each_secret(tmp_path: Path) -> None:
    subprocess.run(["sh", ROOT / "deploy/make-secrets.sh", tmp_path], check=True)
    installer = (ROOT / "deploy/bundle/install.sh").read_text(encoding="utf-8")
    made = {path.name for path in tmp_path.iterdir()}
    made |= set(re.findall(r"^\tsecret (\w+) ", installer, flags=re.MULTILINE))
    assert made - SECRETS == {"redis_password"}
    assert SECRETS - made == set()


def test_containers_are_handed_what_settings_name() -> None:
    declared = set(COMPOSE["secrets"])
    for name in UNITS:
        service = COMPOSE["services"][name]
        given = {key.removesuffix("_FILE").lower() for key in service["environment"]}
        assert given <= set(Settings.model_fields)
        assert given & SECRETS == set(service["secrets"])
    assert {
        one for service in COMPOSE["services"].values() for one in service["secrets"]
    } == declared


def test_no_image_is_whatever_is_the_latest() -> None:
    (python,) = re.findall(r"^ARG PYTHON=(.+)$", DOCKERFILE, flags=re.MULTILINE)
    images = [service["image"] for service in COMPOSE["services"].values()]
    tags = [python, *(image.partition(":")[2] for image in images)]
    assert [tag for tag in tags if not re.search(r"\d", tag) or "latest" in tag] == []


def test_the_image_is_built_by_hashes_and_run_by_nobody_special() -> None:
    _, _, last = DOCKERFILE.rpartition("\nFROM ")
    assert re.search(r"^USER 10001", last, flags=re.MULTILINE)
    assert re.search(r"^HEALTHCHECK [^\n]+\\\n +CMD \[.+/livez", last, flags=re.MULTILINE)
    installs = re.findall(r"pip (?:install|wheel) ([^&\n]+)", DOCKERFILE)
    assert [one for one in installs if not re.search(r"--require-hashes|--no-index", one)] == []


def test_redis_refuses_rather_than_forgets() -> None:
    (said,) = [line for line in COMPOSE["services"]["redis"]["command"] if "redis-server" in line]
    for words in ("appendonly yes", "maxmemory-policy noeviction", "requirepass"):
        assert words in said


def _analyze(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, check=False)
