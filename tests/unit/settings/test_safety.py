"""What the service refuses to start with, and what it warns of."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sms_service import create_app
from sms_service.settings import Settings, SettingsError, load_settings
from sms_service.settings.safety import refuse_what_is_unsafe, warnings_of
from tests.support.environment import process_environment, service_environment

_NOWHERE = "redis://127.0.0.1:9/0"

_REFUSED = {
    "a short key": ({"SECRET_KEY": "sh0rt-k3y"}, "SECRET_KEY: has 9 characters, 32 are needed"),
    "a short hash key": ({"HASH_KEY": "qwertyuiop"}, "HASH_KEY: has 10 characters, 32 are needed"),
    "a short old webhook secret": (
        {"WEBHOOK_SECRETS": "w4bH00kS3cr3tOfTheTests7f3a9d,old-secret"},
        "WEBHOOK_SECRETS: has 10 characters, 20 are needed",
    ),
    "a short token": ({"METRICS_TOKEN": "metrics"}, "METRICS_TOKEN: has 7 characters, 20 are need"),
    "a key of one letter": (
        {"SECRET_KEY": "a" * 40},
        "SECRET_KEY: has too few different characters for a secret",
    ),
    "a secret no path holds": (
        {"WEBHOOK_SECRETS": "w4bH00k/S3cr3t?OfTheTests7f3a9d"},
        "WEBHOOK_SECRETS: stands in an address, and may have letters, digits and . _ ~ - only",
    ),
    "one key for two": (
        {"HASH_KEY": "a secret key of the tests alone, 32+ bytes"},
        "HASH_KEY: must differ from SECRET_KEY",
    ),
    "the simulator beside the real gateway": (
        {"SIMULATOR": "1", "KAVENEGAR_BASE_URL": "https://api.kavenegar.com"},
        "SIMULATOR: must be off where KAVENEGAR_BASE_URL is a real gateway's",
    ),
    "the simulator beside a real Kannel": (
        {"SIMULATOR": "1", "GATEWAYS": "kannel", "KANNEL_SENDSMS_URL": "http://10.1.2.3/sendsms"},
        "SIMULATOR: must be off where KANNEL_SENDSMS_URL is a real gateway's",
    ),
}


def _load(**more: str) -> Settings:
    return load_settings(service_environment(**more))


@pytest.mark.parametrize(("more", "said"), _REFUSED.values(), ids=_REFUSED)
def test_what_nobody_should_run_is_one_line_that_names_the_setting(
    more: Mapping[str, str], said: str
) -> None:
    with pytest.raises(SettingsError) as error:
        refuse_what_is_unsafe(_load(**more), {})
    assert str(error.value).startswith(said)
    assert not any(secret in str(error.value) for secret in more.values() if len(secret) > 4)


def test_the_tests_own_settings_and_simulated_gateways_are_good_enough() -> None:
    refuse_what_is_unsafe(_load(), {})
    elsewhere = {"SIMULATOR_URL": "http://simulator:8001", "SIMULATOR": "1"}
    refuse_what_is_unsafe(_load(**elsewhere, KAVENEGAR_BASE_URL="http://simulator:8001"), {})
    refuse_what_is_unsafe(_load(SIMULATOR="1", KAVENEGAR_BASE_URL="http://localhost:1"), {})


def test_the_debugger_of_flask_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"^FLASK_DEBUG: "):
        refuse_what_is_unsafe(_load(), {"FLASK_DEBUG": "1"})
    refuse_what_is_unsafe(_load(), {"FLASK_DEBUG": "0"})


def test_a_secret_that_others_may_write_is_refused_and_one_they_may_read_is_told(
    tmp_path: Path,
) -> None:
    file, port = tmp_path / "hash_key", tmp_path / "port"
    file.write_text("k" * 32, encoding="ascii")
    port.write_text("8000", encoding="ascii")
    environ = {"HASH_KEY_FILE": str(file), "PORT_FILE": str(port)}
    port.chmod(0o666)
    file.chmod(0o640)
    refuse_what_is_unsafe(_load(), environ)
    assert warnings_of(_load(), environ) == []
    file.chmod(0o644)
    assert warnings_of(_load(), environ) == ["HASH_KEY_FILE: everybody on this machine may read it"]
    file.chmod(0o646)
    with pytest.raises(SettingsError, match=r"^HASH_KEY_FILE: .* may write it$"):
        refuse_what_is_unsafe(_load(), environ)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({}, []),
        ({"TODAY": "1405-09-02"}, ["TODAY is set"]),
        ({"TODAY": "1405-09-02", "SIMULATOR": "1"}, ["SIMULATOR is on"]),
        ({"KAVENEGAR_BASE_URL": "http://api.example"}, ["KAVENEGAR_BASE_URL: what is sent"]),
        ({"KAVENEGAR_BASE_URL": "https://api.example"}, []),
        ({"SAAPA_BASE_URL": "http://billing.example"}, ["SAAPA_BASE_URL: what is sent"]),
    ],
)
def test_what_an_administrator_should_know_is_told(
    more: Mapping[str, str], told: list[str]
) -> None:
    warnings = warnings_of(_load(**more), {})
    assert len(warnings) == len(told)
    assert all(one.startswith(begin) for one, begin in zip(warnings, told, strict=True))


def test_the_application_is_not_built_of_what_is_refused(settings: Callable[..., Settings]) -> None:
    with pytest.raises(SettingsError, match=r"^SECRET_KEY: has 5 characters"):
        create_app(settings(REDIS_URL=_NOWHERE, SECRET_KEY="short"))


@pytest.mark.parametrize("process", [["-m", "sms_service", "serve"], ["-c", "import tasks.parts"]])
def test_neither_web_nor_worker_starts_with_what_is_refused(process: list[str]) -> None:
    given = service_environment(HASH_KEY="short", REDIS_URL=_NOWHERE)
    ended = subprocess.run(
        [sys.executable, *process],
        env=process_environment(given),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 1
    said = ended.stderr.strip().removeprefix("sms-service: ")
    assert said == "HASH_KEY: has 5 characters, 32 are needed"
