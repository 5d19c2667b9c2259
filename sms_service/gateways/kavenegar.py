"""Kavenegar as a gateway: what it says becomes accepted, surely not sent, or unknown."""

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pydantic import SecretStr

from sms_service.gateways.each import send_each, verdict_on_lane
from sms_service.gateways.kavenegar_client import (
    PUBLIC_URL,
    KavenegarClient,
    KavenegarError,
    NotReached,
    Refused,
)
from sms_service.gateways.kavenegar_codes import MAX_STATUS_IDS
from sms_service.gateways.kavenegar_replies import (
    BAD_ENTRY,
    MISMATCH,
    WRONG_COUNT,
    delivery_codes,
    known_records,
    national_mobile,
    outcome_of,
    unfit,
)
from sms_service.service.ports import (
    Accepted,
    Blame,
    NotSent,
    Outcome,
    OutgoingText,
    Unknown,
)
from sms_service.transport import DEFAULT_TIMEOUTS, Timeouts

logger = logging.getLogger(__name__)

ARRAY_SIZE = 100
TRIAL_SIZE = 2
"""Texts risked on the first ``sendarray``: the fewest that can show ids being mixed up."""

_MIXED_UP = {BAD_ENTRY, MISMATCH, WRONG_COUNT}


class KavenegarGateway:
    """Sends through one Kavenegar account. Threads may share it, forked processes not.

    ``send_many`` uses ``sendarray`` only after its first use here proved that the ids
    given with it are found again; until then, and for ever after a failed proof, each
    text is a call of its own. Kavenegar's page and SDKs disagree on that id's name.
    """

    name = "kavenegar"
    keeps_records = True
    reports_by_local_id = False

    def __init__(
        self,
        api_key: SecretStr | str,
        base_url: str = PUBLIC_URL,
        sender: str | None = None,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        pool_size: int = 8,
    ) -> None:
        """``base_url`` is without ``/v1``; ``sender`` None leaves the line to the account."""
        self.client = KavenegarClient(api_key, base_url, timeouts, pool_size)
        self._sender = sender
        self._threads = ThreadPoolExecutor(pool_size, thread_name_prefix="kavenegar")
        self._pool_size = pool_size
        self._array_proven: bool | None = None

    def __repr__(self) -> str:
        return f"KavenegarGateway({self.client!r})"

    @property
    def round_size(self) -> int:
        """Texts of one round: where none is refused, its calls last two time-outs at most."""
        if self._array_proven is None:
            return TRIAL_SIZE
        return ARRAY_SIZE if self._array_proven else self._pool_size

    def close(self) -> None:
        """Let threads and connections go."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self.client.close()

    def send(self, outgoing: OutgoingText) -> Outcome:
        """Hand over one text; its ``local_id`` makes a repetition harmless."""
        refusal = unfit(outgoing)
        if refusal:
            return refusal
        form = {
            "receptor": national_mobile(outgoing.receptor),
            "message": outgoing.text,
            "localid": outgoing.local_id,
        }
        line = outgoing.line or self._sender
        entries = self._call(self.client.sms_send, form | ({"sender": line} if line else {}))
        return entries if _is_outcome(entries) else _outcomes([outgoing], entries)[0]

    def send_many(self, batch: Sequence[OutgoingText]) -> Sequence[Outcome]:
        """Hand over up to 100 texts; outcomes in their order.

        Once the gateway refuses for a reason that isn't the row's own, or falls silent,
        the texts not yet tried are ``NotSent``.
        """
        refusals = [unfit(text) for text in batch]
        fit = [text for text, refusal in zip(batch, refusals, strict=True) if not refusal]
        outcomes = iter(self._send_fit(fit))
        return [refusal or next(outcomes) for refusal in refusals]

    def look_up(self, local_ids: Sequence[int]) -> Mapping[int, Accepted] | None:
        """What Kavenegar has of the last 12 hours for these ids; None when any call failed."""
        known: dict[int, Accepted] = {}
        for entries in self._pages(self.client.sms_statuslocalmessageid, "localid", local_ids):
            records = known_records(entries)
            if records is None:
                return None
            known |= records
        return {local_id: known[local_id] for local_id in local_ids if local_id in known}

    def statuses(self, remote_ids: Sequence[str]) -> Mapping[str, int] | None:
        """Delivery codes of the last 48 hours; None when any call failed."""
        codes: dict[str, int] = {}
        for entries in self._pages(self.client.sms_status, "messageid", remote_ids):
            page = delivery_codes(entries)
            if page is None:
                return None
            codes |= page
        return codes

    def _send_fit(self, batch: Sequence[OutgoingText]) -> Sequence[Outcome]:
        outcomes: list[Outcome] = []
        while len(outcomes) < len(batch):
            verdict = next(filter(None, map(self._verdict, outcomes)), None)
            if verdict:
                return outcomes + [verdict] * (len(batch) - len(outcomes))
            outcomes += self._send_some(batch[len(outcomes) :])
        return outcomes

    def _send_some(self, batch: Sequence[OutgoingText]) -> Sequence[Outcome]:
        """Outcomes of the first texts of the batch: as many as one step may take."""
        has_lines = all(text.line or self._sender for text in batch)
        if len(batch) == 1 or not has_lines or self._array_proven is False:
            return self._send_singly(batch)
        if self._array_proven:
            return self._send_array(batch[:ARRAY_SIZE])
        return self._try_array(batch[:TRIAL_SIZE])

    def _send_array(self, batch: Sequence[OutgoingText]) -> Sequence[Outcome]:
        outcomes = self._call_array(batch)
        return self._send_singly(batch) if _refused(outcomes, Blame.ROW) else outcomes

    def _try_array(self, batch: Sequence[OutgoingText]) -> Sequence[Outcome]:
        outcomes = self._call_array(batch)
        if _refused(outcomes, Blame.STOP):
            self._array_proven = False
        if _refused(outcomes, Blame.STOP, Blame.ROW):
            return self._send_singly(batch)
        self._array_proven = self._proof(batch, outcomes)
        logger.info("kavenegar sendarray proven: %s", self._array_proven)
        return outcomes

    def _call_array(self, batch: Sequence[OutgoingText]) -> Sequence[Outcome]:
        form = {
            "receptor": _array(national_mobile(text.receptor) for text in batch),
            "sender": _array(text.line or self._sender for text in batch),
            "message": _array(text.text for text in batch),
            "localmessageids": _array(text.local_id for text in batch),
        }
        entries = self._call(self.client.sms_sendarray, form)
        return [entries] * len(batch) if _is_outcome(entries) else _outcomes(batch, entries)

    def _proof(self, batch: Sequence[OutgoingText], outcomes: Sequence[Outcome]) -> bool | None:
        """Whether each id leads to the record of its own text; None when nothing was learnt."""
        if any(isinstance(one, Unknown) and one.reason in _MIXED_UP for one in outcomes):
            return False
        remote_ids = [outcome.remote_id for outcome in outcomes if isinstance(outcome, Accepted)]
        if len(remote_ids) < len(batch):
            return None
        known = self.look_up([text.local_id for text in batch])
        if known is None:
            return None
        return [record.remote_id for record in known.values()] == remote_ids

    def _send_singly(self, batch: Sequence[OutgoingText]) -> Sequence[Outcome]:
        return send_each(self._threads, self.send, batch, self.name)

    def _verdict(self, outcome: Outcome) -> NotSent | None:
        return verdict_on_lane(outcome, self.name)

    def _pages(
        self, method: Callable[[Any], Any], name: str, ids: Sequence[int] | Sequence[str]
    ) -> Iterator[Any]:
        for start in range(0, len(ids), MAX_STATUS_IDS):
            wanted = ",".join(str(one) for one in ids[start : start + MAX_STATUS_IDS])
            yield self._call(method, {name: wanted})

    def _call(self, method: Callable[[Any], Any], form: Mapping[str, Any]) -> Any:
        """Entries as they came, or the outcome that stands in for them."""
        try:
            return method(form)
        except Refused as refusal:
            logger.warning("kavenegar refused: %s", refusal)
            return NotSent(refusal.code.blame, refusal.reason)
        except NotReached as failure:
            return NotSent(Blame.LATER, failure.reason)
        except KavenegarError as failure:
            logger.warning("kavenegar call ended unknown: %s", failure)
            return Unknown(failure.reason)


def _refused(outcomes: Sequence[Outcome], *blames: Blame) -> bool:
    return all(isinstance(outcome, NotSent) and outcome.blame in blames for outcome in outcomes)


def _array(values: Iterable[object]) -> str:
    return json.dumps(list(values), ensure_ascii=False)


def _is_outcome(entries: object) -> bool:
    return isinstance(entries, NotSent | Unknown)


def _outcomes(batch: Sequence[OutgoingText], entries: object) -> list[Outcome]:
    if not isinstance(entries, list) or len(entries) != len(batch):
        return [Unknown(WRONG_COUNT)] * len(batch)
    return [outcome_of(text, entry) for text, entry in zip(batch, entries, strict=True)]
