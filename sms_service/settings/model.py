"""Every setting, read once from the environment into one frozen, typed object.

Names are those of the environment, unprefixed. A secret ``NAME`` may come from the
file that ``NAME_FILE`` names. Nothing here connects to anything.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from sms_service.domain.usage import MOST_MISSES
from sms_service.settings.desk import DeskSettings
from sms_service.settings.keys import parse_keys
from sms_service.settings.values import (
    ACCOUNTS,
    SOURCES,
    SettingsError,
    in_one_line,
    jalali_day,
    split,
    value_of,
)

__all__ = ["ACCOUNTS", "SOURCES", "Settings", "SettingsError", "load_settings"]

Names = Annotated[tuple[str, ...], NoDecode]
Secrets = Annotated[tuple[SecretStr, ...], NoDecode]

_SAID = {"broker_url": "REDIS_URL or CELERY_BROKER_URL"}
"""What stands for a value that several settings may give."""
_EMBEDDED_DATABASE = "sqlite:///var/sms_service.db"


class Settings(DeskSettings):
    """The service's settings. Durations are seconds unless the name says otherwise."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    database_url: SecretStr = Field(
        SecretStr(_EMBEDDED_DATABASE),
        description="Where the ledger and the bills live: PostgreSQL or SQLite.",
    )
    secret_key: SecretStr | None = Field(None, description="Signs sessions and forms.")
    data_keys: Secrets = Field(
        (), description="Encryption keys as version:base64, the newest first; old ones still read."
    )
    hash_key: SecretStr | None = Field(
        None, description="Keys the hashes by which phones are found again."
    )
    webhook_secrets: Secrets = Field(
        (), description="Accepted path secrets of the webhooks; several while they rotate."
    )

    gateways: Names = Field(
        ("kavenegar",),
        min_length=1,
        description="Ways out, in order of preference: kavenegar, kannel.",
    )
    kavenegar_api_key: SecretStr | None = Field(None, description="The account's API key.")
    kavenegar_base_url: str = Field(
        "https://api.kavenegar.com", description="The gateway's address, without /v1."
    )
    kavenegar_sender: str | None = Field(None, description="The line that answers leave from.")
    kannel_sendsms_url: str | None = Field(
        None, description="Kannel's sendsms page, http://host:13013/cgi-bin/sendsms."
    )
    kannel_username: str | None = Field(None, description="Kannel's sendsms user.")
    kannel_password: SecretStr | None = Field(None, description="That user's password.")
    kannel_sender: str | None = Field(None, description="The line that Kannel sends from.")
    kannel_callback_url: str | None = Field(
        None,
        description="Where Kannel reaches the web process; without it no receipts are asked for.",
    )
    kavenegar_parts_per_second: float | None = Field(
        None, gt=0, description="SMS parts a second that the account bears; empty: no limit."
    )
    kannel_parts_per_second: float | None = Field(
        None, gt=0, description="The same of Kannel's line."
    )
    gateway_connect_timeout: float = Field(3.05, gt=0, description="Seconds to reach the gateway.")
    gateway_read_timeout: float = Field(10, gt=0, description="Seconds to wait for its answer.")

    billing_sources: Names = Field(
        ("sql",), min_length=1, description="Where histories come from, in order: saapa, sql."
    )
    saapa_base_url: str | None = Field(
        None,
        pattern=r"^https?://[^/?#\s][^?#\s]*$",
        description="The national billing interface, http(s)://host[/path].",
    )
    saapa_token: SecretStr | None = Field(None, description="Its bearer token.")
    saapa_sales_path: str = Field("get-sale-bills", description="Where bills are asked for.")
    saapa_payments_path: str = Field("get-paid-bills", description="Where payments are.")
    saapa_branch_path: str = Field("get-branch-info", description="Where the branch record is.")
    saapa_field_names: Literal["small", "mixed"] = Field(
        "small", description="How questions name their fields: bill_identifier, BILL_IDENTIFIER."
    )
    saapa_mobile_number: str | None = Field(
        None, description="Sent where the interface demands one; never a subscriber's."
    )
    saapa_years: int = Field(10, ge=1, le=30, description="Years of records that are asked for.")
    saapa_connections: int = Field(8, ge=1, le=64, description="Calls at a time of a process.")
    saapa_call_seconds: float = Field(3, gt=0, description="For one call.")
    saapa_lookup_seconds: float = Field(8, gt=0, description="For a look-up of up to 200 bills.")
    saapa_fresh_seconds: float = Field(600, gt=0, description="Told as live for so long.")
    saapa_stale_days: float = Field(
        30, gt=0, description="Told with its day for so long, when the interface is away."
    )
    data_old_after_days: int = Field(45, gt=0, description="Age at which data are called old.")

    company_code: str = Field("044", pattern=r"^[0-9]{3}$", description="Digits 9-11 of our IDs.")
    company_name: str = Field("برق قم", min_length=1, description="Named in answers.")
    company_name_latin: str = Field(
        "Bargh Qom",
        pattern=r"^[A-Za-z][A-Za-z ]*$",
        description="The same in answers in Latin letters.",
    )
    support_phone: str = Field("1521", pattern=r"^[0-9]{3,15}$", description="Named in answers.")
    ussd_code: str | None = Field(
        None, pattern=r"^\*[0-9*]+#$", description="As it is dialled, *1521#; empty: no USSD."
    )
    ussd_deadline_seconds: float = Field(1.3, gt=0, le=8, description="Later it comes by SMS.")
    ussd_session_seconds: float = Field(180, ge=30, description="A dialogue stands still so long.")
    ussd_offered_seconds: float = Field(
        300, ge=0, description="How long a dropped USSD dialogue is offered at the next dial."
    )
    service_fee_text: str | None = Field(None, description="What the service costs, in words.")

    agreement_valid_until: str = Field(
        "1405-12-29", pattern=r"^1[34]\d\d-\d\d-\d\d$", description="Last day, Jalali."
    )
    sla_seconds: float = Field(10, gt=0, description="The agreement's «at once», in seconds.")
    sla_target: float = Field(0.95, gt=0, le=1, description="Share of answers within SLA_SECONDS.")

    max_parts: int = Field(4, ge=1, le=13, description="No answer is longer, in SMS parts.")
    default_years: int = Field(1, ge=0, le=20, description="Years before this one, when none said.")
    money_unit: Literal["toman", "rial"] = Field("toman", description="Unit of amounts in texts.")
    digits: Literal["persian", "ascii"] = Field("persian", description="Digits in texts.")
    text_suffix: str = Field("", max_length=20, description="Appended where the line demands it.")

    text_suffix_latin: str = Field(
        "",
        max_length=20,
        pattern=r"^[A-Za-z0-9 ]*$",
        description="The same in answers in Latin letters.",
    )
    context_days: float = Field(
        30, gt=0, description="How long a phone's last bill stands in for a missing one."
    )

    poll_seconds: float = Field(
        60, gt=0, description="How often texts are fetched that the webhook missed."
    )
    access_policy: Literal["open", "registered"] = Field(
        "open", description="Who is told of a bill: any phone, or the registered one alone."
    )
    answer_validity_hours: float = Field(24, gt=0, description="An answer older isn't sent.")
    promise_after_seconds: float = Field(
        6, ge=0, description="Then a phone is told that its answer will come, if no source tells."
    )
    retention_days: int = Field(90, ge=3, description="Then phones, texts, raw calls are erased.")
    tick_seconds: float = Field(2, gt=0, description="How often forgotten rows are looked for.")
    lease_seconds: float = Field(30, gt=0, description="How long a worker may hold a row.")

    phone_daily_answers: int = Field(20, gt=0, description="Answers to a phone a day.")
    phone_daily_parts: int = Field(40, gt=0, description="SMS parts to a phone a day.")
    bill_daily_answers: int = Field(30, gt=0, description="Answers about a bill a day.")
    misses_per_hour: int = Field(
        5,
        gt=0,
        le=MOST_MISSES,
        description="Wrong or unknown IDs an hour; then a phone waits an hour.",
    )
    daily_parts_cap: int | None = Field(
        None, gt=0, description="SMS parts a day, in all; alarm at 80 %."
    )

    port: int = Field(8000, ge=1, le=65535, description="The web process listens here.")
    web_concurrency: int = Field(1, ge=1, le=64, description="Web processes.")
    worker_concurrency: int = Field(2, ge=1, le=64, description="Worker processes.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Logs.")
    trusted_proxies: int = Field(0, ge=0, le=5, description="Proxies whose headers count.")
    simulator: bool = Field(False, description="Shows the phone page. Never in production.")
    simulator_url: str | None = Field(None, description="Where the simulated gateway listens.")
    simulator_saapa_url: str | None = Field(None, description="The simulated billing interface.")
    today: date | None = Field(
        None, description="Jalali day taken for today; for tests and checks only."
    )

    @field_validator("gateways", "billing_sources", mode="before")
    @classmethod
    def _names(cls, value: Any) -> Any:
        return split(value)

    @field_validator("data_keys", "webhook_secrets", mode="before")
    @classmethod
    def _secrets(cls, value: Any) -> Any:
        return split(value)

    @field_validator("today", mode="before")
    @classmethod
    def _jalali_day(cls, value: Any) -> Any:
        return jalali_day(value)

    # The last one defined runs first.
    @field_validator("*", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: Any, info: Any) -> Any:
        if value == "":
            return cls.model_fields[info.field_name].get_default()
        return value

    @field_validator("data_keys")
    @classmethod
    def _keys_can_be_used(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        parse_keys([key.get_secret_value() for key in value])
        return value

    @model_validator(mode="after")
    def _lease_outlives_a_look_up(self) -> "Settings":
        if "saapa" in self.billing_sources and self.lease_seconds <= 2 * self.saapa_lookup_seconds:
            raise ValueError("LEASE_SECONDS: must be longer than twice SAAPA_LOOKUP_SECONDS")
        return self

    @model_validator(mode="after")
    def _lease_outlives_a_hand_over(self) -> "Settings":
        # The gateway's answer is read for at most twice its time-out.
        longest = self.gateway_connect_timeout + 2 * self.gateway_read_timeout
        if self.lease_seconds <= longest:
            raise ValueError(f"LEASE_SECONDS: must be longer than a hand-over, {longest:g} s")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)

    @property
    def answer_line(self) -> str | None:
        """The line that people can text to."""
        return self.kavenegar_sender or self.kannel_sender

    def require(self, *names: str) -> None:
        """Raise SettingsError naming the first of these settings that is empty."""
        for name in names:
            if not getattr(self, name):
                said = _SAID.get(name, name.upper())
                raise SettingsError(f"{said} is required")

    def require_gateways(self) -> None:
        """Raise SettingsError naming what one of GATEWAYS lacks, or one that doesn't exist."""
        for gateway in self.gateways:
            if gateway not in ACCOUNTS:
                raise SettingsError(f"GATEWAYS: there is no gateway {gateway}")
            self.require(*ACCOUNTS[gateway])

    def require_sources(self) -> None:
        """Raise SettingsError naming what one of BILLING_SOURCES lacks, or one that isn't there."""
        for source in self.billing_sources:
            if source not in SOURCES:
                raise SettingsError(f"BILLING_SOURCES: there is no source {source}")
            self.require(*SOURCES[source])
        if self.access_policy == "registered" and "sql" not in self.billing_sources:
            raise SettingsError("ACCESS_POLICY: registered needs sql among BILLING_SOURCES")


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings from an environment; raises SettingsError with one line."""
    values = {
        field: value
        for field in Settings.model_fields
        if (value := value_of(field.upper(), environ)) is not None
    }
    try:
        return Settings(**values)  # type: ignore[arg-type]  # texts, parsed by the model
    except ValidationError as error:
        raise SettingsError(in_one_line(error)) from None
