"""The whole application as the factory builds it, on a real database."""

from collections.abc import Callable
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import Engine, func, select

from sms_service import create_app
from sms_service.database import reading
from sms_service.ledger.tables import inbound
from sms_service.settings import Settings, SettingsError
from tests.support.canary import CANARY_WEBHOOK_SECRET

RECEIVED = f"/webhooks/kavenegar/{CANARY_WEBHOOK_SECRET}/received"
FIELDS = {"messageid": "1", "from": "09121234567", "to": "30001521", "message": "سلام"}


def test_a_text_is_durable_when_the_gateway_gets_its_200(
    settings: Callable[..., Settings], engine: Engine, database_url: str, redis_url: str
) -> None:
    app = create_app(settings(DATABASE_URL=database_url, REDIS_URL=redis_url))
    answer = app.test_client().post(RECEIVED, data=FIELDS)
    assert (answer.status_code, answer.text) == (200, "ok")
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(inbound)) == 1


def test_a_database_that_is_away_is_a_503_and_the_text_stays_with_the_gateway(
    settings: Callable[..., Settings], redis_url: str
) -> None:
    away = settings(DATABASE_URL="postgresql://nobody@127.0.0.1:9/none", REDIS_URL=redis_url)
    answer = create_app(away).test_client().post(RECEIVED, data=FIELDS)
    assert answer.status_code == 503
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("missing", ["DATA_KEYS", "HASH_KEY", "WEBHOOK_SECRETS", "REDIS_URL"])
def test_a_missing_setting_stops_the_start_by_name(
    settings: Callable[..., Settings], missing: str
) -> None:
    given = {"REDIS_URL": "redis://127.0.0.1:9/0", missing: ""}
    with pytest.raises(SettingsError) as error:
        create_app(settings(**given))
    expected = "REDIS_URL or CELERY_BROKER_URL" if missing == "REDIS_URL" else missing
    assert str(error.value) == f"{expected} is required"


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("nonsense", "DATA_KEYS: each key is written as version:base64"),
        ("1:%%%", "DATA_KEYS: key 1 is not base64"),
        ("1:c2hvcnQ=", "DATA_KEYS: key 1 has 5 bytes, 32 are needed"),
    ],
)
def test_a_wrong_key_stops_the_start_in_words(
    settings: Callable[..., Settings], keys: str, said: str
) -> None:
    with pytest.raises(SettingsError) as error:
        create_app(settings(DATA_KEYS=keys, REDIS_URL="redis://127.0.0.1:9/0"))
    assert str(error.value) == said


def test_the_webhooks_are_described_for_machines(settings: Callable[..., Settings]) -> None:
    app = create_app(
        settings(
            REDIS_URL="redis://127.0.0.1:9/0",
            SIMULATOR="true",
            SIMULATOR_URL="http://127.0.0.1:9",
        )
    )
    spec = app.test_client().get("/openapi.json").json
    assert spec is not None
    received = spec["paths"]["/webhooks/kavenegar/{secret}/received"]
    assert {parameter["name"] for parameter in received["get"]["parameters"]} == set(FIELDS)
    assert set(received["post"]["responses"]) >= {"200", "400", "404", "411", "413", "503"}


def test_ussd_is_described_for_machines_where_there_is_a_code(
    settings: Callable[..., Settings],
) -> None:
    nowhere = "redis://127.0.0.1:9/0"
    paths = _paths(create_app(settings(REDIS_URL=nowhere, USSD_CODE="*1521#")))
    step = paths["/ussd/json/{secret}"]["post"]["requestBody"]["content"]["application/json"]
    assert set(step["schema"]["properties"]) == {
        *("session_id", "phone", "event", "input", "sequence")
    }
    told = paths["/ussd/africastalking/{secret}"]["get"]["parameters"]
    assert [field["name"] for field in told] == ["sessionId", "phoneNumber", "serviceCode", "text"]
    assert not any("ussd" in path for path in _paths(create_app(settings(REDIS_URL=nowhere))))


def test_a_dialogue_is_said_to_be_answered_with_a_screen_and_never_put_off(
    settings: Callable[..., Settings],
) -> None:
    paths = _paths(create_app(settings(REDIS_URL="redis://127.0.0.1:9/0", USSD_CODE="*1521#")))
    of_ussd = {path: told for path, told in paths.items() if path.startswith("/ussd/")}
    assert len(of_ussd) == 5
    for path, told in of_ussd.items():
        for method in told.keys() & {"get", "post"}:
            answers = told[method]["responses"]
            assert answers.keys() == {"200", "400", "404", "408", "411", "413"}, path
            assert "screen" in answers["200"]["description"]


def test_a_wrong_secret_opens_no_route_of_a_gateway(settings: Callable[..., Settings]) -> None:
    app = create_app(settings(REDIS_URL="redis://127.0.0.1:9/0", USSD_CODE="*1521#"))
    client = app.test_client()
    tried = 0
    for path, told in _paths(app).items():
        for method in told.keys() & {"get", "post"} if "{secret}" in path else ():
            for wrong in ("wrong", f"{CANARY_WEBHOOK_SECRET}x", "%00", "%ff"):
                answer = client.open(path.replace("{secret}", wrong), method=method, data=FIELDS)
                assert answer.status_code == 404, path
                assert answer.mimetype == "application/problem+json"
                assert wrong not in answer.text
                tried += 1
    assert tried == (4 * 2 + 4 * 2 + 1) * 4


def test_there_is_no_ussd_route_without_a_code(settings: Callable[..., Settings]) -> None:
    client = create_app(settings(REDIS_URL="redis://127.0.0.1:9/0")).test_client()
    assert client.post(f"/ussd/json/{CANARY_WEBHOOK_SECRET}", json={}).status_code == 404


def _paths(app: APIFlask) -> dict[str, Any]:
    spec = app.test_client().get("/openapi.json").json
    assert spec is not None
    paths: dict[str, Any] = spec["paths"]
    return paths


def test_no_page_of_a_stranger_says_more_than_not_found(
    settings: Callable[..., Settings],
) -> None:
    client = create_app(settings(REDIS_URL="redis://127.0.0.1:9/0")).test_client()
    for path in ("/", "/simulator/", "/static/x", "/webhooks/", "/console/static/x", "/vendor/x"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "Traceback" not in answer.text


def test_a_message_id_with_a_nul_is_stored_on_every_database(
    settings: Callable[..., Settings], engine: Engine, database_url: str, redis_url: str
) -> None:
    app = create_app(settings(DATABASE_URL=database_url, REDIS_URL=redis_url))
    answer = app.test_client().post(RECEIVED, data={**FIELDS, "messageid": "1\x002"})
    assert answer.status_code == 200
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(inbound)) == 1
