"""What is left of a Kavenegar account's credit."""

import logging

from sms_service.gateways.kavenegar_client import KavenegarClient, KavenegarError
from sms_service.settings import Settings
from sms_service.transport import Timeouts

log = logging.getLogger(__name__)

_PATIENCE = Timeouts(connect=1.0, read=1.5)
"""A page waits for the answer."""


class KavenegarAccount:
    """The account of these settings. Raises SettingsError where it has no key."""

    def __init__(self, settings: Settings) -> None:
        settings.require("kavenegar_api_key")
        key = settings.kavenegar_api_key or ""
        self._client = KavenegarClient(key, settings.kavenegar_base_url, _PATIENCE, pool_size=1)

    def credit_rial(self) -> int | None:
        """Rial left; None when the gateway doesn't say."""
        try:
            said = self._client.account_info()
            return int(said["remaincredit"])
        except KavenegarError as error:
            log.warning("the credit isn't known: %s", error.reason)
        except (KeyError, TypeError, ValueError):
            log.warning("the credit isn't known: the answer names none")
        return None
