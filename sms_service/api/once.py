"""``Idempotency-Key``: a call that is repeated gets its first answer again and does nothing."""

import json
import re
from collections.abc import Callable

from flask import Response, request
from pydantic import BaseModel

from sms_service.api.guard import Refusal, caller, refuse
from sms_service.ledger.idempotency import Answered, Clash, IdempotencyLedger

_KEY = re.compile(r"[\x21-\x7e]{1,80}")
_HEADER = "Idempotency-Key"


def key_of_call() -> str:
    """The key that the caller chose; refuses with 400 where there is none."""
    given = request.headers.get(_HEADER)
    if given is None:
        raise refuse(400, [(_HEADER, "missing")])
    if not _KEY.fullmatch(given):
        raise refuse(400, [(_HEADER, "invalid")])
    return given


def once(
    ledger: IdempotencyLedger, key: str, body: BaseModel, work: Callable[[], Response]
) -> Response:
    """Do the work, unless this very call was answered before: then the same answer again.

    Refuses with 422 when the key belongs to another call, with 409 while the first one is
    under way. Answers that say that nothing could be done now (5xx) aren't kept.
    """
    token = caller().id
    asked = json.dumps([request.method, request.path, body.model_dump()], sort_keys=True)
    before = ledger.begin(token, key, asked.encode())
    if isinstance(before, Answered):
        kind = "application/json" if before.status < 400 else "application/problem+json"
        again = Response(before.body, before.status, mimetype=kind)
        again.headers["Idempotent-Replayed"] = "true"
        return again
    if before is Clash.OTHER_CALL:
        raise refuse(422, [(_HEADER, "other_call")])
    if before is Clash.UNDER_WAY:
        refusal = refuse(409, [(_HEADER, "under_way")])
        refusal.answer.headers["Retry-After"] = "1"
        raise refusal
    try:
        answer = _worked(work)
    except BaseException:
        ledger.give_up(token, key)
        raise
    if answer.status_code >= 500:
        ledger.give_up(token, key)
    else:
        ledger.finish(token, key, answer.status_code, answer.get_data(as_text=True))
    return answer


def _worked(work: Callable[[], Response]) -> Response:
    try:
        return work()
    except Refusal as refusal:
        return refusal.answer
