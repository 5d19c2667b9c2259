"""The API methods: form fields in, ``entries`` (and ``metadata``) out, refusals by code.

Numbers are numbers or strings exactly as the public page shows them.
"""

import json
from collections.abc import Callable, Mapping, Sequence, Sized
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sms_service.simulator.kavenegar import rules, texts
from sms_service.simulator.kavenegar.rules import Refusal
from sms_service.simulator.kavenegar.store import Arrived, Sent, Store

Form = Mapping[str, str]
DEFAULT_LINE = "10001521"
_YEAR_SECONDS = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Answer:
    entries: Any
    metadata: Mapping[str, str] | None = None
    accepted: tuple[Sent, ...] = ()
    """What this very call handed to the network."""
    repeated: int = 0
    """How many texts were known by their localid and not sent again."""


class Methods:
    """The account's view of the gateway. ``lines`` empty: every line belongs to it."""

    def __init__(self, store: Store, lines: Sequence[str] = ()) -> None:
        self._store = store
        self._lines = frozenset(lines)
        self._default_line = lines[0] if lines else DEFAULT_LINE
        self._table: Mapping[str, Callable[[Form], Answer]] = {
            "sms/send": self._send,
            "sms/sendarray": self._send_array,
            "sms/status": self._status,
            "sms/statuslocalmessageid": self._status_by_localid,
            "sms/receive": self._receive,
            "sms/inboxpaged": self._inbox_paged,
            "account/info": self._account,
            "utils/getdate": self._date,
        }

    def call(self, method: str, form: Form, verb: str) -> Answer:
        """Raises Refusal with the code of the page."""
        if method not in self._table:
            raise Refusal(404)
        if method == "sms/sendarray" and verb != "POST":
            raise Refusal(405)
        return self._table[method](form)

    def _send(self, form: Form) -> Answer:
        receptors, message = _list(form, "receptor"), _field(form, "message", may_be_empty=True)
        local_ids = _list(form, "localid") if form.get("localid") else [None] * len(receptors)
        _check_count(receptors, local_ids)
        sender = rules.line_of(form.get("sender") or self._default_line, self._lines)
        return self._accept(
            form,
            [
                rules.text_of(receptor, sender, message, localid)
                for receptor, localid in zip(receptors, local_ids, strict=True)
            ],
        )

    def _send_array(self, form: Form) -> Answer:
        names = ("receptor", "sender", "message")
        receptors, senders, messages = (_json_list(_field(form, name)) for name in names)
        given = form.get("localmessageids")
        local_ids = _json_list(given) if given else [None] * len(receptors)
        _check_count(receptors, senders, messages, local_ids)
        rows = zip(receptors, senders, messages, local_ids, strict=True)
        return self._accept(
            form,
            [
                rules.text_of(receptor, rules.line_of(sender, self._lines), text, localid)
                for receptor, sender, text, localid in rows
            ],
        )

    def _accept(self, form: Form, wanted: list[rules.Text]) -> Answer:
        rules.check_tag(form.get("tag"))
        if sum(text.cost for text in wanted) > self._store.credit():
            raise Refusal(418)
        records = self._store.accept(wanted)
        fresh = tuple(record for record, is_new in records if is_new)
        return Answer(
            [_sent_entry(record) for record, _ in records],
            accepted=fresh,
            repeated=len(records) - len(fresh),
        )

    def _status(self, form: Form) -> Answer:
        ids = _ids(form, "messageid")
        return Answer([self._status_entry(one) for one in ids])

    def _status_by_localid(self, form: Form) -> Answer:
        return Answer([self._localid_entry(one) for one in _ids(form, "localid")])

    def _status_entry(self, messageid: int) -> dict[str, Any]:
        record = self._store.sent_by_id(messageid)
        return {"messageid": messageid} | self._told(record, rules.STATUS_WINDOW_SECONDS)

    def _localid_entry(self, localid: int) -> dict[str, Any]:
        record = self._store.sent_by_localid(localid)
        told = self._told(record, rules.LOCALID_WINDOW_SECONDS)
        known = record is not None and told["status"] != 100
        messageid = record.messageid if record and known else 0
        return {"messageid": messageid, "localid": str(localid)} | told

    def _told(self, record: Sent | None, window: int) -> dict[str, Any]:
        """A record older than the window reads like one that never was."""
        young = record is not None and self._store.now() - record.date <= window
        status = record.status if record and young else 100
        return {"status": status, "statustext": texts.of_status(status)}

    def _receive(self, form: Form) -> Answer:
        line, isread = self._inbox_of(form)
        page = self._store.inbox(line, isread)[: rules.RECEIVE_PAGE]
        self._store.mark_read([text.messageid for text in page])
        return Answer([_arrived_entry(text) for text in page])

    def _inbox_paged(self, form: Form) -> Answer:
        line, isread = self._inbox_of(form)
        now = int(self._store.now())
        since = rules.long_of(form.get("startdate") or str(now - rules.INBOX_WINDOW_SECONDS))
        until = rules.long_of(form.get("enddate") or str(now))
        rules.check_dates(since, until, now)
        number = max(1, rules.long_of(form.get("pagenumber") or "1"))
        arrived = self._store.inbox(line, isread, since, until)
        start = (number - 1) * rules.INBOX_PAGE
        page = arrived[start : start + rules.INBOX_PAGE]
        self._store.mark_read([text.messageid for text in page])
        total = len(arrived) - (0 if isread else len(page))
        metadata = {
            "totalcount": str(total),
            "currentpage": str(number),
            "totalpages": str(-(-len(arrived) // rules.INBOX_PAGE)),
            "pagesize": str(rules.INBOX_PAGE),
        }
        return Answer([_arrived_entry(text) for text in page], metadata)

    def _inbox_of(self, form: Form) -> tuple[str, int]:
        line, isread = _field(form, "linenumber"), _field(form, "isread")
        if isread not in ("0", "1"):
            raise Refusal(400)
        return rules.line_of(line, self._lines), int(isread)

    def _account(self, form: Form) -> Answer:
        return Answer(
            {
                "remaincredit": self._store.credit(),
                "expiredate": int(self._store.now()) + _YEAR_SECONDS,
                "type": "master",
            }
        )

    def _date(self, form: Form) -> Answer:
        now = datetime.fromtimestamp(int(self._store.now()), UTC)
        names = ("year", "month", "day", "hour", "minute", "second")
        parts = {name: getattr(now, name) for name in names}
        text = now.strftime("%Y-%m-%d %H:%M:%S")
        return Answer({"datetime": text, **parts, "unixtime": int(now.timestamp())})


def _field(form: Form, name: str, may_be_empty: bool = False) -> str:
    if name not in form:
        raise Refusal(400)
    if not form[name] and not may_be_empty:
        raise Refusal(406)
    return form[name]


def _list(form: Form, name: str) -> list[str]:
    return _field(form, name).split(",")


def _json_list(text: str) -> list[str]:
    try:
        values = json.loads(text)
    except ValueError:
        raise Refusal(400) from None
    if not isinstance(values, list):
        raise Refusal(400)
    return [str(value) for value in values]


def _check_count(first: Sized, *others: Sized) -> None:
    if any(len(other) != len(first) for other in others):
        raise Refusal(419)
    if len(first) > rules.MAX_RECEPTORS:
        raise Refusal(414)


def _ids(form: Form, name: str) -> list[int]:
    ids = [rules.long_of(one) for one in _list(form, name)]
    if len(ids) > rules.MAX_STATUS_IDS:
        raise Refusal(414)
    return ids


def _sent_entry(record: Sent) -> dict[str, Any]:
    return {
        "messageid": record.messageid,
        "message": record.message,
        "status": record.status,
        "statustext": texts.of_status(record.status),
        "sender": record.sender,
        "receptor": record.receptor,
        "date": int(record.date),
        "cost": record.cost,
    }


def _arrived_entry(text: Arrived) -> dict[str, Any]:
    return {
        "messageid": text.messageid,
        "message": text.message,
        "sender": text.sender,
        "receptor": text.receptor,
        "date": int(text.date),
    }
