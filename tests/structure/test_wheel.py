"""What is published: a clean wheel that answers a text in an environment without the source."""

import json
import subprocess
import sys
import sysconfig
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sms_service import __version__
from tests.support.environment import process_environment

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this tree without a network."""
    directory = tmp_path_factory.mktemp("wheel")
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(directory)], ROOT)
    (built,) = directory.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that holds nothing but the wheel, and sees the dependencies from afar."""
    environment = tmp_path_factory.mktemp("venv")
    run([sys.executable, "-m", "venv", "--without-pip", str(environment)], environment)
    python = str(environment / "bin" / "python")
    pip = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check"]
    run([*pip, "install", "--quiet", "--no-index", "--no-deps", str(wheel)], environment)
    (site_packages,) = environment.glob("lib/python3.*/site-packages")
    # A path named by a .pth file is searched, but its own .pth files are not followed:
    # the editable install of the tests stays out of sight.
    dependencies = site_packages / "dependencies.pth"
    dependencies.write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return environment


def test_the_wheel_holds_the_packages_and_nothing_else(wheel: Path) -> None:
    metadata = "-".join(wheel.name.split("-")[:2]) + ".dist-info"
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
    assert tops == {"sms_service", "tasks", metadata}


def test_the_wheel_holds_every_template(wheel: Path) -> None:
    templates = {
        f"sms_service/{path.relative_to(ROOT)}"
        for path in (ROOT / "templates").rglob("*")
        if path.is_file()
    }
    with zipfile.ZipFile(wheel) as archive:
        assert templates
        assert templates - set(archive.namelist()) == set()


def test_the_wheel_holds_what_pages_load(wheel: Path) -> None:
    folders = [ROOT / "sms_service/static", ROOT / "sms_service/simulator/static"]
    loaded = {
        str(path.relative_to(ROOT))
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
    }
    with zipfile.ZipFile(wheel) as archive:
        assert loaded
        assert loaded - set(archive.namelist()) == set()


def test_the_wheel_notes_what_it_was_built_from_and_when(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        told = json.loads(archive.read("sms_service/build.json"))
    assert told["commit"] == run(["git", "rev-parse", "HEAD"], ROOT).strip()
    built_at = datetime.fromisoformat(told["built_at"])
    assert timedelta(0) < datetime.now(UTC) - built_at < timedelta(hours=1)


def test_the_wheel_is_of_the_version_that_the_code_tells(wheel: Path) -> None:
    assert wheel.name.split("-")[1] == __version__


def test_the_installed_wheel_answers_a_text(installed: Path, tmp_path: Path) -> None:
    command = [str(installed / "bin" / "sms-service"), "reply", "--json", "راهنما"]
    settings = {"DATABASE_URL": f"sqlite:///{tmp_path / 'empty.db'}"}
    answered = json.loads(run(command, tmp_path, process_environment(settings)))
    assert answered["understood"]["intent"] == "help"
    assert "شناسه" in answered["reply"]["text"]
    assert answered["reply"]["encoding"] == "UCS-2"


def test_the_installed_wheel_does_not_see_this_tree(installed: Path, tmp_path: Path) -> None:
    command = [
        str(installed / "bin" / "python"),
        "-c",
        "import sms_service as s; print(s.__file__)",
    ]
    where = run(command, tmp_path, process_environment({}))
    assert Path(where.strip()).is_relative_to(installed)


def run(command: list[str], directory: Path, environment: dict[str, str] | None = None) -> str:
    """Run a command to its end; its output. A failure shows what it said."""
    done = subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
