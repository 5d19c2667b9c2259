"""Billing sources as the settings describe them. Building one connects to nothing."""

from collections.abc import Callable, Mapping
from datetime import date

from sqlalchemy import Engine

from sms_service.billing.chain import BillingChain
from sms_service.billing.fetched import Ages, FetchedHistories
from sms_service.billing.saapa import SaapaSource
from sms_service.billing.saapa_client import SPELLINGS, Interface, SaapaClient, Subject
from sms_service.billing.saapa_live import LiveSaapa
from sms_service.billing.saapa_records import RecordReader
from sms_service.billing.sql import SqlBillingSource
from sms_service.domain.calendar import jalali_of
from sms_service.service.ports import BillingSource
from sms_service.settings import Settings, SettingsError

_SECONDS_A_DAY = 86_400.0


def sources_from(
    settings: Settings,
    engine: Engine,
    hash_phone: Callable[[str], bytes],
    today: Callable[[], date],
) -> BillingChain:
    """The sources that BILLING_SOURCES names, in its order. Raises SettingsError."""
    settings.require_sources()
    builders: Mapping[str, Callable[[], BillingSource]] = {
        "sql": lambda: SqlBillingSource(engine),
        "saapa": lambda: _saapa(settings, engine, hash_phone, today),
    }
    return BillingChain({name: builders[name]() for name in settings.billing_sources})


def kept_answers(settings: Settings, engine: Engine) -> FetchedHistories:
    """What the national interface said, for as long as the settings let it be told.

    A kept answer says that somebody asked about the bill: retention ends it as well.
    """
    stale = min(settings.saapa_stale_days, settings.retention_days) * _SECONDS_A_DAY
    return FetchedHistories(engine, Ages(fresh=settings.saapa_fresh_seconds, stale=stale))


def _saapa(
    settings: Settings,
    engine: Engine,
    hash_phone: Callable[[str], bytes],
    today: Callable[[], date],
) -> SaapaSource:
    try:
        client = SaapaClient(_interface(settings))
    except ValueError as error:
        raise SettingsError(f"SAAPA_BASE_URL and SAAPA_TOKEN: {error}") from None
    live = LiveSaapa(
        client,
        RecordReader(hash_phone),
        first_year=lambda: jalali_of(today()).year - settings.saapa_years,
    )
    return SaapaSource(live, kept_answers(settings, engine), settings.saapa_lookup_seconds)


def _interface(settings: Settings) -> Interface:
    if settings.saapa_base_url is None or settings.saapa_token is None:
        raise SettingsError("SAAPA_BASE_URL and SAAPA_TOKEN are required")
    return Interface(
        settings.saapa_base_url,
        settings.saapa_token,
        {
            Subject.SALES: settings.saapa_sales_path,
            Subject.PAYMENTS: settings.saapa_payments_path,
            Subject.BRANCH: settings.saapa_branch_path,
        },
        SPELLINGS[settings.saapa_field_names],
        settings.saapa_mobile_number,
        settings.saapa_call_seconds,
        settings.saapa_connections,
    )
