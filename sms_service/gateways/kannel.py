"""Kannel as a gateway: its smsbox takes texts by HTTP for an operator's SMSC.

Kannel keeps no record that could be asked: an unknown outcome is settled by its receipt or
by nobody. The receipt's address carries our own local id, which therefore is the remote id.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import quote

from pydantic import SecretStr

from sms_service.domain.msisdn import mobile
from sms_service.gateways.each import send_each
from sms_service.gateways.kannel_codes import (
    ACCEPTED,
    MAX_PARTS,
    RECEIPTS_WANTED,
    TAKEN,
    UNCONFIRMED,
    refusal_of,
)
from sms_service.language.parts import GSM7, count
from sms_service.logs.redaction import hide
from sms_service.service.ports import Accepted, Blame, NotSent, Outcome, OutgoingText, Unknown
from sms_service.transport import (
    DEFAULT_TIMEOUTS,
    Failure,
    PooledAdapter,
    Timeouts,
    Transport,
    checked_url,
)

logger = logging.getLogger(__name__)

_LARGEST_ANSWER = 4096
_HEADER = re.compile(r"[!-~]([ -~]*[!-~])?", re.ASCII)
_GSM7, _UCS2 = "0", "2"


@dataclass(frozen=True, slots=True)
class Account:
    """Who sends: a ``sendsms-user`` of Kannel's, and the line that its texts come from.

    Raises ValueError for what can't stand in an HTTP header.
    """

    username: str
    password: SecretStr
    sender: str | None = None
    """None leaves the line to Kannel's ``default-sender``."""

    def __post_init__(self) -> None:
        for said in (self.username, self.password.get_secret_value(), self.sender or "-"):
            if not _HEADER.fullmatch(said):
                raise ValueError("Kannel's user, password and sender are printable ASCII")


@dataclass(frozen=True, slots=True)
class Receipts:
    """Where Kannel brings receipts: the web process as Kannel reaches it, and a webhook secret."""

    callback_url: str
    secret: SecretStr = field(repr=False)

    def url(self, local_id: int) -> str:
        """A ``dlr-url``: Kannel fills in ``%d``, and reads ``%%`` as one percent sign."""
        secret = quote(self.secret.get_secret_value(), safe="")
        page = f"{checked_url(self.callback_url)}/webhooks/kannel/{secret}/status"
        return f"{page.replace('%', '%%')}?id={local_id}&type=%d"


class KannelGateway:
    """Sends through one smsbox. Threads may share it, forked processes not."""

    name = "kannel"
    keeps_records = False
    reports_by_local_id = True

    def __init__(
        self,
        sendsms_url: str,
        account: Account,
        receipts: Receipts | None = None,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        pool_size: int = 8,
    ) -> None:
        """Without ``receipts`` none are asked for. Raises ValueError for a wrong address."""
        self._url = checked_url(sendsms_url)
        self._account = account
        self._receipts = receipts
        if receipts:
            checked_url(receipts.callback_url)
            hide(receipts.secret.get_secret_value())
        hide(account.password.get_secret_value())
        self._transport = Transport(PooledAdapter(pool_size), timeouts, _LARGEST_ANSWER)
        self._threads = ThreadPoolExecutor(pool_size, thread_name_prefix="kannel")
        self._pool_size = pool_size

    def __repr__(self) -> str:
        return f"KannelGateway({self._url})"

    @property
    def round_size(self) -> int:
        """Texts of one round: one call each, all at once."""
        return self._pool_size

    def close(self) -> None:
        """Let threads and connections go."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._transport.close()

    def send(self, outgoing: OutgoingText) -> Outcome:
        """Hand over one text. Kannel sends a repetition again: never repeat an unknown one."""
        refusal = _unfit(outgoing)
        if refusal:
            return refusal
        body = outgoing.text.encode("utf-8", "replace")
        answer = self._transport.post(self._url, body, self._headers(outgoing))
        outcome = _outcome(outgoing, answer)
        if not isinstance(outcome, Accepted):
            logger.warning("kannel didn't accept: %s", outcome.reason)
        return outcome

    def send_many(self, batch: Sequence[OutgoingText]) -> Sequence[Outcome]:
        """Hand over texts, one call each; outcomes in their order.

        Once Kannel refuses for a reason that isn't the row's own, or falls silent, the texts
        not yet tried are ``NotSent``.
        """
        return send_each(self._threads, self.send, batch, self.name)

    def look_up(self, local_ids: Sequence[int]) -> Mapping[int, Accepted] | None:
        """None: there is nothing to ask."""
        return None

    def statuses(self, remote_ids: Sequence[str]) -> Mapping[str, int] | None:
        """Nothing is known but by receipts."""
        return {}

    def _headers(self, outgoing: OutgoingText) -> dict[str, str]:
        """The text travels as the body, everything else as headers: nothing is in the address.

        Kannel makes of ``+98…`` an international number without its plus, whatever its
        SMSC wants; of ``0098…`` only where ``unified-prefix`` says so.
        """
        line = outgoing.line or self._account.sender
        wanted = {
            "Content-Type": "text/plain; charset=UTF-8",
            "X-Kannel-Username": self._account.username,
            "X-Kannel-Password": self._account.password.get_secret_value(),
            "X-Kannel-To": str(mobile(outgoing.receptor)),
            "X-Kannel-Coding": _GSM7 if count(outgoing.text).encoding == GSM7.name else _UCS2,
        }
        if line:
            wanted["X-Kannel-From"] = line
        if self._receipts:
            wanted["X-Kannel-DLR-Mask"] = str(RECEIPTS_WANTED)
            wanted["X-Kannel-DLR-Url"] = self._receipts.url(outgoing.local_id)
        return wanted


def _unfit(outgoing: OutgoingText) -> NotSent | None:
    """What Kannel would take and send empty, cut or to several people."""
    if mobile(outgoing.receptor) is None:
        return NotSent(Blame.ROW, "kannel_bad_receptor")
    if not outgoing.text:
        return NotSent(Blame.ROW, "kannel_empty_text")
    if count(outgoing.text).parts > MAX_PARTS:
        return NotSent(Blame.ROW, "kannel_too_long")
    return None


def _outcome(outgoing: OutgoingText, answer: tuple[int, bytes] | Failure) -> Outcome:
    if isinstance(answer, Failure):
        reason = f"kannel_{answer.word}"
        return Unknown(reason) if answer.was_sent else NotSent(Blame.LATER, reason)
    status, body = answer
    said = body.decode("utf-8", "replace")
    if status == 202 and said.startswith(ACCEPTED):
        return Accepted(str(outgoing.local_id), TAKEN)
    refusal = refusal_of(status, said)
    if refusal:
        return NotSent(refusal.blame, f"kannel_{refusal.word}")
    if status == 202 and said.startswith(UNCONFIRMED):
        return Unknown("kannel_unconfirmed")
    return Unknown(f"kannel_http_{status}")
