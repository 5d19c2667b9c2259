"""The API with a program at its door: tokens of any scope, subscribers in memory."""

import json
from typing import Any

from apiflask import APIFlask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sms_service.domain.roles import Scope
from sms_service.service.auditing import Actor
from sms_service.web import build_from
from sms_service.wiring import Parts
from sms_service.wiring.console import ConsoleParts
from tests.support.console import compile_templates_once
from tests.support.counter import BILL, Subscribers, subscriber

CALLS = "/api/v1/requests"


class ApiSite:
    """The whole application; calls are made with a token of these scopes."""

    def __init__(self, parts: Parts) -> None:
        self.people = Subscribers(subscriber())
        vars(parts)["source"] = self.people
        self.parts = ConsoleParts(parts)
        self.app: APIFlask = build_from(parts)
        compile_templates_once(self.app)
        self.client: FlaskClient = self.app.test_client()
        self._keys = 0

    def token(self, *scopes: Scope, name: str = "portal", days: int | None = None) -> str:
        """A token's secret."""
        return self.parts.tokens.create(name, scopes, days, Actor("admin"))[1]

    def get(self, path: str, token: str | None = None, **headers: str) -> TestResponse:
        return self.client.get(path, headers=self._headers(token, headers))

    def post(
        self, path: str, token: str | None, body: Any, key: str | None = "", **headers: str
    ) -> TestResponse:
        """A call under this key; under one of its own by default, under none with None."""
        self._keys += 1
        if key is not None:
            headers["Idempotency-Key"] = key or f"key-{self._keys}"
        raw = body if isinstance(body, str | bytes) else json.dumps(body)
        headers.setdefault("Content_Type", "application/json")
        return self.client.post(path, data=raw, headers=self._headers(token, headers))

    def _headers(self, token: str | None, more: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return named if token is None else {"Authorization": f"Bearer {token}", **named}


def inline(**fields: Any) -> dict[str, Any]:
    """A body that asks for the history, to be shown."""
    return {"bill_id": BILL, "deliver": "inline", "from_year": 1404, **fields}


def by_sms(**fields: Any) -> dict[str, Any]:
    """A body that asks for the debt, by SMS."""
    asked = {"bill_id": BILL, "deliver": "sms", "intent": "debt", "phone": "09121234567"}
    return {**asked, **fields}


def told(answer: TestResponse) -> dict[str, Any]:
    """The JSON of an answer."""
    body = answer.get_json()
    assert isinstance(body, dict)
    return body
