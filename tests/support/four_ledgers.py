"""Four ledgers laid side by side: the webhook's 200s, texts in, answers out, SMS at the gateway."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, select

from sms_service.database import reading
from sms_service.domain.states import RANK, InboundState, OutboundState
from sms_service.ledger.tables import inbound, inbound_keys, outbound
from sms_service.simulator.kavenegar.store import Sent
from tests.support.texting import Taken, Text

_IDS_AT_ONCE = 500
_OPEN_INBOUND = (InboundState.RECEIVED, InboundState.ANSWERING)
_OPEN_OUTBOUND = (OutboundState.QUEUED, OutboundState.SENDING, OutboundState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Went:
    """One outbound row."""

    state: OutboundState
    local_id: int
    remote_id: str | None

    @property
    def sent(self) -> bool:
        """Whether the gateway surely has it."""
        return RANK[self.state] >= RANK[OutboundState.ACCEPTED]


@dataclass(frozen=True, slots=True)
class Books:
    """What our database holds of some texts, by the gateway's messageid."""

    came: Mapping[str, Sequence[InboundState]]
    went: Mapping[str, Sequence[Went]]

    def is_settled(self, text: Text) -> bool:
        """Whether a text has come and nothing is left to be done for it."""
        came, went = self.came.get(text.messageid, ()), self.went.get(text.messageid, ())
        waits = any(state in _OPEN_INBOUND for state in came)
        return bool(came) and not waits and not any(row.state in _OPEN_OUTBOUND for row in went)


def books(engine: Engine, texts: Sequence[Text]) -> Books:
    """What the database holds of these texts now."""
    came: dict[str, list[InboundState]] = defaultdict(list)
    went: dict[str, list[Went]] = defaultdict(list)
    ids = sorted({text.messageid for text in texts})
    key, row_in, row_out = inbound_keys.c, inbound.c, outbound.c
    inwards = select(key.remote_id, row_in.state).join(inbound, row_in.id == key.inbound_id)
    outwards = select(key.remote_id, row_out.state, row_out.local_id, row_out.remote_id).join(
        outbound, row_out.inbound_id == key.inbound_id
    )
    with reading(engine) as connection:
        for start in range(0, len(ids), _IDS_AT_ONCE):
            ours = key.remote_id.in_(ids[start : start + _IDS_AT_ONCE])
            for messageid, state in connection.execute(inwards.where(ours)):
                came[messageid].append(InboundState(state))
            for messageid, state, local_id, remote_id in connection.execute(outwards.where(ours)):
                went[messageid].append(Went(OutboundState(state), local_id, remote_id))
    return Books(came, went)


def broken_promises(said: Sequence[Taken], kept: Books, sms: Sequence[Sent]) -> dict[str, int]:
    """What the ledgers contradict each other in, and how often; empty when all is well.

    ``said`` is all that the webhook answered to the texts in question, ``sms`` all that
    the gateway handed over since the first of them.
    """
    to_phone: dict[str, list[Sent]] = defaultdict(list)
    for one in sms:
        to_phone[one.receptor].append(one)
    asked = {one.text.phone for one in said}
    broken = Counter(
        "an SMS to a phone that didn't ask" for one in sms if one.receptor not in asked
    )
    for text in {one.text for one in said if one.status == 200}:
        broken.update(_broken_for(text, kept, to_phone[text.phone]))
    return dict(broken)


def _broken_for(text: Text, kept: Books, sms: Sequence[Sent]) -> list[str]:
    came, went = kept.came.get(text.messageid, ()), kept.went.get(text.messageid, ())
    at_gateway = {(one.localid, str(one.messageid)) for one in sms}
    promises = {
        f"{len(came)} inbound rows for a 200": len(came) == 1,
        f"a text ended as {[*came]}": set(came) <= {InboundState.ANSWERED},
        f"{len(went)} outbound rows for a text": len(went) == 1,
        f"an answer ended as {[row.state for row in went]}": all(row.sent for row in went),
        f"{len(sms)} SMS for a text": len(sms) == 1,
        "an SMS says what its phone didn't ask": all(one.message == text.answer for one in sms),
        "an SMS that its row doesn't know": at_gateway
        == {(row.local_id, row.remote_id) for row in went},
    }
    return [promise for promise, kept_ in promises.items() if not kept_]
