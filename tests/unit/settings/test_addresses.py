"""REDIS_URL and CELERY_BROKER_URL: every form is read, and a wrong one says so in one line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_service.settings import SettingsError, load_settings
from sms_service.settings.addresses import (
    AmqpAddress,
    RedisAddress,
    Tls,
    broker_address,
    redis_address,
    several_hosts,
)

SECRET = "s3cr3t-of-the-tests"


def test_one_redis_is_a_host_with_a_port_of_its_own_or_the_usual() -> None:
    assert redis_address("redis://10.0.0.5").hosts == (("10.0.0.5", 6379),)
    assert redis_address("redis://db:7000/3") == RedisAddress((("db", 7000),), 3)
    assert redis_address("redis://[::1]:7000/0").hosts == (("::1", 7000),)
    assert redis_address("unix:///run/redis.sock?db=2") == RedisAddress(
        (), 2, socket="/run/redis.sock"
    )


def test_a_password_may_hold_any_character_once_it_is_written_as_addresses_write_it() -> None:
    address = redis_address("redis://me:p%40%2F%3A%25@h/0")
    assert (address.username, address.password) == ("me", "p@/:%")
    assert address.userinfo() == "me:p%40%2F%3A%25@"


def test_sentinels_are_several_hosts_and_the_name_they_watch_the_master_by() -> None:
    address = redis_address("sentinel://:pw@a,b:5,[::1]:6/4?master=bargh&sentinel_password=sp")
    assert address.hosts == (("a", 26379), ("b", 5), ("::1", 6))
    assert (address.master, address.database, address.sentinel_password) == ("bargh", 4, "sp")
    assert (address.password, address.tls) == ("pw", None)


@pytest.mark.parametrize("scheme", ["rediss://h", "sentinels://h?master=m", "amqps://u:p@h/v"])
def test_tls_checks_certificates_whatever_the_address_leaves_unsaid(scheme: str) -> None:
    assert broker_address(scheme).tls == Tls(check_hostname=True)


def test_tls_takes_the_authority_and_our_own_certificate_from_files() -> None:
    address = redis_address("rediss://h/0?ssl_ca_certs=/ca&ssl_certfile=/c&ssl_keyfile=/k")
    assert address.tls == Tls("/ca", "/c", "/k")


def test_nodes_of_rabbitmq_stand_between_semicolons() -> None:
    address = broker_address("amqp://u:p@a//;amqp://u:p@b:5/v")
    assert isinstance(address, AmqpAddress)
    assert address.urls == ("amqp://u:p@a//", "amqp://u:p@b:5/v")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("REDIS_URL", "http://h", "must begin with"),
        ("REDIS_URL", f"redis://:{SECRET}@h:99999", "a host is name"),
        ("REDIS_URL", f"redis://:{SECRET}@h/zero", "the database is a number"),
        ("REDIS_URL", f"redis://:{SECRET}@a,b/0", "takes one host"),
        ("REDIS_URL", f"sentinel://:{SECRET}@a,b/0", "needs ?master=NAME"),
        ("REDIS_URL", f"rediss://:{SECRET}@h?ssl_ca_cert=/ca", "no parameter ssl_ca_cert"),
        ("REDIS_URL", f"rediss://:{SECRET}@h?ssl_cert_reqs=none", "always checked"),
        ("REDIS_URL", f"rediss://:{SECRET}@h?ssl_certfile=/c", "come together"),
        ("REDIS_URL", f"redis://:{SECRET}@h?ssl_ca_certs=/ca", "needs rediss://"),
        ("REDIS_URL", "unix://", "needs the path"),
        ("REDIS_URL", f"redis://:{SECRET}@[::1", "is no address"),
        ("CELERY_BROKER_URL", "sqs://h", "must begin with"),
        ("CELERY_BROKER_URL", f"amqp://u:{SECRET}@a,b/", "with a semicolon"),
        ("CELERY_BROKER_URL", f"amqp://u:{SECRET}@a/;redis://h", "all nodes are"),
        ("CELERY_BROKER_URL", f"amqps://u:{SECRET}@a/;amqps://u:{SECRET}@b/", "server_hostname"),
    ],
)
def test_a_wrong_address_is_one_line_that_names_its_setting_and_no_secret(
    name: str, value: str, said: str
) -> None:
    with pytest.raises(SettingsError) as error:
        load_settings({name: value})
    complaint = str(error.value)
    assert complaint.startswith(f"{name}: ")
    assert said in complaint
    assert SECRET not in complaint
    assert "\n" not in complaint


OPEN = [
    ("REDIS_URL", "redis://10.0.0.5/0"),
    ("REDIS_URL", "redis://redis/0"),
    ("REDIS_URL", "rediss://10.0.0.5/0"),
    ("REDIS_URL", "sentinel://127.0.0.1,10.0.0.6/0?master=m"),
    ("CELERY_BROKER_URL", "redis://10.0.0.5/0"),
    ("CELERY_BROKER_URL", "amqp://10.0.0.5//"),
    ("CELERY_BROKER_URL", "amqp://guest:guest@rabbit//"),
    ("CELERY_BROKER_URL", "amqp://u:p@a//;amqp://b//"),
]


@pytest.mark.parametrize(("name", "value"), OPEN)
def test_nothing_starts_on_a_broker_that_anybody_in_the_network_may_use(
    name: str, value: str
) -> None:
    with pytest.raises(SettingsError, match=f"^{name}: on another host it needs a password"):
        load_settings({name: value})
    load_settings({name: value, "ALLOW_OPEN_BROKERS": "true"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REDIS_URL", "redis://127.0.0.1:6379/0"),
        ("REDIS_URL", "redis://localhost/0"),
        ("REDIS_URL", "redis://[::1]/0"),
        ("REDIS_URL", "unix:///run/redis.sock"),
        ("REDIS_URL", "redis://:pw@10.0.0.5/0"),
        ("REDIS_URL", "rediss://10.0.0.5/0?ssl_certfile=/c&ssl_keyfile=/k"),
        ("CELERY_BROKER_URL", "amqp://guest:guest@127.0.0.1//"),
    ],
)
def test_on_this_host_or_with_a_password_it_starts(name: str, value: str) -> None:
    load_settings({name: value})


def test_several_hosts_of_postgresql_are_written_as_libpq_writes_them() -> None:
    both = "u:p%40@a:1,b/db?target_session_attrs=read-write"
    assert several_hosts(both) == "u:p%40@/db?host=a:1&host=b&target_session_attrs=read-write"
    assert several_hosts("a,b/db") == "/db?host=a&host=b"
    assert several_hosts("u:p,q@a:1/db?x=1,2") == "u:p,q@a:1/db?x=1,2"


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_one_complaint(text: str) -> None:
    for scheme in ("", "redis://", "sentinel://", "amqps://", "unix://"):
        complaint = ""
        try:
            broker_address(scheme + text)
        except ValueError as error:
            complaint = str(error)
        assert "\n" not in complaint
