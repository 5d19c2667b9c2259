"""What gateways call: Kavenegar's and Kannel's webhooks, from the bytes to what is stored.

Kavenegar's are read twice, on the event loop and by Flask. What the loop takes, Flask must
have taken in the same way.
"""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint

from sms_service.channels.door import Door
from sms_service.channels.hooks import Call, kavenegar_hooks
from sms_service.channels.kannel import kannel_webhooks
from sms_service.channels.kavenegar import kavenegar_webhooks
from sms_service.channels.secrets import Secrets
from sms_service.service.messages import Arrival, Receipt, Recorded
from tests.fuzz.guided.given import Given
from tests.fuzz.guided.targets import Target
from tests.support.fakes import FakeDoorbell, FakePost
from tests.support.webhook_site import WebhookSite

_SECRET = "new-secret"
_TYPES = (
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=utf-8",
    "multipart/form-data; boundary=b",
    "application/json",
    "text/plain",
    "",
)
_PATHS = (
    "/webhooks/kavenegar/*/received",
    "/webhooks/kavenegar/*/status",
    "/webhooks/kannel/*/received",
    "/webhooks/kannel/*/status",
)
_METHODS = ("POST", "GET", "HEAD", "OPTIONS", "PUT")
_LONGEST = {"remote_id": 64, "sender": 40, "line": 40, "text": 2000}


def _site(webhooks: Callable[[Door], Blueprint]) -> WebhookSite:
    site = WebhookSite(webhooks)
    site.app.testing = True
    return site


_SITES = {"kavenegar": _site(kavenegar_webhooks), "kannel": _site(kannel_webhooks)}
_LOOP = FakePost(Recorded("12345678", repeated=False))
_HOOKS = kavenegar_hooks(
    Door(
        Secrets([_SECRET]),
        _LOOP,  # type: ignore[arg-type]  # a fake keeps objects of any kind
        _LOOP,  # type: ignore[arg-type]
        FakeDoorbell(),
        frozenset({"30001521", "+989300000000"}),
    )
)


def try_one(data: bytes) -> None:
    """Two bytes choose path, method and type; the query string goes up to a line feed."""
    given = Given(data)
    path, method, content_type = given.one_of(_PATHS), given.one_of(_METHODS), given.one_of(_TYPES)
    query, _, body = given.rest().partition(b"\n")
    call = Call(_SECRET, method, content_type, query, body)
    stored = _by_flask(path, call)
    if (hook := _HOOKS.get(path)) is None or method not in ("GET", "POST"):
        return
    _LOOP.items.clear()
    said = _finished(hook(call))
    if said is not None:
        assert stored == _LOOP.items, "the loop and Flask read one call in two ways"


def _by_flask(path: str, call: Call) -> Sequence[Any]:
    site = _SITES[path.split("/")[2]]
    site.arrivals.items.clear()
    site.receipts.items.clear()
    answer = site.client.open(
        path.replace("*", _SECRET),
        method=call.method,
        environ_overrides={"QUERY_STRING": call.query.decode("latin-1")},
        data=call.body,
        content_type=call.content_type,
    )
    stored = [*site.arrivals.items, *site.receipts.items]
    expected = (200, 400, 405) if call.body else (200, 400, 405, 411)
    assert answer.status_code in expected, "an answer that the document doesn't tell"
    assert (answer.status_code == 200) == bool(stored) or call.method == "OPTIONS"
    if answer.status_code == 400:
        assert answer.mimetype == "application/problem+json"
        assert answer.get_json()["errors"]
    for one in stored:
        _is_fit(one)
    return stored


def _is_fit(stored: Any) -> None:
    if isinstance(stored, Arrival):
        for name, longest in _LONGEST.items():
            assert len(getattr(stored, name)) <= longest
        assert stored.remote_id, "all texts without an id would pass for one"
        assert "\0" not in stored.text
        stored.text.encode()
        assert (stored.phone is None) <= (stored.ignored is not None), "nobody to answer"
        return
    for receipt in stored:
        assert isinstance(receipt, Receipt)
        assert receipt.remote_id.isascii()
        assert receipt.remote_id.isdigit()
        assert 0 <= receipt.status <= 9999


def _finished(coroutine: Any) -> Any:
    """What a coroutine returns that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("a webhook waits for something")


def _seed(path: int, method: int, kind: int, query: bytes, body: bytes = b"") -> bytes:
    return bytes([path, method, kind]) + query + b"\n" + body


_TEXT = {"messageid": "1", "from": "09901234567", "to": "30001521", "message": "6249849504428 ۱۴۰۲"}
_KANNEL = {
    "id": "7",
    "from": "+989901234567",
    "to": "30001521",
    "coding": "0",
    "time": "1790000000",
}
_UTF_16 = urlencode({"text": "۱۴۰۲".encode("utf-16-be")})
TARGET = Target(
    try_one,
    seeds=[
        _seed(0, 0, 0, b"", urlencode(_TEXT).encode()),
        _seed(0, 1, 0, urlencode(_TEXT).encode()),
        _seed(0, 0, 1, b"messageid=1&from=1", b"to=1&message=%D9%FF"),
        _seed(
            0,
            0,
            2,
            b"",
            b'--b\r\nContent-Disposition: form-data; name="from"\r\n\r\n1\r\n--b--\r\n',
        ),
        _seed(1, 0, 0, b"", b"messageid=1,2,3&status=10"),
        _seed(1, 1, 0, b"messageid=1%2C2&status=10%2C11"),
        _seed(1, 0, 3, b"", b'{"messageid": 1}'),
        _seed(2, 1, 0, urlencode(_KANNEL | {"text": "1402"}).encode()),
        _seed(2, 1, 0, f"{urlencode(_KANNEL | {'coding': '2'})}&{_UTF_16}".encode()),
        _seed(2, 1, 0, urlencode(_KANNEL | {"coding": "1"}).encode()),
        _seed(3, 1, 0, b"id=7&type=8"),
        _seed(3, 2, 0, b"id=7&type=8"),
    ],
    words=[
        *("messageid=", "from=", "to=", "message=", "status=", "id=", "coding=2", "time=", "type="),
        *(
            "text=",
            "&",
            "%D9%81",
            "%D8%3D",
            "%00",
            "%ED%A0%80",
            "%EF%BF%BD",
            "%FF",
            "%2C",
            "+",
            ";",
        ),
        *("--b\r\n", "--b--", 'Content-Disposition: form-data; name="', "\r\n\r\n", "0989", "=&="),
    ],
)
