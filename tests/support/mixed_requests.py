"""Requests of every kind at a running service: what /metrics is held against the ledger by."""

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from itertools import cycle
from urllib.parse import urlencode, urlsplit

from sqlalchemy import select, text

from sms_service.database import reading
from sms_service.domain.roles import Scope
from sms_service.ledger.tables import outbound
from sms_service.service.auditing import Actor
from sms_service.service.resend_terms import Refused, ResendOrder, Resent
from sms_service.wiring.console import ConsoleParts
from tests.support.canary import CANARY_WEBHOOK_SECRET
from tests.support.resending import OPERATOR
from tests.support.service import Service
from tests.support.small_billing import BILL_IDS
from tests.support.smsbox import Smsbox
from tests.support.texting import Text, new_text

_WORDS = (
    *(BILL_IDS[0], f"{BILL_IDS[1]} 1404", f"{BILL_IDS[2]} بدهی", f"{BILL_IDS[3]} پرداخت"),
    *("1234567890123", "0006320504421", "000632050", "سلام", "راهنما", f"{BILL_IDS[4]} 1450"),
    *("1234567804423", f"{BILL_IDS[5]} 1405", "بعدی"),
)
"""Histories, debts and payments, wrong and unknown IDs, wrong years, no ID, other wishes."""
_PATIENCE = 20
_SETTLED_SECONDS = 240


class Mixed:
    """Asks a service in every way that there is."""

    def __init__(self, service: Service, kannel: Smsbox) -> None:
        self._service, self._kannel = service, kannel
        self._desk = ConsoleParts(service.parts)
        scopes = [Scope.ASK, Scope.READ]
        self._token = self._desk.tokens.create("metrics", scopes, None, Actor("admin"))[1]
        self._words = cycle(_WORDS)
        self._number = 0

    def ask(self, count: int) -> None:
        """So many requests: most by SMS over either gateway, some in dialogues and by programs.

        A tenth comes twice. For a while the first gateway refuses and breaks off, then it is held.
        """
        gateway = self._service.gateway
        gateway.plan_receipts(steps=[[0.05, 10]])
        texts = list(self._texts(count * 7 // 10))
        hand_over = self._service.webhook.hand_over
        third = len(texts) // 3
        hand_over(texts[:third])
        for method in ("sms/send", "sms/sendarray"):
            gateway.fault("half_json", method=method, after=True, count=1)
            gateway.fault("refuse", method=method, code=411, count=2)
        hand_over(texts[third : 2 * third])
        for method in ("sms/send", "sms/sendarray"):
            gateway.fault("refuse", method=method, code=418, count=2)
        hand_over([*texts[2 * third :], *texts[::10]])
        self._service.wait_until(self.is_settled, _SETTLED_SECONDS)
        gateway.clear_faults()
        self._desk.holding.hold("kavenegar", OPERATOR, "آزمایش")
        for number in range(count // 10):
            self._by_kannel(number)
            self._dial(number)
            self._by_program(number)
        self._service.wait_until(lambda: bool(self._kannel.local_ids), _SETTLED_SECONDS)
        self._desk.holding.release("kavenegar", OPERATOR, "آزمایش")
        self._service.wait_until(self.is_settled, _SETTLED_SECONDS)

    def answer_receipts(self) -> None:
        """Tell of all that left by Kannel that it arrived, once as failed before."""
        for number, local_id in enumerate(list(self._kannel.local_ids)):
            for kind in ("2", "1") if number == 0 else ("1",):
                self._post_kannel("status", {"id": local_id, "type": kind})

    def resend(self, count: int) -> list[Resent | Refused]:
        """Send some answers again that arrived; what was said to each order."""
        there = outbound.c.state == "delivered", outbound.c.kind == "answer"
        wanted = select(outbound.c.code, outbound.c.id).where(*there).limit(count)
        with reading(self._service.engine) as connection:
            rows = connection.execute(wanted).all()
        orders = [ResendOrder(row.code, OPERATOR, row.id, "تماس گرفت") for row in rows]
        return [self._desk.resending.resend(one) for one in orders]

    def is_settled(self) -> bool:
        """Whether nothing moves any more. Lanes that rest go on at once."""
        self._service.end_rest()
        waits = (
            "SELECT count(*) FROM inbound WHERE state IN ('received', 'answering')",
            "SELECT count(*) FROM outbound WHERE state IN ('queued', 'sending', 'unknown')",
            "SELECT count(*) FROM receipts WHERE state = 'parked'",
        )
        with reading(self._service.engine) as connection:
            return not any(connection.scalar(text(one)) for one in waits)

    def _texts(self, count: int) -> Iterator[Text]:
        for _ in range(count):
            yield new_text(next(self._words), "")

    def _by_kannel(self, number: int) -> None:
        self._number += 1
        told = {
            "id": f"k-{self._number}",
            "from": f"98991{self._number:07d}",
            "to": "30001521",
            "coding": "0",
            "text": next(self._words).encode("ascii", "ignore").decode() or "help",
        }
        for _ in range(2 if number % 5 == 0 else 1):
            self._post_kannel("received", told)

    def _dial(self, number: int) -> None:
        asked = {
            "session_id": f"mixed-{self._number}",
            "phone": f"0992{self._number:07d}",
            "event": "new",
            "input": f"*1521*{BILL_IDS[number % len(BILL_IDS)]}*1404#",
            "sequence": 0,
        }
        url = f"/ussd/json/{CANARY_WEBHOOK_SECRET}"
        assert self._call("POST", url, asked) == 200

    def _by_program(self, number: int) -> None:
        is_shown = number % 2 == 0
        asked = {
            "bill_id": BILL_IDS[number % len(BILL_IDS)],
            "deliver": "inline" if is_shown else "sms",
            "intent": "debt",
            **({} if is_shown else {"phone": f"0993{self._number:07d}"}),
        }
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Idempotency-Key": f"mixed-{self._number}",
        }
        assert self._call("POST", "/api/v1/requests", asked, headers) in (200, 201, 202)

    def _post_kannel(self, page: str, told: dict[str, str]) -> None:
        url = f"/webhooks/kannel/{CANARY_WEBHOOK_SECRET}/{page}?{urlencode(told)}"
        assert self._call("GET", url) == 200

    def _call(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> int:
        """Its status. By a client that logs no addresses: they hold the secret."""
        address = urlsplit(self._service.url).netloc
        with closing(http.client.HTTPConnection(address, timeout=_PATIENCE)) as line:
            told = {"Content-Type": "application/json", **(headers or {})}
            raw = None if body is None else json.dumps(body)
            line.request(method, path, raw, told if raw else {})
            answer = line.getresponse()
            answer.read()
            return answer.status
