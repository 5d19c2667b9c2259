"""A fault of ours on any route is a plain 500: nothing of the inside, headers as always."""

import re
from collections.abc import Callable

from flask.typing import ResponseReturnValue

from sms_service import create_app
from sms_service.channels.headers import ALWAYS
from sms_service.settings import Settings
from tests.support.canary import CANARY_WEBHOOK_SECRET

_INSIDE = "بدهی 6249849504428 of 09121234567"


def _fails(**_: object) -> ResponseReturnValue:
    raise LookupError(_INSIDE)


def test_no_route_tells_a_stranger_what_went_wrong(
    settings: Callable[..., Settings], sqlite_url: str
) -> None:
    app = create_app(
        settings(
            DATABASE_URL=sqlite_url,
            REDIS_URL="redis://127.0.0.1:9/0",
            USSD_CODE="*1521#",
            SIMULATOR="true",
            SIMULATOR_URL="http://127.0.0.1:9",
        )
    )
    # Guards would send a stranger away before anything could fail.
    app.before_request_funcs = {}
    app.view_functions = dict.fromkeys(app.view_functions, _fails)
    app.log_exception = lambda _error: None  # type: ignore[assignment]  # told elsewhere
    client, failed = app.test_client(), 0
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<[^>]+>", "1", str(rule).replace("<secret>", CANARY_WEBHOOK_SECRET))
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = client.open(path, method=method)
            failed += answer.status_code == 500
            assert answer.status_code in (404, 500), (method, path)
            for inside in (_INSIDE, "Traceback", "LookupError", "sms_service/", ".py"):
                assert inside not in answer.text, (method, path)
            assert all(answer.headers[name] == value for name, value in ALWAYS.items())
    assert failed > 100
