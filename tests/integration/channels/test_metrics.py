"""/metrics of the application: who may look, in which form, and what is told without a database."""

import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as open_metrics_families,
)
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine

from sms_service import create_app
from sms_service.metrics.catalogue import CATALOGUE
from sms_service.settings import Settings
from tests.support.scraping import told_by

_TOKEN = "a token of the metrics, long enough"
_OPEN_METRICS = "application/openmetrics-text; version=1.0.0"
_REDIS = "redis://127.0.0.1:9/0"


@pytest.fixture
def client(settings: Callable[..., Settings], tmp_path: Path) -> Callable[..., FlaskClient]:
    def make(**given: str) -> FlaskClient:
        own = {"REDIS_URL": _REDIS, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "m")}
        return create_app(settings(**(own | given))).test_client()

    return make


@pytest.fixture
def filled_client(client: Callable[..., FlaskClient], closed_url: str) -> FlaskClient:
    return client(DATABASE_URL=closed_url, DAILY_PARTS_CAP="1000")


def test_a_token_opens_it_and_nothing_else_does(
    client: Callable[..., FlaskClient], sqlite_engine: Engine, sqlite_url: str
) -> None:
    asked = client(METRICS_TOKEN=_TOKEN, DATABASE_URL=sqlite_url)
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": _TOKEN}):
        answer = asked.get("/metrics", headers=headers)
        assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert asked.get("/metrics", headers={"Authorization": f"Bearer {_TOKEN}"}).status_code == 200


def test_without_a_token_this_host_alone_may_look(
    client: Callable[..., FlaskClient], sqlite_engine: Engine, sqlite_url: str
) -> None:
    asked = client(DATABASE_URL=sqlite_url)
    assert asked.get("/metrics").status_code == 200
    far = asked.get("/metrics", environ_overrides={"REMOTE_ADDR": "192.0.2.7"})
    forwarded = asked.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"})
    assert (far.status_code, forwarded.status_code) == (401, 401)


def test_both_forms_are_read_by_prometheus_s_own_readers_and_tell_the_same(
    filled_client: FlaskClient,
) -> None:
    plain = filled_client.get("/metrics")
    opened = filled_client.get("/metrics", headers={"Accept": _OPEN_METRICS})
    assert plain.content_type.startswith("text/plain; version=0.0.4")
    assert opened.content_type.startswith("application/openmetrics-text; version=1.0.0")
    assert opened.text.endswith("# EOF\n")
    ours = {family.name: family for family in text_string_to_metric_families(plain.text)}
    theirs = {family.name: family for family in open_metrics_families(opened.text)}
    assert ours.keys() == theirs.keys()
    assert len(ours) >= 35
    for name, family in ours.items():
        if name.startswith("sms_disk_"):
            continue
        assert [s.value for s in family.samples] == [s.value for s in theirs[name].samples]


def test_every_value_is_of_the_catalogue_with_its_labels(filled_client: FlaskClient) -> None:
    for family in text_string_to_metric_families(filled_client.get("/metrics").text):
        counter = f"{family.name}_total"
        one = CATALOGUE[counter if counter in CATALOGUE else family.name]
        assert (family.type, family.documentation) == (one.kind, one.help)
        for sample in family.samples:
            assert sample.labels.keys() - {"le"} == set(one.labels)


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool isn't installed")
def test_promtool_finds_nothing_to_say_of_it(filled_client: FlaskClient) -> None:
    text = filled_client.get("/metrics").text
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_while_the_database_is_away_what_the_host_knows_is_told_quickly(
    client: Callable[..., FlaskClient],
) -> None:
    began = time.monotonic()
    answer = client(DATABASE_URL="postgresql://nobody@127.0.0.1:9/none").get("/metrics")
    assert time.monotonic() - began < 5
    assert answer.status_code == 200
    told = told_by(answer.text)
    assert told["sms_database_up", ()] == 0
    assert "sms_received_total" not in answer.text
    assert told["sms_disk_free_ratio", (("folder", "uploads"),)] > 0
