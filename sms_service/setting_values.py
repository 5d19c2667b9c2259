"""What single settings are made of, as they stand in the environment."""

from pathlib import Path
from typing import Any

from sms_service.domain.calendar import gregorian_of


class SettingsError(Exception):
    """A setting is wrong or missing; the message is one line that names it."""


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
