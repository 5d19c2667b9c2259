"""install.sh on a small bundle: what it makes, what it leaves alone, what it refuses."""

import hashlib
import os
import platform
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from deploy.bundle import archive, wheels
from deploy.bundle.sources import ROOT
from sms_service.settings import load_settings

RELEASE = "1.0.0-1"
_PYTHON = str(Path(sys.executable).resolve())


class Trial:
    """A bundle without the service's packages, and a server that is a folder."""

    def __init__(self, folder: Path) -> None:
        self.bundle = folder / "bundle"
        self.root = folder / "server"
        self.prefix = self.root / "opt/sms-service"
        self.etc = self.root / "etc/sms-service"
        house = self.bundle / "wheels"
        house.mkdir(parents=True)
        make_wheel(house / "sms_service-1.0.0-py3-none-any.whl")
        (self.bundle / "requirements.lock").write_text(wheels.locked(house))
        for file in (".env.example", "LICENSE"):
            shutil.copy(ROOT / file, self.bundle)
        for folder_name in ("systemd", "nginx"):
            shutil.copytree(ROOT / "deploy" / folder_name, self.bundle / "deploy" / folder_name)
        for file in ("nginx.conf", "make-secrets.sh", "sms-service.sh"):
            shutil.copy(ROOT / "deploy" / file, self.bundle / "deploy")
        shutil.copy(ROOT / "deploy/bundle/install.sh", self.bundle)
        (self.bundle / "docs").mkdir()
        (self.bundle / "sbom.cdx.json").write_text("{}")
        self.note()

    def note(self, **other: str) -> None:
        """Write VERSION, and the sums of all as it stands."""
        told = {
            "release": RELEASE,
            "python": ".".join(map(str, sys.version_info[:2])),
            "machine": platform.machine(),
            "glibc": "2.17",
            **other,
        }
        (self.bundle / "VERSION").write_text("".join(f"{k}={v}\n" for k, v in told.items()))
        (self.bundle / "SHA256SUMS").unlink(missing_ok=True)
        (self.bundle / "SHA256SUMS").write_text(archive.sums(self.bundle))

    def install(self, *options: str, python: str = _PYTHON) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["sh", self.bundle / "install.sh", "--root", self.root, "--python", python, *options],
            capture_output=True,
            text=True,
            check=False,
        )

    def refused(self, *options: str, python: str = _PYTHON) -> str:
        """The one line by which the installer refuses; nothing is there afterwards."""
        done = self.install(*options, python=python)
        assert done.returncode == 1
        assert not (self.prefix / "current").exists()
        return done.stderr.splitlines()[-1]

    @property
    def in_use(self) -> str:
        return str((self.prefix / "current").readlink())


def make_wheel(path: Path) -> None:
    """A wheel whose command says its name and a setting."""
    info = "sms_service-1.0.0.dist-info"
    code = "import os\ndef main():\n    print('said', os.environ['COMPANY_NAME'], os.getcwd())\n"
    files = {
        "told.py": code,
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: sms-service\nVersion: 1.0.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\nsms-service = told:main\n",
    }
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
        wheel.writestr(
            f"{info}/RECORD", "".join(f"{name},,\n" for name in (*files, f"{info}/RECORD"))
        )


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    return Trial(tmp_path)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """A trial that was installed once."""
    trial = Trial(tmp_path_factory.mktemp("installed"))
    done = trial.install()
    assert done.returncode == 0, done.stderr
    return trial


def test_secrets_are_new_complete_and_nobody_elses_to_read(installed: Trial) -> None:
    folder = installed.etc / "secrets"
    environ = {f"{path.name.upper()}_FILE": str(path) for path in folder.iterdir()}
    settings = load_settings(environ)
    settings.require("secret_key", "data_keys", "hash_key", "webhook_secrets", "broker_url")
    texts = [path.read_text() for path in folder.iterdir() if path.stat().st_size]
    assert len(set(texts)) == len(texts)
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o640}
    assert stat.S_IMODE((installed.etc / "env").stat().st_mode) == 0o640
    assert stat.S_IMODE(folder.stat().st_mode) == 0o750


def test_the_settings_are_the_examples_and_outrank_no_secret(installed: Trial) -> None:
    lines = (installed.etc / "env").read_text(encoding="utf-8").splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert given == {
        "KAVENEGAR_SENDER": "",
        "UPLOADS_DIR": f"{installed.root}/var/lib/sms-service/uploads",
        "PROMETHEUS_MULTIPROC_DIR": f"{installed.root}/var/lib/sms-service/metrics",
        "TRUSTED_PROXIES": "1",
    }
    assert "#COMPANY_CODE=044" in lines


def test_the_administrators_command_has_the_settings_of_the_service(installed: Trial) -> None:
    with (installed.etc / "env").open("a", encoding="utf-8") as env:
        env.write("COMPANY_NAME=Bargh of $HOME `x`\n")
    command = installed.root / "usr/local/sbin/sms-service"
    said = subprocess.run([command], capture_output=True, text=True, check=True).stdout
    assert said == f"said Bargh of $HOME `x` {installed.root}/var/lib/sms-service\n"


def test_an_upgrade_keeps_what_the_administrator_wrote_and_a_way_back(installed: Trial) -> None:
    units = installed.root / "etc/systemd/system"
    changed, ours = units / "sms-service-web.service", units / "sms-service-beat.service"
    secrets = digest(installed.etc)
    changed.write_text(changed.read_text() + "# mine\n")
    newer = installed.bundle / "deploy/systemd"
    for name in (changed.name, ours.name):
        (newer / name).write_text((newer / name).read_text() + "# newer\n")
    installed.note(release="0.2.0-2")

    said = installed.install().stdout

    assert installed.in_use == "releases/0.2.0-2"
    assert digest(installed.etc) == secrets
    assert f"{changed} was changed here and is kept" in said
    assert changed.read_text().endswith("# mine\n")
    assert changed.with_name(f"{changed.name}.new").read_text().endswith("# newer\n")
    assert ours.read_text().endswith("# newer\n")
    assert installed.install("--back").returncode == 0
    assert installed.in_use == f"releases/{RELEASE}"
    assert installed.install("--back").returncode == 0
    assert installed.in_use == "releases/0.2.0-2"


@pytest.mark.long
def test_half_a_release_is_made_again(installed: Trial) -> None:
    release = installed.prefix / installed.in_use
    (release / "complete").unlink()
    shutil.rmtree(release / "lib")
    assert installed.install().returncode == 0
    assert (release / "complete").exists()
    assert list(release.glob("lib/python*/site-packages/told.py"))


def test_a_bundle_that_was_damaged_is_refused(trial: Trial) -> None:
    with next(trial.bundle.glob("wheels/*")).open("ab") as wheel:
        wheel.write(b"\0")
    assert trial.refused() == "install.sh: the bundle isn't as it was made: copy it anew"


@pytest.mark.long
def test_a_package_that_the_lock_does_not_name_is_refused(trial: Trial) -> None:
    lock = trial.bundle / "requirements.lock"
    lock.write_text(lock.read_text().replace("sha256:", f"sha256:{hashlib.sha256().hexdigest()} #"))
    trial.note()
    done = trial.install()
    assert done.returncode != 0
    assert "DO NOT MATCH THE HASHES" in done.stderr
    assert not (trial.prefix / "current").exists()


@pytest.mark.parametrize(
    ("noted", "said"),
    [
        ({"python": "3.10"}, "this bundle is for Python 3.10"),
        ({"machine": "s390x"}, "this bundle is for s390x"),
        ({"glibc": "9.9"}, "this bundle needs glibc 9.9 or newer"),
    ],
)
def test_a_bundle_for_another_machine_is_refused(
    trial: Trial, noted: dict[str, str], said: str
) -> None:
    trial.note(**noted)
    assert said in trial.refused()


def test_a_python_that_is_too_old_or_none_is_refused(trial: Trial, tmp_path: Path) -> None:
    old = tmp_path / "python"
    old.write_text("#!/bin/sh\necho 3.9\n")
    old.chmod(0o755)
    assert "needs Python 3.11, 3.12 or 3.13, and" in trial.refused(python=str(old))
    assert "is no Python" in trial.refused(python=str(tmp_path / "nothing"))


def test_an_option_that_does_not_exist_is_answered_with_those_that_do(trial: Trial) -> None:
    done = trial.install("--everything")
    assert done.returncode == 2
    assert "--migrate" in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may install")
def test_somebody_else_than_root_is_told_what_to_do(trial: Trial) -> None:
    done = subprocess.run(
        ["sh", trial.bundle / "install.sh"], capture_output=True, text=True, check=False
    )
    assert done.stderr == "install.sh: run it as root, or try it out with --root FOLDER\n"


def digest(folder: Path) -> dict[str, str]:
    """The contents of every file below a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
