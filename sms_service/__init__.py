"""Electricity bills, consumption and payments by text message.

``create_app`` is the Flask factory; ``sms-service --help`` shows everything else.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apiflask import APIFlask

    from sms_service.settings import Settings

__version__ = "1.0.0"


def create_app(settings: "Settings | None" = None) -> "APIFlask":
    """Build the web application; reads the environment when no settings are given.

    Raises SettingsError, in one line, for a setting that is wrong or missing.
    Connects to nothing: the first request does.
    """
    from sms_service.web import build

    return build(settings)
