"""``NAME_FILE``: every setting may come from a file, and a file that can't serve is one line."""

from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from sms_service.settings import Settings, SettingsError, load_settings

_WHERE_ONLY_SOME_WILL_DO = {
    "data_keys": "1:" + b64encode(bytes(range(32))).decode(),
    "webhook_secrets": "one-secret, another-secret",
    "redis_url": "redis://127.0.0.1:6379/0",
    "celery_broker_url": "redis://127.0.0.1:6379/0",
    "saapa_base_url": "https://billing.example/api",
    "otel_exporter_otlp_endpoint": "http://collector.example:4318",
    "ussd_code": "*1521#",
    "today": "1405-09-02",
}


def _written(name: str) -> str:
    """A value of a setting, as it stands in the environment."""
    default: Any = Settings.model_fields[name].get_default()
    if name in _WHERE_ONLY_SOME_WILL_DO:
        return _WHERE_ONLY_SOME_WILL_DO[name]
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    if isinstance(default, tuple):
        return ",".join(default)
    return "5" if default in (None, "") else str(default)


@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_setting_is_the_same_from_a_file(tmp_path: Path, field: str) -> None:
    name, value, file = field.upper(), _written(field), tmp_path / "value"
    for ending in ("", "\n", "\r\n", "\n\n"):
        file.write_bytes(f"{value}{ending}".encode())
        assert load_settings({f"{name}_FILE": str(file)}) == load_settings({name: value})


def test_only_the_line_break_at_the_end_is_no_part_of_a_secret(tmp_path: Path) -> None:
    file = tmp_path / "hash_key"
    file.write_bytes(b"\xef\xbb\xbf from a file \n")
    key = load_settings({"HASH_KEY_FILE": str(file)}).hash_key
    assert key is not None
    assert key.get_secret_value() == " from a file "


def test_a_name_of_several_words_keeps_what_joins_them(tmp_path: Path) -> None:
    file = tmp_path / "name"
    file.write_text("نیروی\u200cبرق\n", encoding="utf-8")
    assert load_settings({"COMPANY_NAME_FILE": str(file)}).company_name == "نیروی\u200cبرق"


def test_an_empty_name_beside_a_file_is_as_if_it_weren_t_there(tmp_path: Path) -> None:
    file = tmp_path / "port"
    file.write_text("8123\n", encoding="ascii")
    assert load_settings({"PORT": "", "PORT_FILE": str(file)}).port == 8123
    assert load_settings({"PORT": "8123", "PORT_FILE": ""}).port == 8123
    assert load_settings({"PORT_FILE": ""}).port == 8000


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (b"x" * 70_000, "is larger than 65536 bytes"),
        (b"\xff\xfe", "isn't text in UTF-8"),
        (b"one\ntwo\n", "holds more than one line, or control characters"),
        (b"nul\x00", "holds more than one line, or control characters"),
        (b"\x1b[31mred", "holds more than one line, or control characters"),
    ],
)
def test_a_file_that_cannot_serve_is_one_line_that_shows_nothing_of_it(
    tmp_path: Path, held: bytes, said: str
) -> None:
    file = tmp_path / "hash_key"
    file.write_bytes(held)
    with pytest.raises(SettingsError) as error:
        load_settings({"HASH_KEY_FILE": str(file)})
    assert str(error.value) == f"HASH_KEY_FILE: {said}"


def test_a_file_that_is_not_there_or_is_none_is_named_by_its_setting(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(SettingsError, match=r"^HASH_KEY_FILE: can't read the file \(.+\)$"):
            load_settings({"HASH_KEY_FILE": str(path)})


def test_a_value_and_a_file_at_once_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "port"
    file.write_text("8123", encoding="ascii")
    with pytest.raises(SettingsError, match=r"^PORT and PORT_FILE are both set; keep one$"):
        load_settings({"PORT": "8000", "PORT_FILE": str(file)})
