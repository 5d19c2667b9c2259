"""Every setting, read once from the environment into one frozen, typed object."""

from sms_service.settings.model import (
    ACCOUNTS,
    SOURCES,
    Settings,
    SettingsError,
    load_settings,
)

__all__ = ["ACCOUNTS", "SOURCES", "Settings", "SettingsError", "load_settings"]
