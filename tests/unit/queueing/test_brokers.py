"""What Celery is told of each kind of broker, and what it isn't."""

import ssl
from typing import Any

import pytest

from sms_service.queueing import LANES, make_celery
from sms_service.settings import load_settings

AMQP = "amqp://u:p@a//;amqp://u:p@b//"
SENTINEL = "sentinel://:p%40w@a,b:5/3?master=bargh&sentinel_password=sp"
ONLY_REDIS = {"visibility_timeout", "global_keyprefix", "socket_timeout", "health_check_interval"}
ONLY_AMQP = {"confirm_publish", "read_timeout", "write_timeout"}


def conf(url: str) -> Any:
    return make_celery(load_settings({"CELERY_BROKER_URL": url})).conf


def test_rabbitmq_is_told_nothing_that_only_redis_knows() -> None:
    options = conf(AMQP).broker_transport_options
    assert not ONLY_REDIS & options.keys()
    assert options.keys() >= ONLY_AMQP
    assert options["confirm_publish"] is True


@pytest.mark.parametrize("url", ["redis://127.0.0.1/0", SENTINEL])
def test_redis_is_told_nothing_that_only_rabbitmq_knows(url: str) -> None:
    options = conf(url).broker_transport_options
    assert not ONLY_AMQP & options.keys()
    assert options.keys() >= ONLY_REDIS


def test_every_queue_of_rabbitmq_is_a_quorum_queue() -> None:
    celery = make_celery(load_settings({"CELERY_BROKER_URL": AMQP}))
    wanted = {lane.queue for lane in LANES.values()}
    kinds = {name: celery.amqp.queues[name].queue_arguments for name in wanted}
    assert kinds == {name: {"x-queue-type": "quorum"} for name in wanted}


def test_on_redis_a_queue_is_what_it_was() -> None:
    celery = make_celery(load_settings({"CELERY_BROKER_URL": "redis://127.0.0.1/0"}))
    assert celery.amqp.queues["bargh.lookup"].queue_arguments is None


def test_each_node_of_rabbitmq_is_tried_in_turn() -> None:
    celery = make_celery(load_settings({"CELERY_BROKER_URL": AMQP}))
    with celery.connection_for_write() as connection:
        assert connection.hostname == "a"
        connection.maybe_switch_next()
        assert connection.hostname == "b"


def test_each_sentinel_is_an_address_with_the_password_of_redis() -> None:
    told = conf(SENTINEL)
    assert told.broker_url == "sentinel://:p%40w@a:26379/3;sentinel://:p%40w@b:5/3"
    assert told.broker_transport_options["master_name"] == "bargh"
    asked = told.broker_transport_options["sentinel_kwargs"]
    assert (asked["password"], asked["socket_timeout"], asked["retry"]) == ("sp", 1.0, None)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("rediss://:p@h/0", "ssl_cert_reqs"),
        ("sentinels://:p@h/0?master=m", "ssl_cert_reqs"),
        ("amqps://u:p@h//", "cert_reqs"),
    ],
)
def test_no_client_is_left_to_take_any_certificate(url: str, name: str) -> None:
    assert conf(url).broker_use_ssl[name] in ("required", ssl.CERT_REQUIRED)


def test_sentinels_over_tls_are_asked_over_tls() -> None:
    told = conf("sentinels://:p@h/0?master=m&ssl_ca_certs=/ca").broker_transport_options
    assert (told["sentinel_kwargs"]["ssl"], told["sentinel_kwargs"]["ssl_ca_certs"]) == (
        True,
        "/ca",
    )


def test_a_certificate_of_rabbitmq_holds_the_name_in_the_address_or_the_one_agreed_on() -> None:
    assert conf("amqps://u:p@h//").broker_use_ssl["server_hostname"] is None
    several = "amqps://u:p@a//?ssl_server_hostname=rabbit;amqps://u:p@b//"
    assert conf(several).broker_use_ssl["server_hostname"] == "rabbit"


def test_an_ipv6_address_keeps_its_brackets() -> None:
    assert conf("redis://[::1]:7000/2").broker_url == "redis://[::1]:7000/2"


@pytest.mark.parametrize("url", [AMQP, SENTINEL, "redis://127.0.0.1/0"])
def test_messages_are_json_whatever_the_broker(url: str) -> None:
    assert (conf(url).accept_content, conf(url).task_serializer) == (["json"], "json")
