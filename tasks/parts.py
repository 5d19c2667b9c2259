"""The settings of workers and beat, and the parts of whichever worker process asks.

Parts are made after the fork and imported late: beat loads the tasks too, and needs
nothing of what they work with.
"""

import os
import sys
from typing import TYPE_CHECKING

from sms_service.logs.tracing import check_tracing
from sms_service.settings import Settings, SettingsError, load_settings
from sms_service.settings.safety import refuse_what_is_unsafe

if TYPE_CHECKING:
    from sms_service.wiring import Parts, PartsPerProcess


def _settings() -> Settings:
    try:
        settings = load_settings(os.environ)
        settings.require("data_keys", "hash_key", "broker_url")
        settings.require_gateways()
        settings.require_sources()
        check_tracing(settings)
        refuse_what_is_unsafe(settings, os.environ)
    except SettingsError as error:
        sys.exit(str(error))
    return settings


settings = _settings()
_per_process: "list[PartsPerProcess]" = []


def parts() -> "Parts":
    """The parts of this process."""
    from sms_service.wiring import PartsPerProcess

    if not _per_process:
        _per_process.append(PartsPerProcess(settings))
    return _per_process[0]()
