"""What single settings are made of, as they stand in the environment."""

import unicodedata
from collections.abc import Mapping
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

_LONGEST_FILE = 64 * 1024


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


def value_of(name: str, environ: Mapping[str, str]) -> str | None:
    """What a setting's name, or the file that ``<name>_FILE`` names, holds; None: nothing.

    Raises SettingsError.
    """
    written, file = environ.get(name), environ.get(f"{name}_FILE")
    if written and file:
        raise SettingsError(f"{name} and {name}_FILE are both set; keep one")
    return read_secret(name, Path(file)) if file else written


def read_secret(name: str, path: Path) -> str:
    """The one line of the file that ``<name>_FILE`` names. Raises SettingsError."""
    try:
        with path.open("rb") as file:
            held = file.read(_LONGEST_FILE + 1)
    except OSError as error:
        raise SettingsError(f"{name}_FILE: can't read the file ({error.strerror})") from None
    if len(held) > _LONGEST_FILE:
        raise SettingsError(f"{name}_FILE: is larger than {_LONGEST_FILE} bytes")
    try:
        # Editors put a mark of three bytes in front, and a line break at the end.
        text = held.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise SettingsError(f"{name}_FILE: isn't text in UTF-8") from None
    if any(unicodedata.category(letter) == "Cc" for letter in text):
        raise SettingsError(f"{name}_FILE: holds more than one line, or control characters")
    return text
