"""The gateways themselves, asked: only where the administrator wants it."""

import socket
from collections.abc import Sequence
from urllib.parse import urlsplit

from sms_service.commands.doctor.database import of_credit
from sms_service.gateways.kavenegar_account import KavenegarAccount
from sms_service.service.health import Finding, well, wrong
from sms_service.settings import Settings

_PATIENCE = 2.0


def of_gateways(settings: Settings) -> Sequence[Finding]:
    """Whether each answers; Kavenegar's account is asked what it has left, nothing is sent."""
    asked = {"kavenegar": _kavenegar, "kannel": _kannel}
    return [asked[name](settings) for name in settings.gateways if name in asked]


def _kavenegar(settings: Settings) -> Finding:
    rial = KavenegarAccount(settings).credit_rial()
    if rial is None:
        remedy = "see KAVENEGAR_BASE_URL, KAVENEGAR_API_KEY, and the way out of this host"
        return wrong("kavenegar", "it doesn't tell what the account has left", remedy)
    told = of_credit(rial, settings.credit_warning_rial)
    return Finding("kavenegar", told.mark, told.said, told.remedy)


def _kannel(settings: Settings) -> Finding:
    address = urlsplit(settings.kannel_sendsms_url or "")
    port = address.port or (443 if address.scheme == "https" else 80)
    try:
        socket.create_connection((address.hostname or "", port), _PATIENCE).close()
    except OSError as error:
        said = f"its sendsms page can't be reached ({error.strerror or type(error).__name__})"
        return wrong("kannel", said, "see KANNEL_SENDSMS_URL, and whether smsbox runs")
    return well("kannel", "its sendsms page can be reached")
