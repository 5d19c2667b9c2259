"""Settings: one line names what is wrong, and secrets stay secret."""

import pytest

from sms_service.gateways.from_settings import kannel_from
from sms_service.settings import SettingsError, load_settings


def test_without_an_environment_everything_has_its_default() -> None:
    settings = load_settings({})
    assert settings.database_url.get_secret_value() == "sqlite:///var/sms_service.db"
    assert (settings.company_code, settings.max_parts, settings.port) == ("044", 4, 8000)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("MAX_PARTS", "0"),
        ("COMPANY_CODE", "44"),
        ("SLA_TARGET", "95"),
        ("MONEY_UNIT", "dollar"),
        ("LOG_LEVEL", "LOUD"),
        ("TODAY", "1405-12-30"),
        ("TODAY", "yesterday"),
        ("LEASE_SECONDS", "10"),
        ("AGREEMENT_VALID_UNTIL", "2027-03-20"),
    ],
)
def test_a_wrong_value_is_one_line_that_names_its_setting(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as error:
        load_settings({name: value})
    said = str(error.value)
    assert said.startswith(f"{name}: ")
    assert "\n" not in said


def test_a_wrong_secret_is_not_repeated_in_the_complaint() -> None:
    with pytest.raises(SettingsError) as error:
        load_settings({"KAVENEGAR_BASE_URL": "", "WORKER_CONCURRENCY": "s3cr3t-by-mistake"})
    assert "s3cr3t" not in str(error.value)


def test_an_empty_value_counts_as_not_set() -> None:
    assert load_settings({"PORT": "", "TODAY": "", "GATEWAYS": ""}).port == 8000


def test_lists_are_separated_by_commas() -> None:
    settings = load_settings({"WEBHOOK_SECRETS": "new, old,", "GATEWAYS": "kavenegar,kannel"})
    assert [secret.get_secret_value() for secret in settings.webhook_secrets] == ["new", "old"]
    assert settings.gateways == ("kavenegar", "kannel")


def test_no_secret_shows_when_settings_are_printed() -> None:
    printed = repr(
        load_settings({"HASH_KEY": "hush-hush", "DATABASE_URL": "postgresql://u:pw@h/d"})
    )
    assert "hush-hush" not in printed
    assert "pw" not in printed


def test_the_broker_is_redis_unless_one_is_named() -> None:
    redis = {"REDIS_URL": "redis://127.0.0.1/0"}
    broker = load_settings(redis).broker_url
    assert broker is not None
    assert broker.get_secret_value() == "redis://127.0.0.1/0"
    other = load_settings({**redis, "CELERY_BROKER_URL": "amqp://127.0.0.1"}).broker_url
    assert other is not None
    assert other.get_secret_value() == "amqp://127.0.0.1"


def test_a_day_may_be_fixed_in_the_jalali_calendar() -> None:
    today = load_settings({"TODAY": "1405-09-02"}).today
    assert today is not None
    assert today.isoformat() == "2026-11-23"


KANNEL = {
    "GATEWAYS": "kannel",
    "KANNEL_SENDSMS_URL": "http://127.0.0.1:13013/cgi-bin/sendsms",
    "KANNEL_USERNAME": "bargh",
    "KANNEL_PASSWORD": "hush-hush",
}


def test_only_the_named_gateways_accounts_are_demanded() -> None:
    load_settings(KANNEL).require_gateways()
    with pytest.raises(SettingsError, match=r"^KAVENEGAR_API_KEY is required$"):
        load_settings(KANNEL | {"GATEWAYS": "kannel,kavenegar"}).require_gateways()


@pytest.mark.parametrize("name", [name for name in KANNEL if name != "GATEWAYS"])
def test_what_kannel_cannot_be_used_without_is_named(name: str) -> None:
    settings = load_settings(KANNEL | {name: ""})
    with pytest.raises(SettingsError, match=f"^{name} is required$"):
        settings.require_gateways()
    with pytest.raises(SettingsError, match=f"^{name} is required$"):
        kannel_from(settings)


def test_a_gateway_that_does_not_exist_is_named() -> None:
    with pytest.raises(SettingsError, match=r"^GATEWAYS: there is no gateway pigeon$"):
        load_settings({"GATEWAYS": "pigeon"}).require_gateways()


@pytest.mark.parametrize(
    "wrong", [{"KANNEL_SENDSMS_URL": "kannel:13013"}, {"KANNEL_PASSWORD": "hush\nhush"}]
)
def test_a_wrong_kannel_setting_stops_the_start_in_one_line(wrong: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="Kannel") as caught:
        kannel_from(load_settings(KANNEL | wrong))
    assert "hush" not in str(caught.value)


def test_receipts_go_to_the_first_secret_and_need_one() -> None:
    asking = KANNEL | {"KANNEL_CALLBACK_URL": "http://127.0.0.1:8000"}
    with pytest.raises(SettingsError, match=r"^WEBHOOK_SECRETS is required$"):
        kannel_from(load_settings(asking))
    kannel_from(load_settings(asking | {"WEBHOOK_SECRETS": "new,old"})).close()


SAAPA = {
    "BILLING_SOURCES": "saapa,sql",
    "SAAPA_BASE_URL": "https://billing.example/bill/v2/api",
    "SAAPA_TOKEN": "hush-hush",
}


def test_what_the_billing_interface_cannot_be_used_without_is_named() -> None:
    load_settings({}).require_sources()
    load_settings(SAAPA).require_sources()
    for name in ("SAAPA_BASE_URL", "SAAPA_TOKEN"):
        with pytest.raises(SettingsError, match=f"^{name} is required$"):
            load_settings(SAAPA | {name: ""}).require_sources()


@pytest.mark.parametrize(
    "wrong", ["billing.example", "ftp://billing.example", "https://", "http://a b"]
)
def test_an_address_of_the_interface_that_is_none_is_named(wrong: str) -> None:
    with pytest.raises(SettingsError, match=r"^SAAPA_BASE_URL: .+$"):
        load_settings(SAAPA | {"SAAPA_BASE_URL": wrong})


def test_a_billing_source_that_does_not_exist_is_named() -> None:
    with pytest.raises(SettingsError, match=r"^BILLING_SOURCES: there is no source excel$"):
        load_settings({"BILLING_SOURCES": "sql,excel"}).require_sources()


def test_a_look_up_of_the_interface_must_fit_into_a_lease_twice() -> None:
    tight = {"LEASE_SECONDS": "30", "SAAPA_LOOKUP_SECONDS": "15"}
    load_settings(tight)
    with pytest.raises(SettingsError, match=r"^LEASE_SECONDS: .* SAAPA_LOOKUP_SECONDS$"):
        load_settings(SAAPA | tight)


def test_who_is_registered_cannot_be_told_by_the_interface_alone() -> None:
    load_settings(SAAPA | {"ACCESS_POLICY": "registered"}).require_sources()
    alone = SAAPA | {"ACCESS_POLICY": "registered", "BILLING_SOURCES": "saapa"}
    with pytest.raises(SettingsError, match=r"^ACCESS_POLICY: registered needs sql"):
        load_settings(alone).require_sources()
