"""Gateways as the settings describe them. Building one connects to nothing."""

from pydantic import SecretStr

from sms_service.gateways.kannel import Account, KannelGateway, Receipts
from sms_service.gateways.kavenegar import KavenegarGateway
from sms_service.settings import Settings, SettingsError
from sms_service.transport import Timeouts


def kavenegar_from(settings: Settings) -> KavenegarGateway:
    """Raises SettingsError."""
    if settings.kavenegar_api_key is None:
        raise SettingsError("KAVENEGAR_API_KEY is required")
    return KavenegarGateway(
        settings.kavenegar_api_key,
        settings.kavenegar_base_url,
        sender=settings.kavenegar_sender,
        timeouts=_timeouts(settings),
    )


def kannel_from(settings: Settings) -> KannelGateway:
    """Asks for receipts where KANNEL_CALLBACK_URL is set. Raises SettingsError."""
    settings.require("kannel_sendsms_url", "kannel_username", "kannel_password")
    url, user = settings.kannel_sendsms_url or "", settings.kannel_username or ""
    password = settings.kannel_password or SecretStr("")
    try:
        account = Account(user, password, settings.kannel_sender)
        return KannelGateway(url, account, _receipts(settings), _timeouts(settings))
    except ValueError as error:
        raise SettingsError(f"KANNEL_SENDSMS_URL and the others of Kannel: {error}") from None


def _receipts(settings: Settings) -> Receipts | None:
    if settings.kannel_callback_url is None:
        return None
    settings.require("webhook_secrets")
    # The newest secret comes first, so that it outlives what is sent today.
    return Receipts(settings.kannel_callback_url, settings.webhook_secrets[0])


def _timeouts(settings: Settings) -> Timeouts:
    return Timeouts(settings.gateway_connect_timeout, settings.gateway_read_timeout)
