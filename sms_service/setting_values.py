"""What single settings are made of, as they stand in the environment."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sms_service.domain.calendar import gregorian_of

ACCOUNTS = {
    "kavenegar": ("kavenegar_api_key",),
    "kannel": ("kannel_sendsms_url", "kannel_username", "kannel_password"),
}
"""What a gateway can't be used without."""
SOURCES = {"sql": (), "saapa": ("saapa_base_url", "saapa_token")}
"""What a source of histories can't be used without."""


class SettingsError(Exception):
    """A setting is wrong or missing; the message is one line that names it."""


def in_one_line(error: ValidationError) -> str:
    """The first thing that is wrong, by the setting's name; never what it holds."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    said = first["msg"].removeprefix("Value error, ")
    return f"{str(first['loc'][0]).upper()}: {said}" if first["loc"] else str(said)


def split(value: Any) -> Any:
    """Words between commas; anything but text as it is."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def jalali_day(value: Any) -> Any:
    """The Gregorian day of a Jalali one; anything but text as it is. Raises ValueError."""
    if not isinstance(value, str):
        return value
    year, month, day = (int(part) for part in value.replace("/", "-").split("-"))
    return gregorian_of(year, month, day)


def read_secret(name: str, path: Path) -> str:
    """The text of the file that ``<name>_FILE`` names. Raises SettingsError."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"{name}_FILE: can't read the file") from None
