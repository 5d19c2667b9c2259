"""Questions of dialogues in the ledger: finished on a screen, left to the workers, met."""

from collections.abc import Sequence

from sqlalchemy import Connection, Engine, bindparam, exists, select

from sms_service.database import reading, writing
from sms_service.domain.states import InboundState
from sms_service.language.reading import Problem
from sms_service.ledger.inbound import InboundLedger, complete
from sms_service.ledger.tables import events, inbound
from sms_service.service.messages import Answer, Became, Delay, Waiting

_TOO_SLOW = Delay("too_slow", 0, is_its_own=False)
_WAS_SHOWN = exists().where(events.c.code == inbound.c.code, events.c.what == "shown")
_BECAME = select(inbound.c.state, inbound.c.problem, _WAS_SHOWN.label("shown")).where(
    inbound.c.code == bindparam("wanted_code")
)


class DialogueLedger:
    """The inbound ledger, as dialogues need it: each question held under its own token."""

    def __init__(self, engine: Engine, inbound: InboundLedger) -> None:
        self._engine = engine
        self._inbound = inbound

    def finish(self, held: Sequence[tuple[int, Answer]]) -> list[bool]:
        """Write down what is shown; returns in order whether each may be shown.

        What may not is the workers': its lease was lost, or its phone changed meanwhile.
        """
        # The second question of a phone must know what the first made of it.
        first = {answer.waiting.phone_hash: answer for _, answer in reversed(held)}
        alone = [one for one in held if first[one[1].waiting.phone_hash] is one[1]]
        finished = self._inbound.answer_held(alone)
        others = [one for one in held if first[one[1].waiting.phone_hash] is not one[1]]
        self.leave([(token, answer.waiting) for token, answer in others])
        return [answer.waiting.id in finished for _, answer in held]

    def leave(self, held: Sequence[tuple[int, Waiting]]) -> list[None]:
        """Leave questions to the workers, who may take them at once."""
        for token, row in held:
            self._inbound.put_back(token, [row], _TOO_SLOW)
        return [None] * len(held)

    def fulfil(self, requests: Sequence[int]) -> list[None]:
        """Mark histories as told to their end."""
        with writing(self._engine) as connection:
            complete(connection, sorted(requests))
        return [None] * len(requests)

    def became(self, codes: Sequence[str]) -> list[Became]:
        """What became of the questions of these tracking codes, in order."""
        with reading(self._engine) as connection:
            return [_became(connection, code) for code in codes]


def _became(connection: Connection, code: str) -> Became:
    row = connection.execute(_BECAME, {"wanted_code": code}).first()
    if row is not None and row.state == InboundState.ANSWERING:
        return Became.OPEN
    if row is None or not row.shown:
        return Became.LEFT
    return Became.STOPPED if row.problem == Problem.LIMITED else Became.SHOWN
