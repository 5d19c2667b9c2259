"""How single requests go: received, answered, sent, delivered, or stuck on the way."""

from dataclasses import dataclass

from sms_service.ledger.tables import (
    inbound,
    inbound_keys,
    inbound_texts,
    opinions,
    outbound,
    outbound_texts,
    receipts,
)
from tests.support.request_lives import (
    CHANNELS,
    DAY,
    ENDS,
    KINDS,
    LINE,
    PART_RIAL,
    PARTS,
    SECOND,
    STATUS,
    UNSENT,
    Book,
    Chosen,
    Kind,
    Row,
    phone_number,
)

_GATEWAY = "kavenegar"
_FOLDED, _REPEATED, _IGNORED, _BROKEN, _TOO_SLOW, _RESENT = 0.015, 0.01, 0.006, 0.0001, 0.004, 0.01


@dataclass(frozen=True, slots=True)
class Outage:
    """While it lasts, answers can't be composed, or not be handed over."""

    begins: int
    ends: int
    of_source: bool


class Stories:
    """Writes one request after the other into a book."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._kind = Chosen([(kind, kind.weight) for kind in KINDS], book.chance)
        self._channel = Chosen(CHANNELS, book.chance)
        self._end = Chosen([(end[:2], end[2]) for end in ENDS], book.chance)
        self._parts = Chosen(PARTS, book.chance)

    def tell(self, at: int, outage: Outage | None) -> int:
        """A request that reaches us at this moment, with what follows; how many rows it makes."""
        channel = self._channel()
        request = self._received(at, channel)
        if channel == "sms" and self._book.chance.random() < _IGNORED:
            self._ignored(request)
            return 1
        self._book.happens(request["code"], at, "received")
        if channel == "ussd" and self._book.chance.random() > _TOO_SLOW:
            self._shown(request)
        else:
            self._answered(request, outage)
        self._store(request)
        return 1 + (channel == "sms" and self._came_again(request))

    def _received(self, at: int, channel: str) -> Row:
        book, phone = self._book, self._book.people.any_phone()
        return {
            "id": book.id_at(at),
            "code": book.code(),
            "channel": channel,
            "gateway": {"sms": _GATEWAY, "ussd": "ussd_json"}.get(channel, channel),
            "line": "*1521#" if channel == "ussd" else LINE,
            "phone": phone,
            "phone_hash": book.people.hash_of(phone),
            "state": "received",
            "received_at": at,
            "sent_at": at - book.seconds(0.6) if channel == "sms" else None,
            "due_at": at,
            "attempts": 0,
        }

    def _ignored(self, request: Row) -> None:
        request |= {"state": "ignored", "reason": "no_mobile"}
        self._book.happens(request["code"], request["received_at"], "ignored", "no_mobile")
        self._store(request)

    def _shown(self, request: Row) -> None:
        kind = self._kind()
        shown_at = request["received_at"] + self._book.seconds(0.12)
        why = kind.problem or kind.intent
        if self._book.happens(request["code"], shown_at, "shown", why):
            self._understood(request, kind, shown_at)

    def _answered(self, request: Row, outage: Outage | None) -> None:
        book, code = self._book, request["code"]
        at = request["received_at"] + book.seconds(0.15)
        if not book.happens(code, at, "answering"):
            return
        request |= {"state": "answering", "attempts": 1, "lease_token": book.id_at(at)}
        if book.chance.random() < _BROKEN:
            book.happens(code, at + 300 * SECOND, "failed", "too_many_attempts")
            request |= {"state": "failed", "reason": "too_many_attempts", "attempts": 6}
            return
        kind = self._kind()
        if outage and outage.of_source and kind.names_bill:
            at = self._promised(request, kind, outage)
        else:
            at += book.seconds(0.08)
        if not book.happens(code, at, "answered", kind.problem or kind.intent):
            return
        self._understood(request, kind, at)
        self._queued(request, kind, at, outage)

    def _promised(self, request: Row, kind: Kind, outage: Outage) -> int:
        """Told that the answer will come; the moment at which it came."""
        book, code = self._book, request["code"]
        at = request["received_at"] + 6 * SECOND + book.seconds(0.5)
        book.happens(code, request["received_at"] + SECOND, "put_back", "source_down")
        book.happens(code, at - SECOND // 2, "answering")
        if book.happens(code, at, "promised", "source_down"):
            request |= {"state": "received", "reason": "source_down", "promised_at": at}
            request |= {"intent": kind.intent, "problem": "source_down"}
            promise = Kind(1, kind.intent, rung="source_down")
            self._queued(request, promise, at, None, "promise")
        again = outage.ends + book.seconds(20)
        book.happens(code, again - SECOND // 10, "answering")
        return again

    def _understood(self, request: Row, kind: Kind, at: int) -> None:
        book = self._book
        request |= {
            "state": "answered",
            "answered_at": at,
            "intent": kind.intent,
            "problem": kind.problem,
            "fulfilment": kind.fulfilment,
            "bill_id": book.people.any_bill() if kind.names_bill else None,
            "from_year": 1405 - int(3 * book.chance.random()) if kind.names_bill else None,
            "notes": "default_year" if kind.names_bill and book.chance.random() < 0.6 else None,
        }
        if kind.intent == "opinion":
            score = book.chance.choices((1, 2, 3, 4, 5), (4, 5, 12, 30, 49))[0]
            told = {"inbound_id": request["id"], "code": request["code"], "score": score, "at": at}
            book.put(opinions, told)
        reads_on = kind.fulfilment == "shortened" and book.chance.random() < 0.4
        if reads_on and book.happens(request["code"], at + book.seconds(90), "complete"):
            request["fulfilment"] = "complete"

    def _queued(
        self, request: Row, kind: Kind, at: int, outage: Outage | None, what: str = "answer"
    ) -> None:
        """The text that goes to the phone."""
        book, parts = self._book, 1 if kind.problem else self._parts()
        answer: Row = {
            **{name: request[name] for name in ("code", "phone", "phone_hash")},
            "id": book.id_at(at),
            "local_id": book.id_at(at),
            "inbound_id": request["id"],
            "kind": what,
            "lane": "reply",
            "priority": 0,
            "state": "queued",
            "attempts": 0,
            "encoding": "UCS-2",
            "units": 66 * parts,
            "parts": parts,
            "rung": kind.rung,
            "created_at": at,
            "due_at": at,
            "valid_until": at + DAY,
            "pinned": False,
            "left_out": "older_payments" if parts == 4 else None,
        }
        book.happens(request["code"], at, "queued")
        at += book.seconds(0.06)
        if (
            outage
            and not outage.of_source
            and book.happens(request["code"], at, "sending", _GATEWAY)
        ):
            book.happens(request["code"], at + 3 * SECOND, "queued", "kavenegar_unreachable")
            answer["reason"] = "kavenegar_unreachable"
            at = outage.ends + book.seconds(10)
        ended = self._sent(answer, at)
        self._store_answer(answer)
        is_resent = ended and what == "answer" and book.chance.random() < _RESENT
        if is_resent and request["channel"] == "sms":
            self._resent(answer, ended + 3600 * SECOND)

    def _sent(self, answer: Row, at: int) -> int:
        """The way over the gateway to the phone; when it ended, 0 if it hasn't."""
        book, code = self._book, answer["code"]
        end, why = self._end()
        if end == "expired":
            if book.happens(code, answer["valid_until"], "expired", why):
                answer |= {"state": end, "reason": why, "ended_at": answer["valid_until"]}
            return 0
        if not book.happens(code, at, "sending", _GATEWAY):
            return 0
        tried = {"gateway": _GATEWAY, "first_tried_at": at, "attempts": 1}
        answer |= {"state": "sending", "lease_token": answer["local_id"], **tried}
        at += book.seconds(0.25, 0.8)
        if end in UNSENT:
            if book.happens(code, at, end, why):
                answer |= {"state": end, "reason": why, "ended_at": at, "attempts": 0}
            return at
        if not book.happens(code, at, "accepted"):
            return 0
        remote_id = str(answer["local_id"] % 10**10)
        cost = answer["parts"] * PART_RIAL
        answer |= {"state": "accepted", "reason": None, "accepted_at": at, "attempts": 0}
        answer |= {"remote_id": remote_id, "cost_rial": cost, "ask_at": at + 600 * SECOND}
        return self._reported(answer, at, end, why)

    def _reported(self, answer: Row, at: int, end: str, why: str) -> int:
        """What the gateway told of it later; when it told the last."""
        book = self._book
        for state, reason in (("at_operator", "kavenegar_status_4"), (end, why)):
            at += book.seconds(1.2 if state == "at_operator" else 3.5, 0.9)
            if state == answer["state"]:
                return self._never_reported(answer)
            if not book.happens(answer["code"], at, state, reason):
                return 0
            final = state != "at_operator"
            answer |= {"state": state, "reason": reason, "ended_at": at if final else None}
            answer["ask_at"] = None if final else answer["ask_at"]
            report = {"gateway": _GATEWAY, "remote_id": answer["remote_id"], "state": "applied"}
            book.put(receipts, report | {"status": STATUS.get(state, 13), "received_at": at})
        return at

    def _never_reported(self, answer: Row) -> int:
        if self._book.happens(answer["code"], answer["accepted_at"] + 2 * DAY, "no_receipt"):
            answer["ask_at"] = None
        return 0

    def _resent(self, first: Row, at: int) -> None:
        """A further attempt of an operator, as a row of its own."""
        if not self._book.happens(first["code"], at, "queued"):
            return
        copied = {n: first[n] for n in ("inbound_id", "code", "phone", "phone_hash", "rung")}
        copied |= {n: first[n] for n in ("kind", "lane", "encoding", "units", "parts", "pinned")}
        again: Row = copied | {
            "id": self._book.id_at(at),
            "local_id": self._book.id_at(at),
            "parent_id": first["id"],
            "priority": 0,
            "state": "queued",
            "attempts": 0,
            "created_at": at,
            "due_at": at,
            "valid_until": at + DAY,
        }
        self._sent(again, at + self._book.seconds(0.1))
        self._store_answer(again)

    def _came_again(self, request: Row) -> bool:
        """The same once more: by the gateway, which is an event, or by the phone, a row."""
        book, code = self._book, request["code"]
        if book.chance.random() < _REPEATED:
            book.happens(code, request["received_at"] + book.seconds(2), "repeated")
        at = request["received_at"] + SECOND + int(SECOND * book.chance.random())
        if book.chance.random() >= _FOLDED or at > book.until:
            return False
        again = self._received(at, "sms")
        again |= {name: request[name] for name in ("phone", "phone_hash")}
        again |= {"state": "folded", "reason": "same_text", "folded_into": request["id"]}
        book.happens(again["code"], at, "folded", "same_text")
        book.happens(code, at, "repeated", "same_text")
        self._store(again)
        return True

    def _store(self, request: Row) -> None:
        book, people = self._book, self._book.people
        sealed = {"key_version": people.key_version}
        number = phone_number(request["phone"])
        if book.keeps(request["received_at"]):
            request["phone_cipher"] = people.sealed(number)
            asked = people.sealed(request.get("bill_id") or "سلام، قبض من چند است؟")
            raw = people.sealed(f"from={number}&to={LINE}")
            texts = {"inbound_id": request["id"], "text_cipher": asked, "raw_cipher": raw}
            book.put(inbound_texts, texts | sealed)
        digest = people.hash_of(request["phone"])
        key = {"gateway": request["gateway"], "remote_id": str(request["id"])}
        key |= {"inbound_id": request["id"], "code": request["code"], "digest": digest}
        book.put(inbound_keys, key)
        book.put(inbound, request | sealed | {"fingerprint": digest})

    def _store_answer(self, answer: Row) -> None:
        book, people = self._book, self._book.people
        sealed = {"key_version": people.key_version}
        if book.keeps(answer["created_at"]):
            answer["phone_cipher"] = people.sealed(phone_number(answer["phone"]))
            text = {"outbound_id": answer["id"], "text_cipher": people.sealed(book.answer_text())}
            book.put(outbound_texts, text | sealed)
        book.put(outbound, answer | sealed)
